// SPDX-License-Identifier: Apache-2.0
// All values of a network with respect to which a loss can be differentiated, in double, and their gradients, which
// have the same form.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "synfire/codegen/adjoint.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen::reference {

struct Values {
  struct Population {
    std::vector<std::vector<double>> parameters;  // by parameter of the hybrid system, by neuron
    std::vector<std::vector<double>> initial;     // by variable, by neuron
  };
  struct Connection {
    std::vector<double> weights;  // by synapse, or the kernel
    std::vector<double> delays;   // ms
  };
  std::vector<Population> populations;
  std::vector<Connection> connections;
};

void add(Values& to, const Values& values, double factor);

// The synapses of source i are [offsets[i], offsets[i + 1]).
struct Wiring {
  std::vector<std::uint32_t> offsets;
  std::vector<std::uint32_t> targets;
  // Of a kernel: the weight of each synapse, and what all are multiplied by.
  std::vector<std::uint32_t> entries = {};
  double scale = 1;
  // Of windows: the first source of each target; a target receives one spike a step, whichever of its sources spike …
  std::vector<std::uint32_t> first_sources = {};
  bool first_spike = false;  // … and only the first of the example

  std::uint32_t entry(std::uint32_t synapse) const { return entries.empty() ? synapse : entries[synapse]; }
  double weight(const Values::Connection& values, std::uint32_t synapse) const {
    return scale * values.weights[entry(synapse)];
  }
};

struct DrawnNetwork {
  Values values;
  std::vector<Wiring> wiring;  // by connection
};

// The values and synapses of a program compiled with this seed. `systems`: by population; null if it has no adjoint.
DrawnNetwork draw(const ir::Network& network, const std::vector<const HybridSystem*>& systems, double dt,
                  std::uint64_t seed);

// One array of numbers.
struct TensorId {
  enum class Kind { weight, delay, parameter, initial };
  Kind kind = Kind::weight;
  std::size_t owner = 0;  // connection or population
  std::size_t which = 0;  // parameter or variable of the hybrid system
};

struct TensorInfo {
  TensorId id;
  std::string name;      // `hidden_output.weight`, `hidden.tau_mem`
  std::size_t size = 0;  // entries; 1 where neurons or synapses share it
  bool shared = false;
  bool trainable = false;
};

std::vector<TensorInfo> tensors_of(const ir::Network& network, const std::vector<const HybridSystem*>& systems,
                                   const DrawnNetwork& drawn);

double value_of(const Values& values, const TensorInfo& tensor, std::size_t entry);
void set_value(Values& values, const TensorInfo& tensor, std::size_t entry, double value);
// The gradient of a shared entry is the sum over its neurons or synapses.
double gradient_of(const Values& gradient, const TensorInfo& tensor, std::size_t entry);

}  // namespace synfire::codegen::reference
