// SPDX-License-Identifier: Apache-2.0
// The manifest and the parameter values of a program, for the runtime.
#pragma once

#include "synfire/codegen/options.hpp"
#include "synfire/codegen/program.hpp"

namespace synfire::codegen {

contract::Manifest manifest_of(const Program& program, const CompileOptions& options);
std::vector<contract::ParameterValues> parameter_values_of(const Program& program);

}  // namespace synfire::codegen
