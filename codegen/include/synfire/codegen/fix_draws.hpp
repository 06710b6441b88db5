// SPDX-License-Identifier: Apache-2.0
// What a compiler draws, written out.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "synfire/network.hpp"

namespace synfire::codegen {

// The resolved network with the values that compiling it with `seed` draws in place of what they are drawn from, so that it is
// the same network whatever it is compiled with. Numbers and arrays stay, and so does what is trainable or frozen.
//   parameters, initial states    an initializer becomes an array
//   Dense, OneToOne               weights and delays (whole steps of `dt`, in ms) become arrays
//   Sparse                        as it is, where nothing of it is drawn; else as the rest:
//   the rest                      becomes Sparse, its synapses by source, then target, then delay
// Throws ModelError where a pattern has more than 2³² − 1 synapses.
ir::Network fix_draws(const ir::Network& network, std::uint64_t seed, double dt);

// The delay of each synapse of a list whose delays are a number or an array, as the program counts it.
std::vector<std::uint32_t> delays_in_steps(const Sparse& list, double dt, const std::optional<double>& max_delay);

}  // namespace synfire::codegen
