// SPDX-License-Identifier: Apache-2.0
// Names of nodes, which are free text, as names of populations and connections.
#pragma once

#include <set>
#include <string>

namespace synfire::nir {

// The name with "_" for everything that names cannot have; with a number if it is taken. It is then taken.
std::string object_name(const std::string& name, std::set<std::string>& taken);

}  // namespace synfire::nir
