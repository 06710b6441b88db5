// SPDX-License-Identifier: Apache-2.0
#include "program/manifest.hpp"

#include <algorithm>
#include <cstring>

#include "synfire/codegen/passes.hpp"
#include "synfire/codegen/printers.hpp"
#include "text/learning.hpp"

namespace synfire::codegen {
namespace {

contract::Buffer buffer_of(const Array& array) {
  contract::Buffer buffer;
  buffer.name = array.name;
  buffer.type = array.element_type;
  buffer.shape = array.shape;
  buffer.role = *array.role;
  buffer.per_example = array.per_example;
  buffer.per_slot = array.per_slot;
  buffer.population = array.population;
  buffer.connection = array.connection;
  buffer.variable = array.variable;
  buffer.carried = array.carried.value_or(contract::carry_neurons);
  return buffer;
}

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// Upper bound on the working memory of one host call: members start at multiples of 64 bytes.
std::size_t scratch_bytes(const Program& program) {
  const auto rounded = [](std::size_t bytes) { return (bytes + 63) / 64 * 64; };
  std::size_t bytes = 64;
  for (const Array& array : program.arrays) {
    if (!array.role) bytes += rounded(4 * array.extent);
  }
  for (const Queue& queue : program.queues) {
    // Parts of a list are padded.
    const std::size_t parts = std::max(1u, program.parts);
    const std::size_t list =
        program.parts == 0 ? queue.neurons + 1 : parts * (part_width(queue.neurons, program.parts) + 4);
    bytes += 2 * rounded(queue.neurons) + rounded(std::size_t{4} * queue.list_depth() * list) +
             rounded(4 * std::size_t{queue.list_depth()} * parts);
  }
  return bytes;
}

constexpr std::size_t first_tape_spikes = 4096;

contract::Tape tape_of(const Tape& tape, const Program& program) {
  contract::Tape described;
  described.population = program.populations[tape.population].name;
  described.spikes = program.arrays[tape.spikes].name;
  if (tape.values) described.values = program.arrays[*tape.values].name;
  described.of_support = tape.of_support;
  described.most_spikes = std::size_t{tape.neurons} * program.timesteps;
  // One spike per neuron every sixteen steps is a lot; a support may hold every neuron between rest and threshold.
  const std::size_t expected = described.most_spikes / (tape.of_support ? 2 : 16);
  described.capacity = std::min(described.most_spikes, std::max(first_tape_spikes, expected));
  return described;
}

contract::Training training_of(const Program& program) {
  const Learning& learning = *program.learning;
  const auto name = [&](const std::optional<ArrayId>& id) { return id ? program.arrays[*id].name : std::string{}; };
  contract::Training training;
  training.slots = learning.slots;
  training.update_chunks = text::update_chunks(program);
  training.update_threads = program.threads == 0 ? 0 : text::update_threads;
  training.limits_norm = learning.optimizer.clip_norm > 0;
  for (const Learning::Value& each : learning.values) {
    if (each.rule.clean) training.perturb = contract::perturb_entry;
  }
  training.constrain_chunks = text::constrain_chunks(program);
  if (training.constrain_chunks != 0) training.constrain = contract::constrain_entry;
  training.prepare_chunks = text::prepare_chunks(program);
  if (training.prepare_chunks != 0) training.prepare = contract::prepare_entry;
  training.is_surrogate = learning.is_surrogate;
  training.optimizer = learning.optimizer.name;
  for (const OptimizerUpdate::State& state : learning.optimizer.states)
    training.optimizer_state.push_back(state.initial);
  for (const OptimizerUpdate::Term& term : learning.optimizer.terms) training.step_terms.push_back(term.code);
  for (const Learning::Value& each : learning.values) {
    training.values.push_back({each.population, each.connection, each.variable, name(each.parameter),
                               name(each.gradient), name(each.state), program.arrays[each.parameter].extent,
                               each.settings, each.shared, name(each.rule.clean), name(each.rule.zeros)});
  }
  training.outputs = learning.outputs;
  for (const Tape& tape : learning.tapes) {
    if (!tape.given) training.tapes.push_back(tape_of(tape, program));
  }
  training.counts = learning.counts;
  training.non_finite = {learning.located, name(learning.non_finite)};
  training.settings = name(learning.settings);
  training.tape_capacities = name(learning.capacities);
  training.spike_totals = name(learning.totals);
  training.order = name(learning.order);
  training.halt = name(learning.halt);
  return training;
}

}  // namespace

contract::Manifest manifest_of(const Program& program, const CompileOptions& options) {
  contract::Manifest manifest;
  manifest.network = program.network;
  manifest.dt = program.dt;
  manifest.timesteps = program.timesteps;
  manifest.recording_steps = options.recording_steps ? options.recording_steps : options.timesteps;
  manifest.seed = options.seed;
  manifest.batch_size = options.batch_size;
  manifest.resumable = program.resumable;
  manifest.notes = program.notes;
  manifest.populations = program.populations;
  manifest.connections = program.connections;
  for (const ArrayId id : buffer_order(program)) manifest.buffers.push_back(buffer_of(program.arrays[id]));
  manifest.entry.threads = program.threads;
  manifest.entry.barriers_per_step = barriers_per_step(program);
  if (program.threads == 0)
    manifest.entry.scratch_bytes = scratch_bytes(program);
  else if (program.schedule == Schedule::trial)
    manifest.entry.shared_bytes = shared_bytes(program);
  if (program.learning) {
    manifest.entry.name = contract::train_entry;
    manifest.training = training_of(program);
  }
  if (program.schedule == Schedule::trial) return manifest;
  manifest.schedule = "step";
  if (program.threads == 0) {
    manifest.entry.name = contract::steps_entry;
    manifest.entry.parts = program.parts;
    return manifest;
  }
  for (const StageOfPhases& stage : stages_of(program)) {
    contract::Entry& entry = manifest.entry;
    auto& kernels = stage.when == StageOfPhases::When::before ? entry.before
                    : stage.when == StageOfPhases::When::step ? entry.step
                                                              : entry.after;
    kernels.push_back({stage.name, grid_blocks(program), program.threads, std::size_t{4} * program.threads});
  }
  return manifest;
}

std::vector<contract::ParameterValues> parameter_values_of(const Program& program) {
  std::vector<contract::ParameterValues> values;
  for (const Array& array : program.arrays) {
    if (array.role != contract::BufferRole::parameter) continue;
    values.push_back({array.name, array.contents ? *array.contents
                                  : array.values ? bytes_of(*array.values)
                                                 : bytes_of(*array.counts)});
  }
  return values;
}

}  // namespace synfire::codegen
