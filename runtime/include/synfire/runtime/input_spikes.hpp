// SPDX-License-Identifier: Apache-2.0
// The input spikes of one population for one batch, as a program reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "synfire/runtime/device_buffer.hpp"
#include "synfire/tensor.hpp"

namespace synfire::runtime {

class BinnedSpikes;

// Two lists. `offsets` has steps + 1 entries per example: spikes of step s of an example are the entries [offsets[s],
// offsets[s + 1]) of `neurons`, ascending; `neurons` is shared by the examples of the batch. bin_spikes (executor.hpp)
// defines which spike is due when.
//
// Capacity: `offsets` is allocated once, for the largest batch. `neurons` starts with room for `least_capacity` spikes
// and grows to the next power of two when a batch has more spikes than any before; it never shrinks. So no spike is
// lost for lack of room, and the number of allocations is logarithmic in the number of spikes. A batch must have fewer
// than 2³² spikes.
//
// On a device that shares this machine's memory the lists are read where they are built, without copies.
class InputSpikeBuffer {
 public:
  static constexpr std::size_t least_capacity = 1024;

  // `what` names it in messages. Throws DeviceError (out_of_memory).
  InputSpikeBuffer(const std::shared_ptr<Device>& device, const std::string& what, double dt, std::uint32_t steps,
                   std::uint32_t most_examples);
  ~InputSpikeBuffer();
  InputSpikeBuffer(InputSpikeBuffer&&) noexcept;
  InputSpikeBuffer& operator=(InputSpikeBuffer&&) noexcept;

  // Replaces the contents with examples [first, first + examples) of `trains`. Throws DataError if they do not exist or
  // exceed the largest batch, DeviceError (out_of_memory) if the list cannot grow.
  void fill(const SpikeTrains& trains, std::size_t first, std::uint32_t examples);
  // The same with the examples of a list, in its order.
  void fill(const SpikeTrains& trains, std::span<const std::uint32_t> examples);
  void fill(const BinnedSpikes& binned, std::span<const std::uint32_t> examples);

  // Addresses for the program; valid until the next fill.
  const void* offsets() const noexcept;
  const void* neurons() const noexcept;
  // The same lists in this machine's memory.
  std::span<const std::uint32_t> host_offsets() const noexcept;
  std::span<const std::uint32_t> host_neurons() const noexcept;

  // Entries that `neurons` has room for.
  std::size_t capacity() const noexcept;
  // Device memory held; 0 for a device that reads the lists where they are built.
  std::size_t device_bytes() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace synfire::runtime
