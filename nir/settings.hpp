// SPDX-License-Identifier: Apache-2.0
// The choices that a file leaves open.
#pragma once

#include <string>
#include <vector>

#include "synfire/nir.hpp"

namespace synfire::nir {

// By options, else by the metadata, else by default; a sentence for each is added to `choices`. Throws DataError.
Settings choose_settings(const Graph& graph, const ImportOptions& options, std::vector<std::string>& choices);

// The reset of one node, whose metadata may differ from the graph's.
Reset reset_of(const Graph& graph, const Node& node, const ImportOptions& options, const Settings& settings);

// Whether a node of type I or IF adds R x per step, rather than dt R x. Throws DataError if its R leaves that open.
bool adds_per_step(const Graph& graph, const Node& node, const Settings& settings);

}  // namespace synfire::nir
