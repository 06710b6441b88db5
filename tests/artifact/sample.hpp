// SPDX-License-Identifier: Apache-2.0
// Artifact files of the golden networks. Their programs are real; their binaries are placeholder texts.
#pragma once

#include <string>

#include "synfire/artifact_file.hpp"
#include "synfire/codegen/options.hpp"

namespace synfire::test {

// Two programs: for "host" (x86-64-v2, x86-64-v3) and for "cuda" (sm_90, compute_90). The tensor "weights" equals the
// first float parameter, if any.
ArtifactFile sample_file(const std::string& network, codegen::Schedule schedule = codegen::Schedule::trial);

}  // namespace synfire::test
