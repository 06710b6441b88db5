// SPDX-License-Identifier: Apache-2.0
// The loss of every step: half the mean of the squared error over the steps.
#pragma once

#include "lower/lowered_step.hpp"

namespace synfire::codegen {

struct StepLoss {
  const LoweredStep& step;
  ArrayId targets;  // steps × neurons

  // Which of the neuron's states it reads.
  std::size_t output_state() const;
  Expr error(const Expr& x) const;
  // What it adds in this step with x rather than y.
  Expr difference(const Expr& x, const Expr& y) const;
  Expr derivative(const Expr& x) const;
};

}  // namespace synfire::codegen
