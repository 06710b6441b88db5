// SPDX-License-Identifier: Apache-2.0
// The comment at the top of generated source.
#pragma once

#include "synfire/codegen/program.hpp"
#include "text/writer.hpp"

namespace synfire::codegen::text {

void print_header(const Program& program, const std::string& schedule, Writer& out);

}  // namespace synfire::codegen::text
