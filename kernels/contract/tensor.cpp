// SPDX-License-Identifier: Apache-2.0
#include "synfire/tensor.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

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
                     .message = "the number of values does not fit the shape " + to_string(shape_),
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
                     .message = "an index lies outside the shape " + to_string(shape_)});
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

void SpikeTrains::add_example(const std::vector<std::uint32_t>& neurons, const std::vector<float>& times) {
  const std::string path = "spike trains, example " + std::to_string(examples());
  if (neurons.size() != times.size()) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = path,
                     .message = "there are not as many times as neurons",
                     .expected = std::to_string(neurons.size()) + " times",
                     .given = std::to_string(times.size())});
  }
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (neurons[i] >= neurons_) {
      throw DataError({.kind = ProblemKind::wrong_data_size,
                       .path = path + ", spike " + std::to_string(i),
                       .message = "the neuron does not exist",
                       .expected = "less than " + std::to_string(neurons_),
                       .given = std::to_string(neurons[i])});
    }
    if (!std::isfinite(times[i]) || times[i] < 0) {
      throw DataError({.kind = ProblemKind::non_finite_data,
                       .path = path + ", spike " + std::to_string(i),
                       .message = "a spike time must be finite and not negative",
                       .hint = "times are in ms from the start of the example",
                       .given = std::to_string(times[i])});
    }
  }
  // By time, then by neuron: bits of times that are not negative have the order of the times.
  std::vector<std::uint64_t> order(times.size());
  for (std::size_t i = 0; i < times.size(); ++i)
    order[i] = std::uint64_t{std::bit_cast<std::uint32_t>(times[i] + 0.0f)} << 32 | neurons[i];
  if (!std::is_sorted(order.begin(), order.end())) std::sort(order.begin(), order.end());
  for (const std::uint64_t spike : order) {
    spike_neurons_.push_back(static_cast<std::uint32_t>(spike));
    spike_times_.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(spike >> 32)));
  }
  offsets_.push_back(spike_neurons_.size());
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
