// SPDX-License-Identifier: Apache-2.0
// A normal density around the threshold.
#pragma once

#include <vector>

#include "synfire/surrogate.hpp"

namespace synfire {

// exp(−x² / (2·sigma²)) / (sigma·√(2π)) (Yin et al. 2020): its integral is 1.
struct Gaussian {
  Value sigma = {};  // > 0; 0.5

  static SurrogateModel text() {
    return {
        .name = "gaussian",
        .parameters = {{.name = "sigma", .value = 0.5, .min = 0, .exclusive_min = true}},
        .derivative = "exp(-0.5 * (x / sigma)**2) / (2.5066282746310002 * sigma)",
    };
  }
  static std::vector<Member<Gaussian>> members() { return {{"sigma", &Gaussian::sigma}}; }
};

}  // namespace synfire
