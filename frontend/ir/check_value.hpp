// SPDX-License-Identifier: Apache-2.0
// Checks of values against the requirements of their place.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "ir/report.hpp"
#include "synfire/model.hpp"
#include "synfire/optimizer.hpp"
#include "synfire/surrogate.hpp"

namespace synfire::ir {

// Requirements on a value.
struct Requirement {
  bool flag = false;
  bool weight = false;  // may be drawn by Xavier and Kaiming
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool exclusive_min = false;
  bool exclusive_max = false;
  std::vector<Extents> forms = {};  // allowed shapes of an array, the preferred one first; empty: unknown
  std::string array_hint = {};      // how the elements of an array are ordered
};

// Reports all problems of the value.
void check_value(const Value& value, const Requirement& requirement, const Report& report);

// Checks all parameters and initial values of a model, and the assignments that it could not make. `forms`: allowed
// shapes of arrays.
void check_values(const NeuronModel& model, const std::vector<Extents>& forms, const Report& report);
void check_values(const SynapseModel& model, const std::vector<Extents>& forms, const Report& report);
void check_values(const ReadoutModel& model, const std::vector<Extents>& forms, const Report& report);
// Losses, optimizers and surrogates have numbers and flags alone.
void check_values(const LossModel& model, const Report& report);
void check_values(const OptimizerModel& model, const Report& report);
void check_values(const SurrogateModel& model, const Report& report);

}  // namespace synfire::ir
