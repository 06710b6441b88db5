// SPDX-License-Identifier: Apache-2.0
// The per-step loss: half the squared error, averaged over the steps.
#pragma once

#include "lower/lowered_step.hpp"

namespace synfire::codegen {

struct StepLoss {
  const LoweredStep& step;
  ArrayId targets;  // steps × neurons

  // The index of the neuron's state that it reads.
  std::size_t output_state() const;
  Expr error(const Expr& x) const;
  // The loss of this step with x minus that with y.
  Expr difference(const Expr& x, const Expr& y) const;
  Expr derivative(const Expr& x) const;
};

}  // namespace synfire::codegen
