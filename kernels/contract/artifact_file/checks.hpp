// SPDX-License-Identifier: Apache-2.0
// Consistency checks of programs. Native code and the runtime trust the manifest, so a damaged or hand-made one is
// rejected here, before anything is allocated or launched.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/error.hpp"

namespace synfire::artifact {

// The problems (malformed_file) of a manifest for the device `target`: numbers out of range, sizes that overflow,
// duplicate or unknown names, buffers of the wrong type or shape. Their paths begin with `path`.
std::vector<Problem> check_manifest(const contract::Manifest& manifest, const std::string& target,
                                    const std::string& path);

// The problems of the parameters of a manifest that passed check_manifest: sizes that do not match the buffers, and
// synapses out of their bounds.
std::vector<Problem> check_parameters(const contract::Artifact& program, const std::string& path);

// The problems of the binaries of a program, given as pairs of target and architecture.
std::vector<Problem> check_binaries(const std::vector<std::pair<std::string, std::string>>& binaries,
                                    const std::string& path);

// All of these.
std::vector<Problem> check_program(const contract::Artifact& program, const std::string& path);

}  // namespace synfire::artifact
