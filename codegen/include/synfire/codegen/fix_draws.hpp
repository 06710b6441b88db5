// SPDX-License-Identifier: Apache-2.0
// Writes out everything that the compiler draws.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "synfire/network.hpp"

namespace synfire::codegen {

// The resolved network with initializers and random patterns replaced by what compiling it with `seed` draws from them,
// so it is the same network whatever seed it is compiled with. Numbers, arrays, trainable and frozen stay.
//   parameters, initial states    an initializer becomes an array
//   Dense, OneToOne               weights and delays (whole steps of `dt`, in ms) become arrays
//   Sparse                        unchanged if nothing in it is drawn; else like the rest:
//   the rest                      becomes Sparse, its synapses by source, then target, then delay
// Throws ModelError if a pattern has more than 2³² − 1 synapses.
ir::Network fix_draws(const ir::Network& network, std::uint64_t seed, double dt);

// The delay of each synapse in whole steps, as in programs, for a list whose delays are a number or an array.
std::vector<std::uint32_t> delays_in_steps(const Sparse& list, double dt, const std::optional<double>& max_delay);

}  // namespace synfire::codegen
