// SPDX-License-Identifier: Apache-2.0
// Shared by the compilation of inference and training programs.
#pragma once

#include <string>
#include <vector>

#include "synfire/codegen/compile.hpp"

namespace synfire::codegen {

// Throws ModelError with all errors among `problems`; warnings go to `warnings` if given.
void require_none(std::vector<Problem> problems, std::vector<Problem>* warnings);

// Builds the binary of an artifact from its source.
void build_binary(contract::Artifact& artifact, const std::string& backend, const BuildOptions& build,
                  const StagePrinter& print);

}  // namespace synfire::codegen
