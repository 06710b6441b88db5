// SPDX-License-Identifier: Apache-2.0
// Turns a model passed to `Network::add` or `connect` into the one that the network stores.
#pragma once

#include <set>
#include <string>
#include <utility>

#include "model_values.hpp"
#include "synfire/network.hpp"
#include "synfire/registry.hpp"

namespace synfire {

// Replaces the name of an initializer with the initializer; unknown names stay, for `validate`.
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

// Explicit values, else the network's defaults, else those of the definition.
template <class Model>
Model settle(ModelChoice<Model> choice, const Model* (*find)(const std::string&), const DefaultParameters& defaults) {
  const Model* known = choice.model ? &*choice.model : find(choice.name);
  if (!known) return {.name = choice.name};
  Model model = known->with(std::move(choice.assignments));
  apply_defaults(model, defaults, {model.assigned.begin(), model.assigned.end()});
  model.assigned.clear();
  for (Parameter& parameter : model.parameters) resolve_name(parameter.value);
  if constexpr (requires { model.state; }) {
    for (StateVariable& variable : model.state) resolve_name(variable.initial);
  }
  return model;
}

}  // namespace synfire
