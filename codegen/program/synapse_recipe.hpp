// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "lower/draw.hpp"

namespace synfire::codegen {

// Procedural synapses: kernels/device/pattern.cuh draws them at every spike.
struct SynapseRecipe {
  double p = 1;            // probability of each synapse
  bool skip_self = false;  // no synapse i → i
  std::uint64_t pattern_key = 0;
  ValueDistribution weight;
  std::uint64_t weight_key = 0;
  std::optional<ValueDistribution> delay;  // in steps; unset: only DeliverPhase::delay
  std::uint64_t delay_key = 0;
  std::uint32_t longest_delay = 0;  // steps; longer draws are clipped to it
};

}  // namespace synfire::codegen
