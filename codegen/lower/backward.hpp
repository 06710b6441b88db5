// SPDX-License-Identifier: Apache-2.0
// The backward pass of one population, derived from its forward pass: the transpose of the step as it is computed, and at
// spikes the adjoint of their times, from the equations of the models.
#pragma once

#include "lower/lowered_step.hpp"

namespace synfire::codegen {

// Adds the backward phases, and to the body what the forward pass has to keep for them.
void lower_backward(LoweredStep& step, const LearningRequest& request, LoweredPopulation& lowered);

}  // namespace synfire::codegen
