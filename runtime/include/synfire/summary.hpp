// SPDX-License-Identifier: Apache-2.0
// A summary of compiled networks: populations, connections, parameters, memory. CompiledNetwork::summary(),
// TrainingNetwork::summary(), Model::summary() and `synfire info` are made of it.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "synfire/contract/artifact.hpp"

namespace synfire {

struct ParameterCount {
  std::size_t all = 0;
  std::size_t trainable = 0;
  void add(std::size_t count, bool trained) {
    all += count;
    if (trained) trainable += count;
  }
};

// By name. A program does not know its parameters: those that are equal for all neurons are numbers in its source.
// count_parameters() counts those of a network.
struct NetworkParameters {
  std::map<std::string, ParameterCount> populations, connections;
};

// A program of the network for one device.
struct SummarizedProgram {
  std::string device;  // "host", "cuda"
  const contract::Manifest* manifest;
};

// Steps, tables of populations and connections, totals, and the memory of a batch with each program. `programs`: at
// least one, all of the same network. `parameters`: null if they are unknown, which is shown as `?`.
std::string summary_of(const std::vector<SummarizedProgram>& programs, const NetworkParameters* parameters);

// ---- Its parts

struct NetworkTotals {
  std::size_t neurons = 0, synapses = 0;
  ParameterCount parameters = {};
};
NetworkTotals totals_of(const contract::Manifest& manifest, const NetworkParameters* parameters);

// Bytes of the buffers of a batch, by purpose.
std::map<std::string, std::size_t> memory_of(const contract::Manifest& manifest);

// `1.5 ms`, `1 to 3 ms`.
std::string delay_text(const contract::ConnectionInfo& connection, double dt);

// `values`, `spikes` or `-`: the data that a population accepts.
std::string input_text(contract::InputKind kind);

}  // namespace synfire
