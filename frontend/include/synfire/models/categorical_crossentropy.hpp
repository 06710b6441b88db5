// SPDX-License-Identifier: Apache-2.0
// Cross-entropy of distributions.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// −Σ y ln softmax(v / temperature), with v the readout; targets y are distributions over the classes: examples × shape.
// per_step: the mean over the steps of an example of the same for the output variable of each step, whatever the
// readout; targets are examples × timesteps × shape.
struct CategoricalCrossentropy {
  Value temperature = {};  // > 0; 1
  Value per_step = {};     // flag: of each step rather than of the readout; false

  static LossModel text() {
    return {
        .name = "categorical_crossentropy",
        .parameters = {{.name = "temperature", .value = 1.0, .min = 0.0, .exclusive_min = true}, {"per_step", false}},
        .targets = Targets::values,
        .per_step = "per_step",
        .loss = "-sum(y * log_softmax(v / temperature))",
    };
  }
  static std::vector<Member<CategoricalCrossentropy>> members() {
    return {{"temperature", &CategoricalCrossentropy::temperature}, {"per_step", &CategoricalCrossentropy::per_step}};
  }
};

}  // namespace synfire
