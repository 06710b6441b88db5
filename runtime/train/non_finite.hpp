// SPDX-License-Identifier: Apache-2.0
// Finds where values stopped being finite.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/error.hpp"

namespace synfire::runtime {

// The first value that a launch found not to be finite, in the layout of the manifest's NonFinite: population, neuron,
// variable, example and step. A trainable value that is not finite (`values`, in the order of Training::values) is
// reported first: it is the cause. `examples`: the indices of the batch's examples in the data.
Problem describe_non_finite(const contract::Manifest& manifest, std::span<const std::uint32_t> found,
                            const std::vector<std::vector<float>>& values, std::span<const std::uint32_t> examples);

}  // namespace synfire::runtime
