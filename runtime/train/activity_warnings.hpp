// SPDX-License-Identifier: Apache-2.0
// Warnings from the spikes of an epoch that explain why a network does not learn.
#pragma once

#include <cstdint>
#include <vector>

#include "synfire/training.hpp"
#include "synfire/warning.hpp"

namespace synfire::runtime {

// `neurons`: of the population; `examples`: of the epoch.
std::vector<Problem> activity_warnings(const PopulationActivity& activity, std::uint32_t epoch, std::uint64_t neurons,
                                       std::uint64_t examples);

}  // namespace synfire::runtime
