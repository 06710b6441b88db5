// SPDX-License-Identifier: Apache-2.0
#include "train/training_executor.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

#include "executor/batch_check.hpp"
#include "executor/binary_choice.hpp"
#include "synfire/warning.hpp"
#include "train/non_finite.hpp"

namespace synfire::runtime {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

std::shared_ptr<const contract::Artifact> checked(std::shared_ptr<const contract::Artifact> artifact,
                                                  const Device& device) {
  choose_binary(*artifact, device);
  if (artifact->manifest.training) return artifact;
  throw ModelError({.kind = ProblemKind::invalid_option,
                    .path = "manifest.training",
                    .message = "the program was not compiled to learn"});
}

double correction(double beta, std::uint64_t updates) { return 1 / (1 - std::pow(beta, static_cast<double>(updates))); }

}  // namespace

TrainingExecutor::TrainingExecutor(std::shared_ptr<const contract::Artifact> artifact, std::shared_ptr<Device> device)
    : memory_(checked(std::move(artifact), *device), device, std::max(artifact->manifest.batch_size, 1u)),
      update_entry_({.name = training().update, .threads = training().update_threads}) {
  const contract::Binary& binary = choose_binary(memory_.artifact(), *device);
  train_ = device->load(binary, manifest().entry);
  update_ = device->load(binary, update_entry_);
  const auto place = [&](const std::string& buffer) { return buffer.empty() ? none : memory_.index_of(buffer); };
  for (const contract::TrainedOutput& output : training().outputs) {
    losses_.push_back(place(output.losses));
    labels_.push_back(place(output.labels));
    targets_.push_back(place(output.targets));
    const std::size_t bytes =
        output.targets.empty() ? 0 : buffer_bytes(manifest().buffers[targets_.back()], memory_.batch_size());
    no_targets_.emplace_back(bytes / sizeof(float));
  }
  no_labels_.resize(memory_.batch_size());
  for (const contract::EventCounts& counts : training().counts) counts_.push_back(place(counts.buffer));
  totals_ = place(training().spike_totals);
  std::vector<contract::OptimizerSettings> settings;
  for (const contract::TrainedValue& value : training().values) {
    settings.push_back(value.settings);
    memory_[place(value.moments)].fill_zero();
  }
  memory_[place(training().settings)].copy_from(std::span<const contract::OptimizerSettings>(settings));
  for (const contract::Tape& tape : training().tapes) capacities_.push_back(static_cast<std::uint32_t>(tape.capacity));
  if (!capacities_.empty())
    memory_[place(training().tape_capacities)].copy_from(std::span<const std::uint32_t>(capacities_));
}

BatchOutcome TrainingExecutor::train(const TrainingBatch& batch, double learning_rate) {
  BatchOutcome outcome = run(batch, true);
  ++updates_;
  update({.gradient_scale = 1.0f / static_cast<float>(batch.batch.examples),
          .learning_rate = static_cast<float>(learning_rate),
          .first_correction = static_cast<float>(correction(training().beta1, updates_)),
          .second_correction = static_cast<float>(correction(training().beta2, updates_)),
          .adjust = 1,
          .keep = 0});
  return outcome;
}

BatchOutcome TrainingExecutor::test(const TrainingBatch& batch) { return run(batch, false); }

std::vector<std::vector<float>> TrainingExecutor::gradients(const TrainingBatch& batch) {
  run(batch, true);
  update({.gradient_scale = 1.0f / static_cast<float>(batch.batch.examples),
          .learning_rate = 0,
          .first_correction = 1,
          .second_correction = 1,
          .adjust = 0,
          .keep = 1});
  std::vector<std::vector<float>> gradients;
  for (const contract::TrainedValue& value : training().values) {
    gradients.emplace_back(value.shared ? std::min<std::size_t>(value.elements, 1) : value.elements);
    memory_[memory_.index_of(value.gradient)].copy_to(std::span(gradients.back()));
  }
  return gradients;
}

std::vector<std::int8_t> TrainingExecutor::recorded_spikes(std::size_t population) const {
  const std::string& name = manifest().populations[population].name;
  for (std::size_t i = 0; i < manifest().buffers.size(); ++i) {
    const contract::Buffer& buffer = manifest().buffers[i];
    if (buffer.role != contract::BufferRole::recording || buffer.population != name || buffer.variable != "spikes")
      continue;
    std::vector<std::int8_t> spikes(buffer_bytes(buffer, examples_));
    memory_[i].copy_to(std::span(spikes));
    return spikes;
  }
  throw ModelError({.kind = ProblemKind::missing_variable,
                    .path = "populations[" + std::to_string(population) + "] \"" + name + '"',
                    .message = "the program does not record its spikes"});
}

std::vector<float> TrainingExecutor::value(std::size_t index) const {
  const contract::TrainedValue& value = training().values[index];
  std::vector<float> values(value.elements);
  memory_[memory_.index_of(value.parameter)].copy_to(std::span(values));
  return values;
}

std::vector<float> TrainingExecutor::readout(std::size_t population) const {
  return memory_.readout(population, examples_);
}

void TrainingExecutor::bind(const TrainingBatch& batch) {
  check_batch(batch.batch, manifest(), memory_.batch_size());
  memory_.bind_inputs(batch.batch);
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    if (labels_[i] != none) memory_.hand_over(labels_[i], given(batch, i).labels);
    if (targets_[i] != none) memory_.hand_over(targets_[i], given(batch, i).values);
  }
}

// Where there are no targets, only readouts are asked for; but the program reads targets all the same.
TargetSpan TrainingExecutor::given(const TrainingBatch& batch, std::size_t output) const {
  return batch.targets.empty() ? TargetSpan{.labels = no_labels_, .values = no_targets_[output]}
                               : batch.targets[output];
}

// Where a tape was too short, all runs again: the program has set gradients to 0 and begun anew.
BatchOutcome TrainingExecutor::run(const TrainingBatch& batch, bool backward) {
  BatchOutcome outcome;
  examples_ = 0;
  bind(batch);
  launch(batch, backward, false);
  while (backward && grow_tapes(outcome.warnings)) {
    ++outcome.replays;
    launch(batch, backward, false);
  }
  examples_ = batch.batch.examples;
  read_losses(outcome);
  if (backward) read_activity(outcome);
  check_finite(batch, outcome, backward);
  return outcome;
}

void TrainingExecutor::launch(const TrainingBatch& batch, bool backward, bool locate) {
  const contract::TrainingHeader header{.trial = {.seed = batch.batch.seed,
                                                  .first_example = batch.batch.first_example,
                                                  .examples = batch.batch.examples,
                                                  .first_step = 0,
                                                  .last_step = manifest().timesteps,
                                                  .load = 0,
                                                  .save = 0,
                                                  .input_origin = 0,
                                                  .recording_origin = 0},
                                        .backward = backward ? 1u : 0u,
                                        .locate = locate ? 1u : 0u};
  memory_.device()->launch(*train_, manifest().entry, memory_.arguments(header), training().slots);
  memory_.device()->synchronize();
}

void TrainingExecutor::update(const contract::UpdateHeader& header) {
  memory_.device()->launch(*update_, update_entry_, memory_.arguments(header), training().update_chunks);
  memory_.device()->synchronize();
}

std::vector<std::uint32_t> TrainingExecutor::words(std::size_t buffer, std::size_t count) const {
  std::vector<std::uint32_t> values(count);
  memory_[buffer].copy_to(std::span(values));
  return values;
}

// Whether a tape was too short; it has room for the spikes of this batch now.
bool TrainingExecutor::grow_tapes(std::vector<Problem>& warnings) {
  const std::size_t tapes = capacities_.size();
  if (tapes == 0) return false;
  const std::vector<std::uint32_t> totals = words(totals_, std::size_t{training().slots} * tapes * 2);
  bool grown = false;
  for (std::size_t tape = 0; tape < tapes; ++tape) {
    std::uint32_t most = 0;
    for (std::size_t slot = 0; slot < training().slots; ++slot)
      most = std::max(most, totals[(slot * tapes + tape) * 2]);
    if (most <= capacities_[tape]) continue;
    grow(tape, most, warnings);
    grown = true;
  }
  if (grown)
    memory_[memory_.index_of(training().tape_capacities)].copy_from(std::span<const std::uint32_t>(capacities_));
  return grown;
}

// To the next power of two, so that it seldom happens.
void TrainingExecutor::grow(std::size_t tape, std::size_t spikes, std::vector<Problem>& warnings) {
  const contract::Tape& described = training().tapes[tape];
  const std::size_t capacity = std::max(spikes, std::min(std::bit_ceil(spikes), described.most_spikes));
  warnings.push_back(make_warning(
      {.kind = ProblemKind::enlarged_tape,
       .path = "tape of \"" + described.population + "\"",
       .message = "an example has more spikes than there was room for: the tape was enlarged and the batch "
                  "run again",
       .hint = "to have the room from the start, set max_spikes of the compiler to " + std::to_string(capacity),
       .expected = "at most " + std::to_string(capacities_[tape]),
       .given = std::to_string(spikes)}));
  for (const std::string& buffer : {described.spikes, described.values}) {
    if (buffer.empty()) continue;
    const std::size_t index = memory_.index_of(buffer);
    memory_.reallocate(index,
                       buffer_bytes(manifest().buffers[index], memory_.batch_size(), training().slots, capacity));
  }
  capacities_[tape] = static_cast<std::uint32_t>(capacity);
}

void TrainingExecutor::read_losses(BatchOutcome& outcome) const {
  std::vector<float> losses(examples_);
  for (const std::size_t buffer : losses_) {
    memory_[buffer].copy_to(std::span(losses));
    outcome.losses.push_back(std::accumulate(losses.begin(), losses.end(), 0.0));
  }
}

void TrainingExecutor::read_activity(BatchOutcome& outcome) const {
  const contract::Training& plan = training();
  const std::size_t slots = plan.slots, tapes = plan.tapes.size();
  const std::vector<std::uint32_t> totals =
      tapes == 0 ? std::vector<std::uint32_t>{} : words(totals_, slots * tapes * 2);
  for (const contract::PopulationInfo& population : manifest().populations) {
    PopulationActivity activity{.population = population.name};
    bool counted = false;
    for (std::size_t tape = 0; tape < tapes; ++tape) {
      if (plan.tapes[tape].population != population.name) continue;
      counted = true;
      for (std::size_t slot = 0; slot < slots; ++slot) activity.spikes += totals[(slot * tapes + tape) * 2 + 1];
    }
    for (std::size_t i = 0; i < plan.counts.size(); ++i) {
      if (plan.counts[i].population != population.name) continue;
      const std::size_t neurons = plan.counts[i].neurons;
      const std::vector<std::uint32_t> counts = words(counts_[i], slots * 3 * neurons);
      const auto sum = [&](contract::EventCount what) {
        std::uint64_t total = 0;
        for (std::size_t slot = 0; slot < slots; ++slot) {
          const auto row =
              counts.begin() + static_cast<std::ptrdiff_t>((slot * 3 + static_cast<std::size_t>(what)) * neurons);
          total = std::accumulate(row, row + static_cast<std::ptrdiff_t>(neurons), total);
        }
        return total;
      };
      activity.triggered += sum(contract::EventCount::triggered);
      activity.near_tangent += sum(contract::EventCount::near_tangent);
      outcome.not_finite += sum(contract::EventCount::not_finite);
    }
    counted = counted || activity.triggered != 0 || activity.near_tangent != 0;
    if (counted) outcome.activity.push_back(std::move(activity));
  }
}

void TrainingExecutor::check_finite(const TrainingBatch& batch, const BatchOutcome& outcome, bool backward) {
  const bool finite =
      std::all_of(outcome.losses.begin(), outcome.losses.end(), [](double x) { return std::isfinite(x); });
  if (!finite || outcome.not_finite != 0) locate(batch, backward);
}

// Once more, with an eye on every value.
void TrainingExecutor::locate(const TrainingBatch& batch, bool backward) {
  const contract::NonFinite& plan = training().non_finite;
  const std::size_t buffer = memory_.index_of(plan.buffer);
  memory_.reallocate(buffer, buffer_bytes(manifest().buffers[buffer], memory_.batch_size(), training().slots, 0));
  memory_[buffer].fill_zero();
  launch(batch, backward, true);
  const std::size_t count = memory_[buffer].bytes() / sizeof(std::uint32_t);
  const std::vector<std::uint32_t> found = words(buffer, count);
  memory_.reallocate(buffer, 0);
  std::vector<std::vector<float>> values;
  for (std::size_t i = 0; i < training().values.size(); ++i) values.push_back(value(i));
  throw RunError(describe_non_finite(manifest(), found, values, batch.examples));
}

}  // namespace synfire::runtime
