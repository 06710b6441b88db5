// SPDX-License-Identifier: Apache-2.0
// Memory of this process, and of programs on a device.
#pragma once

#include <cstddef>
#include <optional>

#include "synfire/contract/artifact.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::benchmarks {

// The most memory that this process has had at a time since the last reset, without children; nullopt where the system
// does not say. A reset first returns what has been freed.
std::optional<std::size_t> host_peak_bytes();
void reset_host_peak();

// What a program for inference holds on the device for the batch that it was compiled for, with the working memory of
// each thread.
std::size_t program_bytes(const contract::Manifest& manifest, const runtime::Device& device);

constexpr double mebibytes(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace synfire::benchmarks
