// SPDX-License-Identifier: Apache-2.0
// Whether a value is one that its place allows.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "ir/report.hpp"
#include "synfire/model.hpp"

namespace synfire::ir {

// What a place asks of its value.
struct Requirement {
  bool flag = false;
  bool weight = false;  // may be drawn by Xavier and Kaiming
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool exclusive_min = false;
  std::vector<Extents> forms = {};  // shapes that an array may have, the preferred one first; empty: not known
  std::string array_hint = {};      // how the elements of an array are ordered
};

// Reports everything that is wrong with the value.
void check_value(const Value& value, const Requirement& requirement, const Report& report);

// Checks all parameters and initial values of a model, and what could not be assigned to it. `forms`: of
// arrays.
void check_values(const NeuronModel& model, const std::vector<Extents>& forms, const Report& report);
void check_values(const SynapseModel& model, const std::vector<Extents>& forms, const Report& report);
void check_values(const ReadoutModel& model, const std::vector<Extents>& forms, const Report& report);

}  // namespace synfire::ir
