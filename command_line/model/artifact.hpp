// SPDX-License-Identifier: Apache-2.0
// What commands put into artifacts besides programs.
#pragma once

#include <vector>

#include "synfire/artifact_file.hpp"
#include "synfire/description.hpp"
#include "synfire/inference_compiler.hpp"

namespace synfire::command_line {

// What `run` and `evaluate` need: how data become inputs, what is carried over; and the description that says so too.
void add_preparations(ArtifactFile& file, const Network& network, const InferenceCompiler& compiler,
                      std::vector<InputPreparation> inputs);

}  // namespace synfire::command_line
