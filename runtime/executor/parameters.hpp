// SPDX-License-Identifier: Apache-2.0
// The contents of parameter buffers.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "synfire/contract/artifact.hpp"

namespace synfire::runtime {

// For each buffer of the manifest, its initial contents; empty for buffers that are not parameters. Throws DataError
// (malformed_file) with all problems if an artifact's parameters and its buffers do not match.
std::vector<std::span<const std::byte>> match_parameters(const contract::Artifact& artifact);

}  // namespace synfire::runtime
