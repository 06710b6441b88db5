// SPDX-License-Identifier: Apache-2.0
#include "synfire/model.hpp"

#include "model_values.hpp"

namespace synfire {
namespace {

template <class Model>
Model with_assignments(Model model, std::vector<Assignment> assignments) {
  for (Assignment& assignment : assignments) {
    Value* place = find_value(model, assignment.name);
    if (!place || !fits(*place, assignment.value)) {
      model.surplus.push_back(std::move(assignment));
    } else if (assignment.value.is_set()) {
      *place = std::move(assignment.value);
      model.assigned.push_back(std::move(assignment.name));
    }
  }
  return model;
}

}  // namespace

std::string_view to_string(Integrator integrator) {
  switch (integrator) {
    case Integrator::automatic: return "automatic";
    case Integrator::exact: return "exact";
    case Integrator::exponential_euler: return "exponential_euler";
    case Integrator::euler: return "euler";
    case Integrator::rk4: return "rk4";
  }
  return "unknown";
}

std::string_view to_string(Targets targets) {
  switch (targets) {
    case Targets::none: return "none";
    case Targets::label: return "label";
    case Targets::values: return "values";
  }
  return "unknown";
}

NeuronModel NeuronModel::with(std::vector<Assignment> assignments) const {
  return with_assignments(*this, std::move(assignments));
}

SynapseModel SynapseModel::with(std::vector<Assignment> assignments) const {
  return with_assignments(*this, std::move(assignments));
}

ReadoutModel ReadoutModel::with(std::vector<Assignment> assignments) const {
  return with_assignments(*this, std::move(assignments));
}

LossModel LossModel::with(std::vector<Assignment> assignments) const {
  return with_assignments(*this, std::move(assignments));
}

OptimizerModel OptimizerModel::with(std::vector<Assignment> assignments) const {
  return with_assignments(*this, std::move(assignments));
}

SurrogateModel SurrogateModel::with(std::vector<Assignment> assignments) const {
  return with_assignments(*this, std::move(assignments));
}

}  // namespace synfire
