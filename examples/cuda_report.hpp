// SPDX-License-Identifier: Apache-2.0
// What a program would take of a GPU, which need not be here.
#pragma once

#include <filesystem>
#include <functional>
#include <synfire/synfire.hpp>

namespace synfire::examples {

// Compiles with NVRTC, writes the source to `file`, and says how long it took and what it takes; or why it could not.
void report_cuda(const std::function<contract::Artifact(CompilationReport& report)>& compile,
                 const std::filesystem::path& file);

}  // namespace synfire::examples
