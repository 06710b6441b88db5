// SPDX-License-Identifier: Apache-2.0
#include "evaluate/results.hpp"

#include <algorithm>

#include "device/messages.hpp"
#include "recording/synapse_values.hpp"

namespace synfire::runtime {
namespace {

constexpr std::size_t most_repeated_bytes = std::size_t{64} << 20;  // of weights, repeated for each example and step

[[noreturn]] void not_there(const std::string& path, const std::string& message, const std::string& hint) {
  throw ModelError({.kind = ProblemKind::missing_variable, .path = path, .message = message, .hint = hint});
}

Results& checked(const auto& content) {
  if (content) return content->results;
  throw ModelError({.kind = ProblemKind::missing_data, .path = "predictions", .message = "the predictions are empty"});
}

ObjectNames object_names(const Results& results) {
  return names_of(results.artifact->manifest, results.index.network());
}

Object resolve(const Results& results, const ObjectReference& reference) {
  std::vector<Problem> problems;
  const auto object = find_object(reference, object_names(results), "predictions", problems);
  if (!object) throw ModelError(std::move(problems));
  return *object;
}

// The position in the plan of the requested recording.
std::size_t find(const Results& results, const ObjectReference& reference, const std::string& variable,
                 const std::string& key) {
  const Object object = resolve(results, reference);
  std::vector<std::size_t> found;
  std::string keys;
  for (std::size_t i = 0; i < results.plan->size(); ++i) {
    const PlannedRecording& recording = (*results.plan)[i];
    if (recording.object != object || recording.variable != variable) continue;
    if (recording.key == key) return i;
    found.push_back(i);
    keys += (keys.empty() ? "\"" : ", \"") + recording.key + "\"";
  }
  if (key.empty() && found.size() == 1) return found.front();
  const std::string path = path_of(object, object_names(results)) + "." + variable;
  if (!found.empty()) not_there(path, "no recording of the variable has the key \"" + key + "\"", "keys: " + keys);
  not_there(path, "the variable was not recorded",
            recorded_hint(results.artifact->manifest, object_names(results), object));
}

// How to access recordings of each kind.
const char* accessor(RecordingKind kind) {
  switch (kind) {
    case RecordingKind::values: return "recorded(object, variable)";
    case RecordingKind::spikes: return "spikes(population)";
    case RecordingKind::counts: return "spike_counts(population)";
    case RecordingKind::synapses: return "synapses(connection, variable)";
  }
  return "";
}

std::size_t find_in_memory(const Results& results, const ObjectReference& reference, const std::string& variable,
                           const std::string& key, std::initializer_list<RecordingKind> kinds) {
  const std::size_t index = find(results, reference, variable, key);
  const PlannedRecording& recording = (*results.plan)[index];
  if (!recording.file.empty())
    not_there(recording.path, "the recording was written to a file", "read it from " + recording.file.string());
  if (std::find(kinds.begin(), kinds.end(), recording.kind) == kinds.end())
    not_there(recording.path, "the recording has another form", std::string("use ") + accessor(recording.kind));
  return index;
}

const SynapseRecording& synapses_of(Results& results, std::size_t index) {
  const auto found = results.synapses.find(index);
  if (found != results.synapses.end()) return found->second;
  SynapseRecording synapses = read_synapses(*results.artifact, (*results.plan)[index]);
  synapses.examples = results.recordings[index].count;
  return results.synapses.emplace(index, std::move(synapses)).first->second;
}

// One copy for each example and step, as the reference system returns it.
const Tensor<float>& repeated(Results& results, std::size_t index) {
  Tensor<float>& values = results.recordings[index].values;
  if (!values.empty()) return values;
  const SynapseRecording& synapses = synapses_of(results, index);
  const std::size_t rows = synapses.source_neurons.size(), columns = synapses.target_neurons.size();
  const std::size_t bytes = sizeof(float) * synapses.examples * synapses.steps * rows * columns;
  if (bytes > most_repeated_bytes) {
    throw ModelError({.kind = ProblemKind::out_of_memory,
                      .path = (*results.plan)[index].path,
                      .message = "the values are constant, and repeating them needs " + readable_bytes(bytes),
                      .hint = "use synapses(connection, variable), which has a single copy",
                      .expected = "at most " + readable_bytes(most_repeated_bytes)});
  }
  const Tensor<float> matrix = synapses.matrix();
  values = Tensor<float>({synapses.examples, synapses.steps, rows, columns});
  for (std::size_t i = 0; i < synapses.examples * synapses.steps; ++i)
    std::copy(matrix.begin(), matrix.end(), values.data() + i * matrix.size());
  return values;
}

}  // namespace

Results::Results(const PopulationIndex& populations, std::shared_ptr<const contract::Artifact> of,
                 std::shared_ptr<const RecordingPlan> planned, std::size_t first, std::size_t examples)
    : index(populations), artifact(std::move(of)), plan(std::move(planned)), first_example(first) {
  for (std::size_t i = 0; i < index.populations().size(); ++i) {
    if (index[i].readout.empty()) continue;
    Extents shape{examples};
    shape.insert(shape.end(), index[i].shape.begin(), index[i].shape.end());
    readouts.emplace(i, Tensor<float>(std::move(shape)));
  }
  for (const PlannedRecording& recording : *plan) {
    const auto [begin, end] = recording.positions_of_examples(first, examples);
    recordings.emplace_back(recording, begin, end - begin);
  }
}

void Results::store_readouts(const std::function<std::vector<float>(std::size_t)>& readout, std::size_t first) {
  for (auto& [population, values] : readouts) {
    const std::vector<float> batch = readout(population);
    std::copy(batch.begin(), batch.end(),
              values.data() + (first - first_example) * element_count(index[population].shape));
  }
}

std::vector<std::unique_ptr<RecordingStore>> Results::stores() {
  std::vector<std::unique_ptr<RecordingStore>> stores(plan->size());
  for (std::size_t i = 0; i < plan->size(); ++i) {
    if ((*plan)[i].file.empty()) stores[i] = std::make_unique<MemoryStore>(recordings[i]);
  }
  return stores;
}

std::span<const float> Results::readout(std::size_t population, std::size_t example) const {
  const std::size_t neurons = element_count(index[population].shape);
  return std::span(readouts.at(population).values()).subspan((example - first_example) * neurons, neurons);
}

}  // namespace synfire::runtime

namespace synfire {

using runtime::RecordingKind;

const Tensor<float>& Predictions::operator[](const PopulationReference& output) const& {
  const runtime::Results& results = runtime::checked(content_);
  const std::size_t population = results.index.resolve(output, "predictions");
  const auto found = results.readouts.find(population);
  if (found != results.readouts.end()) return found->second;
  runtime::not_there(results.index.path_of(population), "the population is not an output", "give it a readout");
}

const Tensor<float>& Predictions::recorded(const ObjectReference& object, const std::string& variable,
                                           const std::string& key) const& {
  runtime::Results& results = runtime::checked(content_);
  const std::size_t index =
      runtime::find_in_memory(results, object, variable, key, {RecordingKind::values, RecordingKind::synapses});
  if ((*results.plan)[index].kind == RecordingKind::values) return results.recordings[index].values;
  const std::lock_guard lock(content_->while_asked);
  return runtime::repeated(results, index);
}

const std::vector<std::vector<RecordedSpike>>& Predictions::spikes(const ObjectReference& population,
                                                                   const std::string& key) const& {
  const runtime::Results& results = runtime::checked(content_);
  const std::size_t index =
      runtime::find_in_memory(results, population, runtime::spikes_variable, key, {RecordingKind::spikes});
  return results.recordings[index].spikes;
}

const Tensor<std::uint32_t>& Predictions::spike_counts(const ObjectReference& population,
                                                       const std::string& key) const& {
  const runtime::Results& results = runtime::checked(content_);
  const std::size_t index = runtime::find(results, population, runtime::spikes_variable, key);
  if ((*results.plan)[index].kind == RecordingKind::spikes)
    runtime::not_there((*results.plan)[index].path, "the spikes were recorded as lists",
                       "record them with .counts = true");
  return results
      .recordings[runtime::find_in_memory(results, population, runtime::spikes_variable, key, {RecordingKind::counts})]
      .counts;
}

const SynapseRecording& Predictions::synapses(const ObjectReference& connection, const std::string& variable,
                                              const std::string& key) const& {
  runtime::Results& results = runtime::checked(content_);
  const std::size_t index = runtime::find_in_memory(results, connection, variable, key, {RecordingKind::synapses});
  const std::lock_guard lock(content_->while_asked);
  return runtime::synapses_of(results, index);
}

RecordingAxes Predictions::axes(const ObjectReference& object, const std::string& variable,
                                const std::string& key) const {
  const runtime::Results& results = runtime::checked(content_);
  const std::size_t index = runtime::find(results, object, variable, key);
  const runtime::PlannedRecording& recording = (*results.plan)[index];
  const runtime::RecordedData& data = results.recordings[index];
  const auto begin = recording.examples.begin() + static_cast<std::ptrdiff_t>(data.first);
  return {.examples = {begin, begin + static_cast<std::ptrdiff_t>(data.count)},
          .steps = recording.steps,
          .neurons = recording.neurons,
          .dt = results.artifact->manifest.dt};
}

const std::map<std::string, std::any>& Predictions::callback_data() const& {
  return runtime::checked(content_).callback_data;
}

}  // namespace synfire
