// SPDX-License-Identifier: Apache-2.0
// Reports what a program needs of a GPU; this machine need not have one.
#pragma once

#include <filesystem>
#include <functional>
#include <synfire/synfire.hpp>

namespace synfire::examples {

// Compiles with NVRTC, writes the source to `file`, and prints the compile time and the resources needed, or why it
// failed.
void report_cuda(const std::function<contract::Artifact(CompilationReport& report)>& compile,
                 const std::filesystem::path& file);

}  // namespace synfire::examples
