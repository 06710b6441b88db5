// SPDX-License-Identifier: Apache-2.0
// Errors that several devices have in common, worded once.
#pragma once

#include <cstddef>
#include <string>

#include "synfire/error.hpp"

namespace synfire::runtime {

// `512 bytes`, `31.4 MiB`.
std::string readable_bytes(std::size_t bytes);

// `device "cuda"`: the path of problems of a device.
std::string device_path(const std::string& device);

// That `bytes` for `what` exceed the `free` bytes of a device. `expected` and `given` hold exact numbers of
// bytes.
Problem out_of_memory(const std::string& device, const std::string& what, std::size_t bytes, std::size_t free);

// That a device does not run this program as it is.
Problem unsupported(const std::string& device, const std::string& message);

}  // namespace synfire::runtime
