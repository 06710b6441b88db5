// SPDX-License-Identifier: Apache-2.0
// Finds the parts of a network that problems name in the text of a description.
#pragma once

#include <memory>

#include "files/source.hpp"
#include "places.hpp"
#include "synfire/network.hpp"

namespace synfire::files {

// `network` was built from the text `root`.
std::shared_ptr<const Places> find_places(const ir::Network& network, const json::Node& root, const Source& source);

}  // namespace synfire::files
