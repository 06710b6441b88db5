// SPDX-License-Identifier: Apache-2.0
// Models whose parameters and initial values are trained.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "synfire/models.hpp"

namespace synfire::testing {

enum class Trained { nothing, shared, by_neuron };

// One value for all neurons, or values near it, one for each.
inline Value trained_value(double value, Trained how) {
  if (how == Trained::shared || value == 0) return trainable(value);
  const double spread = 0.05 * std::abs(value);
  return trainable(Uniform{value - spread, value + spread});
}

template <class Model>
Model trained(Model model, Trained how) {
  if (how == Trained::nothing) return model;
  for (Parameter& parameter : model.parameters) {
    if (!parameter.value.is_number()) continue;
    if constexpr (std::same_as<Model, NeuronModel>) {
      if (model.refractory && model.refractory->period.find(parameter.name) != std::string::npos) continue;
    }
    parameter.value = trained_value(parameter.value.number(), how);
  }
  if constexpr (!std::same_as<Model, ReadoutModel>) {
    for (StateVariable& state : model.state) {
      if (state.initial.is_number()) state.initial = trained_value(state.initial.number(), how);
    }
  }
  return model;
}

}  // namespace synfire::testing
