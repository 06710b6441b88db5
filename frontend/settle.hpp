// SPDX-License-Identifier: Apache-2.0
// From a model as `Network::add` and `connect` take it to the one that a network keeps.
#pragma once

#include <set>
#include <string>
#include <utility>

#include "model_values.hpp"
#include "synfire/network.hpp"
#include "synfire/registry.hpp"

namespace synfire {

// Puts the initializers that names stand for in their place; unknown names stay, for `validate`.
inline void resolve_name(Value& value) {
  if (!value.is_name()) return;
  if (const Initializer* known = find_initializer(value.name())) value = value.with_content(*known);
}

template <class Model>
void apply_defaults(Model& model, const DefaultParameters& defaults, const std::set<std::string>& given) {
  const auto found = defaults.find(model.name);
  if (found == defaults.end()) return;
  for (const Assignment& assignment : found->second) {
    Value* place = find_value(model, assignment.name);
    if (place && fits(*place, assignment.value) && assignment.value.is_set() && !given.contains(assignment.name)) {
      *place = assignment.value;
    }
  }
}

// What was given, else the network's default, else the model's text.
template <class Model>
Model settle(ModelChoice<Model> choice, const Model* (*find)(const std::string&), const DefaultParameters& defaults) {
  const Model* known = choice.model ? &*choice.model : find(choice.name);
  if (!known) return {.name = choice.name};
  Model model = known->with(std::move(choice.assignments));
  apply_defaults(model, defaults, {model.assigned.begin(), model.assigned.end()});
  model.assigned.clear();
  for (Parameter& parameter : model.parameters) resolve_name(parameter.value);
  for (StateVariable& variable : model.state) resolve_name(variable.initial);
  return model;
}

}  // namespace synfire
