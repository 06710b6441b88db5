// SPDX-License-Identifier: Apache-2.0
// Loops over elements for processors whose lanes are elements: what compilers make vectors of is an innermost loop.
#pragma once

#include <string>

#include "text/body.hpp"

namespace synfire::codegen::text {

// `body` for each i from `begin` to `end` (printed expressions). Where it repeats something, the loop over elements goes
// inside: strips of elements keep in arrays what goes on from turn to turn. The results are the same, bit by bit.
void print_elements(const std::vector<Statement>& body, const std::string& begin, const std::string& end,
                    const BodyStyle& style, Writer& out);

}  // namespace synfire::codegen::text
