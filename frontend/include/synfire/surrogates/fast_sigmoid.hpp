// SPDX-License-Identifier: Apache-2.0
// The derivative of the fast sigmoid x / (1 + |slope·x|).
#pragma once

#include <vector>

#include "synfire/surrogate.hpp"

namespace synfire {

// 1 / (1 + slope·|x|)² (Zenke & Ganguli 2018): 1 at the threshold, with heavy tails, so distant neurons learn too.
// Default of this library and, with the same slope, of snnTorch.
struct FastSigmoid {
  Value slope = {};  // > 0; 25

  static SurrogateModel text() {
    return {
        .name = "fast_sigmoid",
        .parameters = {{.name = "slope", .value = 25.0, .min = 0, .exclusive_min = true}},
        .derivative = "1 / (1 + slope * abs(x))**2",
    };
  }
  static std::vector<Member<FastSigmoid>> members() { return {{"slope", &FastSigmoid::slope}}; }
};

}  // namespace synfire
