// SPDX-License-Identifier: Apache-2.0
// Cross-entropy of class labels.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// −ln softmax(v / temperature)[label], with v the readout; targets are class labels.
struct SparseCategoricalCrossentropy {
  Value temperature = {};  // > 0; 1

  static LossModel text() {
    return {
        .name = "sparse_categorical_crossentropy",
        .parameters = {{.name = "temperature", .value = 1.0, .min = 0.0, .exclusive_min = true}},
        .loss = "-at(log_softmax(v / temperature), label)",
    };
  }
  static std::vector<Member<SparseCategoricalCrossentropy>> members() {
    return {{"temperature", &SparseCategoricalCrossentropy::temperature}};
  }
};

}  // namespace synfire
