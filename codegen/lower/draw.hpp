// SPDX-License-Identifier: Apache-2.0
// Turns values into numbers: initializers are drawn here, once, when a network is compiled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "synfire/value.hpp"

namespace synfire::codegen {

// A stable hash of a name, the key of its random draws.
std::uint64_t stream_of(const std::string& name);

struct DrawContext {
  std::uint64_t seed = 0;
  std::string stream;    // `input_hidden.weight`: draws depend on this name, not on the rest of the network
  double fan_in = 1.0;   // synapses onto one target neuron; the mean if random
  double fan_out = 1.0;  // synapses from one source neuron

  std::uint64_t key() const { return seed ^ stream_of(stream); }
};

// A number or initializer with all constants in single precision. kernels/device/pattern.cuh draws from it, here and in
// generated code, with identical bits.
struct ValueDistribution {
  enum class Kind { constant, uniform, normal };
  Kind kind = Kind::constant;
  float base = 0.0F;    // constant: the value; uniform: the minimum; normal: the mean
  float spread = 0.0F;  // uniform: the width of the range; normal: the standard deviation
  // normal: draws are clipped to [min, max]
  float min = -std::numeric_limits<float>::infinity();
  float max = std::numeric_limits<float>::infinity();
  bool operator==(const ValueDistribution&) const = default;
};

// The distribution of a number, an initializer or a named initializer. All draws are multiplied by `scale`.
ValueDistribution distribution_of(const Value& value, const DrawContext& context, double scale = 1.0);

// The draw of element `index`; `occurrence` distinguishes elements that share an index.
float drawn_value(const ValueDistribution& distribution, std::uint64_t key, std::uint64_t index,
                  std::uint32_t occurrence = 0);

// `count` elements of a number, initializer or array (whose length the network's validation has checked).
std::vector<float> elements_of(const Value& value, std::size_t count, const DrawContext& context);

}  // namespace synfire::codegen
