// SPDX-License-Identifier: Apache-2.0
// The memory that this process can still use.
#pragma once

#include <cstddef>
#include <filesystem>

namespace synfire::runtime {

// Bytes that can be used without swapping: the kernel's estimate of available memory, or what the control groups of
// this process (version 1 or 2, including ancestors) leave, if that is less. `root` is the root of the file system.
std::size_t available_memory(const std::filesystem::path& root = "/");

// The same, or what the limits of this process (`ulimit -v`, `ulimit -d`) leave to it, if that is less.
std::size_t usable_memory();

}  // namespace synfire::runtime
