// SPDX-License-Identifier: Apache-2.0
// A triangle around the threshold.
#pragma once

#include <vector>

#include "synfire/surrogate.hpp"

namespace synfire {

// scale · max(0, 1 − |x|/width) (Esser et al. 2016). A scale below 1 dampens gradients that pass many steps (Bellec et
// al. 2018, with width = v_thresh and a scale of 0.3).
struct Triangle {
  Value width = {};  // > 0; 1: from the threshold to either end
  Value scale = {};  // > 0; 1: at the threshold

  static SurrogateModel text() {
    return {
        .name = "triangle",
        .parameters = {{.name = "width", .value = 1.0, .min = 0, .exclusive_min = true},
                       {.name = "scale", .value = 1.0, .min = 0, .exclusive_min = true}},
        .derivative = "scale * max(0, 1 - abs(x) / width)",
        .support = "width",
    };
  }
  static std::vector<Member<Triangle>> members() { return {{"width", &Triangle::width}, {"scale", &Triangle::scale}}; }
};

}  // namespace synfire
