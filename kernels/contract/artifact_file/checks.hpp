// SPDX-License-Identifier: Apache-2.0
// Whether programs are consistent: what a manifest says is what native code and the runtime believe. A damaged or
// hand-made manifest is found here, before anything is allocated or launched by it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "synfire/contract/artifact.hpp"
#include "synfire/error.hpp"

namespace synfire::artifact {

// The problems (malformed_file) of a manifest for the device `target`: numbers out of range, sizes that overflow, names
// that are there twice or refer to nothing, buffers of a wrong type or shape. `path` begins theirs.
std::vector<Problem> check_manifest(const contract::Manifest& manifest, const std::string& target,
                                    const std::string& path);

// The problems of the parameters of a manifest that check_manifest found to be sound: sizes that are not those of the
// buffers, and synapses that lead out of them.
std::vector<Problem> check_parameters(const contract::Artifact& program, const std::string& path);

// The problems of what the binaries of a program are for: pairs of target and architecture.
std::vector<Problem> check_binaries(const std::vector<std::pair<std::string, std::string>>& binaries,
                                    const std::string& path);

// All of that.
std::vector<Problem> check_program(const contract::Artifact& program, const std::string& path);

}  // namespace synfire::artifact
