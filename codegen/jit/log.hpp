// SPDX-License-Identifier: Apache-2.0
// Makes compiler logs readable by adding the lines of generated source that they mention.
#pragma once

#include <string>

namespace synfire::codegen::jit {

// The log followed by the source lines it names as `<file>(line)` or `<file>:line`, with a line of context on each
// side.
std::string with_source_lines(const std::string& log, const std::string& source, const std::string& file);

}  // namespace synfire::codegen::jit
