// SPDX-License-Identifier: Apache-2.0
#include "synfire/runtime/executor.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include "executor/batch_check.hpp"
#include "executor/binary_choice.hpp"
#include "executor/memory_plan.hpp"
#include "executor/parameters.hpp"
#include "synfire/error.hpp"
#include "synfire/runtime/device_buffer.hpp"
#include "synfire/runtime/input_spikes.hpp"

namespace synfire::runtime {

using contract::Buffer;
using contract::BufferRole;

struct Executor::State {
  State(std::shared_ptr<const contract::Artifact> artifact_, std::shared_ptr<Device> device_,
        std::uint32_t batch_size_);

  const contract::Manifest& manifest() const { return artifact->manifest; }

  void allocate();
  void fill_parameters(const std::vector<std::span<const std::byte>>& parameters);

  void bind_inputs(const Batch& batch);
  void bind_values(std::size_t buffer, const BatchInput& input);
  void bind_steps(std::size_t buffer, const Batch& batch);
  void bind_header(const Batch& batch);
  void bind(std::size_t buffer, const void* address);
  void launch(const Batch& batch);

  const BatchInput* input_of(const Batch& batch, const std::string& population) const;
  void check_recording(std::size_t buffer) const;

  std::shared_ptr<const contract::Artifact> artifact;
  std::shared_ptr<Device> device;
  std::uint32_t batch_size;
  std::unique_ptr<LoadedProgram> program;
  std::vector<DeviceBuffer> buffers;                      // as the manifest's; empty where nothing is allocated
  std::map<std::string, InputSpikeBuffer> spike_buffers;  // by population
  std::vector<std::byte> arguments;                       // a TrialHeader and an address for each buffer
  std::vector<std::uint32_t> steps;                       // of each example of the batch
  std::uint32_t bound_examples = 0;                       // whose inputs are bound
  std::uint32_t examples = 0;                             // of the last run that succeeded
  std::uint32_t saved_examples = 0;
};

Executor::State::State(std::shared_ptr<const contract::Artifact> artifact_, std::shared_ptr<Device> device_,
                       std::uint32_t batch_size_)
    : artifact(std::move(artifact_)), device(std::move(device_)), batch_size(batch_size_) {
  const contract::Binary& binary = choose_binary(*artifact, *device);
  const auto parameters = match_parameters(*artifact);
  check_memory(manifest(), *device, batch_size);
  program = device->load(binary, manifest().entry);
  arguments.resize(sizeof(contract::TrialHeader) + manifest().buffers.size() * sizeof(std::uint64_t));
  steps.reserve(batch_size);
  allocate();
  fill_parameters(parameters);
}

void Executor::State::allocate() {
  for (std::size_t i = 0; i < manifest().buffers.size(); ++i) {
    const Buffer& buffer = manifest().buffers[i];
    const bool allocated = is_allocated(buffer, manifest(), *device);
    const std::size_t bytes = allocated ? buffer_bytes(buffer, batch_size) : 0;
    buffers.emplace_back(device, bytes, describe(buffer));
    bind(i, buffers.back().data());
    if (buffer.role == BufferRole::input_spike_offsets || buffer.role == BufferRole::input_spike_neurons) {
      spike_buffers.try_emplace(buffer.population, device, "input spikes of \"" + buffer.population + "\"",
                                manifest().dt, manifest().timesteps, batch_size);
    }
  }
}

void Executor::State::fill_parameters(const std::vector<std::span<const std::byte>>& parameters) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (manifest().buffers[i].role != BufferRole::parameter) continue;
    if (is_read_in_place(manifest().buffers[i], *device)) {
      bind(i, parameters[i].data());
    } else {
      buffers[i].copy_from(parameters[i]);
    }
  }
}

const BatchInput* Executor::State::input_of(const Batch& batch, const std::string& population) const {
  const auto input = std::find_if(batch.inputs.begin(), batch.inputs.end(), [&](const BatchInput& candidate) {
    return manifest().populations[candidate.population].name == population;
  });
  return input != batch.inputs.end() ? &*input : nullptr;
}

void Executor::State::bind_inputs(const Batch& batch) {
  bound_examples = 0;
  for (auto& [population, spikes] : spike_buffers) {
    if (const BatchInput* input = input_of(batch, population); input != nullptr && input->spikes != nullptr) {
      spikes.fill(*input->spikes, input->first_spike_example, batch.examples);
    }
  }
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const Buffer& buffer = manifest().buffers[i];
    if (buffer.role == BufferRole::example_steps) bind_steps(i, batch);
    if (buffer.role == BufferRole::input_spike_offsets) bind(i, spike_buffers.at(buffer.population).offsets());
    if (buffer.role == BufferRole::input_spike_neurons) bind(i, spike_buffers.at(buffer.population).neurons());
    if (buffer.role != BufferRole::input_values) continue;
    if (const BatchInput* input = input_of(batch, buffer.population)) bind_values(i, *input);
  }
  bound_examples = batch.examples;
}

void Executor::State::bind_values(std::size_t buffer, const BatchInput& input) {
  if (device->shares_host_memory()) return bind(buffer, input.values.data());
  buffers[buffer].copy_from(input.values);
}

void Executor::State::bind_steps(std::size_t buffer, const Batch& batch) {
  if (batch.steps.empty()) {
    steps.assign(batch.examples, manifest().timesteps);
  } else {
    steps.assign(batch.steps.begin(), batch.steps.end());
  }
  if (device->shares_host_memory()) return bind(buffer, steps.data());
  buffers[buffer].copy_from(std::span<const std::uint32_t>(steps));
}

void Executor::State::bind_header(const Batch& batch) {
  const contract::TrialHeader header{.seed = batch.seed,
                                     .first_example = batch.first_example,
                                     .examples = batch.examples,
                                     .first_step = batch.first_step,
                                     .last_step = batch.last_step != 0 ? batch.last_step : manifest().timesteps,
                                     .load = batch.load,
                                     .save = batch.save ? 1u : 0u,
                                     .input_origin = 0,
                                     .recording_origin = batch.recording_origin};
  std::memcpy(arguments.data(), &header, sizeof header);
}

void Executor::State::bind(std::size_t buffer, const void* address) {
  static_assert(sizeof address == sizeof(std::uint64_t));
  std::memcpy(arguments.data() + sizeof(contract::TrialHeader) + buffer * sizeof address, &address, sizeof address);
}

// Until the batch has succeeded there are no results, and no state that could be trusted.
void Executor::State::launch(const Batch& batch) {
  examples = 0;
  const std::uint32_t saved_before = std::exchange(saved_examples, 0);
  device->launch(*program, manifest().entry, arguments, batch.examples);
  device->synchronize();
  saved_examples = batch.save ? std::max(saved_before, batch.examples) : saved_before;
  examples = batch.examples;
}

void Executor::State::check_recording(std::size_t buffer) const {
  const auto& all = manifest().buffers;
  if (buffer < all.size() && all[buffer].role == BufferRole::recording) return;
  throw ModelError({.kind = ProblemKind::missing_variable,
                    .path = "buffers[" + std::to_string(buffer) + "]",
                    .message = "the buffer is no recording"});
}

Executor::Executor(std::shared_ptr<const contract::Artifact> artifact, std::shared_ptr<Device> device,
                   std::uint32_t batch_size)
    : state_(std::make_unique<State>(std::move(artifact), std::move(device), batch_size)) {}

Executor::~Executor() = default;
Executor::Executor(Executor&&) noexcept = default;
Executor& Executor::operator=(Executor&&) noexcept = default;

const contract::Manifest& Executor::manifest() const { return state_->manifest(); }
Device& Executor::device() const { return *state_->device; }
std::uint32_t Executor::batch_size() const { return state_->batch_size; }
std::uint32_t Executor::saved_examples() const { return state_->saved_examples; }
void Executor::forget_state() { state_->saved_examples = 0; }

std::vector<Executor::MemoryUse> Executor::memory_use() const {
  std::vector<MemoryUse> uses;
  for (const DeviceBuffer& buffer : state_->buffers) {
    if (buffer.bytes() != 0) uses.push_back({buffer.what(), buffer.bytes()});
  }
  for (const auto& [population, spikes] : state_->spike_buffers) {
    if (spikes.device_bytes() != 0) uses.push_back({"input spikes of \"" + population + "\"", spikes.device_bytes()});
  }
  return uses;
}

void Executor::run(const Batch& batch) {
  State& state = *state_;
  check_batch(batch, state.manifest(), state.batch_size);
  check_carried_state(batch, state.manifest(), state.saved_examples);
  check_same_inputs(batch, state.bound_examples);
  state.bind_header(batch);
  if (!batch.same_inputs) state.bind_inputs(batch);
  state.launch(batch);
}

std::vector<float> Executor::readout(std::size_t population) const {
  const auto& manifest = state_->manifest();
  const std::string name = population < manifest.populations.size() ? manifest.populations[population].name : "";
  for (std::size_t i = 0; i < manifest.buffers.size(); ++i) {
    const Buffer& buffer = manifest.buffers[i];
    if (buffer.role != BufferRole::readout || buffer.population != name) continue;
    std::vector<float> values(state_->examples * element_count(buffer.shape));
    state_->buffers[i].copy_to(std::span(values));
    return values;
  }
  throw ModelError({.kind = ProblemKind::missing_variable,
                    .path = "population \"" + name + "\"",
                    .message = "the population has no readout"});
}

std::vector<std::byte> Executor::recording(std::size_t buffer) const {
  state_->check_recording(buffer);
  std::vector<std::byte> bytes(buffer_bytes(state_->manifest().buffers[buffer], state_->examples));
  recording(buffer, 0, 0, bytes);
  return bytes;
}

void Executor::recording(std::size_t buffer, std::size_t example, std::size_t row, std::span<std::byte> into) const {
  state_->check_recording(buffer);
  const Buffer& described = state_->manifest().buffers[buffer];
  const std::size_t rows = described.shape.front();
  const std::size_t row_bytes = rows == 0 ? 0 : buffer_bytes(described, 1) / rows;
  state_->buffers[buffer].copy_to(into, (example * rows + row) * row_bytes);
}

}  // namespace synfire::runtime
