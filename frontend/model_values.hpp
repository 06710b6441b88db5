// SPDX-License-Identifier: Apache-2.0
// Access to the values of parameters and the initial values of state variables of a model.
#pragma once

#include <string>
#include <vector>

#include "synfire/model.hpp"
#include "synfire/optimizer.hpp"
#include "synfire/surrogate.hpp"

namespace synfire {

// nullptr if the model has no such name. `Model` may be const.
template <class Model>
auto find_value(Model& model, const std::string& name) -> decltype(&model.parameters.front().value) {
  for (auto& parameter : model.parameters) {
    if (parameter.name == name) return &parameter.value;
  }
  if constexpr (requires { model.state; }) {
    for (auto& variable : model.state) {
      if (variable.name == name) return &variable.initial;
    }
  }
  return nullptr;
}

// Whether `value` may replace `present`: a flag stays a flag.
inline bool fits(const Value& present, const Value& value) {
  return !value.is_set() || present.is_flag() == value.is_flag();
}

// All names that values can be assigned to.
template <class Model>
std::vector<std::string> assignable_names(const Model& model) {
  std::vector<std::string> names;
  for (const Parameter& parameter : model.parameters) names.push_back(parameter.name);
  if constexpr (requires { model.state; }) {
    for (const StateVariable& variable : model.state) names.push_back(variable.name);
  }
  return names;
}

// Whether a model has only a name: the registry does not know it, and the user gave no definition.
inline bool is_unknown(const NeuronModel& model) { return model == NeuronModel{.name = model.name}; }
inline bool is_unknown(const SynapseModel& model) { return model == SynapseModel{.name = model.name}; }
inline bool is_unknown(const ReadoutModel& model) { return model == ReadoutModel{.name = model.name}; }
inline bool is_unknown(const LossModel& model) { return model == LossModel{.name = model.name}; }
inline bool is_unknown(const OptimizerModel& model) { return model == OptimizerModel{.name = model.name}; }
inline bool is_unknown(const SurrogateModel& model) { return model == SurrogateModel{.name = model.name}; }

}  // namespace synfire
