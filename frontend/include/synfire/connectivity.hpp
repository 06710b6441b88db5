// SPDX-License-Identifier: Apache-2.0
// Which neurons a connection joins, with what weights and delays.
#pragma once

#include <string>
#include <variant>

#include "synfire/value.hpp"

namespace synfire {

// Every source neuron to every target neuron. `weight`: a number, an initializer, or an array of shape source
// × target (row = source neuron). `delay` in ms, a multiple of dt, on top of the latency of one step.
struct Dense {
  Value weight;
  Value delay = 0.0;
  bool operator==(const Dense&) const = default;
};

// Neuron i to neuron i. `weight`: a number, an initializer, or an array with one entry per neuron. The shapes
// must match; an unset target shape becomes the source's.
struct OneToOne {
  Value weight;
  Value delay = 0.0;
  bool operator==(const OneToOne&) const = default;
};

using Connectivity = std::variant<Dense, OneToOne>;

// `dense`, `one_to_one`: the names that files use.
std::string name_of(const Connectivity& connectivity);
const Value& weight_of(const Connectivity& connectivity);
const Value& delay_of(const Connectivity& connectivity);

}  // namespace synfire
