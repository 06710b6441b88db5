// SPDX-License-Identifier: Apache-2.0
// The networks whose generated source is stored and compiled: small ones with one feature each, and the two of the
// benchmarks.
#pragma once

#include <string>
#include <vector>

#include "synfire/codegen/options.hpp"
#include "synfire/network.hpp"

namespace synfire::testing {

struct CompilableNetwork {
  std::string name;
  Network network;
  codegen::CompileOptions options;
};

// Each has files <name>.expected.program, .cu and .cpp beside this one.
const std::vector<CompilableNetwork>& golden_networks();
const CompilableNetwork& golden_network(const std::string& name);

// The demo: 784-128-10 integrate-and-fire, constant-current input, 100 steps. `weight`: of all synapses.
CompilableNetwork demo_network(double weight = 0.01);
// The benchmark's recurrent network: 700-256-20, exponential synapses, 1000 steps.
CompilableNetwork recurrent_network();

// The user models of the documentation.
NeuronModel izhikevich_model();
SynapseModel alpha_model();

}  // namespace synfire::testing
