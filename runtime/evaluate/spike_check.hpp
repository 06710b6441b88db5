// SPDX-License-Identifier: Apache-2.0
// Whether the times of given spikes seem to be what is meant.
#pragma once

#include "evaluate/data_binding.hpp"
#include "synfire/warning.hpp"

namespace synfire::runtime {

// Warns of spikes that never occur, and of those that seem to be in another unit. Throws DataError where no spike is left, or
// where single precision cannot say in which step one occurs.
void check_spike_times(const BoundData& data, const contract::Manifest& manifest, const PopulationIndex& index,
                       const WarningHandler& warn);

}  // namespace synfire::runtime
