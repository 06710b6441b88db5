// SPDX-License-Identifier: Apache-2.0
// What is wrong with the parts of a description that are no part of its network.
#include <algorithm>
#include <utility>

#include "model_values.hpp"
#include "synfire/description.hpp"

namespace synfire {
namespace {

template <class Thing>
const Thing* find(const std::vector<Thing>& things, const std::string& name) {
  const auto found = std::find_if(things.begin(), things.end(), [&](const Thing& each) { return each.name == name; });
  return found == things.end() ? nullptr : &*found;
}

template <class Thing>
std::vector<std::string> names_of(const std::vector<Thing>& things) {
  std::vector<std::string> names;
  names.reserve(things.size());
  for (const Thing& thing : things) names.push_back(thing.name);
  return names;
}

const NeuronModel& model_of(const ir::Population& population) { return population.neuron; }
const SynapseModel& model_of(const ir::Connection& connection) { return connection.synapse; }

// What can be recorded in each step, and of a connection its weights and delays.
std::vector<std::string> recordable(const ir::Population& population) {
  std::vector<std::string> names = names_of(population.neuron.state);
  if (!population.neuron.threshold.empty()) names.insert(names.begin(), "spikes");
  return names;
}

std::vector<std::string> recordable(const ir::Connection& connection) {
  std::vector<std::string> names = names_of(connection.synapse.state);
  names.insert(names.end(), {"weight", "delay"});
  return names;
}

class Check {
 public:
  explicit Check(const Network& network) : network_(network.description()) {}

  std::vector<Problem> problems;

  void settings(const CompileSettings& settings) {
    one_of("compiler", settings.compiler, {"inference", "event_prop"});
    one_of("schedule", settings.schedule, {"", "automatic", "trial", "step"});
    for (std::size_t i = 0; i < settings.record.size(); ++i) record(i, settings.record[i]);
    for (std::size_t i = 0; i < settings.losses.list.size(); ++i) loss(i, settings.losses.list);
  }

  void inputs(const std::vector<InputPreparation>& preparations) {
    for (std::size_t i = 0; i < preparations.size(); ++i) {
      const std::string path = "inputs[" + std::to_string(i) + ']';
      const InputPreparation& preparation = preparations[i];
      known_name(network_.populations, "population", preparation.population, path + ".population", preparation.place);
      for (std::size_t other = 0; other < i; ++other) {
        if (preparations[other].population != preparation.population) continue;
        problems.push_back({.kind = ProblemKind::duplicate_name,
                            .path = path,
                            .message = "it is said twice how the data of this population are prepared",
                            .hint = "inputs[" + std::to_string(other) + "] says it too",
                            .given = preparation.population,
                            .place = preparation.place});
      }
    }
  }

 private:
  void one_of(const std::string& member, const std::string& given, const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), given) != known.end()) return;
    problems.push_back({.kind = ProblemKind::invalid_option,
                        .path = "compile." + member,
                        .message = "there is no " + member + " \"" + given + '"',
                        .hint = suggest(given, known),
                        .given = given});
  }

  template <class Thing>
  const Thing* known_name(const std::vector<Thing>& things, const std::string& kind, const std::string& name,
                          const std::string& path, const Place& place) {
    const Thing* found = find(things, name);
    if (found) return found;
    problems.push_back({.kind = ProblemKind::unknown_name,
                        .path = path,
                        .message = "there is no " + kind + " \"" + name + '"',
                        .hint = suggest(name, names_of(things)),
                        .given = name,
                        .place = place});
    return nullptr;
  }

  void record(std::size_t index, const RecordSetting& setting) {
    const std::string path = "compile.record[" + std::to_string(index) + ']';
    if (setting.population.empty() == setting.connection.empty()) {
      problems.push_back({.kind = ProblemKind::invalid_option,
                          .path = path,
                          .message = "a recording is of one population or of one connection",
                          .expected = "one of the keys \"population\" and \"connection\"",
                          .place = setting.place});
    } else if (!setting.population.empty()) {
      variable(known_name(network_.populations, "population", setting.population, path + ".population", setting.place),
               setting, path);
    } else {
      variable(known_name(network_.connections, "connection", setting.connection, path + ".connection", setting.place),
               setting, path);
    }
  }

  void loss(std::size_t index, const std::vector<OutputLossSetting>& list) {
    const std::string path = "compile.losses[" + std::to_string(index) + ']';
    const OutputLossSetting& setting = list[index];
    const ir::Population* output =
        known_name(network_.populations, "population", setting.output, path + ".output", setting.place);
    if (output && !output->readout) {
      problems.push_back({.kind = ProblemKind::missing_variable,
                          .path = path + ".output",
                          .message = "the population has no readout, so there is nothing to make small",
                          .hint = "give it one, as in \"readout\": \"avg_var\"",
                          .given = setting.output,
                          .place = setting.place});
    }
    for (std::size_t other = 0; other < index; ++other) {
      if (list[other].output != setting.output) continue;
      problems.push_back({.kind = ProblemKind::duplicate_name,
                          .path = path,
                          .message = "the output has two losses",
                          .hint = "compile.losses[" + std::to_string(other) + "] is of it too",
                          .given = setting.output,
                          .place = setting.place});
    }
  }

  template <class Thing>
  void variable(const Thing* thing, const RecordSetting& setting, const std::string& path) {
    if (!thing || is_unknown(model_of(*thing))) return;
    const std::vector<std::string> known = recordable(*thing);
    if (std::find(known.begin(), known.end(), setting.variable) != known.end()) return;
    problems.push_back({.kind = ProblemKind::missing_variable,
                        .path = path + ".variable",
                        .message = "\"" + thing->name + "\" has nothing called \"" + setting.variable + "\" to record",
                        .hint = suggest(setting.variable, known),
                        .given = setting.variable,
                        .place = setting.place});
  }

  const ir::Network& network_;
};

}  // namespace

std::vector<Problem> CompileSettings::validate(const Network& network) const {
  Check check(network);
  check.settings(*this);
  return std::move(check.problems);
}

std::vector<Problem> Description::validate() const {
  std::vector<Problem> problems = network.validate();
  Check check(network);
  check.inputs(inputs);
  check.settings(compile);
  problems.insert(problems.end(), check.problems.begin(), check.problems.end());
  return problems;
}

}  // namespace synfire
