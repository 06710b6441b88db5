// SPDX-License-Identifier: Apache-2.0
// Loops over elements for SIMD processors: compilers vectorize innermost loops.
#pragma once

#include <string>

#include "text/body.hpp"

namespace synfire::codegen::text {

// `body` for each i from `begin` to `end` (printed expressions). If it has repetitions, the loop over elements moves
// inside them: strips of elements keep values between iterations in arrays. Results are the same, bit for bit.
void print_elements(const std::vector<Statement>& body, const std::string& begin, const std::string& end,
                    const BodyStyle& style, Writer& out);

}  // namespace synfire::codegen::text
