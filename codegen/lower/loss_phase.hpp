// SPDX-License-Identifier: Apache-2.0
// Lowers a loss and its derivative to the phase that evaluates them.
#pragma once

#include "adjoint/loss_derivative.hpp"
#include "lower/scope.hpp"

namespace synfire::codegen {

// Fills in the reductions, slopes and result of a phase whose arrays are set: after the last step, or, if it has a
// rest, in each step.
void lower_loss(LoweringContext& context, const DerivedLoss& loss, LossPhase& phase);

// The result of a loss per step: factor / steps · the sum over the neurons of what `values` accumulated.
void lower_step_loss(LoweringContext& context, double factor, LossPhase& phase);

}  // namespace synfire::codegen
