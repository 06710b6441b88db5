// SPDX-License-Identifier: Apache-2.0
#include "synfire/runtime/executor.hpp"

#include <algorithm>
#include <utility>

#include "executor/batch_check.hpp"
#include "executor/binary_choice.hpp"
#include "executor/program_memory.hpp"
#include "synfire/error.hpp"

namespace synfire::runtime {

using contract::Buffer;
using contract::BufferRole;

struct Executor::State {
  State(std::shared_ptr<const contract::Artifact> artifact, std::shared_ptr<Device> on, std::uint32_t batch_size)
      : device(std::move(on)),
        memory(checked(std::move(artifact), *device), device, batch_size),
        program(device->load(choose_binary(memory.artifact(), *device), memory.manifest().entry)) {}

  const contract::Manifest& manifest() const { return memory.manifest(); }
  contract::TrialHeader header_of(const Batch& batch) const;
  void launch(const Batch& batch);
  void finish();
  void check_recording(std::size_t buffer) const;

  // Before any memory is allocated: throws what choose_binary throws.
  static std::shared_ptr<const contract::Artifact> checked(std::shared_ptr<const contract::Artifact> artifact,
                                                           const Device& device) {
    choose_binary(*artifact, device);
    return artifact;
  }

  std::shared_ptr<Device> device;
  ProgramMemory memory;
  std::unique_ptr<LoadedProgram> program;
  std::uint32_t examples = 0;  // of the last successful run
  std::uint32_t saved_examples = 0;
  // What these two will be when the batch that was started has succeeded.
  std::uint32_t started_examples = 0, started_saved_examples = 0;
};

contract::TrialHeader Executor::State::header_of(const Batch& batch) const {
  return {.seed = batch.seed,
          .first_example = batch.first_example,
          .examples = batch.examples,
          .first_step = batch.first_step,
          .last_step = batch.last_step != 0 ? batch.last_step : manifest().timesteps,
          .load = batch.load,
          .save = batch.save ? 1u : 0u,
          .input_origin = 0,
          .recording_origin = batch.recording_origin};
}

// Until the batch has succeeded there are no results, and no valid state.
void Executor::State::launch(const Batch& batch) {
  examples = 0;
  const std::uint32_t saved_before = std::exchange(saved_examples, 0);
  device->launch(*program, manifest().entry, memory.arguments(header_of(batch)), batch.examples);
  started_saved_examples = batch.save ? std::max(saved_before, batch.examples) : saved_before;
  started_examples = batch.examples;
}

void Executor::State::finish() {
  device->synchronize();
  saved_examples = started_saved_examples;
  examples = started_examples;
}

void Executor::State::check_recording(std::size_t buffer) const {
  const auto& all = manifest().buffers;
  if (buffer < all.size() && all[buffer].role == BufferRole::recording) return;
  throw ModelError({.kind = ProblemKind::missing_variable,
                    .path = "buffers[" + std::to_string(buffer) + "]",
                    .message = "the buffer is not a recording"});
}

Executor::Executor(std::shared_ptr<const contract::Artifact> artifact, std::shared_ptr<Device> device,
                   std::uint32_t batch_size)
    : state_(std::make_unique<State>(std::move(artifact), std::move(device), batch_size)) {}

Executor::~Executor() = default;
Executor::Executor(Executor&&) noexcept = default;
Executor& Executor::operator=(Executor&&) noexcept = default;

const contract::Manifest& Executor::manifest() const { return state_->manifest(); }
Device& Executor::device() const { return *state_->device; }
std::uint32_t Executor::batch_size() const { return state_->memory.batch_size(); }
std::uint32_t Executor::saved_examples() const { return state_->saved_examples; }
void Executor::forget_state() { state_->saved_examples = 0; }

std::vector<Executor::MemoryUse> Executor::memory_use() const { return state_->memory.use(); }

void Executor::run(const Batch& batch) {
  start(batch);
  finish();
}

void Executor::start(const Batch& batch) {
  State& state = *state_;
  check_batch(batch, state.manifest(), state.memory.batch_size());
  check_carried_state(batch, state.manifest(), state.saved_examples);
  check_same_inputs(batch, state.memory.bound_examples());
  if (!batch.same_inputs) state.memory.bind_inputs(batch);
  state.launch(batch);
}

void Executor::pass_inputs(const Batch& next) {
  check_batch(next, state_->manifest(), state_->memory.batch_size());
  state_->memory.bind_inputs(next);
}

void Executor::finish() { state_->finish(); }

std::optional<Executor::NonFinite> Executor::non_finite() const {
  std::optional<NonFinite> first;
  std::vector<std::uint32_t> found;
  for (std::size_t i = 0; i < manifest().buffers.size(); ++i) {
    const Buffer& buffer = manifest().buffers[i];
    if (buffer.role != BufferRole::state_check) continue;
    const std::size_t neurons = element_count(buffer.shape);
    found.resize(state_->examples * neurons);
    state_->memory[i].copy_to(std::span(found));
    const auto wrong = std::find_if(found.begin(), found.end(), [](std::uint32_t each) { return each != 0; });
    if (wrong == found.end()) continue;
    const auto place = static_cast<std::size_t>(wrong - found.begin());
    if (first && first->example <= place / neurons) continue;
    first = {place / neurons, buffer.population, buffer.connection, contract::checked_variable(buffer, *wrong),
             place % neurons};
  }
  return first;
}

std::vector<float> Executor::readout(std::size_t population) const {
  return state_->memory.readout(population, state_->examples);
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
  state_->memory[buffer].copy_to(into, (example * rows + row) * row_bytes);
}

}  // namespace synfire::runtime
