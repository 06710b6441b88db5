// SPDX-License-Identifier: Apache-2.0
#include "declare_recordings.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace synfire {
namespace {

// Weights and delays, unless the synapse has a state of this name.
bool is_unchanging(const ir::Connection& connection, const std::string& variable) {
  const auto& state = connection.synapse.state;
  return (variable == "weight" || variable == "delay") &&
         std::none_of(state.begin(), state.end(), [&](const StateVariable& each) { return each.name == variable; });
}

std::size_t bytes_per_step(const codegen::Record& record, const ir::Network& network) {
  if (record.connection)
    return sizeof(float) * network.populations[network.connections[*record.connection].target].neurons();
  const std::size_t element = record.variable == "spikes" ? sizeof(std::int8_t) : sizeof(float);
  return element * network.populations[record.population].neurons();
}

// How many steps fit in the recording memory; all of them if possible.
std::uint32_t steps_that_fit(const InferenceCompiler& compiler, const std::vector<codegen::Record>& records,
                             const ir::Network& network) {
  std::size_t bytes = 0;
  for (const codegen::Record& record : records) bytes += bytes_per_step(record, network);
  bytes *= std::max(compiler.batch_size, 1u);
  if (bytes == 0) return compiler.timesteps;
  const std::size_t fit = std::max<std::size_t>(1, compiler.recording_memory / bytes);
  return static_cast<std::uint32_t>(std::min<std::size_t>(fit, compiler.timesteps));
}

}  // namespace

ObjectNames names_of(const Network& network) {
  ObjectNames names;
  for (const ir::Population& population : network.description().populations)
    names.populations.push_back(population.name);
  for (const ir::Connection& connection : network.description().connections)
    names.connections.push_back(connection.name);
  names.network = network.identity();
  return names;
}

DeclaredRecordings declare_recordings(const InferenceCompiler& compiler, const Network& network,
                                      const ir::Network& resolved) {
  const ObjectNames names = names_of(network);
  DeclaredRecordings declared;
  std::vector<Problem> problems;
  std::set<std::pair<Object, std::string>> known;
  for (std::size_t i = 0; i < compiler.record.size(); ++i) {
    const std::string& variable = compiler.record[i].variable;
    const auto object =
        find_object(compiler.record[i].object, names, "compiler.record[" + std::to_string(i) + "]", problems);
    if (!object || !known.emplace(*object, variable).second) continue;
    const auto index = static_cast<std::uint32_t>(object->index);
    if (object->kind == ObjectKind::population) {
      declared.records.push_back({.population = index, .variable = variable});
    } else if (is_unchanging(resolved.connections[index], variable)) {
      declared.unchanging.push_back({names.connections[index], variable});
    } else {
      declared.records.push_back({.variable = variable, .connection = index});
    }
  }
  if (!problems.empty()) throw ModelError(std::move(problems));
  declared.resumable = compiler.step_callbacks;
  const std::uint32_t fit = steps_that_fit(compiler, declared.records, resolved);
  if (!compiler.streaming && fit < compiler.timesteps) {  // a session asks for as many steps as it has rows
    declared.steps_at_a_time = fit;
    declared.resumable = true;
  }
  return declared;
}

void apply(const DeclaredRecordings& declared, codegen::CompileOptions& options) {
  options.records = declared.records;
  options.recording_steps = declared.steps_at_a_time;
  options.resumable = options.resumable || declared.resumable;
}

void add_static_recordings(const DeclaredRecordings& declared, contract::Manifest& manifest) {
  std::vector<Problem> problems;
  for (const contract::StaticRecording& recording : declared.unchanging) {
    for (const contract::ConnectionInfo& connection : manifest.connections) {
      const bool kernel = connection.storage == "kernel";
      if (connection.name != recording.connection || (connection.storage != "procedural" && !kernel)) continue;
      problems.push_back(
          {.kind = ProblemKind::unsupported,
           .path = "compiler.record \"" + connection.name + "\"." + recording.variable,
           .message = kernel ? "the synapses of a kernel are not kept one by one"
                             : "procedural synapses are not kept in memory",
           .hint = kernel ? "freeze its weight and use SynapseStorage::rows, which max_pool_2d does not have"
                          : "use SynapseStorage::rows for the connection"});
    }
  }
  if (!problems.empty()) throw ModelError(std::move(problems));
  manifest.static_recordings = declared.unchanging;
}

}  // namespace synfire
