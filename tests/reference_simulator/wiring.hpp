// SPDX-License-Identifier: Apache-2.0
// The synapses of a connection, one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "synfire/network.hpp"

namespace synfire::testing::reference {

struct Synapse {
  std::uint32_t target = 0;
  float weight = 0.0F;
};

// By delay (steps, longest first), the synapses of each source neuron.
using Wiring = std::map<std::uint32_t, std::vector<std::vector<Synapse>>, std::greater<>>;

// Drawn patterns come from the compiler; given and deterministic ones are computed independently.
Wiring wire(const ir::Network& network, const ir::Connection& connection, std::uint64_t seed, double dt);

}  // namespace synfire::testing::reference
