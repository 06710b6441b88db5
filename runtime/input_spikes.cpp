// SPDX-License-Identifier: Apache-2.0
#include "synfire/runtime/input_spikes.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "binned_spikes.hpp"
#include "shared_binning.hpp"
#include "spike_binning.hpp"
#include "synfire/error.hpp"

namespace synfire::runtime {

struct InputSpikeBuffer::State {
  std::shared_ptr<Device> device;
  std::string what;
  std::size_t offsets_per_example;
  SharedBinning binning;
  std::vector<std::uint32_t> offsets;  // of the largest batch
  std::vector<std::uint32_t> neurons;  // as long as ever needed
  std::size_t offsets_used = 0, neurons_used = 0;
  std::vector<std::size_t> begins = {};  // in neurons, of each example of a batch
  // Unused on a device that shares this machine's memory.
  DeviceBuffer device_offsets = {};
  DeviceBuffer device_neurons = {};

  template <class ExampleAt>
  void fill(const SpikeTrains& trains, std::size_t examples, const ExampleAt& example_at);
  void clear(std::size_t examples);
  std::span<std::uint32_t> room_for(std::size_t spikes);
  std::span<std::uint32_t> offsets_of(std::size_t example);
  void close_gaps();
  void grow_device_list(std::size_t entries);
  void copy_to_device();
};

InputSpikeBuffer::InputSpikeBuffer(const std::shared_ptr<Device>& device, const std::string& what, double dt,
                                   std::uint32_t steps, std::uint32_t most_examples)
    : state_(new State{.device = device,
                       .what = what,
                       .offsets_per_example = std::size_t{steps} + 1,
                       .binning = SharedBinning(dt, steps, device.get()),
                       .offsets = {},
                       .neurons = {}}) {
  State& state = *state_;
  state.offsets.resize(state.offsets_per_example * most_examples);
  state.neurons.reserve(least_capacity);
  if (state.device->shares_host_memory()) return;
  state.device_offsets = DeviceBuffer(state.device, state.offsets.size() * sizeof(std::uint32_t), "offsets of " + what);
  state.grow_device_list(least_capacity);
}

InputSpikeBuffer::~InputSpikeBuffer() = default;
InputSpikeBuffer::InputSpikeBuffer(InputSpikeBuffer&&) noexcept = default;
InputSpikeBuffer& InputSpikeBuffer::operator=(InputSpikeBuffer&&) noexcept = default;

void InputSpikeBuffer::fill(const SpikeTrains& trains, std::size_t first, std::uint32_t examples) {
  state_->fill(trains, examples, [first](std::size_t i) { return first + i; });
}

void InputSpikeBuffer::fill(const SpikeTrains& trains, std::span<const std::uint32_t> examples) {
  state_->fill(trains, examples.size(), [examples](std::size_t i) { return std::size_t{examples[i]}; });
}

// The steps are those of the buffer, and there are so few spikes that a batch cannot exceed 32 bits.
void InputSpikeBuffer::fill(const BinnedSpikes& binned, std::span<const std::uint32_t> examples) {
  State& state = *state_;
  state.clear(examples.size());
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const std::span<std::uint32_t> room = state.room_for(binned.spikes(examples[i]));
    binned.copy(examples[i], state.neurons_used, room, state.offsets_of(i));
    state.neurons_used += room.size();
  }
  if (!state.device->shares_host_memory()) state.copy_to_device();
}

template <class ExampleAt>
void InputSpikeBuffer::State::fill(const SpikeTrains& trains, std::size_t examples, const ExampleAt& example_at) {
  clear(examples);
  begins.clear();
  std::size_t spikes = 0;
  for (std::size_t i = 0; i < examples && example_at(i) < trains.examples(); ++i) {
    begins.push_back(spikes);
    spikes += spikes_of(trains, example_at(i));
  }
  const bool all_there = begins.size() == examples && spikes <= std::numeric_limits<std::uint32_t>::max();
  if (all_there && binning.is_shared(examples, spikes)) {
    room_for(spikes);
    binning.each(examples, spikes, [&](SpikeBinner& binner, std::size_t i) {
      const std::size_t example = example_at(i);
      const auto room = std::span(neurons).subspan(begins[i], spikes_of(trains, example));
      binner.bin(trains, example, begins[i], room, offsets_of(i));
    });
    close_gaps();
  } else {
    // One after the other, so that the first invalid example is reported.
    for (std::size_t i = 0; i < examples; ++i) {
      const std::size_t example = example_at(i);
      const std::size_t most = example < trains.examples() ? spikes_of(trains, example) : 0;
      neurons_used += binning.first().bin(trains, example, neurons_used, room_for(most), offsets_of(i));
    }
  }
  if (!device->shares_host_memory()) copy_to_device();
}

// If examples have spikes that fall in no step, moves up the spikes after them.
void InputSpikeBuffer::State::close_gaps() {
  for (std::size_t i = 0; i < begins.size(); ++i) {
    const std::span<std::uint32_t> own = offsets_of(i);
    const std::size_t spikes = own.back() - own.front();
    const auto gap = static_cast<std::uint32_t>(begins[i] - neurons_used);
    if (gap != 0) {
      std::copy_n(neurons.begin() + static_cast<std::ptrdiff_t>(begins[i]), spikes,
                  neurons.begin() + static_cast<std::ptrdiff_t>(neurons_used));
      for (std::uint32_t& offset : own) offset -= gap;
    }
    neurons_used += spikes;
  }
}

// Clears for this many examples.
void InputSpikeBuffer::State::clear(std::size_t examples) {
  if (examples * offsets_per_example > offsets.size()) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = what,
                     .message = "the batch is larger than the buffer",
                     .expected = "at most " + std::to_string(offsets.size() / offsets_per_example) + " examples",
                     .given = std::to_string(examples)});
  }
  neurons_used = 0;
  offsets_used = examples * offsets_per_example;
}

// Room for spikes after those in use.
std::span<std::uint32_t> InputSpikeBuffer::State::room_for(std::size_t spikes) {
  const std::size_t needed = neurons_used + spikes;
  if (needed > neurons.capacity()) neurons.reserve(std::bit_ceil(needed));
  if (needed > neurons.size()) neurons.resize(needed);
  return std::span(neurons).subspan(neurons_used, spikes);
}

std::span<std::uint32_t> InputSpikeBuffer::State::offsets_of(std::size_t example) {
  return std::span(offsets).subspan(example * offsets_per_example, offsets_per_example);
}

void InputSpikeBuffer::State::copy_to_device() {
  grow_device_list(neurons_used);
  device_offsets.copy_from(std::span<const std::uint32_t>(offsets).first(offsets_used));
  device_neurons.copy_from(std::span<const std::uint32_t>(neurons).first(neurons_used));
}

// The old contents are no longer needed, so the list is released before the new one is allocated.
void InputSpikeBuffer::State::grow_device_list(std::size_t entries) {
  if (entries * sizeof(std::uint32_t) <= device_neurons.bytes()) return;
  device_neurons = {};
  device_neurons = DeviceBuffer(device, std::bit_ceil(entries) * sizeof(std::uint32_t), what);
}

const void* InputSpikeBuffer::offsets() const noexcept {
  return state_->device->shares_host_memory() ? state_->offsets.data() : state_->device_offsets.data();
}

const void* InputSpikeBuffer::neurons() const noexcept {
  return state_->device->shares_host_memory() ? state_->neurons.data() : state_->device_neurons.data();
}

std::span<const std::uint32_t> InputSpikeBuffer::host_offsets() const noexcept {
  return std::span<const std::uint32_t>(state_->offsets).first(state_->offsets_used);
}

std::span<const std::uint32_t> InputSpikeBuffer::host_neurons() const noexcept {
  return std::span<const std::uint32_t>(state_->neurons).first(state_->neurons_used);
}

std::size_t InputSpikeBuffer::capacity() const noexcept {
  return state_->device->shares_host_memory() ? state_->neurons.capacity()
                                              : state_->device_neurons.bytes() / sizeof(std::uint32_t);
}

std::size_t InputSpikeBuffer::device_bytes() const noexcept {
  return state_->device_offsets.bytes() + state_->device_neurons.bytes();
}

}  // namespace synfire::runtime
