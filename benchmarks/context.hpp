// SPDX-License-Identifier: Apache-2.0
// What a figure depends on beside the code: machine, compilers, driver, clocks, load, command.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "options.hpp"

namespace synfire::benchmarks {

// Names and values, for people and for JSON. What this machine does not tell is left out.
std::vector<std::pair<std::string, std::string>> describe_context(const Options& options);

}  // namespace synfire::benchmarks
