// SPDX-License-Identifier: Apache-2.0
// The contents of parameter buffers.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "synfire/contract/artifact.hpp"

namespace synfire::runtime {

// For each buffer of the manifest the bytes that it starts with; empty for those that are no parameters.
// Throws DataError (malformed_file) with all problems when an artifact's parameters and its buffers do not
// correspond.
std::vector<std::span<const std::byte>> match_parameters(const contract::Artifact& artifact);

}  // namespace synfire::runtime
