// SPDX-License-Identifier: Apache-2.0
#include "synfire/example_source.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace synfire {
namespace {

constexpr std::size_t block = 1024;  // examples

// Calls visit(examples) for blocks of 0 to `count` - 1.
template <class Visitor>
void for_blocks(std::size_t count, const Visitor& visit) {
  std::vector<std::uint32_t> examples;
  for (std::size_t begin = 0; begin < count; begin += block) {
    examples.resize(std::min(block, count - begin));
    std::iota(examples.begin(), examples.end(), static_cast<std::uint32_t>(begin));
    visit(std::span<const std::uint32_t>(examples));
  }
}

}  // namespace

std::size_t bytes_in_memory(const ValueSource& source) { return element_count(source.shape()) * sizeof(float); }

std::size_t bytes_in_memory(const SpikeSource& source) {
  return source.most_spikes() * (sizeof(std::uint32_t) + sizeof(float)) + source.examples() * sizeof(std::size_t);
}

Tensor<float> read_all(const ValueSource& source) {
  Tensor<float> values(source.shape());
  if (values.empty()) return values;
  const std::size_t size = values.size() / source.examples();
  for_blocks(source.examples(), [&](std::span<const std::uint32_t> examples) {
    source.read(examples, std::span(values.data() + examples.front() * size, examples.size() * size));
  });
  return values;
}

SpikeTrains read_all(const SpikeSource& source) {
  SpikeTrains trains(source.neurons());
  std::vector<std::uint32_t> neurons;
  std::vector<float> times;
  for_blocks(source.examples(), [&](std::span<const std::uint32_t> examples) {
    const SpikeTrains part = source.read(examples);
    for (std::size_t e = 0; e < part.examples(); ++e) {
      const auto begin = static_cast<std::ptrdiff_t>(part.offsets()[e]);
      const auto end = static_cast<std::ptrdiff_t>(part.offsets()[e + 1]);
      neurons.assign(part.spike_neurons().begin() + begin, part.spike_neurons().begin() + end);
      times.assign(part.spike_times().begin() + begin, part.spike_times().begin() + end);
      trains.add_example(neurons, times);
    }
  });
  return trains;
}

}  // namespace synfire
