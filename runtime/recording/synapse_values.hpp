// SPDX-License-Identifier: Apache-2.0
// Weights and delays of connections, read from the parameters of an artifact.
#pragma once

#include <cstddef>
#include <string>

#include "recording/plan.hpp"
#include "synfire/contract/artifact.hpp"
#include "synfire/recording.hpp"

namespace synfire::runtime {

// The kept part of a `synapses` recording. Throws DataError: unsupported for procedural synapses; malformed_file.
SynapseRecording read_synapses(const contract::Artifact& artifact, const PlannedRecording& recording);

}  // namespace synfire::runtime
