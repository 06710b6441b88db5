// SPDX-License-Identifier: Apache-2.0
//
// Random draws of a trial. A draw is a function of its key, neuron, example, step and position in the model alone, so
// it is the same on every machine, in every batch and in any order of execution.
#pragma once

#include "philox.cuh"

namespace synfire::device {

// Word `word` of the random words of one neuron in one step.
SYNFIRE_FUNCTION u32 draw_bits(u64 key, u32 neuron, u32 example, u32 step, u32 word) {
  const U32x4 block = philox({neuron, example, step, word >> 2}, static_cast<u32>(key), static_cast<u32>(key >> 32));
  const u32 low = (word & 1u) != 0u ? block.y : block.x;
  const u32 high = (word & 1u) != 0u ? block.w : block.z;
  return (word & 2u) != 0u ? high : low;
}

// Uniform in [0, 1), a multiple of 2⁻²⁴.
SYNFIRE_FUNCTION float draw_uniform(u64 key, u32 neuron, u32 example, u32 step, u32 word) {
  return uniform_from_bits(draw_bits(key, neuron, example, step, word));
}

// Standard Gaussian. Uses words `word` (even) and `word` + 1.
SYNFIRE_FUNCTION float draw_normal(u64 key, u32 neuron, u32 example, u32 step, u32 word) {
  return normal_from_bits(draw_bits(key, neuron, example, step, word),
                          draw_bits(key, neuron, example, step, word + 1u));
}

}  // namespace synfire::device
