// SPDX-License-Identifier: Apache-2.0
// N-dimensional arrays that users pass in and get back, and spike trains.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace synfire {

// The extents of an array, slowest first. An empty shape is a scalar.
using Extents = std::vector<std::size_t>;

// The number of elements of an array with these extents.
std::size_t element_count(const Extents& extents);

// `28×28×1`; `scalar` for no extents.
std::string to_string(const Extents& extents);

// An owning, row-major array: the last axis varies fastest.
template <class T>
class Tensor {
 public:
  Tensor() = default;
  // Zeros of the given shape.
  explicit Tensor(Extents shape) : shape_(std::move(shape)), values_(element_count(shape_)) {}
  // Throws DataError unless `values` has as many elements as the shape.
  Tensor(Extents shape, std::vector<T> values);

  const Extents& shape() const noexcept { return shape_; }
  std::size_t size() const noexcept { return values_.size(); }
  bool empty() const noexcept { return values_.empty(); }
  T* data() noexcept { return values_.data(); }
  const T* data() const noexcept { return values_.data(); }
  auto begin() const noexcept { return values_.begin(); }
  auto end() const noexcept { return values_.end(); }
  const std::vector<T>& values() const noexcept { return values_; }

  T& operator[](std::size_t index) { return values_[index]; }
  const T& operator[](std::size_t index) const { return values_[index]; }
  // Element (row, column, …); throws DataError when an index is out of range.
  T& at(std::initializer_list<std::size_t> indices) { return values_[offset(indices)]; }
  const T& at(std::initializer_list<std::size_t> indices) const { return values_[offset(indices)]; }

  bool operator==(const Tensor&) const = default;

 private:
  std::size_t offset(std::initializer_list<std::size_t> indices) const;

  Extents shape_;
  std::vector<T> values_;
};

extern template class Tensor<float>;
extern template class Tensor<double>;
extern template class Tensor<std::uint8_t>;
extern template class Tensor<std::int8_t>;
extern template class Tensor<std::int32_t>;
extern template class Tensor<std::uint32_t>;
extern template class Tensor<std::int64_t>;
extern template class Tensor<std::int16_t>;
extern template class Tensor<std::uint16_t>;
extern template class Tensor<std::uint64_t>;

// The spikes of a set of examples of one population: for each example a list of (neuron, time in ms).
class SpikeTrains {
 public:
  // No examples yet, for a population of `neurons` neurons.
  explicit SpikeTrains(std::size_t neurons = 0) : neurons_(neurons) {}

  // Appends one example. `times` are in ms from the start of the example, in any order. Throws DataError when the
  // lists differ in length, a neuron is out of range, or a time is negative, NaN or infinite.
  void add_example(const std::vector<std::uint32_t>& neurons, const std::vector<float>& times);

  std::size_t neurons() const noexcept { return neurons_; }
  std::size_t examples() const noexcept { return offsets_.size() - 1; }
  std::size_t spikes() const noexcept { return spike_neurons_.size(); }
  // Spikes of example e are [offsets()[e], offsets()[e + 1]) of the two lists below, sorted by (time, neuron).
  const std::vector<std::size_t>& offsets() const noexcept { return offsets_; }
  const std::vector<std::uint32_t>& spike_neurons() const noexcept { return spike_neurons_; }
  const std::vector<float>& spike_times() const noexcept { return spike_times_; }
  // The latest spike of all examples in ms; 0 without spikes.
  float latest_time() const noexcept;
  // The largest number of spikes in one example.
  std::size_t most_spikes() const noexcept;

  bool operator==(const SpikeTrains&) const = default;

 private:
  std::size_t neurons_ = 0;
  std::vector<std::size_t> offsets_ = {0};
  std::vector<std::uint32_t> spike_neurons_;
  std::vector<float> spike_times_;
};

}  // namespace synfire
