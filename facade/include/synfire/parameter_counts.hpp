// SPDX-License-Identifier: Apache-2.0
// The number of parameters of a network, and of those that training changes.
#pragma once

#include "synfire/contract/artifact.hpp"
#include "synfire/network.hpp"
#include "synfire/summary.hpp"

namespace synfire {

// A number shared by all elements counts once; an array or initializer once per element. Flags do not count, and
// neither does a delay of 0. Weights are trainable unless frozen, everything else only if marked trainable. `network`
// comes from Network::resolve, and `manifest` is that of a program compiled from it, which has the numbers of synapses.
NetworkParameters count_parameters(const ir::Network& network, const contract::Manifest& manifest);

}  // namespace synfire
