// SPDX-License-Identifier: Apache-2.0
#include "ir/defaults.hpp"

#include <set>
#include <string>

#include "ir/report.hpp"
#include "model_values.hpp"
#include "synfire/registry.hpp"

namespace synfire::ir {
namespace {

// All assignable names of the models of one name, whatever their kind.
class Known {
 public:
  explicit Known(const std::string& name, const Network& network) : name_(name) {
    add(find_neuron(name));
    add(find_synapse(name));
    add(find_readout(name));
    for (const Population& population : network.populations) {
      add(&population.neuron);
      if (population.readout) add(&*population.readout);
    }
    for (const Connection& connection : network.connections) add(&connection.synapse);
  }

  bool any() const { return any_; }
  const std::set<std::string>& flags() const { return flags_; }
  const std::set<std::string>& numbers() const { return numbers_; }

  std::vector<std::string> names() const {
    std::set<std::string> all = flags_;
    all.insert(numbers_.begin(), numbers_.end());
    return {all.begin(), all.end()};
  }

 private:
  template <class Model>
  void add(const Model* model) {
    if (!model || model->name != name_ || is_unknown(*model)) return;
    any_ = true;
    for (const std::string& name : assignable_names(*model)) {
      (find_value(*model, name)->is_flag() ? flags_ : numbers_).insert(name);
    }
  }

  std::string name_;
  bool any_ = false;
  std::set<std::string> flags_, numbers_;
};

void check_assignment(const Assignment& assignment, const Known& known, const Report& report) {
  const bool flag = known.flags().contains(assignment.name);
  const bool number = known.numbers().contains(assignment.name);
  if (!flag && !number) {
    report.add({.kind = ProblemKind::unknown_name,
                .message = "unknown parameter or state variable",
                .hint = suggest(assignment.name, known.names()),
                .given = assignment.name});
  } else if (assignment.value.is_set() && !(assignment.value.is_flag() ? flag : number)) {
    report.add({.kind = ProblemKind::invalid_value,
                .message = flag ? "the value must be a flag" : "the value must be a number, an initializer or an array",
                .expected = flag ? "true or false" : "a number",
                .given = to_string(assignment.value)});
  }
}

std::vector<std::string> model_names(const Network& network) {
  std::set<std::string> names;
  for (const auto& registered : {neuron_names(), synapse_names(), readout_names()}) {
    names.insert(registered.begin(), registered.end());
  }
  for (const Population& population : network.populations) names.insert(population.neuron.name);
  return {names.begin(), names.end()};
}

}  // namespace

std::vector<Problem> check_defaults(const DefaultParameters& defaults, const Network& network) {
  std::vector<Problem> problems;
  for (const auto& [name, assignments] : defaults) {
    const Report report(problems, "defaults \"" + name + '"', {});
    const Known known(name, network);
    if (!known.any()) {
      report.add({.kind = ProblemKind::unknown_name,
                  .message = "unknown model",
                  .hint = suggest(name, model_names(network)),
                  .given = name});
      continue;
    }
    for (const Assignment& assignment : assignments) {
      check_assignment(assignment, known, report.at('.' + assignment.name));
    }
  }
  return problems;
}

}  // namespace synfire::ir
