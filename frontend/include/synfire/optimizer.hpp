// SPDX-License-Identifier: Apache-2.0
// Optimizers, which update trainable values from their gradients.
#pragma once

namespace synfire {

// Adam (Kingma & Ba 2015), with both moments initially 0.
struct Adam {
  double learning_rate = 1e-3;  // ≥ 0
  double beta1 = 0.9;           // decay of the mean of gradients, in [0, 1)
  double beta2 = 0.999;         // decay of the mean of their squares, in [0, 1)
  double epsilon = 1e-8;        // > 0
  bool operator==(const Adam&) const = default;
};

}  // namespace synfire
