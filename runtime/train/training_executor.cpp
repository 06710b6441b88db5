// SPDX-License-Identifier: Apache-2.0
#include "train/training_executor.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "executor/batch_check.hpp"
#include "executor/binary_choice.hpp"
#include "recording/plan.hpp"
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
                    .message = "the program is not a training program"});
}

}  // namespace

TrainingExecutor::TrainingExecutor(std::shared_ptr<const contract::Artifact> artifact,
                                   const std::shared_ptr<Device>& device)
    : memory_(checked(std::move(artifact), *device), device, std::max(artifact->manifest.batch_size, 1u)) {
  const contract::Binary& binary = choose_binary(memory_.artifact(), *device);
  train_ = device->load(binary, manifest().entry);
  const auto load = [&](const std::string& name, std::uint32_t chunks) {
    Stage stage{.entry = {.name = name, .threads = training().update_threads}, .chunks = chunks};
    if (!name.empty()) stage.program = device->load(binary, stage.entry);
    return stage;
  };
  perturb_ = load(training().perturb, training().update_chunks);
  norm_ = load(training().norm, training().update_chunks);
  update_ = load(training().update, training().update_chunks);
  constrain_ = load(training().constrain, training().constrain_chunks);
  prepare_ = load(training().prepare, training().prepare_chunks);
  const auto place = [&](const std::string& buffer) { return buffer.empty() ? none : memory_.index_of(buffer); };
  for (const contract::TrainedOutput& output : training().outputs) {
    losses_.push_back(place(output.losses));
    labels_.push_back(place(output.labels));
    targets_.push_back(place(output.targets));
    weights_.push_back(place(output.weights));
    const std::size_t bytes =
        output.targets.empty() ? 0 : buffer_bytes(manifest().buffers[targets_.back()], memory_.batch_size());
    no_targets_.emplace_back(bytes / sizeof(float));
  }
  no_labels_.resize(memory_.batch_size());
  for (const contract::EventCounts& counts : training().counts) counts_.push_back(place(counts.buffer));
  totals_ = place(training().spike_totals);
  order_ = place(training().order);
  halt_ = place(training().halt);
  for (std::size_t i = 0; i < manifest().buffers.size(); ++i) {
    const contract::Buffer& buffer = manifest().buffers[i];
    if (buffer.per_example && !contract::is_example_data(buffer.role)) results_.push_back(i);
  }
  in_order_.resize(memory_.batch_size());
  std::iota(in_order_.begin(), in_order_.end(), 0u);
  memory_[order_].copy_from(std::span<const std::uint32_t>(in_order_));
  memory_[halt_].fill_zero();
  clear_gradients();
  std::vector<contract::OptimizerSettings> settings;
  for (const contract::TrainedValue& value : training().values) {
    settings.push_back(value.settings);
    if (value.state.empty()) continue;
    const std::size_t elements = value.shared ? 1 : value.elements;
    std::vector<float> state;
    for (const float initial : training().optimizer_state) state.insert(state.end(), elements, initial);
    memory_[place(value.state)].copy_from(std::span<const float>(state));
  }
  for (std::size_t i = 0; i < manifest().buffers.size(); ++i) {
    if (manifest().buffers[i].role != contract::BufferRole::gradient_squares) continue;
    squares_ = i;
    memory_[i].fill_zero();
  }
  memory_[place(training().settings)].copy_from(std::span<const contract::OptimizerSettings>(settings));
  for (const contract::Tape& tape : training().tapes) capacities_.push_back(static_cast<std::uint32_t>(tape.capacity));
  if (!capacities_.empty())
    memory_[place(training().tape_capacities)].copy_from(std::span<const std::uint32_t>(capacities_));
  prepare();
}

// What follows from trained parameters: also at the start, so that it does not depend on who computed it first.
void TrainingExecutor::prepare() { launch(prepare_, {}); }

// One batch, passed with its inputs.
TrainingExecutor::Plan TrainingExecutor::plan_of(const TrainingBatch& batch) const {
  Plan plan;
  plan.names = batch.examples;
  if (plan.names.empty()) plan.names = std::span(in_order_).first(batch.batch.examples);
  plan.order = static_cast<const std::uint32_t*>(memory_[order_].data());
  plan.first = batch.batch.first_example;
  plan.seed = batch.batch.seed;
  plan.weighted = batch.is_weighted;
  return plan;
}

BatchOutcome TrainingExecutor::train(const TrainingBatch& batch, const UpdateRate& rate) {
  bind(batch);
  Plan plan = plan_of(batch);
  plan.backward = true;
  plan.rates = {rate};
  return std::move(run(plan).front());
}

BatchOutcome TrainingExecutor::test(const TrainingBatch& batch) {
  bind(batch);
  return std::move(run(plan_of(batch)).front());
}

std::unique_ptr<HeldExamples> TrainingExecutor::hold(const BoundData& data) {
  return HeldExamples::of(data, manifest(), memory_.device());
}

std::vector<BatchOutcome> TrainingExecutor::train(const Stretch& stretch, const std::vector<UpdateRate>& rates) {
  Plan plan;
  plan.backward = true;
  plan.rates = rates;
  bind(stretch, plan);
  return run(plan);
}

std::vector<BatchOutcome> TrainingExecutor::test(const Stretch& stretch) {
  Plan plan;
  bind(stretch, plan);
  return run(plan);
}

std::vector<std::vector<float>> TrainingExecutor::gradients(const TrainingBatch& batch) {
  bind(batch);
  Plan plan = plan_of(batch);
  plan.backward = true;
  plan.keeps_gradients = true;
  run(plan);
  std::vector<std::vector<float>> gradients;
  for (const contract::TrainedValue& value : training().values) {
    gradients.emplace_back(value.shared ? std::min<std::size_t>(value.elements, 1) : value.elements);
    memory_[memory_.index_of(value.gradient)].copy_to(std::span(gradients.back()));
  }
  clear_gradients();
  return gradients;
}

std::vector<std::int8_t> TrainingExecutor::recorded_spikes(std::size_t population) const {
  const std::string& name = manifest().populations[population].name;
  for (std::size_t i = 0; i < manifest().buffers.size(); ++i) {
    const contract::Buffer& buffer = manifest().buffers[i];
    const bool is_recording = buffer.role == contract::BufferRole::recording && buffer.variable == spikes_variable;
    if (!is_recording || buffer.population != name) continue;
    std::vector<std::int8_t> spikes(buffer_bytes(buffer, examples_));
    memory_[i].copy_to(std::span(spikes));
    return spikes;
  }
  throw ModelError({.kind = ProblemKind::missing_variable,
                    .path = "populations[" + std::to_string(population) + "] \"" + name + '"',
                    .message = "the program does not record the spikes of the population"});
}

std::vector<float> TrainingExecutor::value(std::size_t index) const {
  const contract::TrainedValue& value = training().values[index];
  std::vector<float> values(value.elements);
  memory_[memory_.index_of(value.parameter)].copy_to(std::span(values));
  return values;
}

void TrainingExecutor::set_value(std::size_t index, std::span<const float> values) {
  memory_[memory_.index_of(training().values[index].parameter)].copy_from(values);
  after_values();
}

void TrainingExecutor::after_values() {
  prepare();
  readouts_.clear();
}

std::vector<std::vector<float>> TrainingExecutor::values() const {
  std::vector<std::vector<float>> values;
  for (std::size_t i = 0; i < training().values.size(); ++i) values.push_back(value(i));
  return values;
}

void TrainingExecutor::set_values(const std::vector<std::vector<float>>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    memory_[memory_.index_of(training().values[i].parameter)].copy_from(std::span<const float>(values[i]));
  after_values();
}

TrainedState TrainingExecutor::state() const {
  TrainedState state{.updates = updates_, .values = values(), .tape_capacities = capacities_};
  for (const contract::TrainedValue& value : training().values) {
    std::vector<float>& own = state.states.emplace_back();
    if (value.state.empty()) continue;
    const DeviceBuffer& buffer = memory_[memory_.index_of(value.state)];
    own.resize(buffer.bytes() / sizeof(float));
    buffer.copy_to(std::span(own));
  }
  return state;
}

// Tapes get the room that they had grown to, so that no batch runs again for it.
void TrainingExecutor::restore(const TrainedState& state) {
  updates_ = state.updates;
  set_values(state.values);
  for (std::size_t i = 0; i < state.states.size(); ++i) {
    if (state.states[i].empty()) continue;
    memory_[memory_.index_of(training().values[i].state)].copy_from(std::span<const float>(state.states[i]));
  }
  for (std::size_t tape = 0; tape < capacities_.size(); ++tape) {
    if (state.tape_capacities[tape] > capacities_[tape]) enlarge(tape, state.tape_capacities[tape]);
  }
  if (!capacities_.empty())
    memory_[memory_.index_of(training().tape_capacities)].copy_from(std::span<const std::uint32_t>(capacities_));
}

std::vector<float> TrainingExecutor::readout(std::size_t population) const {
  auto found = readouts_.find(population);
  if (found == readouts_.end()) found = readouts_.emplace(population, memory_.readout(population, examples_)).first;
  const std::vector<float>& all = found->second;
  const std::size_t neurons = examples_ != 0 ? all.size() / examples_ : 0;
  const std::size_t first = std::min<std::size_t>(shown_ * memory_.batch_size(), examples_);
  const std::size_t examples = std::min<std::size_t>(memory_.batch_size(), examples_ - first);
  return {all.begin() + static_cast<std::ptrdiff_t>(first * neurons),
          all.begin() + static_cast<std::ptrdiff_t>((first + examples) * neurons)};
}

void TrainingExecutor::bind(const TrainingBatch& batch) {
  check_batch(batch.batch, manifest(), memory_.batch_size());
  memory_.bind_inputs(batch.batch);
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    if (labels_[i] != none) memory_.hand_over(labels_[i], given(batch, i).labels);
    if (targets_[i] != none) memory_.hand_over(targets_[i], given(batch, i).values);
    if (weights_[i] == none) continue;
    if (batch.is_weighted)
      memory_.hand_over(weights_[i], batch.targets[i].weights);
    else
      memory_.bind(weights_[i], nullptr);
  }
}

void TrainingExecutor::bind(const Stretch& stretch, Plan& plan) {
  for (std::size_t i = 0; i < manifest().buffers.size(); ++i) {
    if (const void* const address = stretch.data->address(i)) memory_.bind(i, address);
  }
  for (const std::size_t buffer : weights_) {
    if (buffer != none) memory_.bind(buffer, stretch.data->address(buffer));
  }
  plan.weighted = stretch.data->are_weighted();
  plan.names = stretch.order;
  plan.order = stretch.order.data();
  plan.first = stretch.first;
  plan.seed = stretch.seed;
  plan.stop = stretch.stop;
  if (memory_.device()->shares_host_memory()) return;
  if (stretch_order_.bytes() < stretch.order.size_bytes()) {
    stretch_order_ = {};
    stretch_order_ = DeviceBuffer(memory_.device(), stretch.order.size_bytes(), "order of the examples");
  }
  stretch_order_.copy_from(stretch.order);
  plan.order = static_cast<const std::uint32_t*>(stretch_order_.data());
}

// Without targets only readouts are requested, but the program reads targets nevertheless.
TargetSpan TrainingExecutor::given(const TrainingBatch& batch, std::size_t output) const {
  return batch.targets.empty() ? TargetSpan{.labels = no_labels_, .values = no_targets_[output]}
                               : batch.targets[output];
}

// ---- A stretch

std::size_t TrainingExecutor::batches(const Plan& plan) const {
  return (plan.names.size() + memory_.batch_size() - 1) / memory_.batch_size();
}

std::uint32_t TrainingExecutor::examples_of(const Plan& plan, std::size_t batch) const {
  const std::size_t first = batch * memory_.batch_size();
  return static_cast<std::uint32_t>(std::min<std::size_t>(memory_.batch_size(), plan.names.size() - first));
}

// The results of all batches stay on the device until the end of the stretch, and counts of a slot have 32 bits.
std::size_t TrainingExecutor::longest_stretch() const {
  constexpr std::size_t most_bytes = std::size_t{32} << 20;
  std::size_t bytes = 1;
  for (const std::size_t buffer : results_) {
    if (manifest().buffers[buffer].role == contract::BufferRole::recording) return 1;
    bytes += buffer_bytes(manifest().buffers[buffer], memory_.batch_size());
  }
  std::size_t longest = most_bytes / bytes;
  const std::size_t in_slot = (memory_.batch_size() + training().slots - 1) / training().slots;
  for (const contract::Tape& tape : training().tapes) {
    const std::size_t most = std::max<std::size_t>(tape.most_spikes, 1) * in_slot;
    longest = std::min(longest, std::numeric_limits<std::uint32_t>::max() / most);
  }
  return std::max<std::size_t>(longest, 1);
}

// Enqueues all batches, then reads their results. A batch that cannot be learned from changes nothing, and neither do
// the batches after it: if a tape was too short, the batch runs again with more room, and the stretch continues.
// Batches that did not run because the stretch was stopped have no outcome.
std::vector<BatchOutcome> TrainingExecutor::run(Plan plan) {
  std::vector<BatchOutcome> outcomes(batches(plan));
  examples_ = 0;
  shown_ = 0;
  readouts_.clear();
  reserve_results(plan.names.size());
  plan.measures = is_measured(plan);
  const std::size_t planned = outcomes.size();
  enqueue(plan, 0);
  if (plan.backward) go_on_after_halt(plan, outcomes);
  outcomes.resize(batches(plan));
  bind_results(0);
  examples_ = static_cast<std::uint32_t>(plan.names.size());
  read_losses(plan, outcomes);
  if (plan.backward) read_activity(outcomes.back());
  if (plan.measures && outcomes.size() == planned) outcomes.back().gradient_norm = read_norm();
  if (!plan.rates.empty()) updates_ += outcomes.size();
  shown_ = outcomes.size() - 1;
  return outcomes;
}

void TrainingExecutor::reserve_results(std::size_t examples) {
  for (const std::size_t buffer : results_) {
    const std::size_t bytes = buffer_bytes(manifest().buffers[buffer], examples);
    if (memory_[buffer].bytes() < bytes) memory_.reallocate(buffer, bytes);
  }
}

// Those of example `first` of the stretch and the examples after it.
void TrainingExecutor::bind_results(std::size_t first) {
  for (const std::size_t buffer : results_) {
    const std::size_t bytes = buffer_bytes(manifest().buffers[buffer], first);
    memory_.bind(buffer, static_cast<const std::byte*>(memory_[buffer].data()) + bytes);
  }
}

// From batch `first` on; the first batch of a stretch follows none, and neither does one that runs again. If it is
// stopped, the plan ends there.
void TrainingExecutor::enqueue(Plan& plan, std::size_t first) {
  for (std::size_t batch = first; batch < batches(plan); ++batch) {
    if (batch != first && plan.stop != nullptr && *plan.stop && (*plan.stop)()) {
      plan.names = plan.names.first(batch * memory_.batch_size());
      return;
    }
    if (!plan.rates.empty()) launch(perturb_, update_header(plan, batch));
    launch(plan, batch, batch != first ? 1 : 0, false);
    if (plan.backward) update(plan, batch);
  }
}

void TrainingExecutor::launch(const Plan& plan, std::size_t batch, std::uint32_t follows, bool locate) {
  const std::size_t first = batch * memory_.batch_size();
  bind_results(first);
  memory_.bind(order_, plan.order + first);
  const contract::TrainingHeader header{.trial = {.seed = plan.seed,
                                                  .first_example = plan.first + static_cast<std::uint32_t>(first),
                                                  .examples = examples_of(plan, batch),
                                                  .first_step = 0,
                                                  .last_step = manifest().timesteps,
                                                  .load = 0,
                                                  .save = 0,
                                                  .input_origin = 0,
                                                  .recording_origin = 0},
                                        .backward = plan.backward ? 1u : 0u,
                                        .locate = locate ? 1u : 0u,
                                        .opens = batch == 0 ? 1u : 0u,
                                        .follows = follows,
                                        .weighted = plan.weighted ? 1u : 0u};
  memory_.device()->launch(*train_, manifest().entry, memory_.arguments(header), training().slots);
}

contract::UpdateHeader TrainingExecutor::update_header(const Plan& plan, std::size_t batch) const {
  contract::UpdateHeader header{};
  header.seed = plan.seed;
  header.update = updates_ + batch + 1;
  header.gradient_scale = 1.0f / static_cast<float>(examples_of(plan, batch));
  header.batch = static_cast<std::uint32_t>(batch) + 1;
  header.keep = plan.keeps_gradients ? 1 : 0;
  if (!plan.rates.empty()) {
    header.adjust = 1;
    header.learning_rate = static_cast<float>(plan.rates[batch].learning_rate);
    header.rate_factor = static_cast<float>(plan.rates[batch].factor);
  }
  for (std::size_t i = 0; i < training().step_terms.size(); ++i)
    header.step_terms[i] = static_cast<float>(contract::evaluate(training().step_terms[i], header.update));
  return header;
}

void TrainingExecutor::launch(const Stage& stage, const contract::UpdateHeader& header) {
  if (stage.program) memory_.device()->launch(*stage.program, stage.entry, memory_.arguments(header), stage.chunks);
}

void TrainingExecutor::update(const Plan& plan, std::size_t batch) {
  const contract::UpdateHeader header = update_header(plan, batch);
  const bool measures = plan.measures && batch + 1 == batches(plan);
  if (header.adjust != 0 && (measures || training().limits_norm)) launch(norm_, header);
  launch(update_, header);
  if (header.adjust != 0) launch(constrain_, header);
  if (header.adjust != 0) launch(prepare_, header);
}

// After a batch that was not learned from: its weights still have its noise.
void TrainingExecutor::remove_noise(const Plan& plan) {
  if (plan.rates.empty()) return;
  for (const contract::TrainedValue& value : training().values) {
    if (value.clean.empty()) continue;
    std::vector<float> clean(value.elements);
    memory_[memory_.index_of(value.clean)].copy_to(std::span(clean));
    memory_[memory_.index_of(value.parameter)].copy_from(std::span<const float>(clean));
  }
}

// It costs a launch if no update needs it.
bool TrainingExecutor::is_measured(const Plan& plan) const {
  return norm_.program && plan.backward && !plan.rates.empty() && is_measured_update(updates_ + batches(plan));
}

double TrainingExecutor::read_norm() const {
  std::vector<float> squares(std::max(training().update_chunks, 1u));
  memory_[squares_].copy_to(std::span(squares));
  return std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0));
}

// After a batch without an update.
void TrainingExecutor::clear_gradients() {
  for (const contract::TrainedValue& value : training().values) memory_[memory_.index_of(value.gradient)].fill_zero();
}

void TrainingExecutor::go_on_after_halt(Plan& plan, std::vector<BatchOutcome>& outcomes) {
  while (const std::size_t number = halted_batch()) {
    const std::size_t batch = number - 1;
    memory_[halt_].fill_zero();
    clear_gradients();
    if (!grow_tapes(outcomes[batch].warnings)) {
      if (!plan.rates.empty()) updates_ += batch;
      locate(plan, batch);
    }
    remove_noise(plan);
    ++outcomes[batch].replays;
    enqueue(plan, batch);
  }
}

// The number of the batch, counted from 1; 0: none.
std::size_t TrainingExecutor::halted_batch() const { return words(halt_, 1)[contract::Halt::batch]; }

std::vector<std::uint32_t> TrainingExecutor::words(std::size_t buffer, std::size_t count) const {
  std::vector<std::uint32_t> values(count);
  memory_[buffer].copy_to(std::span(values));
  return values;
}

std::vector<contract::SpikeTotals> TrainingExecutor::totals() const {
  std::vector<contract::SpikeTotals> totals(training().slots * capacities_.size());
  if (!totals.empty()) memory_[totals_].copy_to(std::span(totals));
  return totals;
}

// Whether a tape was too short; it now has room for the spikes of this batch.
bool TrainingExecutor::grow_tapes(std::vector<Problem>& warnings) {
  const std::size_t tapes = capacities_.size();
  const std::vector<contract::SpikeTotals> totals = this->totals();
  bool grown = false;
  for (std::size_t tape = 0; tape < tapes; ++tape) {
    std::uint32_t most = 0;
    for (std::size_t slot = 0; slot < training().slots; ++slot) most = std::max(most, totals[slot * tapes + tape].most);
    if (most <= capacities_[tape]) continue;
    grow(tape, most, warnings);
    grown = true;
  }
  if (grown)
    memory_[memory_.index_of(training().tape_capacities)].copy_from(std::span<const std::uint32_t>(capacities_));
  return grown;
}

// To the next power of two, so it seldom happens.
void TrainingExecutor::grow(std::size_t tape, std::size_t spikes, std::vector<Problem>& warnings) {
  const contract::Tape& described = training().tapes[tape];
  const std::size_t capacity = std::max(spikes, std::min(std::bit_ceil(spikes), described.most_spikes));
  // Nobody can do anything about a support; replays are in the history.
  if (!described.of_support)
    warnings.push_back(make_warning(
        {.kind = ProblemKind::enlarged_tape,
         .path = "tape of \"" + described.population + "\"",
         .message =
             "an example has more spikes than the tape had room for: the tape was enlarged and the batch run again",
         .hint = "to start with enough room, set the compiler's option max_spikes to " + std::to_string(capacity),
         .expected = "at most " + std::to_string(capacities_[tape]),
         .given = std::to_string(spikes)}));
  enlarge(tape, capacity);
}

void TrainingExecutor::enlarge(std::size_t tape, std::size_t capacity) {
  const contract::Tape& described = training().tapes[tape];
  for (const std::string& buffer : {described.spikes, described.values}) {
    if (buffer.empty()) continue;
    const std::size_t index = memory_.index_of(buffer);
    memory_.reallocate(index,
                       buffer_bytes(manifest().buffers[index], memory_.batch_size(), training().slots, capacity));
  }
  capacities_[tape] = static_cast<std::uint32_t>(capacity);
}

void TrainingExecutor::read_losses(const Plan& plan, std::vector<BatchOutcome>& outcomes) {
  std::vector<float> losses(examples_);
  for (const std::size_t buffer : losses_) {
    memory_[buffer].copy_to(std::span(losses));
    for (std::size_t batch = 0; batch < outcomes.size(); ++batch) {
      const auto first = losses.begin() + static_cast<std::ptrdiff_t>(batch * memory_.batch_size());
      outcomes[batch].losses.push_back(std::accumulate(first, first + examples_of(plan, batch), 0.0));
    }
  }
  for (std::size_t batch = 0; batch < outcomes.size(); ++batch) {
    const std::vector<double>& of_batch = outcomes[batch].losses;
    if (!std::all_of(of_batch.begin(), of_batch.end(), [](double x) { return std::isfinite(x); })) locate(plan, batch);
  }
}

// Over all batches of the stretch.
void TrainingExecutor::read_activity(BatchOutcome& outcome) const {
  const contract::Training& plan = training();
  const std::size_t slots = plan.slots, tapes = plan.tapes.size();
  const std::vector<contract::SpikeTotals> totals = this->totals();
  for (const contract::PopulationInfo& population : manifest().populations) {
    PopulationActivity own{.population = population.name};
    bool counted = false;
    for (std::size_t tape = 0; tape < tapes; ++tape) {
      if (plan.tapes[tape].population != population.name || plan.tapes[tape].of_support) continue;
      counted = true;
      for (std::size_t slot = 0; slot < slots; ++slot) {
        const contract::SpikeTotals& of_slot = totals[slot * tapes + tape];
        own.spikes += std::uint64_t{of_slot.total} + of_slot.earlier;
      }
    }
    for (std::size_t i = 0; i < plan.counts.size(); ++i) {
      if (plan.counts[i].population != population.name) continue;
      const std::size_t neurons = plan.counts[i].neurons;
      const std::vector<std::uint32_t> counts = words(counts_[i], slots * contract::event_rows * neurons);
      const auto each = [&](contract::EventCount what, const auto& take) {
        for (std::size_t slot = 0; slot < slots; ++slot) {
          const std::size_t place = (slot * contract::event_rows + static_cast<std::size_t>(what)) * neurons;
          for (std::size_t n = 0; n < neurons; ++n) take(n, counts[place + n]);
        }
      };
      using enum contract::EventCount;
      for (const auto what : {triggered, earlier_triggered})
        each(what, [&](std::size_t, std::uint32_t count) { own.triggered += count; });
      for (const auto what : {near_tangent, earlier_near_tangent})
        each(what, [&](std::size_t, std::uint32_t count) { own.near_tangent += count; });
      if (!counted) continue;
      NeuronSpikes of_neurons{population.name, std::vector<std::uint64_t>(neurons)};
      for (const auto what : {spikes, earlier_spikes})
        each(what, [&](std::size_t n, std::uint32_t count) { of_neurons.counts[n] += count; });
      outcome.neuron_spikes.push_back(std::move(of_neurons));
    }
    if (counted || own.triggered != 0 || own.near_tangent != 0) outcome.activity.push_back(std::move(own));
  }
}

// Runs the batch once more, checking every value.
void TrainingExecutor::locate(const Plan& plan, std::size_t batch) {
  const std::size_t buffer = memory_.index_of(training().non_finite.buffer);
  memory_.reallocate(buffer, buffer_bytes(manifest().buffers[buffer], memory_.batch_size(), training().slots, 0));
  memory_[buffer].fill_zero();
  launch(plan, batch, 0, true);
  remove_noise(plan);
  bind_results(0);
  clear_gradients();
  const std::size_t count = memory_[buffer].bytes() / sizeof(std::uint32_t);
  const std::vector<std::uint32_t> found = words(buffer, count);
  memory_.reallocate(buffer, 0);
  const std::span<const std::uint32_t> names =
      plan.names.subspan(batch * memory_.batch_size(), examples_of(plan, batch));
  throw RunError(describe_non_finite(manifest(), found, values(), names));
}

}  // namespace synfire::runtime
