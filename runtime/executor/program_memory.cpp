// SPDX-License-Identifier: Apache-2.0
#include "executor/program_memory.hpp"

#include <algorithm>
#include <utility>

#include "executor/memory_plan.hpp"
#include "executor/parameters.hpp"
#include "synfire/error.hpp"

namespace synfire::runtime {

using contract::Buffer;
using contract::BufferRole;

ProgramMemory::ProgramMemory(std::shared_ptr<const contract::Artifact> artifact, std::shared_ptr<Device> device,
                             std::uint32_t batch_size)
    : artifact_(std::move(artifact)), device_(std::move(device)), batch_size_(batch_size) {
  const auto parameters = match_parameters(*artifact_);
  check_memory(manifest(), *device_, batch_size_);
  steps_.reserve(batch_size_);
  allocate();
  fill_parameters(parameters);
}

void ProgramMemory::allocate() {
  addresses_.resize(manifest().buffers.size(), nullptr);
  for (std::size_t i = 0; i < manifest().buffers.size(); ++i) {
    const Buffer& buffer = manifest().buffers[i];
    const bool allocated = is_allocated(buffer, manifest(), *device_);
    const std::size_t bytes = allocated ? allocation_bytes(buffer, manifest(), batch_size_) : 0;
    buffers_.emplace_back(device_, bytes, describe(buffer));
    bind(i, buffers_.back().data());
    if (buffer.role == BufferRole::input_spike_offsets || buffer.role == BufferRole::input_spike_neurons) {
      spike_buffers_.try_emplace(buffer.population, device_, "input spikes of \"" + buffer.population + "\"",
                                 manifest().dt, manifest().timesteps, batch_size_);
    }
  }
}

void ProgramMemory::fill_parameters(const std::vector<std::span<const std::byte>>& parameters) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (manifest().buffers[i].role != BufferRole::parameter) continue;
    if (is_read_in_place(manifest().buffers[i], manifest(), *device_)) {
      bind(i, parameters[i].data());
    } else {
      buffers_[i].copy_from(parameters[i]);
    }
  }
}

std::size_t ProgramMemory::index_of(const std::string& buffer) const {
  const auto& all = manifest().buffers;
  const auto found = std::find_if(all.begin(), all.end(), [&](const Buffer& each) { return each.name == buffer; });
  if (found != all.end()) return static_cast<std::size_t>(found - all.begin());
  throw DataError({.kind = ProblemKind::malformed_file,
                   .path = "manifest.buffers",
                   .message = "the program lacks the buffer \"" + buffer + "\""});
}

// The old contents are no longer needed, so the memory is released before the new one is allocated.
void ProgramMemory::reallocate(std::size_t buffer, std::size_t bytes) {
  bind(buffer, nullptr);
  buffers_[buffer] = {};
  buffers_[buffer] = DeviceBuffer(device_, bytes, describe(manifest().buffers[buffer]));
  bind(buffer, buffers_[buffer].data());
}

void ProgramMemory::bind(std::size_t buffer, const void* address) { addresses_[buffer] = address; }

const BatchInput* ProgramMemory::input_of(const Batch& batch, const std::string& population) const {
  const auto input = std::find_if(batch.inputs.begin(), batch.inputs.end(), [&](const BatchInput& candidate) {
    return manifest().populations[candidate.population].name == population;
  });
  return input != batch.inputs.end() ? &*input : nullptr;
}

void ProgramMemory::bind_inputs(const Batch& batch) {
  bound_examples_ = 0;
  for (auto& [population, spikes] : spike_buffers_) {
    const BatchInput* const input = input_of(batch, population);
    if (input == nullptr || input->spikes == nullptr) continue;
    if (input->spike_examples.empty()) {
      spikes.fill(*input->spikes, input->first_spike_example, batch.examples);
    } else if (input->binned != nullptr) {
      spikes.fill(*input->binned, input->spike_examples);
    } else {
      spikes.fill(*input->spikes, input->spike_examples);
    }
  }
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    const Buffer& buffer = manifest().buffers[i];
    if (buffer.role == BufferRole::example_steps) bind_steps(i, batch);
    if (buffer.role == BufferRole::input_spike_offsets) bind(i, spike_buffers_.at(buffer.population).offsets());
    if (buffer.role == BufferRole::input_spike_neurons) bind(i, spike_buffers_.at(buffer.population).neurons());
    if (buffer.role != BufferRole::input_values) continue;
    if (const BatchInput* input = input_of(batch, buffer.population)) hand_over(i, input->values);
  }
  bound_examples_ = batch.examples;
}

void ProgramMemory::bind_steps(std::size_t buffer, const Batch& batch) {
  if (batch.steps.empty()) {
    steps_.assign(batch.examples, manifest().timesteps);
  } else {
    steps_.assign(batch.steps.begin(), batch.steps.end());
  }
  hand_over(buffer, std::span<const std::uint32_t>(steps_));
}

std::span<const std::byte> ProgramMemory::pack(std::span<const std::byte> header) {
  static_assert(sizeof(void*) == sizeof(std::uint64_t));
  const auto addresses = std::as_bytes(std::span(addresses_));
  arguments_.resize(header.size() + addresses.size());
  std::copy(header.begin(), header.end(), arguments_.begin());
  std::copy(addresses.begin(), addresses.end(), arguments_.begin() + static_cast<std::ptrdiff_t>(header.size()));
  return arguments_;
}

std::vector<float> ProgramMemory::readout(std::size_t population, std::uint32_t examples) const {
  const std::string name = population < manifest().populations.size() ? manifest().populations[population].name : "";
  for (std::size_t i = 0; i < manifest().buffers.size(); ++i) {
    const Buffer& buffer = manifest().buffers[i];
    if (buffer.role != BufferRole::readout || buffer.population != name) continue;
    std::vector<float> values(examples * element_count(buffer.shape));
    buffers_[i].copy_to(std::span(values));
    return values;
  }
  throw ModelError({.kind = ProblemKind::missing_variable,
                    .path = "population \"" + name + "\"",
                    .message = "the population has no readout"});
}

std::vector<Executor::MemoryUse> ProgramMemory::use() const {
  std::vector<Executor::MemoryUse> uses;
  for (const DeviceBuffer& buffer : buffers_) {
    if (buffer.bytes() != 0) uses.push_back({buffer.what(), buffer.bytes()});
  }
  for (const auto& [population, spikes] : spike_buffers_) {
    if (spikes.device_bytes() != 0) uses.push_back({"input spikes of \"" + population + "\"", spikes.device_bytes()});
  }
  return uses;
}

}  // namespace synfire::runtime
