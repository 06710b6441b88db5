// SPDX-License-Identifier: Apache-2.0
// What the spikes of an epoch say of why a network does not learn.
#pragma once

#include <cstdint>
#include <vector>

#include "synfire/error.hpp"
#include "synfire/training.hpp"

namespace synfire::runtime {

// Which of the warnings of docs/training.md it is.
enum class ActivityWarning { silent, nearly_silent, triggered, near_tangent };

struct FoundActivity {
  ActivityWarning what = ActivityWarning::silent;
  Problem problem;
};

// `neurons`: of the population; `examples`: of the epoch.
std::vector<FoundActivity> activity_warnings(const PopulationActivity& activity, std::uint32_t epoch,
                                             std::uint64_t neurons, std::uint64_t examples);

}  // namespace synfire::runtime
