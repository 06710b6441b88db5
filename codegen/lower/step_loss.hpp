// SPDX-License-Identifier: Apache-2.0
// A loss per step that adds up neurons: factor · element, of the output variable and its target, averaged over the
// steps.
#pragma once

#include "lower/lowered_step.hpp"

namespace synfire::codegen {

// The number of steps of the example, as f32.
Expr step_count();

// The index of the neuron's state that a loss per step reads.
std::size_t output_state(const LoweredStep& step);

// The weight of the loss of the example, or of a step; 1 in launches without weights.
Expr loss_weight(ArrayId weights, const Expr& index);

// What a loss per step adds for one neuron in one step, without its weight. `targets`: steps × neurons.
Expr lower_step_element(LoweringContext& context, const language::Expression& element, const std::string& path,
                        std::uint32_t count, const std::optional<ArrayId>& targets, const Expr& x, Body& out);

// Adds to a sum over the steps what rounding has not lost of it so far: Kahan's summation.
void add_to_sum(const Expr& value, ArrayId sum, ArrayId rest, const Expr& index, Body& out);

struct StepLoss {
  const LoweredStep& step;
  const LearningRequest& request;
  Body& out;

  // The loss of this step with x minus that with y.
  Expr difference(const Expr& x, const Expr& y) const;
  Expr derivative(const Expr& x) const;

 private:
  Expr lower(const language::Expression& expression, const Expr& x) const;
  // What a value of this step contributes to the weighted mean over the steps.
  Expr mean_part(const Expr& value) const;
};

}  // namespace synfire::codegen
