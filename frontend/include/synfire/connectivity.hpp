// SPDX-License-Identifier: Apache-2.0
// Connectivity: which neurons a connection connects, with what weights and delays.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "synfire/value.hpp"

namespace synfire {

// Every source neuron to every target neuron. `weight`: a number, an initializer, or an array of shape source × target
// (row = source neuron). `delay` in ms, on top of the latency of one step: a number, an initializer or an array of the
// same form.
struct Dense {
  Value weight = {};
  Value delay = 0.0;
  bool operator==(const Dense&) const = default;
};

// Neuron i to neuron i. `weight`, `delay`: a number, an initializer, or an array with one entry per neuron. The shapes
// must match; an unset target shape becomes the source's.
struct OneToOne {
  Value weight = {};
  Value delay = 0.0;
  bool operator==(const OneToOne&) const = default;
};

// Each source neuron to each target neuron with probability `p` (0 ≤ p ≤ 1), independently. `weight`, `delay`: a number
// or an initializer, drawn for each synapse. A population connected to itself has no synapse i → i unless that is
// allowed.
struct FixedProbability {
  double p = 0.0;
  Value weight = {};
  Value delay = 0.0;
  bool allow_self_connections = false;
  bool operator==(const FixedProbability&) const = default;
};

// Each target neuron from `number` source neurons, drawn without repetition (unless `allow_repeats`).
struct FixedInputs {
  std::uint32_t number = 0;
  Value weight = {};
  Value delay = 0.0;
  bool allow_self_connections = false;
  bool allow_repeats = false;
  bool operator==(const FixedInputs&) const = default;
};

// Each source neuron to `number` target neurons, drawn without repetition (unless `allow_repeats`).
struct FixedOutputs {
  std::uint32_t number = 0;
  Value weight = {};
  Value delay = 0.0;
  bool allow_self_connections = false;
  bool allow_repeats = false;
  bool operator==(const FixedOutputs&) const = default;
};

// An explicit list of synapses: synapse k connects sources[k] to targets[k] (flat indices). `weight`, `delay`: a
// number, an initializer, or an array with one entry per synapse, in the order of the lists. Synapses between the same
// two neurons with the same delay are merged into one with the sum of their weights.
struct Sparse {
  std::vector<std::uint32_t> sources;
  std::vector<std::uint32_t> targets;
  Value weight = {};
  Value delay = 0.0;
  bool operator==(const Sparse&) const = default;
};

using Connectivity = std::variant<Dense, OneToOne, FixedProbability, FixedInputs, FixedOutputs, Sparse>;

// How the synapses of a connection are stored. Results are bit-identical.
enum class SynapseStorage {
  automatic,                 // the cheapest in memory and time; `procedural` only if memory is short
  dense,                     // a matrix of weights; for connections whose synapses share one delay
  rows,                      // a list of synapses for each source neuron
  procedural,                // computed at each spike; Dense and FixedProbability, with drawn or equal weights
  regenerated = procedural,  // its name in earlier versions
};

// `dense`, `one_to_one`, `fixed_probability`, `fixed_inputs`, `fixed_outputs`, `sparse`: the names in files.
std::string name_of(const Connectivity& connectivity);
const Value& weight_of(const Connectivity& connectivity);
const Value& delay_of(const Connectivity& connectivity);
// `automatic`, `dense`, `rows`, `procedural`.
std::string to_string(SynapseStorage storage);

}  // namespace synfire
