// SPDX-License-Identifier: Apache-2.0
// From what an EventPropCompiler is told to what the code generator is.
#pragma once

#include <optional>

#include "synfire/codegen/training.hpp"
#include "synfire/event_prop_compiler.hpp"

namespace synfire {

// Throws ModelError with everything that is wrong with losses, optimizer and slots.
codegen::TrainingOptions training_options(const EventPropCompiler& compiler, const Network& network);

// A warning where training changes nothing, whatever the data are.
std::optional<Problem> standstill(const EventPropCompiler& compiler, const ir::Network& network,
                                  const codegen::TrainingOptions& options);

codegen::CompileOptions compile_options(const EventPropCompiler& compiler);

}  // namespace synfire
