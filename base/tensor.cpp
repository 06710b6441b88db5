// SPDX-License-Identifier: Apache-2.0
#include "synfire/tensor.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <string>

#include "spike_order.hpp"
#include "synfire/error.hpp"

namespace synfire {

std::size_t element_count(const Extents& extents) {
  return std::accumulate(extents.begin(), extents.end(), std::size_t{1}, std::multiplies<>());
}

std::string to_string(const Extents& extents) {
  if (extents.empty()) return "scalar";
  std::string text;
  for (std::size_t i = 0; i < extents.size(); ++i) text += (i ? "×" : "") + std::to_string(extents[i]);
  return text;
}

template <class T>
Tensor<T>::Tensor(Extents shape, std::vector<T> values) : shape_(std::move(shape)), values_(std::move(values)) {
  if (values_.size() != element_count(shape_)) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = "tensor",
                     .message = "the number of values does not match the shape " + to_string(shape_),
                     .expected = std::to_string(element_count(shape_)) + " values",
                     .given = std::to_string(values_.size())});
  }
}

template <class T>
std::size_t Tensor<T>::offset(std::initializer_list<std::size_t> indices) const {
  std::size_t position = 0;
  std::size_t axis = 0;
  bool inside = indices.size() == shape_.size();
  for (const std::size_t index : indices) {
    inside = inside && index < shape_[axis];
    if (!inside) break;
    position = position * shape_[axis++] + index;
  }
  if (!inside) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = "tensor",
                     .message = "an index is outside the shape " + to_string(shape_)});
  }
  return position;
}

template class Tensor<float>;
template class Tensor<double>;
template class Tensor<std::uint8_t>;
template class Tensor<std::int8_t>;
template class Tensor<std::int32_t>;
template class Tensor<std::uint32_t>;
template class Tensor<std::int64_t>;
template class Tensor<std::int16_t>;
template class Tensor<std::uint16_t>;
template class Tensor<std::uint64_t>;

namespace {

// Whether add_example may have to reject something.
bool is_doubtful(const std::vector<std::uint32_t>& neurons, const std::vector<float>& times, std::size_t population) {
  constexpr std::uint32_t infinite = 0x7f800000u;  // the bits of negative times and NaN are larger
  bool doubtful = false;
  for (const std::uint32_t neuron : neurons) doubtful |= neuron >= population;
  for (const float time : times) doubtful |= std::bit_cast<std::uint32_t>(time + 0.0f) >= infinite;
  return doubtful;
}

void check_spikes(const std::vector<std::uint32_t>& neurons, const std::vector<float>& times, std::size_t population,
                  const std::string& path) {
  if (neurons.size() != times.size()) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = path,
                     .message = "the numbers of times and neurons differ",
                     .expected = std::to_string(neurons.size()) + " times",
                     .given = std::to_string(times.size())});
  }
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (neurons[i] >= population) {
      throw DataError({.kind = ProblemKind::wrong_data_size,
                       .path = path + ", spike " + std::to_string(i),
                       .message = "the neuron does not exist",
                       .expected = "less than " + std::to_string(population),
                       .given = std::to_string(neurons[i])});
    }
    if (!std::isfinite(times[i]) || times[i] < 0) {
      throw DataError({.kind = ProblemKind::non_finite_data,
                       .path = path + ", spike " + std::to_string(i),
                       .message = "the spike time must be finite and not negative",
                       .hint = "times are in ms from the start of the example",
                       .given = std::to_string(times[i])});
    }
  }
}

bool are_in_order(const std::vector<std::uint32_t>& neurons, const std::vector<float>& times) {
  for (std::size_t i = 1; i < times.size(); ++i) {
    if (base::spike_key(neurons[i], times[i]) < base::spike_key(neurons[i - 1], times[i - 1])) return false;
  }
  return true;
}

std::vector<std::uint64_t> ordered(const std::vector<std::uint32_t>& neurons, const std::vector<float>& times) {
  std::vector<std::uint64_t> order(times.size());
  std::transform(neurons.begin(), neurons.end(), times.begin(), order.begin(), base::spike_key);
  base::sort_spikes(order);
  return order;
}

}  // namespace

void SpikeTrains::add_example(const std::vector<std::uint32_t>& neurons, const std::vector<float>& times) {
  if (neurons.size() != times.size() || is_doubtful(neurons, times, neurons_))
    check_spikes(neurons, times, neurons_, "spike trains, example " + std::to_string(examples()));
  std::vector<std::uint64_t> order;
  if (!are_in_order(neurons, times)) order = ordered(neurons, times);
  const std::size_t first = spikes();
  spike_neurons_.resize(first + neurons.size());
  spike_times_.resize(first + times.size());
  std::uint32_t* const own_neurons = spike_neurons_.data() + first;
  float* const own_times = spike_times_.data() + first;
  if (order.empty()) {
    std::copy(neurons.begin(), neurons.end(), own_neurons);
    std::transform(times.begin(), times.end(), own_times, [](float time) { return time + 0.0f; });
  } else {
    std::transform(order.begin(), order.end(), own_neurons, base::neuron_of);
    std::transform(order.begin(), order.end(), own_times, base::time_of);
  }
  offsets_.push_back(spikes());
}

float SpikeTrains::latest_time() const noexcept {
  return spike_times_.empty() ? 0.0f : *std::max_element(spike_times_.begin(), spike_times_.end());
}

std::size_t SpikeTrains::most_spikes() const noexcept {
  std::size_t most = 0;
  for (std::size_t e = 0; e < examples(); ++e) most = std::max(most, offsets_[e + 1] - offsets_[e]);
  return most;
}

}  // namespace synfire
