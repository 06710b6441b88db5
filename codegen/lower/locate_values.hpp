// SPDX-License-Identifier: Apache-2.0
// Locates where values first become non-finite.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lower/scope.hpp"

namespace synfire::codegen {

// A phase that records the first non-finite value of each array.
Phase locate_values(LoweringContext& context, const std::string& label, std::uint32_t count,
                    const std::vector<std::pair<contract::LocatedVariable, ArrayId>>& variables);

}  // namespace synfire::codegen
