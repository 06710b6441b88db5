// SPDX-License-Identifier: Apache-2.0
// Checks whether the code of models can be differentiated.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "synfire/ir/parsed_model.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen {

using NameSet = std::set<std::string, std::less<>>;

// g = a − b of a threshold `a >= b`, `a > b`, `b <= a`, `b < a` or the negation of its opposite; null for any other
// condition.
language::Expression margin_of(const language::Expression& condition);

bool has_draw(const language::Expression& expression);

// Whether the value can jump while the names in `moving` change continuously: through a condition or a step function.
bool can_jump(const language::Expression& expression, const NameSet& moving);

// Whether training changes a parameter or an initial value of a model.
template <class Model>
bool has_trainable(const Model& model) {
  const auto trained = [](const Value& value) { return value.training().has_value(); };
  return std::any_of(model.parameters.begin(), model.parameters.end(),
                     [&](const Parameter& each) { return trained(each.value); }) ||
         std::any_of(model.state.begin(), model.state.end(),
                     [&](const StateVariable& each) { return trained(each.initial); });
}

// What on_step does to a state y of a readout, in continuous time.
struct StepForm {
  // y += e; y = max(y, e); y = min(y, e); y = e; something else.
  enum class Kind { sum, maximum, minimum, last, other } kind = Kind::other;
  language::Expression of = nullptr;  // e, free of the readout's states
};
// `own`: y; `after`: its value after the statements; `states`: all states of the readout.
StepForm form_of_step(const std::string& own, const language::Expression& after, const NameSet& states);

// Whether the readout depends only on the number of spikes.
bool only_counts(const ir::ParsedReadout& readout);

// Whether the readout's value is −t of the first spike.
bool reads_first_spike_time(const ReadoutModel& readout);

// Everything that prevents differentiating a program's steps of a population, by name, with a remedy. `is_surrogate`:
// for a surrogate gradient, which readouts that count spikes have too.
std::vector<Problem> check_steps(const ir::Network& network, std::size_t population, bool is_surrogate = false);

}  // namespace synfire::codegen
