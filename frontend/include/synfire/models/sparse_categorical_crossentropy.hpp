// SPDX-License-Identifier: Apache-2.0
// Cross-entropy of class labels.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// −ln softmax(v / temperature)[label], with v the readout; targets are class labels. per_step: the mean over
// the steps of an example of the same for the output variable of each step, whatever the readout.
struct SparseCategoricalCrossentropy {
  Value temperature = {};  // > 0; 1
  Value per_step = {};     // flag: of each step rather than of the readout; false

  static LossModel text() {
    return {
        .name = "sparse_categorical_crossentropy",
        .parameters = {{.name = "temperature", .value = 1.0, .min = 0.0, .exclusive_min = true}, {"per_step", false}},
        .per_step = "per_step",
        .loss = "-at(log_softmax(v / temperature), label)",
    };
  }
  static std::vector<Member<SparseCategoricalCrossentropy>> members() {
    return {{"temperature", &SparseCategoricalCrossentropy::temperature},
            {"per_step", &SparseCategoricalCrossentropy::per_step}};
  }
};

}  // namespace synfire
