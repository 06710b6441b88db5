// SPDX-License-Identifier: Apache-2.0
#include "synfire/example_source.hpp"

#include <algorithm>
#include <vector>

#include "synfire/base/example_blocks.hpp"
#include "synfire/error.hpp"

namespace synfire {

void require_examples(std::span<const std::uint32_t> examples, std::size_t count, const std::string& path) {
  const auto wrong = std::find_if(examples.begin(), examples.end(), [&](std::uint32_t each) { return each >= count; });
  if (wrong == examples.end()) return;
  throw DataError({.kind = ProblemKind::wrong_data_size,
                   .path = path,
                   .message = "the example does not exist",
                   .expected = "less than " + std::to_string(count),
                   .given = std::to_string(*wrong)});
}

void require_room(std::size_t given, std::size_t expected, const std::string& path) {
  if (given == expected) return;
  throw DataError({.kind = ProblemKind::wrong_data_size,
                   .path = path,
                   .message = "the memory does not have the size of the examples",
                   .expected = std::to_string(expected),
                   .given = std::to_string(given)});
}

std::size_t bytes_of_example(const ValueSource& source) {
  return source.examples() == 0 ? 0 : bytes_in_memory(source) / source.examples();
}

std::size_t bytes_of_example(const SpikeSource& source) {
  return source.examples() == 0 ? 0 : bytes_in_memory(source) / source.examples();
}

std::size_t bytes_in_memory(const ValueSource& source) { return element_count(source.shape()) * sizeof(float); }

std::size_t bytes_in_memory(const SpikeSource& source) {
  return source.most_spikes() * (sizeof(std::uint32_t) + sizeof(float)) + source.examples() * sizeof(std::size_t);
}

Tensor<float> read_all(const ValueSource& source) {
  Tensor<float> values(source.shape());
  if (values.empty() || source.examples() == 0) return values;  // a scalar has a value, but no examples
  const std::size_t size = values.size() / source.examples();
  base::for_blocks(source.examples(), bytes_of_example(source), [&](std::span<const std::uint32_t> examples) {
    source.read(examples, std::span(values.data() + examples.front() * size, examples.size() * size));
  });
  return values;
}

SpikeTrains read_all(const SpikeSource& source) {
  SpikeTrains trains(source.neurons());
  std::vector<std::uint32_t> neurons;
  std::vector<float> times;
  base::for_blocks(source.examples(), bytes_of_example(source), [&](std::span<const std::uint32_t> examples) {
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
