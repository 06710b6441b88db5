// SPDX-License-Identifier: Apache-2.0
// A loss per step: factor · element, of the output variable and its target, averaged over the steps.
#pragma once

#include "lower/lowered_step.hpp"

namespace synfire::codegen {

// What a loss per step adds for one neuron in one step. `targets`: steps × neurons.
Expr lower_step_element(LoweringContext& context, const language::Expression& element, const std::string& path,
                        std::uint32_t count, const std::optional<ArrayId>& targets, const Expr& x, Body& out);

struct StepLoss {
  const LoweredStep& step;
  const LearningRequest& request;
  Body& out;

  // The index of the neuron's state that it reads.
  std::size_t output_state() const;
  // The loss of this step with x minus that with y.
  Expr difference(const Expr& x, const Expr& y) const;
  Expr derivative(const Expr& x) const;

 private:
  Expr lower(const language::Expression& expression, const Expr& x) const;
};

}  // namespace synfire::codegen
