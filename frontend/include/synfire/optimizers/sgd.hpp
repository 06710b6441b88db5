// SPDX-License-Identifier: Apache-2.0
// Stochastic gradient descent, with momentum.
#pragma once

#include <optional>
#include <vector>

#include "synfire/optimizer.hpp"

namespace synfire {

// Momentum as in PyTorch: the velocity sums up gradients, and the learning rate multiplies it. `nesterov`: the step
// also looks ahead (Sutskever et al. 2013).
struct SGD {
  std::optional<LearningRate> learning_rate = std::nullopt;  // ≥ 0; 0.01
  Value momentum = {};                                       // in [0, 1); 0, which takes no memory
  Value nesterov = {};                                       // flag; false
  Value weight_decay = {};                                   // ≥ 0, added to the gradient times the value; 0
  double clip_value = 0, clip_norm = 0;                      // as in OptimizerOptions

  static OptimizerModel text() {
    return {
        .name = "sgd",
        .parameters = {{.name = "learning_rate", .value = 0.01, .min = 0},
                       {.name = "momentum", .value = 0.0, .min = 0, .max = 1, .exclusive_max = true},
                       {"nesterov", false},
                       {.name = "weight_decay", .value = 0.0, .min = 0}},
        .state = {{"velocity", 0.0}},
        .update = {"velocity = momentum*velocity + (gradient + weight_decay*value)",
                   "value -= learning_rate *"
                   " (gradient + weight_decay*value + momentum*velocity if nesterov else velocity)"},
    };
  }
  static std::vector<Member<SGD>> members() {
    return {{"momentum", &SGD::momentum}, {"nesterov", &SGD::nesterov}, {"weight_decay", &SGD::weight_decay}};
  }
};

}  // namespace synfire
