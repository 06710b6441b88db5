// SPDX-License-Identifier: Apache-2.0
// How much memory this process can still use.
#pragma once

#include <cstddef>
#include <filesystem>

namespace synfire::runtime {

// Bytes that can be used without swapping: what the kernel estimates to be available, or what the control
// groups of this process (version 1 or 2, its ancestors too) leave, if that is less. `root` stands for the
// file system's root.
std::size_t available_memory(const std::filesystem::path& root = "/");

}  // namespace synfire::runtime
