// SPDX-License-Identifier: Apache-2.0
#include "session/session_state.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <exception>
#include <utility>

#include "evaluate/finite_check.hpp"
#include "evaluate/population_index.hpp"
#include "executor/memory_plan.hpp"
#include "executor/parameters.hpp"
#include "recording/plan.hpp"
#include "session/session_options.hpp"
#include "synfire/error.hpp"

namespace synfire::runtime {
namespace {

using contract::Buffer;
using contract::BufferRole;

constexpr std::uint32_t everything =
    contract::carry_neurons | contract::carry_synapses | contract::carry_spikes | contract::carry_readouts;

bool is_result(const Buffer& buffer) {
  return buffer.role == BufferRole::readout || buffer.role == BufferRole::recording ||
         buffer.role == BufferRole::state_check;
}

bool is_in_snapshots(const Buffer& buffer) {
  return buffer.role == BufferRole::readout || buffer.role == BufferRole::trial_state;
}

std::size_t bytes_of(const Buffer& buffer) { return buffer_bytes(buffer, 1); }

// Bytes of one step of a recording.
std::size_t row_bytes(const Buffer& buffer) { return bytes_of(buffer) / buffer.shape.front(); }

// Readouts and recorded variables are floats.
std::span<const float> as_floats(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

// Checks all of them without branches: a robot's values are finite.
bool all_finite(std::span<const float> values) noexcept {
  constexpr std::uint32_t exponent = 0x7f800000;
  std::uint32_t bad = 0;
  for (const float value : values) bad |= (std::bit_cast<std::uint32_t>(value) & exponent) == exponent ? 1u : 0u;
  return bad == 0;
}

[[noreturn]] void refuse(ProblemKind kind, std::string path, std::string message, std::string hint = {}) {
  throw ModelError({.kind = kind, .path = std::move(path), .message = std::move(message), .hint = std::move(hint)});
}

}  // namespace

// ---- Making

SessionState::SessionState(std::shared_ptr<const ModelState> model, const SessionOptions& options)
    : model_(std::move(model)),
      options_(resolve(options, manifest())),
      arguments_(manifest().buffers.size()),
      seed_(options_.seed.value_or(manifest().seed)),
      example_(options_.example) {
  make_inputs();
  allocate();
  clear_readouts();
}

SessionState::~SessionState() {
  const std::scoped_lock lock(model_->device_mutex);
  buffers_.clear();
  scratch_ = {};
}

void SessionState::make_inputs() {
  for (const contract::PopulationInfo& population : manifest().populations) {
    if (population.input == contract::InputKind::none) continue;
    const std::size_t neurons = element_count(population.shape);
    InputChannel& input = inputs_.emplace_back(InputChannel{this, &population, neurons});
    if (population.input == contract::InputKind::spikes) {
      input.queue.emplace(static_cast<std::uint32_t>(neurons), options_.horizon, options_.most_steps,
                          options_.most_input_spikes);
    } else {
      input.values.resize(population.frames * neurons);
      input.changed = true;
    }
  }
}

// If the program works in place, it reads inputs from the session's memory.
void SessionState::allocate() {
  const std::scoped_lock lock(model_->device_mutex);
  std::vector<DeviceBuffer> buffers;  // released before the lock if something throws
  for (std::size_t i = 0; i < manifest().buffers.size(); ++i) {
    const void* const given = in_place() ? host_input(i) : nullptr;
    buffers.emplace_back(model_->device, given != nullptr ? 0 : device_bytes(i), describe(buffer(i)));
    const bool parameter = buffer(i).role == BufferRole::parameter;
    arguments_.bind(i, given != nullptr ? given : parameter ? model_->parameters[i].data() : buffers.back().data());
    copies_.emplace_back(is_result(buffer(i)) && !in_place() ? bytes_of(buffer(i)) : 0);
  }
  const std::size_t scratch = in_place() ? manifest().entry.scratch_bytes : 0;
  scratch_ = DeviceBuffer(model_->device, scratch, "the working memory of a session");
  buffers_ = std::move(buffers);
}

std::size_t SessionState::device_bytes(std::size_t index) const {
  switch (buffer(index).role) {
    case BufferRole::parameter: return 0;
    case BufferRole::input_spike_offsets: return input_of(buffer(index).population).queue->offsets().size_bytes();
    case BufferRole::input_spike_neurons: return input_of(buffer(index).population).queue->list().size_bytes();
    default: return bytes_of(buffer(index));
  }
}

// The memory that the session itself keeps for a buffer; null if none.
const void* SessionState::host_input(std::size_t index) const noexcept {
  switch (buffer(index).role) {
    case BufferRole::input_values: return input_of(buffer(index).population).values.data();
    case BufferRole::input_spike_offsets: return input_of(buffer(index).population).queue->offsets().data();
    case BufferRole::input_spike_neurons: return input_of(buffer(index).population).queue->list().data();
    case BufferRole::example_steps: return &example_steps_;
    default: return nullptr;
  }
}

const InputChannel& SessionState::input_of(const std::string& population) const noexcept {
  return *std::find_if(inputs_.begin(), inputs_.end(),
                       [&](const InputChannel& input) { return input.population->name == population; });
}

// ---- Channels

std::size_t SessionState::index_of(std::string_view population, const char* path) const {
  return PopulationIndex(manifest().populations, 0).resolve(PopulationReference(std::string(population)), path);
}

InputChannel& SessionState::input(std::string_view population) {
  const contract::PopulationInfo& wanted = manifest().populations[index_of(population, "session.input")];
  for (InputChannel& input : inputs_) {
    if (input.population == &wanted) return input;
  }
  std::string names;
  for (const InputChannel& input : inputs_) names += (names.empty() ? "" : ", ") + input.population->name;
  refuse(ProblemKind::invalid_option, "session.input", "the population \"" + wanted.name + "\" does not accept data",
         "populations that accept data: " + (names.empty() ? "none" : names));
}

std::span<const float> SessionState::readout(std::string_view population) const {
  const std::string& name = manifest().populations[index_of(population, "session.output")].name;
  for (std::size_t i = 0; i < manifest().buffers.size(); ++i) {
    if (buffer(i).role == BufferRole::readout && buffer(i).population == name) return as_floats(result(i));
  }
  refuse(ProblemKind::missing_variable, "session.output", "the population \"" + name + "\" is not an output",
         "give it a readout");
}

RecordingChannel& SessionState::recorded_spikes(std::string_view population) {
  RecordingChannel& channel = recording(population, spikes_variable);
  channel.spikes.reserve(channel.elements * options_.most_steps);
  return channel;
}

RecordingChannel& SessionState::recorded_variable(std::string_view name, std::string_view variable) {
  if (variable == spikes_variable) {
    refuse(ProblemKind::invalid_option, "session.recording", "spikes are read as lists", "use spikes()");
  }
  return recording(name, variable);
}

RecordingChannel& SessionState::recording(std::string_view name, std::string_view variable) {
  std::string recorded;
  for (std::size_t i = 0; i < manifest().buffers.size(); ++i) {
    if (buffer(i).role != BufferRole::recording) continue;
    const std::string& owner = buffer(i).connection.empty() ? buffer(i).population : buffer(i).connection;
    if (owner == name && buffer(i).variable == variable) {
      for (RecordingChannel& channel : recordings_) {
        if (channel.buffer == i) return channel;
      }
      const std::size_t elements = bytes_of(buffer(i)) / buffer(i).shape.front() / element_size(buffer(i).type);
      return recordings_.emplace_back(RecordingChannel{this, i, elements});
    }
    recorded += (recorded.empty() ? "" : ", ") + owner + "." + buffer(i).variable;
  }
  refuse(ProblemKind::missing_variable, "session.recording",
         "\"" + std::string(variable) + "\" of \"" + std::string(name) + "\" was not recorded",
         "add it to the compiler's option record; recorded: " + (recorded.empty() ? "nothing" : recorded));
}

Status SessionState::push(InputChannel& input, std::span<const Spike> spikes) noexcept {
  if (!input.queue) {
    refused_spikes_ += spikes.size();
    return Status::wrong_input;
  }
  Status first = Status::ok;
  for (const Spike& spike : spikes) {
    const Status status = push_one(input, spike);
    if (status == Status::ok) continue;
    ++refused_spikes_;
    if (first == Status::ok) first = status;
  }
  return first;
}

Status SessionState::push_one(InputChannel& input, const Spike& spike) noexcept {
  if (spike.neuron >= input.neurons) return Status::invalid_neuron;
  if (spike.step >= step_) return input.queue->add(spike.neuron, spike.step, step_);
  ++late_spikes_;
  switch (options_.late_spikes) {
    case LateSpikes::drop: return Status::ok;
    case LateSpikes::refuse: return Status::late;
    case LateSpikes::deliver_now: break;
  }
  return input.queue->add(spike.neuron, step_, step_);
}

Status SessionState::set(InputChannel& input, std::span<const float> values) noexcept {
  if (input.queue) return Status::wrong_input;
  if (values.size() != input.neurons && values.size() != input.values.size()) return Status::wrong_size;
  if (!all_finite(values)) return Status::not_finite;
  for (std::size_t position = 0; position < input.values.size(); position += values.size()) {
    std::copy(values.begin(), values.end(), input.values.begin() + static_cast<std::ptrdiff_t>(position));
  }
  input.changed = true;
  return Status::ok;
}

std::span<const float> SessionState::values_of(const RecordingChannel& recording) const noexcept {
  return as_floats(result(recording.buffer).first(last_steps_ * row_bytes(buffer(recording.buffer))));
}

std::span<const RecordedSpike> SessionState::spikes_of(RecordingChannel& recording) const noexcept {
  if (recording.filled_in == advances_) return recording.spikes;
  recording.filled_in = advances_;
  recording.spikes.clear();
  const std::span<const std::byte> rows = result(recording.buffer);
  const std::uint32_t first = step_ - last_steps_;
  for (std::uint32_t k = 0; k < last_steps_; ++k) {
    const std::span<const std::byte> row = rows.subspan(k * recording.elements, recording.elements);
    for (std::size_t neuron = 0; neuron < row.size(); ++neuron) {
      const auto sign = std::to_integer<std::int8_t>(row[neuron]);
      if (sign != 0) recording.spikes.push_back({static_cast<std::uint32_t>(neuron), first + k, sign});
    }
  }
  return recording.spikes;
}

// ---- Running

std::uint32_t SessionState::last_step() const noexcept {
  return options_.trial_steps != 0 ? options_.trial_steps : Session::last_step;
}

Status SessionState::advance(std::uint32_t steps) noexcept {
  if (failed_) return Status::failed;
  if (steps > options_.most_steps) return Status::too_many_steps;
  if (steps > last_step() - step_) return Status::finished;
  if (steps == 0) return Status::ok;
  prepare(steps);
  if (in_place()) {
    model_->program->call(arguments_.bytes(), 1, scratch_.data());
  } else {
    try {
      run_on_device(steps);
    } catch (const std::exception& error) {
      fail(error.what());
      return Status::failed;
    }
  }
  step_ += steps;
  last_steps_ = steps;
  ++advances_;
  load_ = everything;
  return options_.allow_non_finite || (all_states_finite() && all_readouts_finite()) ? Status::ok : Status::not_finite;
}

// The program has checked; if a state is not finite, failure() reports it.
bool SessionState::all_states_finite() noexcept {
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    if (buffer(i).role != BufferRole::state_check) continue;
    const std::span<const std::byte> bytes = std::as_const(*this).result(i);
    const std::span found(reinterpret_cast<const std::uint32_t*>(bytes.data()), bytes.size() / sizeof(std::uint32_t));
    const auto wrong = std::find_if(found.begin(), found.end(), [](std::uint32_t each) { return each != 0; });
    if (wrong == found.end()) continue;
    tell_non_finite(buffer(i), static_cast<std::size_t>(wrong - found.begin()), *wrong);
    return false;
  }
  return true;
}

void SessionState::tell_non_finite(const Buffer& check, std::size_t neuron, std::uint32_t entry) noexcept {
  try {
    failure_ = to_string(describe_non_finite({.example = 0,
                                              .population = check.population,
                                              .connection = check.connection,
                                              .variable = contract::checked_variable(check, entry),
                                              .neuron = neuron},
                                             example_, step_ - last_steps_, step_, {}, finite_hint_of_sessions));
  } catch (...) {
    failure_.clear();  // the status still reports it
  }
}

// Not implied by finite states: sqrt(s) of a negative s.
bool SessionState::all_readouts_finite() noexcept {
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    if (buffer(i).role != BufferRole::readout) continue;
    const std::span<const float> values = as_floats(std::as_const(*this).result(i));
    if (all_finite(values)) continue;
    const auto wrong = std::find_if(values.begin(), values.end(), [](float x) { return !std::isfinite(x); });
    try {
      failure_ = to_string(Problem{
          .kind = ProblemKind::run_failed,
          .path = "population \"" + buffer(i).population + "\", neuron " + std::to_string(wrong - values.begin()),
          .message = "the readout is not finite after step " + std::to_string(step_ - 1) + ", although all states are",
          .hint = finite_hint_of_sessions,
          .given = std::to_string(*wrong)});
    } catch (...) {
      failure_.clear();  // the status still reports it
    }
    return false;
  }
  return true;
}

void SessionState::prepare(std::uint32_t steps) noexcept {
  for (InputChannel& input : inputs_) {
    if (input.queue) input.queue->take(step_, steps);
  }
  example_steps_ = options_.trial_steps != 0 ? options_.trial_steps : step_ + steps;
  arguments_.set({.seed = seed_,
                  .first_example = example_,
                  .examples = 1,
                  .first_step = step_,
                  .last_step = step_ + steps,
                  .load = load_,
                  .save = 1,
                  .input_origin = step_,
                  .recording_origin = step_,
                  .readout_origin = readout_origin_});
}

void SessionState::run_on_device(std::uint32_t steps) {
  const std::scoped_lock lock(model_->device_mutex);
  copy_inputs(steps);
  model_->device->launch(*model_->program, manifest().entry, arguments_.bytes(), 1);
  model_->device->synchronize();
  copy_results(steps);
}

void SessionState::copy_inputs(std::uint32_t steps) {
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    const BufferRole role = buffer(i).role;
    if (role == BufferRole::example_steps) buffers_[i].copy_from(std::span<const std::uint32_t>(&example_steps_, 1));
    if (role == BufferRole::input_values && input_of(buffer(i).population).changed) {
      buffers_[i].copy_from(std::span<const float>(input_of(buffer(i).population).values));
    }
    if (role != BufferRole::input_spike_offsets && role != BufferRole::input_spike_neurons) continue;
    const SpikeInputQueue& queue = *input_of(buffer(i).population).queue;
    const bool offsets = role == BufferRole::input_spike_offsets;
    buffers_[i].copy_from(offsets ? queue.offsets().first(steps + std::size_t{1})
                                  : queue.list().first(queue.offsets()[steps]));
  }
  for (InputChannel& input : inputs_) input.changed = false;
}

void SessionState::copy_results(std::uint32_t steps) {
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    if (!is_result(buffer(i))) continue;
    const bool whole = buffer(i).role != BufferRole::recording;
    buffers_[i].copy_to(std::span(copies_[i]).first(whole ? copies_[i].size() : steps * row_bytes(buffer(i))));
  }
}

void SessionState::fail(std::string_view why) noexcept {
  failed_ = true;
  try {
    failure_ = why;
  } catch (...) {
    failure_.clear();  // the status still reports it
  }
}

std::span<std::byte> SessionState::result(std::size_t index) noexcept {
  if (!in_place()) return copies_[index];
  return {static_cast<std::byte*>(buffers_[index].data()), buffers_[index].bytes()};
}

std::span<const std::byte> SessionState::result(std::size_t index) const noexcept {
  if (!in_place()) return copies_[index];
  return {static_cast<const std::byte*>(buffers_[index].data()), buffers_[index].bytes()};
}

void SessionState::clear_readouts() noexcept {
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    if (buffer(i).role != BufferRole::readout) continue;
    const std::span<std::byte> values = result(i);
    std::fill(values.begin(), values.end(), std::byte{});
  }
}

void SessionState::reset() noexcept {
  for (InputChannel& input : inputs_) {
    if (input.queue) input.queue->clear();
    std::fill(input.values.begin(), input.values.end(), 0.0f);
    input.changed = true;
  }
  clear_readouts();
  seed_ = options_.seed.value_or(manifest().seed);
  example_ = options_.example;
  step_ = load_ = last_steps_ = readout_origin_ = 0;
  ++advances_;
  late_spikes_ = refused_spikes_ = 0;
  failure_.clear();
  failed_ = false;
}

Status SessionState::restart_readouts() noexcept {
  readout_origin_ = step_;
  load_ &= ~std::uint32_t{contract::carry_readouts};
  clear_readouts();
  return Status::ok;
}

Status SessionState::use(const std::shared_ptr<const ModelState>& model) noexcept {
  if (!model->has_program_of(*model_)) return Status::unsupported;
  if (!in_place()) {
    try {
      copy_parameters(*model->artifact);
      return Status::ok;
    } catch (const std::exception& error) {
      fail(error.what());
      return Status::failed;
    }
  }
  for (std::size_t i = 0; i < manifest().buffers.size(); ++i) {
    if (buffer(i).role == BufferRole::parameter) arguments_.bind(i, model->parameters[i].data());
  }
  model_ = model;
  return Status::ok;
}

// The memory of another model may be on another device: the session gets its own.
void SessionState::copy_parameters(const contract::Artifact& artifact) {
  const std::vector<std::span<const std::byte>> contents = match_parameters(artifact);
  const std::scoped_lock lock(model_->device_mutex);
  for (std::size_t i = 0; i < manifest().buffers.size(); ++i) {
    if (buffer(i).role != BufferRole::parameter) continue;
    if (buffers_[i].bytes() == 0) buffers_[i] = DeviceBuffer(model_->device, bytes_of(buffer(i)), describe(buffer(i)));
    buffers_[i].copy_from(contents[i]);
    arguments_.bind(i, buffers_[i].data());
  }
  model_->device->synchronize();
}

// ---- Snapshots

Snapshot SessionState::snapshot() const {
  if (failed_) {
    throw RunError({.kind = ProblemKind::run_failed,
                    .path = "session.snapshot",
                    .message = "the session has failed, and its state is lost: " + failure_,
                    .hint = "reset the session or restore an earlier snapshot"});
  }
  auto content = std::make_shared<SnapshotContent>(SnapshotContent{.model = model_,
                                                                   .seed = seed_,
                                                                   .example = example_,
                                                                   .step = step_,
                                                                   .load = load_,
                                                                   .readout_origin = readout_origin_});
  for (const InputChannel& input : inputs_) {
    content->waiting.push_back(input.queue ? input.queue->waiting(step_) : std::vector<Spike>{});
    content->values.push_back(input.values);
  }
  content->contents.resize(buffers_.size());
  const std::scoped_lock lock(model_->device_mutex);
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    if (!is_in_snapshots(buffer(i))) continue;
    if (buffer(i).role == BufferRole::readout) {
      content->contents[i].assign(result(i).begin(), result(i).end());
    } else if (load_ != 0) {  // before the first advance the program has stored nothing
      content->contents[i].resize(bytes_of(buffer(i)));
      buffers_[i].copy_to(std::span(content->contents[i]));
    }
  }
  Snapshot snapshot;
  snapshot.content_ = std::move(content);
  return snapshot;
}

void SessionState::check_restorable(const SnapshotContent& content) const {
  if (!content.model->has_program_of(*model_)) {
    refuse(ProblemKind::invalid_option, "session.restore", "the snapshot belongs to another model");
  }
  if (content.step > last_step()) {
    refuse(ProblemKind::invalid_option, "session.restore", "the snapshot is past the end of the trial",
           "raise the session's option trial_steps");
  }
  for (const std::vector<Spike>& waiting : content.waiting) {
    const std::size_t most = options_.most_input_spikes;
    if (!waiting.empty() && waiting.back().step - content.step >= options_.horizon) {
      refuse(ProblemKind::invalid_option, "session.restore", "spikes of the snapshot are beyond the session's horizon",
             "raise the session's option horizon");
    }
    if (most != 0 && waiting.size() > most) {
      refuse(ProblemKind::invalid_option, "session.restore",
             "the snapshot has more waiting spikes than the session accepts",
             "raise the session's option most_input_spikes");
    }
  }
}

void SessionState::restore(const Snapshot& snapshot) {
  if (!snapshot.content_) refuse(ProblemKind::missing_data, "session.restore", "the snapshot is empty");
  const SnapshotContent& content = *snapshot.content_;
  check_restorable(content);
  reset();
  failed_ = true;  // until everything is restored
  seed_ = content.seed;
  example_ = content.example;
  step_ = content.step;
  readout_origin_ = content.readout_origin;
  load_ = content.load;
  std::size_t position = 0;
  for (InputChannel& input : inputs_) {
    for (const Spike& spike : content.waiting[position]) input.queue->add(spike.neuron, spike.step, step_);
    std::copy(content.values[position].begin(), content.values[position].end(), input.values.begin());
    ++position;
  }
  const std::scoped_lock lock(model_->device_mutex);
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    const std::vector<std::byte>& bytes = content.contents[i];
    if (buffer(i).role == BufferRole::readout) {
      std::copy(bytes.begin(), bytes.end(), result(i).begin());
    } else if (!bytes.empty()) {
      buffers_[i].copy_from(std::span(bytes));
    }
  }
  failed_ = false;
}

}  // namespace synfire::runtime
