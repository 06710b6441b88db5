// SPDX-License-Identifier: Apache-2.0
// Where the text of a description has the parts of a network that problems name.
#pragma once

#include <memory>
#include <string>

#include "files/json.hpp"
#include "places.hpp"
#include "synfire/network.hpp"

namespace synfire::files {

// `network` was built from the text `root`; `file`: how places call it.
std::shared_ptr<const Places> find_places(const ir::Network& network, const json::Node& root, const std::string& file);

}  // namespace synfire::files
