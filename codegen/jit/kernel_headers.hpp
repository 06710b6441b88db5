// SPDX-License-Identifier: Apache-2.0
// The device headers that generated source includes, as they were embedded when Synfire was built.
#pragma once

#include <string>

namespace synfire::codegen::jit {

// All of them concatenated, for cache keys.
std::string all_kernel_headers();
// Writes each under its name into a folder.
void write_kernel_headers(const std::string& folder);

}  // namespace synfire::codegen::jit
