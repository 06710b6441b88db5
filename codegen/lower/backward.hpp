// SPDX-License-Identifier: Apache-2.0
// The backward pass of one population, derived from its forward pass: the transpose of the step as computed, and at
// spikes the adjoints of their times, from the equations of the models.
#pragma once

#include "lower/lowered_step.hpp"

namespace synfire::codegen {

// Adds the backward phases, and to the body the stores of the forward values that they need.
void lower_backward(LoweredStep& step, const LearningRequest& request, LoweredPopulation& lowered);

}  // namespace synfire::codegen
