// SPDX-License-Identifier: Apache-2.0
// Replaces values in the tree of a description (synfire::Override).
#pragma once

#include <vector>

#include "files/document.hpp"
#include "files/json.hpp"
#include "synfire/description.hpp"

namespace synfire::files {

// Applies the overrides in order to `root`, which `network` and `models` were read from. The new values have the
// origins 1, 2, … . Throws DataError with all paths that lead nowhere, and all values that are neither JSON nor names.
void apply_overrides(const std::vector<Override>& overrides, const Network& network,
                     const std::vector<ModelEntry>& models, json::Node& root);

// The places of the values of overrides.
std::vector<Place> places_of(const std::vector<Override>& overrides);

}  // namespace synfire::files
