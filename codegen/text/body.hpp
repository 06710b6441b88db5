// SPDX-License-Identifier: Apache-2.0
// Prints the bodies of phases as C++: statements are the same on every backend, except for how an element spikes.
#pragma once

#include <functional>

#include "text/expression.hpp"
#include "text/writer.hpp"

namespace synfire::codegen::text {

struct BodyStyle : ExpressionStyle {
  std::function<void(const Emit&, Writer&)> emit;
  const Program* program = nullptr;
};

// `for (…) {` of a repetition.
std::string repetition(const Repeat& repeat);

void print_body(const std::vector<Statement>& body, const BodyStyle& style, Writer& out);

// The element type of a buffer in generated source.
std::string element_type(contract::ElementType type);

}  // namespace synfire::codegen::text
