// SPDX-License-Identifier: Apache-2.0
// The measured networks and their measurements.
#pragma once

#include <string>

#include "options.hpp"
#include "synfire/event_prop_compiler.hpp"
#include "synfire/network.hpp"

namespace synfire::benchmarks {

// The demo: 784-128-10 integrate-and-fire neurons, 100 steps.
struct FashionMnistNetwork {
  Network network;
  PopulationId input, hidden, output;
  double scale = 1;  // current of a pixel of value 1
};
inline constexpr std::uint32_t fashion_mnist_steps = 100;
struct FashionMnistOptions {
  std::string weights;     // a .npz file
  double factor = 1;       // of all weights
  bool count_all = false;  // all populations count their spikes
};
FashionMnistNetwork make_fashion_mnist_network(const FashionMnistOptions& options);

// Workloads B3 and B4: 784 inputs, 128 leaky integrate-and-fire neurons, 10 leaky outputs, 20 steps.
struct LatencyMnistNetwork {
  Network network{event_prop_defaults};
  PopulationId input, hidden, output;
};
inline constexpr std::uint32_t latency_mnist_steps = 20;
struct LatencyMnistOptions {
  std::uint32_t hidden = 128;
  double weights = 1;         // a factor of all weights
  bool count_spikes = false;  // the hidden population counts its spikes
};
LatencyMnistNetwork make_latency_mnist_network(const LatencyMnistOptions& options = {});

// Workloads B1 and B2: 700 inputs, 256 recurrent leaky integrate-and-fire neurons, 20 leaky outputs, 1000 steps.
struct ShdLikeNetwork {
  Network network;
  PopulationId input, hidden, output;
};
inline constexpr std::uint32_t shd_like_steps = 1000;
struct ShdLikeOptions {
  std::uint32_t hidden = 256;
  bool count_spikes = false;  // the hidden population counts its spikes
};
ShdLikeNetwork make_shd_like_network(const ShdLikeOptions& options = {});

// Each adds its measurements to Google Benchmark's list.
void add_fashion_mnist(const Options& options);
void add_latency_mnist(const Options& options);
void add_shd_like(const Options& options);
void add_training(const Options& options);
void add_session(const Options& options);
void add_vogels_abbott(const Options& options);
void add_compile_latency(const Options& options);
void add_jit_latency(const Options& options);
void add_program_start(const Options& options);

}  // namespace synfire::benchmarks
