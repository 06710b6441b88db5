// SPDX-License-Identifier: Apache-2.0
// Chooses the binary of an artifact that a device runs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/error.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::runtime {

// The binary for this kind of device whose architecture comes first among those that the device runs. Throws DataError
// (malformed_file) for an artifact with another version of the kernel ABI, and DeviceError (unsupported) for an unknown
// schedule or if no binary fits, with a list of the binaries.
const contract::Binary& choose_binary(const contract::Artifact& artifact, const Device& device);

// What a binary was compiled for.
struct BinaryKind {
  std::string target, architecture;
};

// The index of the best binary, if any fits.
std::optional<std::size_t> best_binary(const std::vector<BinaryKind>& binaries, const Device& device);

// Why none fits: the binaries, what the device runs, and what it lacks for the others.
Problem no_binary(const std::vector<BinaryKind>& binaries, const Device& device);

}  // namespace synfire::runtime
