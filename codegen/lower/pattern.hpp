// SPDX-License-Identifier: Apache-2.0
// The synapses of a connection as data: patterns, weights and delays are drawn here, once, when a network is compiled.
// Everything is a function of the seed, the connection's name and the neurons that a synapse joins; the number of threads
// and the storage that the compiler chooses have no part in it. What generated code may have to draw again it takes from
// the same text, kernels/device/pattern.cuh, with the constants that are made here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lower/draw.hpp"
#include "synfire/connectivity.hpp"

namespace synfire::codegen {

// The most steps that a synapse can take: delays are kept in 16 bits.
inline constexpr std::uint32_t most_delay_steps = 65535;

// Compressed rows: the synapses of source i are [offsets[i], offsets[i + 1]). They are in the order that belongs to the
// program: source ascending, then target ascending, then delay ascending; no two agree in all three.
struct Synapses {
  std::vector<std::uint32_t> offsets;  // sources + 1
  std::vector<std::uint32_t> targets;
  std::vector<float> weights;         // empty: all have `weight`
  std::vector<std::uint16_t> delays;  // steps; empty: all have `delay`
  float weight = 0.0F;
  std::uint32_t delay = 0;          // steps
  std::uint32_t longest_delay = 0;  // steps
};

struct PatternContext {
  std::uint64_t seed = 0;
  std::string connection;     // its name: all draws are keyed by it
  std::uint32_t sources = 0;  // neurons
  std::uint32_t targets = 0;
  bool recurrent = false;  // the source population is the target
  double dt = 1.0;         // ms
  std::optional<double> max_delay = std::nullopt;
  std::uint32_t threads = 0;  // to draw with; 0: as many as the machine runs at once. The results are the same.
};

// All synapses of a connection of any kind. `connectivity` is one that validation has let pass, its delays are at most
// `most_delay_steps`. Throws ModelError where more than 2³² − 1 synapses come out.
Synapses draw_synapses(const Connectivity& connectivity, const PatternContext& context);

// How many there will be, before they are drawn: exact for all kinds but FixedProbability, for which it is the mean.
// Synapses that become one (see Sparse) count as several.
double expected_synapses(const Connectivity& connectivity, std::uint32_t sources, std::uint32_t targets,
                         bool recurrent);

// Whether it is plain without drawing that all synapses have one delay: the delay is a number.
bool has_one_delay(const Connectivity& connectivity);

// The one rounding rule of delays: the nearest whole number of steps, ties away from 0 (within the resolution of float),
// at most as many as fit into `max_delay`.
std::uint32_t delay_steps(double milliseconds, double dt, const std::optional<double>& max_delay = std::nullopt);

// No delay of the connection is longer than this, in steps; up to a million exact for numbers and arrays. Not limited to
// `most_delay_steps`, so that it can be checked.
double longest_delay_steps(const Connectivity& connectivity, double dt, const std::optional<double>& max_delay);

// How the weights are drawn: from key `weight_key`, at the flat index source · targets + target (OneToOne: at the index of
// the neuron). Only for numbers and initializers.
ValueDistribution weight_distribution(const Connectivity& connectivity, const PatternContext& context);
// The delays in steps, before rounding and clipping; from key `delay_key`, at the same index.
ValueDistribution delay_distribution(const Connectivity& connectivity, const PatternContext& context);

// The context of the weights of one connection, for `elements_of`.
DrawContext weight_context(const Connectivity& connectivity, const PatternContext& context);

std::uint64_t pattern_key(const PatternContext& context);
std::uint64_t weight_key(const PatternContext& context);
std::uint64_t delay_key(const PatternContext& context);

// FixedProbability, for `device::for_each_target`: targets are cut into blocks [b · width, (b + 1) · width), which are drawn
// independently of each other. A power of two: the smallest that is at least 16 / p, but from 256 to 4096.
std::uint32_t pattern_block_width(double probability);
// 1 / log(1 − p), in single precision, 0 < p < 1.
float inverse_log(double probability);

}  // namespace synfire::codegen
