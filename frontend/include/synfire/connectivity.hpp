// SPDX-License-Identifier: Apache-2.0
// Connectivity: which neurons a connection connects, with what weights and delays.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "synfire/value.hpp"

namespace synfire {

// Every source neuron to every target neuron. `weight`: a number, an initializer, or an array of shape source × target
// (row = source neuron). `delay` in ms, on top of the latency: a number, an initializer or an array of the
// same form.
struct Dense {
  Value weight = {};
  Value delay = 0.0;
  bool operator==(const Dense&) const = default;
};

// Neuron i to neuron i. `weight`, `delay`: a number, an initializer, or an array with one entry per neuron. The shapes
// must match; an unset target shape becomes the source's.
struct OneToOne {
  Value weight = {};
  Value delay = 0.0;
  bool operator==(const OneToOne&) const = default;
};

// Each source neuron to each target neuron with probability `p` (0 ≤ p ≤ 1), independently. `weight`, `delay`: a number
// or an initializer, drawn for each synapse. A population connected to itself has no synapse i → i unless that is
// allowed.
struct FixedProbability {
  double p = 0.0;
  Value weight = {};
  Value delay = 0.0;
  bool allow_self_connections = false;
  bool operator==(const FixedProbability&) const = default;
};

// Each target neuron from `number` source neurons, drawn without repetition (unless `allow_repeats`).
struct FixedInputs {
  std::uint32_t number = 0;
  Value weight = {};
  Value delay = 0.0;
  bool allow_self_connections = false;
  bool allow_repeats = false;
  bool operator==(const FixedInputs&) const = default;
};

// Each source neuron to `number` target neurons, drawn without repetition (unless `allow_repeats`).
struct FixedOutputs {
  std::uint32_t number = 0;
  Value weight = {};
  Value delay = 0.0;
  bool allow_self_connections = false;
  bool allow_repeats = false;
  bool operator==(const FixedOutputs&) const = default;
};

// An explicit list of synapses: synapse k connects sources[k] to targets[k] (flat indices). `weight`, `delay`: a
// number, an initializer, or an array with one entry per synapse, in the order of the lists. Synapses between the same
// two neurons with the same delay are merged into one with the sum of their weights.
struct Sparse {
  std::vector<std::uint32_t> sources;
  std::vector<std::uint32_t> targets;
  Value weight = {};
  Value delay = 0.0;
  bool operator==(const Sparse&) const = default;
};

// ---- Convolutions and pools: from images to images. An image is a population of shape height × width × channels (or
// height × width, with one channel), a sequence one of length × channels (or length): channels are last. An unset
// target shape becomes that of the result; a target of one dimension receives the result flattened. All synapses share
// the delay, a number (ms). Geometry: synfire/patches.hpp.

// Height and width, in pixels; one number is used for both. 0: not set.
struct Size2D {
  std::uint32_t height = 0, width = 0;
  constexpr Size2D() = default;
  constexpr Size2D(std::uint32_t both) : height(both), width(both) {}  // NOLINT(google-explicit-constructor)
  constexpr Size2D(std::uint32_t rows, std::uint32_t columns) : height(rows), width(columns) {}
  bool operator==(const Size2D&) const = default;
};

// What surrounds an image: nothing (`valid`); as much as makes the result ⌈size / stride⌉ pixels, the odd pixel at the
// end (`same`, as TensorFlow does for kernels of any size); or the stated numbers of pixels: one for all sides, two for
// top and bottom and for left and right, four for top, bottom, left and right; of a sequence one for both ends, or two
// for start and end.
struct Padding {
  std::string mode = "valid";  // `valid` or `same`; empty: `pixels`
  std::vector<std::uint32_t> pixels = {};
  Padding() = default;
  Padding(const char* name) : mode(name) {}             // NOLINT(google-explicit-constructor)
  Padding(std::string name) : mode(std::move(name)) {}  // NOLINT(google-explicit-constructor)
  template <std::integral T>
  Padding(T each)  // NOLINT(google-explicit-constructor)
      : mode{}, pixels{static_cast<std::uint32_t>(each)} {}
  Padding(std::initializer_list<std::uint32_t> sides) : mode{}, pixels(sides) {}
  bool operator==(const Padding&) const = default;
};

// Neuron (y, x, f) of the target receives weight[a][b][c][f] from neuron (y·stride + a·dilation − padding, …, c) of the
// source, for all a, b of the kernel and all channels c of its group (a cross-correlation, as everywhere in the field).
// `weight`: a number, an initializer, or an array of shape kernel height × kernel width × channels/groups × filters.
// All neurons share it, also in training. `delay`: a number (ms).
struct Conv2D {
  std::uint32_t filters = 0;  // ≥ 1; a multiple of `groups`
  Size2D kernel = {};         // ≥ 1
  Size2D strides = 1;         // ≥ 1
  Padding padding = {};
  Size2D dilation = 1;       // ≥ 1: distance between neighboring entries of the kernel
  std::uint32_t groups = 1;  // ≥ 1; divides the channels of the source
  Value weight = {};
  Value delay = 0.0;
  bool operator==(const Conv2D&) const = default;
};

// The same along a sequence. `weight`: kernel × channels/groups × filters.
struct Conv1D {
  std::uint32_t filters = 0;
  std::uint32_t kernel = 0;
  std::uint32_t stride = 1;
  Padding padding = {};
  std::uint32_t dilation = 1;
  std::uint32_t groups = 1;
  Value weight = {};
  Value delay = 0.0;
  bool operator==(const Conv1D&) const = default;
};

// The transpose of a convolution, which enlarges an image: neuron (y, x, c) of the source sends weight[a][b][c][f] to
// neuron (y·stride + a·dilation − padding, …, f). The target has size·stride + max(extent − stride, 0) pixels (`valid`,
// `extent` of the dilated kernel), size·stride (`same`), or (size − 1)·stride + extent less the stated padding.
// `weight`: as for Conv2D.
struct Conv2DTranspose {
  std::uint32_t filters = 0;
  Size2D kernel = {};
  Size2D strides = 1;
  Padding padding = {};
  Size2D dilation = 1;
  std::uint32_t groups = 1;
  Value weight = {};
  Value delay = 0.0;
  bool operator==(const Conv2DTranspose&) const = default;
};

// The mean over windows of each channel: every spike in a window adds weight / (pixels of the window), with padding
// too. `strides`: unset, those of the windows. `weight`: a number, which is not trained; height · width gives the sum.
struct AvgPool2D {
  Size2D pool = {};
  Size2D strides = {};
  Padding padding = {};
  Value weight = frozen(1.0);
  Value delay = 0.0;
  bool operator==(const AvgPool2D&) const = default;
};

// A window in which at least one neuron spikes sends one spike in that step; with `first_spike`, only in the first such
// step of an example, the maximum of times to first spike (SpykeTorch: Mozafari et al., Frontiers in Neuroscience 13,
// 2019). `weight`: a number, which is not trained. Source neurons that send negative spikes or values are refused. In
// training the spike is that of the first neuron of the window (lowest index) which spiked; with a surrogate gradient,
// of its first neuron if none did.
struct MaxPool2D {
  Size2D pool = {};
  Size2D strides = {};
  Padding padding = {};
  bool first_spike = false;
  Value weight = frozen(1.0);
  Value delay = 0.0;
  bool operator==(const MaxPool2D&) const = default;
};

// AvgPool2D (windows that do not overlap, strides ≥ pool, without padding), then Dense, in one step. `weight`: a
// number, an initializer, or an array of shape pooled neurons × targets.
struct AvgPoolDense2D {
  Size2D pool = {};
  Size2D strides = {};
  Value weight = {};
  Value delay = 0.0;
  bool operator==(const AvgPoolDense2D&) const = default;
};

// AvgPool2D (windows that do not overlap, strides ≥ pool, without padding), then Conv2D, in one step.
struct AvgPoolConv2D {
  Size2D pool = {};
  Size2D pool_strides = {};
  std::uint32_t filters = 0;
  Size2D kernel = {};
  Size2D strides = 1;
  Padding padding = {};
  Size2D dilation = 1;
  std::uint32_t groups = 1;
  Value weight = {};
  Value delay = 0.0;
  bool operator==(const AvgPoolConv2D&) const = default;
};

using Connectivity = std::variant<Dense, OneToOne, FixedProbability, FixedInputs, FixedOutputs, Sparse, Conv2D, Conv1D,
                                  Conv2DTranspose, AvgPool2D, MaxPool2D, AvgPoolDense2D, AvgPoolConv2D>;

// Convolutions and pools.
template <class Kind>
concept KernelKind = std::same_as<Kind, Conv2D> || std::same_as<Kind, Conv1D> || std::same_as<Kind, Conv2DTranspose> ||
    std::same_as<Kind, AvgPool2D> || std::same_as<Kind, MaxPool2D> || std::same_as<Kind, AvgPoolDense2D> ||
    std::same_as<Kind, AvgPoolConv2D>;

bool is_kernel(const Connectivity& connectivity);

// How the synapses of a connection are stored. Results are bit-identical.
enum class SynapseStorage {
  automatic,                 // the cheapest in memory and time; `procedural` only if memory is short
  dense,                     // a matrix of weights; for connections whose synapses share one delay
  rows,                      // a list of synapses for each source neuron
  procedural,                // computed at each spike; Dense and FixedProbability, with drawn or equal weights
  kernel,                    // only the kernel; convolutions and pools, whose weights are shared
  regenerated = procedural,  // its name in earlier versions
};

// `dense`, `one_to_one`, `fixed_probability`, `fixed_inputs`, `fixed_outputs`, `sparse`, `conv_2d`, `conv_1d`,
// `conv_2d_transpose`, `avg_pool_2d`, `max_pool_2d`, `avg_pool_dense_2d`, `avg_pool_conv_2d`: the names in files.
std::string name_of(const Connectivity& connectivity);
const Value& weight_of(const Connectivity& connectivity);
const Value& delay_of(const Connectivity& connectivity);
// `automatic`, `dense`, `rows`, `procedural`, `kernel`.
std::string to_string(SynapseStorage storage);

}  // namespace synfire
