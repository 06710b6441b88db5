// SPDX-License-Identifier: Apache-2.0
// Encodes some examples of a data set.
#pragma once

#include <cstdint>
#include <span>

#include "synfire/data.hpp"

namespace synfire {

// As encode(), of the examples with these numbers, by which errors name them. Says nothing if none of them spikes. For
// T: u8, float; for both codes.
template <class T, class Code>
SpikeTrains encode_examples(const Tensor<T>& data, const Code& code, std::span<const std::uint32_t> numbers);

}  // namespace synfire
