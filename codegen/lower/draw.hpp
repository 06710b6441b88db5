// SPDX-License-Identifier: Apache-2.0
// Values as numbers: initializers are drawn here, once, when a network is compiled.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "synfire/value.hpp"

namespace synfire::codegen {

// A stable hash of a name, the key of everything random that belongs to it.
std::uint64_t stream_of(const std::string& name);

struct DrawContext {
  std::uint64_t seed = 0;
  std::string stream;       // `input_hidden.weight`: draws depend on this name, not on what else the network has
  std::size_t fan_in = 1;   // synapses onto one target neuron
  std::size_t fan_out = 1;  // synapses from one source neuron
};

// `count` elements of a number, initializer or array (whose length the network's validation has checked).
std::vector<float> elements_of(const Value& value, std::size_t count, const DrawContext& context);

}  // namespace synfire::codegen
