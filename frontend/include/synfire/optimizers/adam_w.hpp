// SPDX-License-Identifier: Apache-2.0
// AdamW: Adam with a decay of values that is independent of their gradients.
#pragma once

#include <optional>
#include <vector>

#include "synfire/optimizer.hpp"

namespace synfire {

// Loshchilov & Hutter 2019; the decay is multiplied by the learning rate, as in PyTorch.
struct AdamW {
  std::optional<LearningRate> learning_rate = std::nullopt;  // ≥ 0; 0.001
  Value beta1 = {};                                          // decay of the mean of gradients, in [0, 1); 0.9
  Value beta2 = {};                                          // decay of the mean of their squares, in [0, 1); 0.999
  Value epsilon = {};                                        // > 0; 1e-8
  Value weight_decay = {};                                   // ≥ 0; 0.01
  double clip_value = 0, clip_norm = 0;                      // as in OptimizerOptions

  static OptimizerModel text() {
    return {
        .name = "adam_w",
        .parameters = {{.name = "learning_rate", .value = 1e-3, .min = 0},
                       {.name = "beta1", .value = 0.9, .min = 0, .max = 1, .exclusive_max = true},
                       {.name = "beta2", .value = 0.999, .min = 0, .max = 1, .exclusive_max = true},
                       {.name = "epsilon", .value = 1e-8, .min = 0, .exclusive_min = true},
                       {.name = "weight_decay", .value = 0.01, .min = 0}},
        .state = {{"mean", 0.0}, {"mean_square", 0.0}},
        .update = {"mean = beta1*mean + (1 - beta1)*gradient",
                   "mean_square = beta2*mean_square + (1 - beta2)*gradient**2",
                   "value -= learning_rate * (weight_decay*value + (mean * (1 / (1 - beta1**step)))"
                   " / (sqrt(mean_square * (1 / (1 - beta2**step))) + epsilon))"},
    };
  }
  static std::vector<Member<AdamW>> members() {
    return {{"beta1", &AdamW::beta1},
            {"beta2", &AdamW::beta2},
            {"epsilon", &AdamW::epsilon},
            {"weight_decay", &AdamW::weight_decay}};
  }
};

}  // namespace synfire
