// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>
#include <random>

#include "synfire/codegen/gradcheck.hpp"

namespace synfire::codegen {
namespace {

// A few spikes per neuron, one in each of several time windows. No two in one step if possible, since the order of two
// arrivals is a kink; none at the start, so all can arrive slightly earlier.
std::vector<GivenSpike> draw_spikes(std::uint32_t neurons, std::uint32_t timesteps, std::mt19937_64& random) {
  std::vector<GivenSpike> spikes;
  const std::uint32_t window = std::max(1u, timesteps / 5);
  std::vector<std::uint32_t> places(window);
  for (std::uint32_t begin = 1; begin + window <= timesteps * 3 / 4; begin += window) {
    std::iota(places.begin(), places.end(), begin);
    for (std::uint32_t j = 0; j < neurons; ++j) {
      const std::uint32_t used = j % window;
      if (used == 0) std::shuffle(places.begin(), places.end(), random);
      spikes.push_back({places[used], j, 1});
    }
  }
  return spikes;
}

}  // namespace

ExampleData draw_example(const ir::Network& network, const GradientCheckOptions& options, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  ExampleData example;
  example.timesteps = options.timesteps;
  for (const ir::Population& population : network.populations) {
    const std::size_t neurons = population.neurons();
    example.spikes.emplace_back();
    example.input.emplace_back();
    std::size_t frames = 1;
    for (const Parameter& parameter : population.neuron.parameters) {
      if (parameter.name == "input_frames") frames = static_cast<std::size_t>(parameter.value.number());
    }
    for (std::size_t i = 0; i < frames * neurons; ++i) example.input.back().push_back(uniform());
    if (!population.neuron.state.empty()) continue;
    example.spikes.back() = draw_spikes(static_cast<std::uint32_t>(neurons), options.timesteps, random);
  }
  for (const OutputLoss& output : options.losses) {
    const std::size_t neurons = network.populations[output.population].neurons();
    LossTarget target;
    target.label = static_cast<std::uint32_t>(uniform() * static_cast<double>(neurons));
    const std::size_t count = is_running(output.loss) ? neurons * options.timesteps : neurons;
    for (std::size_t i = 0; i < count; ++i) target.values.push_back(uniform());
    if (is_categorical(output.loss)) {
      const double total = std::accumulate(target.values.begin(), target.values.end(), 0.0);
      for (double& each : target.values) each /= total;
    }
    example.targets.push_back(std::move(target));
  }
  return example;
}

}  // namespace synfire::codegen
