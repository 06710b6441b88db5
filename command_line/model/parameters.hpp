// SPDX-License-Identifier: Apache-2.0
// The number of parameters of a network, and of those that training changes.
#pragma once

#include <cstddef>
#include <vector>

#include "synfire/network.hpp"

namespace synfire::command_line {

struct ParameterCount {
  std::size_t all = 0;
  std::size_t trainable = 0;
  void add(std::size_t count, bool trained) {
    all += count;
    if (trained) trainable += count;
  }
};

// A number shared by all elements counts once; an array or initializer once per element. Flags do not count.
// Populations and connections come from Network::resolve.
ParameterCount parameters_of(const ir::Population& population);
// Weights and delays of `synapses` synapses, and the parameters of the synapse model for `targets` neurons. Weights are
// trainable unless frozen, everything else only if marked trainable; a delay of 0 is not a parameter.
ParameterCount parameters_of(const ir::Connection& connection, std::size_t synapses, std::size_t targets);

}  // namespace synfire::command_line
