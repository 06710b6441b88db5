// SPDX-License-Identifier: Apache-2.0
// Errors that several devices share.
#pragma once

#include <cstddef>
#include <string>

#include "synfire/error.hpp"

namespace synfire::runtime {

// `512 bytes`, `31.4 MiB`.
std::string readable_bytes(std::size_t bytes);

// `device "cuda"`: the path of problems of a device.
std::string device_path(const std::string& device);

// The problem that `bytes` for `what` exceed the `free` bytes of a device. `expected` and `given` hold exact numbers of
// bytes.
Problem out_of_memory(const std::string& device, const std::string& what, std::size_t bytes, std::size_t free);

// The problem that a device cannot run this program.
Problem unsupported(const std::string& device, const std::string& message);

}  // namespace synfire::runtime
