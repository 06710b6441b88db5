// SPDX-License-Identifier: Apache-2.0
// Finds the parts of a network that problems name in the text of a description.
#pragma once

#include <memory>
#include <string>

#include "files/json.hpp"
#include "places.hpp"
#include "synfire/network.hpp"

namespace synfire::files {

// `network` was built from the text `root`; `file`: its name in places.
std::shared_ptr<const Places> find_places(const ir::Network& network, const json::Node& root, const std::string& file);

}  // namespace synfire::files
