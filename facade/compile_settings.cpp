// SPDX-License-Identifier: Apache-2.0
// Between a compiler and what a description says of it.
#include <algorithm>
#include <utility>

#include "declare_recordings.hpp"
#include "synfire/inference_compiler.hpp"

namespace synfire {
namespace {

// The same members of both, in one list: what `copy` is called with.
template <class From, class To, class Copy>
void for_each_setting(From& from, To& to, Copy copy) {
  copy(from.timesteps, to.timesteps);
  copy(from.dt, to.dt);
  copy(from.nominal_dt, to.nominal_dt);
  copy(from.batch_size, to.batch_size);
  copy(from.seed, to.seed);
  copy(from.carry_over.neurons, to.carry_over.neurons);
  copy(from.carry_over.synapses, to.carry_over.synapses);
  copy(from.carry_over.spikes, to.carry_over.spikes);
  copy(from.streaming, to.streaming);
  copy(from.step_callbacks, to.step_callbacks);
  copy(from.schedule, to.schedule);
  copy(from.threads_per_block, to.threads_per_block);
  copy(from.synapse_memory, to.synapse_memory);
  copy(from.recording_memory, to.recording_memory);
}

std::uint32_t position(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<std::uint32_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

}  // namespace

InferenceCompiler InferenceCompiler::from(const CompileSettings& settings, const Network& network) {
  std::vector<Problem> problems = settings.validate(network);
  if (!problems.empty()) throw ModelError(std::move(problems));
  InferenceCompiler compiler;
  for_each_setting(settings, compiler, [](const auto& from, auto& to) { to = from; });
  const ObjectNames names = names_of(network);
  for (const RecordSetting& each : settings.record) {
    if (each.population.empty()) {
      const ConnectionId id{position(names.connections, each.connection), network.identity()};
      compiler.record.push_back({id, each.variable});
    } else {
      const PopulationId id{position(names.populations, each.population), network.identity()};
      compiler.record.push_back({id, each.variable});
    }
  }
  return compiler;
}

CompileSettings InferenceCompiler::settings(const Network& network) const {
  CompileSettings settings;
  for_each_setting(*this, settings, [](const auto& from, auto& to) { to = from; });
  const ObjectNames names = names_of(network);
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < record.size(); ++i) {
    const auto object = find_object(record[i].object, names, "compiler.record[" + std::to_string(i) + ']', problems);
    if (!object) continue;
    RecordSetting setting{.variable = record[i].variable};
    const bool population = object->kind == ObjectKind::population;
    (population ? setting.population : setting.connection) =
        (population ? names.populations : names.connections)[object->index];
    settings.record.push_back(std::move(setting));
  }
  if (!problems.empty()) throw ModelError(std::move(problems));
  return settings;
}

}  // namespace synfire
