// SPDX-License-Identifier: Apache-2.0
// The synapses of a connection as data: patterns, weights and delays are drawn here, once, when a network is compiled.
// Everything is a function of the seed, the connection's name and the neurons that a synapse joins, independent of the
// number of threads and of the storage that the compiler chooses. Generated code draws procedural synapses with the
// same source, kernels/device/pattern.cuh, and the constants computed here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lower/draw.hpp"
#include "synfire/connectivity.hpp"
#include "synfire/patches.hpp"

namespace synfire::codegen {

// The longest delay in steps: delays are stored in 16 bits.
inline constexpr std::uint32_t most_delay_steps = 65535;

// Compressed rows: the synapses of source i are [offsets[i], offsets[i + 1]). Their order is part of the program:
// ascending by source, then target, then delay; no two agree in all three.
struct Synapses {
  std::vector<std::uint32_t> offsets;  // sources + 1
  std::vector<std::uint32_t> targets;
  std::vector<float> weights;         // empty: all have `weight`
  std::vector<std::uint16_t> delays;  // steps; empty: all have `delay`
  float weight = 0.0F;
  std::uint32_t delay = 0;          // steps
  std::uint32_t longest_delay = 0;  // steps
  // Of a kernel: the element of its array that gives each synapse its weight; empty if all have one number.
  std::vector<std::uint32_t> entries = {};
};

struct PatternContext {
  std::uint64_t seed = 0;
  std::string connection;     // its name: all draws are keyed by it
  std::uint32_t sources = 0;  // neurons
  std::uint32_t targets = 0;
  bool recurrent = false;  // the source population is also the target
  double dt = 1.0;         // ms
  std::optional<double> max_delay = std::nullopt;
  std::uint32_t threads = 0;  // to draw with; 0: one per hardware thread. The results are the same.
  Extents source_shape = {};  // of the source population; only kernels need it
};

// All synapses of a connection of any kind. `connectivity` must have passed validation, and its delays must be at most
// `most_delay_steps`. Throws ModelError for more than 2³² − 1 synapses.
Synapses draw_synapses(const Connectivity& connectivity, const PatternContext& context);

// The number of synapses, before drawing: exact for all kinds except FixedProbability, for which it is the mean.
// Synapses that will be merged (see Sparse) count separately.
double expected_synapses(const Connectivity& connectivity, std::uint32_t sources, std::uint32_t targets, bool recurrent,
                         const Extents& source_shape = {});

// Whether each source has a synapse to each target, or to the target of its number.
bool has_all_synapses(const Connectivity& connectivity);

// Whether all synapses have one delay, as known without drawing: the delay is a number.
bool has_one_delay(const Connectivity& connectivity);

// The only rounding rule for delays: the nearest whole number of steps, ties away from 0 (within the resolution of
// float), at most as many as fit into `max_delay`.
std::uint32_t delay_steps(double milliseconds, double dt, const std::optional<double>& max_delay = std::nullopt);

// An upper bound on the delays of the connection, in steps; exact for numbers and arrays. Not limited to
// `most_delay_steps`, so that callers can check it.
double longest_delay_steps(const Connectivity& connectivity, double dt, const std::optional<double>& max_delay);

// The distribution of the weights, drawn with key `weight_key` at the flat index source · targets + target (OneToOne:
// the index of the neuron). Only for numbers and initializers.
ValueDistribution weight_distribution(const Connectivity& connectivity, const PatternContext& context);
// The same for delays in steps, before rounding and clipping, with key `delay_key`.
ValueDistribution delay_distribution(const Connectivity& connectivity, const PatternContext& context);

// The context of the weights of one connection, for `elements_of`. The fans of a kernel are those of its array: entries
// for each filter, and for each channel.
DrawContext weight_context(const Connectivity& connectivity, const PatternContext& context);

// The array of a kernel, whose weight may be a number, an initializer or an array.
std::vector<float> kernel_of(const Connectivity& connectivity, const PatternContext& context,
                             const PatchGeometry& patches);
// The factor by which its entries are multiplied, in single precision.
float scale_of(const PatchGeometry& patches);
// The weight of all synapses of a pool.
float pool_weight(const Connectivity& connectivity, const PatchGeometry& patches);

std::uint64_t pattern_key(const PatternContext& context);
std::uint64_t weight_key(const PatternContext& context);
std::uint64_t delay_key(const PatternContext& context);

// FixedProbability, for `device::for_each_target`: targets are split into blocks [b · width, (b + 1) · width), drawn
// independently of each other. The width is the smallest power of two that is at least 16 / p, clamped to 256 … 4096.
std::uint32_t pattern_block_width(double probability);
// 1 / log(1 − p), in single precision, 0 < p < 1.
float inverse_log(double probability);

}  // namespace synfire::codegen
