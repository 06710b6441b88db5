// SPDX-License-Identifier: Apache-2.0
#include "ir/check_value.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model_values.hpp"
#include "synfire/base/single.hpp"
#include "synfire/registry.hpp"

namespace synfire::ir {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
using base::is_single;
using base::single_range;

std::string print(double number) { return to_string(Value(number)); }

std::string range(const Requirement& requirement) {
  const std::string low = (requirement.exclusive_min ? "> " : "≥ ") + print(requirement.min);
  const std::string high = (requirement.exclusive_max ? "< " : "≤ ") + print(requirement.max);
  if (requirement.min == -infinity) return requirement.max == infinity ? "a finite number" : high;
  return requirement.max == infinity ? low : low + " and " + high;
}

const char* what_is_wrong(double number) {
  if (!std::isfinite(number)) return "not finite";
  return is_single(number) ? "out of range" : "out of range in single precision";
}

bool inside(double number, const Requirement& requirement) {
  const bool above = requirement.exclusive_min ? number > requirement.min : number >= requirement.min;
  // Below the bound in single precision too.
  const bool below =
      requirement.exclusive_max ? static_cast<float>(number) < requirement.max : number <= requirement.max;
  return is_single(number) && above && below;
}

void check_number(double number, const Requirement& requirement, const Report& report) {
  if (inside(number, requirement)) return;
  report.add({.kind = ProblemKind::invalid_value,
              .message = std::string("the value is ") + what_is_wrong(number),
              .expected = std::isfinite(number) && !is_single(number) ? single_range : range(requirement),
              .given = print(number)});
}

void check_form(const Tensor<float>& array, const Requirement& requirement, const Report& report) {
  const auto& forms = requirement.forms;
  if (forms.empty() || std::find(forms.begin(), forms.end(), array.shape()) != forms.end()) return;
  report.add({.kind = ProblemKind::shape_mismatch,
              .message = "the array has the wrong shape",
              .hint = requirement.array_hint,
              .expected = synfire::to_string(forms.front()),
              .given = synfire::to_string(array.shape())});
}

void check_array(const Tensor<float>& array, const Requirement& requirement, const Report& report) {
  check_form(array, requirement, report);
  const auto wrong = std::find_if(array.begin(), array.end(), [&](float each) { return !inside(each, requirement); });
  if (wrong == array.end()) return;
  // One report per array: a wrong unit would make thousands.
  check_number(*wrong, requirement, report.at('[' + std::to_string(wrong - array.begin()) + ']'));
}

// Reports a number of an initializer that is not finite or not ≥ `least`.
void check_argument(const char* name, double number, double least, const Report& report) {
  if (is_single(number) && number >= least) return;
  report.add({.kind = ProblemKind::invalid_value,
              .message = std::string("the ") + name + " of the initializer is " + what_is_wrong(number),
              .expected = std::isfinite(number) && !is_single(number) ? single_range
                          : least == -infinity                        ? "a finite number"
                                                                      : "≥ " + print(least),
              .given = print(number)});
}

struct CheckInitializer {
  const Requirement& requirement;
  const Report& report;

  void operator()(const Constant& constant) const { check_number(constant.value, requirement, report); }
  void operator()(const Normal& normal) const {
    check_argument("mean", normal.mean, -infinity, report);
    check_argument("sd", normal.sd, 0.0, report);
    // Infinite bounds mean unbounded.
    const std::size_t before = report.count();
    if (normal.min != -infinity) check_argument("min", normal.min, -infinity, report);
    if (normal.max != infinity) check_argument("max", normal.max, -infinity, report);
    if (report.count() == before) check_bounds(normal);
  }
  void operator()(const Uniform& uniform) const {
    const std::size_t before = report.count();
    check_argument("min", uniform.min, -infinity, report);
    check_argument("max", uniform.max, -infinity, report);
    if (report.count() == before) check_bounds(uniform);
  }
  void operator()(const Xavier& xavier) const { check_for_weights("Xavier", xavier.gain); }
  void operator()(const Kaiming& kaiming) const { check_for_weights("Kaiming", kaiming.gain); }

  // Draws may be equal to a bound.
  template <class Bounded>
  void check_bounds(const Bounded& initializer) const {
    const auto [min, max] = std::pair(initializer.min, initializer.max);
    if (min > max) {
      report.add({.kind = ProblemKind::invalid_value,
                  .message = "the min of the initializer is greater than its max",
                  .given = to_string(Value(initializer))});
      return;
    }
    if (min != -infinity) check_number(min, requirement, report);
    if (max != infinity && max != min) check_number(max, requirement, report);
  }

  void check_for_weights(const char* name, double gain) const {
    check_argument("gain", gain, 0.0, report);
    if (requirement.weight) return;
    report.add({.kind = ProblemKind::invalid_option,
                .message = std::string(name) + " is for weights only",
                .hint = "use normal or uniform"});
  }
};

void check_constraints(const Trainable& how, const Report& report) {
  const auto check = [&](const char* name, double number, bool right, const char* expected) {
    if (right && is_single(number)) return;
    report.add({.kind = ProblemKind::invalid_value,
                .message = std::string("the ") + name + " of the trainable value is out of range",
                .expected = expected,
                .given = print(number)});
  };
  if (how.l1) check("strength l1", *how.l1, *how.l1 >= 0, "finite and ≥ 0");
  if (how.l2) check("strength l2", *how.l2, *how.l2 >= 0, "finite and ≥ 0");
  if (how.max_norm) check("max_norm", *how.max_norm, *how.max_norm > 0, "finite and > 0");
  check("noise", how.noise, how.noise >= 0, "finite and ≥ 0");
  const bool shrinks = how.sign == WeightSign::keep || how.keep_zeros || how.max_norm;
  if (!shrinks || (how.min <= 0 && how.max >= 0)) return;
  report.add({.kind = ProblemKind::invalid_value,
              .message = "the bounds of the trainable value exclude 0, which sign, keep_zeros and max_norm need",
              .expected = "min ≤ 0 ≤ max",
              .given = "min " + print(how.min) + ", max " + print(how.max)});
}

void check_training(const Value& value, const Report& report) {
  if (!value.training()) return;
  if (value.is_flag()) {
    report.add({.kind = ProblemKind::invalid_option, .message = "a flag cannot be trainable"});
    return;
  }
  const Trainable& how = *value.training();
  for (const auto& [name, bound] : {std::pair("min", how.min), std::pair("max", how.max)}) {
    if (std::isnan(bound) || std::isinf(bound) || is_single(bound)) continue;
    report.add({.kind = ProblemKind::invalid_value,
                .message = std::string("the ") + name + " of the trainable value is out of range in single precision",
                .expected = single_range,
                .given = print(bound)});
  }
  if (!(how.min <= how.max)) {
    report.add({.kind = ProblemKind::invalid_value,
                .message = "the bounds of the trainable value are not in order",
                .expected = "min ≤ max",
                .given = "min " + print(how.min) + ", max " + print(how.max)});
  }
  if (how.learning_rate && !(is_single(*how.learning_rate) && *how.learning_rate > 0)) {
    report.add(
        {.kind = ProblemKind::invalid_value,
         .message = std::string("the learning rate of the trainable value is ") + what_is_wrong(*how.learning_rate),
         .hint = "to keep a value fixed, omit trainable, or for weights use frozen",
         .expected = "> 0",
         .given = print(*how.learning_rate)});
  }
  check_constraints(how, report);
}

void check_kind(const Value& value, bool flag, const Report& report) {
  if (!value.is_set()) {
    report.add({.kind = ProblemKind::invalid_value, .message = "the value is missing, and has no default"});
  } else if (value.is_flag() != flag) {
    report.add({.kind = ProblemKind::invalid_value,
                .message = flag ? "the value must be a flag" : "the value must be a number, an initializer or an array",
                .expected = flag ? "true or false" : "a number",
                .given = to_string(value)});
  } else if (value.is_name()) {
    report.add({.kind = ProblemKind::unknown_name,
                .message = "unknown initializer \"" + value.name() + '"',
                .hint = suggest(value.name(), initializer_names()),
                .given = value.name()});
  }
}

template <class Model>
void check_surplus(const Model& model, const Report& report) {
  for (const Assignment& assignment : model.surplus) {
    const Report place = report.at('.' + assignment.name);
    if (const Value* present = find_value(model, assignment.name)) {
      check_kind(assignment.value, present->is_flag(), place);
    } else {
      place.add({.kind = ProblemKind::unknown_name,
                 .message = "unknown parameter or state variable",
                 .hint = suggest(assignment.name, assignable_names(model)),
                 .given = assignment.name});
    }
  }
}

template <class Model>
void check_all(const Model& model, const std::vector<Extents>& forms, const Report& report) {
  const std::string order = "use an array with one element per neuron";
  for (const Parameter& parameter : model.parameters) {
    const Requirement requirement{.flag = parameter.value.is_flag(),
                                  .min = parameter.min,
                                  .max = parameter.max,
                                  .exclusive_min = parameter.exclusive_min,
                                  .exclusive_max = parameter.exclusive_max,
                                  .forms = forms,
                                  .array_hint = order};
    check_value(parameter.value, requirement, report.at('.' + parameter.name));
  }
  if constexpr (requires { model.state; }) {
    for (const StateVariable& variable : model.state)
      check_value(variable.initial, {.forms = forms, .array_hint = order}, report.at('.' + variable.name));
  }
  check_surplus(model, report);
}

// For models that have no elements.
template <class Model>
void check_numbers(const Model& model, const char* message, const Report& report) {
  for (const std::string& name : assignable_names(model)) {
    const Value& value = *find_value(model, name);
    if (!value.is_array() && !value.is_initializer() && !value.training() && !value.is_frozen()) continue;
    report.at('.' + name)
        .add({.kind = ProblemKind::invalid_value,
              .message = message,
              .expected = "a number",
              .given = to_string(value)});
  }
}

}  // namespace

void check_value(const Value& value, const Requirement& requirement, const Report& report) {
  check_kind(value, requirement.flag, report);
  if (value.is_number()) check_number(value.number(), requirement, report);
  if (value.is_array()) check_array(value.array(), requirement, report);
  if (value.is_initializer()) std::visit(CheckInitializer{requirement, report}, value.initializer());
  check_training(value, report);
}

void check_values(const NeuronModel& model, const std::vector<Extents>& forms, const Report& report) {
  check_all(model, forms, report);
}
void check_values(const SynapseModel& model, const std::vector<Extents>& forms, const Report& report) {
  check_all(model, forms, report);
}
void check_values(const ReadoutModel& model, const std::vector<Extents>& forms, const Report& report) {
  check_all(model, forms, report);
}
void check_values(const LossModel& model, const Report& report) {
  check_all(model, {}, report);
  check_numbers(model, "a parameter of a loss is a number or a flag", report);
}
void check_values(const OptimizerModel& model, const Report& report) {
  check_all(model, {}, report);
  check_numbers(model, "a value of an optimizer is one number for all elements", report);
}

void check_values(const SurrogateModel& model, const Report& report) {
  check_all(model, {}, report);
  check_numbers(model, "a parameter of a surrogate is a number or a flag", report);
}

}  // namespace synfire::ir
