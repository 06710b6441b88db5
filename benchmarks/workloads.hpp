// SPDX-License-Identifier: Apache-2.0
// The measured networks and their measurements.
#pragma once

#include <string>

#include "options.hpp"
#include "synfire/event_prop_compiler.hpp"
#include "synfire/network.hpp"

namespace synfire::benchmarks {

// The demo: 784-128-10 integrate-and-fire neurons, 100 steps. `count_all`: all populations count spikes.
struct FashionMnistNetwork {
  Network network;
  PopulationId input, hidden, output;
  double scale = 1;  // current of a pixel of value 1
};
inline constexpr std::uint32_t fashion_mnist_steps = 100;
FashionMnistNetwork make_fashion_mnist_network(const std::string& weights, bool count_all = false);

// Workloads B3 and B4: 784 inputs, 128 leaky integrate-and-fire neurons, 10 leaky outputs, 20 steps.
struct LatencyMnistNetwork {
  Network network{event_prop_defaults};
  PopulationId input, output;
};
inline constexpr std::uint32_t latency_mnist_steps = 20;
LatencyMnistNetwork make_latency_mnist_network();

// Workload B2: 700 inputs, 256 recurrent leaky integrate-and-fire neurons, 20 leaky outputs, 1000 steps.
// `count_spikes`: the hidden population counts its spikes.
struct ShdLikeNetwork {
  Network network;
  PopulationId input, hidden, output;
};
inline constexpr std::uint32_t shd_like_steps = 1000;
ShdLikeNetwork make_shd_like_network(bool count_spikes = false);

// Each adds its measurements to Google Benchmark's list.
void add_fashion_mnist(const Options& options);
void add_latency_mnist(const Options& options);
void add_shd_like(const Options& options);
void add_training(const Options& options);
void add_session(const Options& options);
void add_vogels_abbott(const Options& options);
void add_compile_latency(const Options& options);
void add_program_start(const Options& options);

}  // namespace synfire::benchmarks
