// SPDX-License-Identifier: Apache-2.0
// The derivative of the identity.
#pragma once

#include <vector>

#include "synfire/surrogate.hpp"

namespace synfire {

// 1 everywhere, as if the spike were x itself (Bengio et al. 2013).
struct StraightThrough {
  static SurrogateModel text() { return {.name = "straight_through", .derivative = "1"}; }
  static std::vector<Member<StraightThrough>> members() { return {}; }
};

}  // namespace synfire
