// SPDX-License-Identifier: Apache-2.0
// The derivative of a loss with respect to the readout of each neuron, from its text: reverse mode over the reductions,
// symbolic differentiation within their arguments.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "synfire/codegen/losses.hpp"

namespace synfire::codegen {

// One number from a value per neuron.
struct LossReduction {
  enum class Kind {
    sum,      // from 0, in the order of the neurons
    largest,  // from the lowest finite float
    first,    // index of the first neuron that meets a condition
    at,       // the value of one neuron
  };
  Kind kind = Kind::sum;
  std::string name;              // by which what follows refers to it
  language::Expression element;  // of neuron k
  std::string index = {};        // of `at`: `label`, a number, or the name of a `first`
};

// Expressions over v, y, k, label, duration, the reductions before them, `k is INDEX`: whether this is that neuron, and
// `silent NAME`: whether that value is below silent_below.
struct DerivedLoss {
  std::vector<LossReduction> reductions;
  language::Expression loss;
  std::vector<LossReduction> of_derivative;  // what it needs in addition
  language::Expression derivative;           // of the loss, with respect to v of neuron k
};

// `spike_times`: the readout may be that of a silent neuron. Throws ModelError for an index that is not a neuron.
DerivedLoss derive(const Loss& loss, std::uint32_t neurons, double dt, bool spike_times);

// Of a loss per step, with respect to v, in one step.
language::Expression step_derivative(const StepText& text);

// INDEX of `k is INDEX`, NAME of `silent NAME`; empty for other names.
std::string index_of_condition(const std::string& name);
std::string name_of_silent(const std::string& name);

}  // namespace synfire::codegen
