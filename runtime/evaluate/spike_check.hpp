// SPDX-License-Identifier: Apache-2.0
// Checks whether the times of given spikes are plausible.
#pragma once

#include "evaluate/data_binding.hpp"
#include "synfire/warning.hpp"

namespace synfire::runtime {

// Warns of spikes that never occur, and of spikes that seem to be in another unit. Throws DataError if no spike is
// left, or if single precision cannot resolve the step of one. Of streamed spikes it sees the first examples only, and
// warns of what it would throw otherwise, except that single precision must resolve all steps.
void check_spike_times(const BoundData& data, const contract::Manifest& manifest, const PopulationIndex& index,
                       const WarningHandler& warn);

}  // namespace synfire::runtime
