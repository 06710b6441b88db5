// SPDX-License-Identifier: Apache-2.0
#include "synfire/runtime/input_spikes.hpp"

#include <bit>

#include "binned_spikes.hpp"
#include "spike_binning.hpp"
#include "synfire/error.hpp"

namespace synfire::runtime {

struct InputSpikeBuffer::State {
  std::shared_ptr<Device> device;
  std::string what;
  std::size_t offsets_per_example;
  SpikeBinner binner;
  std::vector<std::uint32_t> offsets;  // of the largest batch
  std::vector<std::uint32_t> neurons;
  std::size_t offsets_used = 0;
  // Unused on a device that shares this machine's memory.
  DeviceBuffer device_offsets = {};
  DeviceBuffer device_neurons = {};

  void clear(std::size_t examples);
  void append(const SpikeTrains& trains, std::size_t example);
  void grow_device_list(std::size_t entries);
  void copy_to_device();
};

InputSpikeBuffer::InputSpikeBuffer(std::shared_ptr<Device> device, const std::string& what, double dt,
                                   std::uint32_t steps, std::uint32_t most_examples)
    : state_(new State{.device = std::move(device),
                       .what = what,
                       .offsets_per_example = std::size_t{steps} + 1,
                       .binner = SpikeBinner(dt, steps),
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
  State& state = *state_;
  state.clear(examples);
  for (std::size_t example = first; example < first + examples; ++example) state.append(trains, example);
  if (!state.device->shares_host_memory()) state.copy_to_device();
}

void InputSpikeBuffer::fill(const SpikeTrains& trains, std::span<const std::uint32_t> examples) {
  State& state = *state_;
  state.clear(examples.size());
  for (const std::uint32_t example : examples) state.append(trains, example);
  if (!state.device->shares_host_memory()) state.copy_to_device();
}

// The steps are those of the buffer, and so few spikes that a batch of them cannot be too many for 32 bits.
void InputSpikeBuffer::fill(const BinnedSpikes& binned, std::span<const std::uint32_t> examples) {
  State& state = *state_;
  state.clear(examples.size());
  for (const std::uint32_t example : examples) {
    binned.append(example, state.neurons,
                  std::span(state.offsets).subspan(state.offsets_used, state.offsets_per_example));
    state.offsets_used += state.offsets_per_example;
  }
  if (!state.device->shares_host_memory()) state.copy_to_device();
}

// For as many examples.
void InputSpikeBuffer::State::clear(std::size_t examples) {
  if (examples * offsets_per_example > offsets.size()) {
    throw DataError({.kind = ProblemKind::wrong_data_size,
                     .path = what,
                     .message = "the batch is larger than the buffer",
                     .expected = "at most " + std::to_string(offsets.size() / offsets_per_example) + " examples",
                     .given = std::to_string(examples)});
  }
  neurons.clear();
  offsets_used = 0;
}

void InputSpikeBuffer::State::append(const SpikeTrains& trains, std::size_t example) {
  binner.append(trains, example, neurons, std::span(offsets).subspan(offsets_used, offsets_per_example));
  offsets_used += offsets_per_example;
}

void InputSpikeBuffer::State::copy_to_device() {
  grow_device_list(neurons.size());
  device_offsets.copy_from(std::span<const std::uint32_t>(offsets).first(offsets_used));
  device_neurons.copy_from(std::span<const std::uint32_t>(neurons));
}

// What the old list holds is not needed any more, so it is released before the new one is asked for.
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

std::span<const std::uint32_t> InputSpikeBuffer::host_neurons() const noexcept { return state_->neurons; }

std::size_t InputSpikeBuffer::capacity() const noexcept {
  return state_->device->shares_host_memory() ? state_->neurons.capacity()
                                              : state_->device_neurons.bytes() / sizeof(std::uint32_t);
}

std::size_t InputSpikeBuffer::device_bytes() const noexcept {
  return state_->device_offsets.bytes() + state_->device_neurons.bytes();
}

}  // namespace synfire::runtime
