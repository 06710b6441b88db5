// SPDX-License-Identifier: Apache-2.0
// From what an EventPropCompiler is told to what the code generator is.
#pragma once

#include "synfire/codegen/training.hpp"
#include "synfire/event_prop_compiler.hpp"

namespace synfire {

// Throws ModelError with everything that is wrong with losses, optimizer and slots.
codegen::TrainingOptions training_options(const EventPropCompiler& compiler, const Network& network);

codegen::CompileOptions compile_options(const EventPropCompiler& compiler);

}  // namespace synfire
