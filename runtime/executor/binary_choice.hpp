// SPDX-License-Identifier: Apache-2.0
// Which binary of an artifact a device runs.
#pragma once

#include "synfire/contract/artifact.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::runtime {

// The binary for the device's kind whose architecture comes first among those that the device runs. Throws
// DataError (malformed_file) for an artifact of another version of the kernel ABI, and DeviceError
// (unsupported) for a schedule that this runtime does not know or when no binary fits, with those that there
// are.
const contract::Binary& choose_binary(const contract::Artifact& artifact, const Device& device);

}  // namespace synfire::runtime
