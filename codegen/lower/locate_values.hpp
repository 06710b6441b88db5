// SPDX-License-Identifier: Apache-2.0
// Values that are not finite are found where they begin.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lower/scope.hpp"

namespace synfire::codegen {

// A phase that notes the first value of each array that is not finite.
Phase locate_values(LoweringContext& context, const std::string& label, std::uint32_t count,
                    const std::vector<std::pair<contract::LocatedVariable, ArrayId>>& variables);

}  // namespace synfire::codegen
