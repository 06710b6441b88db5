// SPDX-License-Identifier: Apache-2.0
// Which binary of an artifact a device runs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/error.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::runtime {

// The binary for the device's kind whose architecture comes first among those that the device runs. Throws
// DataError (malformed_file) for an artifact of another version of the kernel ABI, and DeviceError
// (unsupported) for a schedule that this runtime does not know or when no binary fits, with those that there
// are.
const contract::Binary& choose_binary(const contract::Artifact& artifact, const Device& device);

// What a binary is for.
struct BinaryKind {
  std::string target, architecture;
};

// The index of that binary, if any fits.
std::optional<std::size_t> best_binary(const std::vector<BinaryKind>& binaries, const Device& device);

// Why none fits: what there is, what the device runs, and what it lacks for the others.
Problem no_binary(const std::vector<BinaryKind>& binaries, const Device& device);

}  // namespace synfire::runtime
