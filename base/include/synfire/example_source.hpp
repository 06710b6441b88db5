// SPDX-License-Identifier: Apache-2.0
// Examples that are read or made when a batch needs them, for data that do not fit in memory. data.hpp has those of
// files (ValuesOnDisk, EncodedOnDisk, SpikesOnDisk); others are derived from these classes.
//
// The same example must always be the same. What read() throws ends training. Two threads can call it at once: the next
// batch is read ahead while one runs, and a callback may evaluate with the same source meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "synfire/tensor.hpp"

namespace synfire {

// Values, as a Tensor<float> of this shape would have them.
class ValueSource {
 public:
  virtual ~ValueSource() = default;
  // Examples × the shape of one.
  virtual const Extents& shape() const = 0;
  // Fills `into` with these examples, one after the other.
  virtual void read(std::span<const std::uint32_t> examples, std::span<float> into) const = 0;

  std::size_t examples() const { return shape().empty() ? 0 : shape().front(); }
};

// Spikes, as SpikeTrains would have them.
class SpikeSource {
 public:
  virtual ~SpikeSource() = default;
  virtual std::size_t examples() const = 0;
  virtual std::size_t neurons() const = 0;
  // The most spikes that all examples can have together.
  virtual std::size_t most_spikes() const = 0;
  // These examples, in the order of the list.
  virtual SpikeTrains read(std::span<const std::uint32_t> examples) const = 0;
};

// For read(): throw DataError (wrong_data_size) for an example that is not below `count`, and for memory of another
// size than expected. `path`: for messages.
void require_examples(std::span<const std::uint32_t> examples, std::size_t count, const std::string& path);
void require_room(std::size_t given, std::size_t expected, const std::string& path);

// Bytes of one example in memory, on average; 0 without examples.
std::size_t bytes_of_example(const ValueSource& source);
std::size_t bytes_of_example(const SpikeSource& source);
// Bytes of all examples in memory.
std::size_t bytes_in_memory(const ValueSource& source);
std::size_t bytes_in_memory(const SpikeSource& source);

// All examples, read in blocks.
Tensor<float> read_all(const ValueSource& source);
SpikeTrains read_all(const SpikeSource& source);

}  // namespace synfire
