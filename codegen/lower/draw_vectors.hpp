// SPDX-License-Identifier: Apache-2.0
// Draws several values at a time with the processor's vector instructions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lower/draw.hpp"

namespace synfire::codegen {

// Sets elements[i] to drawn_value(distribution, key, i) for i below `count`, to the bit. Returns false, and sets
// nothing, if the processor lacks the instructions or there are too many elements.
bool draw_vectors(const ValueDistribution& distribution, std::uint64_t key, float* elements, std::size_t count);

}  // namespace synfire::codegen
