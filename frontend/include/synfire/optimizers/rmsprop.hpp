// SPDX-License-Identifier: Apache-2.0
// RMSprop: steps by the gradient over the root of its mean square.
#pragma once

#include <optional>
#include <vector>

#include "synfire/optimizer.hpp"

namespace synfire {

// Tieleman & Hinton 2012, with momentum as in PyTorch.
struct RMSprop {
  std::optional<LearningRate> learning_rate = std::nullopt;  // ≥ 0; 0.001
  Value decay = {};                                          // of the mean square of gradients, in [0, 1); 0.9
  Value epsilon = {};                                        // > 0; 1e-8
  Value momentum = {};                                       // in [0, 1); 0
  double clip_value = 0, clip_norm = 0;                      // as in OptimizerOptions

  static OptimizerModel text() {
    return {
        .name = "rmsprop",
        .parameters = {{.name = "learning_rate", .value = 1e-3, .min = 0},
                       {.name = "decay", .value = 0.9, .min = 0, .max = 1, .exclusive_max = true},
                       {.name = "epsilon", .value = 1e-8, .min = 0, .exclusive_min = true},
                       {.name = "momentum", .value = 0.0, .min = 0, .max = 1, .exclusive_max = true}},
        .state = {{"mean_square", 0.0}, {"velocity", 0.0}},
        .update = {"mean_square = decay*mean_square + (1 - decay)*gradient**2",
                   "velocity = momentum*velocity + gradient / (sqrt(mean_square) + epsilon)",
                   "value -= learning_rate * velocity"},
    };
  }
  static std::vector<Member<RMSprop>> members() {
    return {{"decay", &RMSprop::decay}, {"epsilon", &RMSprop::epsilon}, {"momentum", &RMSprop::momentum}};
  }
};

}  // namespace synfire
