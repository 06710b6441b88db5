// SPDX-License-Identifier: Apache-2.0
// What commands store in artifacts besides programs.
#pragma once

#include <vector>

#include "synfire/artifact_file.hpp"
#include "synfire/description.hpp"
#include "synfire/inference_compiler.hpp"

namespace synfire::command_line {

// Adds what `run` and `evaluate` need: the preparation of inputs and the carry-over, as notes and in the description.
void add_preparations(ArtifactFile& file, const Network& network, const InferenceCompiler& compiler,
                      std::vector<InputPreparation> inputs);

}  // namespace synfire::command_line
