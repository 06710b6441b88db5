// SPDX-License-Identifier: Apache-2.0
// Turns the options of a compiler into those of the code generator.
#pragma once

#include <optional>

#include "synfire/codegen/training.hpp"
#include "synfire/training_compiler.hpp"

namespace synfire {

// Throws ModelError with every problem of the losses, the optimizer, the surrogates and the gradient slots.
codegen::TrainingOptions training_options(const TrainingCompiler& compiler, const Network& network);

// A warning if training changes nothing, whatever the data.
std::optional<Problem> standstill(const TrainingCompiler& compiler, const ir::Network& network,
                                  const codegen::TrainingOptions& options);

// A warning for each connection whose synapses share a single weight that is trained, unless it says `trainable`.
std::vector<Problem> shared_weights(const ir::Network& network);

codegen::CompileOptions compile_options(const TrainingCompiler& compiler);

}  // namespace synfire
