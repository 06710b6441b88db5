// SPDX-License-Identifier: Apache-2.0
// Objects that were moved from: using one is an error, not a crash.
#pragma once

#include <string>

#include "synfire/error.hpp"

namespace synfire::base {

// What the pointer of the object points to. Throws ModelError (invalid_option) if it is null.
template <class Pointer>
auto& live(const Pointer& content, const char* type) {
  if (content) return *content;
  throw ModelError({.kind = ProblemKind::invalid_option,
                    .path = type,
                    .message = "the object was moved from and is empty",
                    .hint = "use the object that it was moved to"});
}

}  // namespace synfire::base
