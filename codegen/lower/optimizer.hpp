// SPDX-License-Identifier: Apache-2.0
// Lowers the text of an optimizer to the update of one element.
#pragma once

#include "lower/scope.hpp"
#include "synfire/codegen/program.hpp"
#include "synfire/codegen/training.hpp"

namespace synfire::codegen {

// Throws ModelError if too many parts of the text depend on `step`.
OptimizerUpdate lower_optimizer(LoweringContext& context, const TrainingOptions& training);

}  // namespace synfire::codegen
