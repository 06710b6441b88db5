// SPDX-License-Identifier: Apache-2.0
// Numbers, arrays and initializers as one number per neuron or synapse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "synfire/value.hpp"

namespace synfire::testing::reference {

// The random key for a name.
std::uint64_t key_of(std::uint64_t seed, const std::string& name);

// The average number of synapses per neuron, for initializers that depend on it.
struct Fans {
  double in = 1.0, out = 1.0;
};

// Elements 0 … count − 1: copied from an array, or drawn by an initializer, each from its own index.
std::vector<float> elements(const Value& value, std::size_t count, std::uint64_t key, const Fans& fans = {});

}  // namespace synfire::testing::reference
