// SPDX-License-Identifier: Apache-2.0
// How many numbers a network is made of, and how many of them training changes.
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

// A number that all elements share counts once; an array or initializer once for each element. Flags count nothing.
// `network` comes from Network::resolve.
ParameterCount parameters_of(const ir::Population& population);
// Weights and delays of `synapses` synapses, and the parameters of the synapse model for `targets` neurons. Weights are
// trainable unless they are frozen, everything else where it says so; a delay of 0 is no parameter.
ParameterCount parameters_of(const ir::Connection& connection, std::size_t synapses, std::size_t targets);

}  // namespace synfire::command_line
