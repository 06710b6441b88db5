// SPDX-License-Identifier: Apache-2.0
// The program operations that the operators and functions of the model language become.
#pragma once

#include <string>

#include "synfire/codegen/program.hpp"
#include "synfire/language/expression.hpp"

namespace synfire::codegen {

Operation operation_of(language::UnaryOperator operation);
Operation operation_of(language::BinaryOperator operation);
Operation operation_of(const std::string& function);

}  // namespace synfire::codegen
