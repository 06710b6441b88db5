// SPDX-License-Identifier: Apache-2.0
// Cross-entropy of distributions.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// −Σ y ln softmax(v / temperature), with v the readout; targets y are distributions over the classes: examples × shape.
struct CategoricalCrossentropy {
  Value temperature = {};  // > 0; 1

  static LossModel text() {
    return {
        .name = "categorical_crossentropy",
        .parameters = {{.name = "temperature", .value = 1.0, .min = 0.0, .exclusive_min = true}},
        .targets = Targets::values,
        .loss = "-sum(y * log_softmax(v / temperature))",
    };
  }
  static std::vector<Member<CategoricalCrossentropy>> members() {
    return {{"temperature", &CategoricalCrossentropy::temperature}};
  }
};

}  // namespace synfire
