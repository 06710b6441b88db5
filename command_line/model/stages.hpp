// SPDX-License-Identifier: Apache-2.0
// A program at each stage of its compilation.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "synfire/inference_compiler.hpp"
#include "synfire/training_compiler.hpp"

namespace synfire::command_line {

using Stages = std::vector<std::pair<std::string, std::string>>;  // name, text; in order

struct GeneratedProgram {
  contract::Artifact artifact;  // with only the source
  Stages stages;                // without passes that changed nothing
};

// Compiles up to the source: no compiler is needed. Throws like the compiler's generate().
GeneratedProgram generate(const InferenceCompiler& compiler, const Network& network, const std::string& device);
GeneratedProgram generate(const TrainingCompiler& compiler, const Network& network, const std::string& device);

}  // namespace synfire::command_line
