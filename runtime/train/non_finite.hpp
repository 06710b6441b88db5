// SPDX-License-Identifier: Apache-2.0
// Where values that are not finite began.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/error.hpp"

namespace synfire::runtime {

// The first of those that a launch has found, as the manifest's NonFinite lays them out: population, neuron, variable, example
// and step. Before it a trainable value that is not finite (`values`, as Training::values), where there is one: it is the
// cause. `examples`: what the data call those of the batch.
Problem describe_non_finite(const contract::Manifest& manifest, std::span<const std::uint32_t> found,
                            const std::vector<std::vector<float>>& values, std::span<const std::uint32_t> examples);

}  // namespace synfire::runtime
