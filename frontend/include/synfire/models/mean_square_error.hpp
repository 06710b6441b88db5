// SPDX-License-Identifier: Apache-2.0
// Squared error.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// ½ Σ (v − y)², with v the readout; targets y are values: examples × shape. per_step: the mean over the steps of an
// example of the same sum for the output variable of each step, whatever the readout; targets are examples × timesteps
// × shape.
struct MeanSquareError {
  Value per_step = {};  // flag: of each step rather than of the readout; false

  static LossModel text() {
    return {
        .name = "mean_square_error",
        .parameters = {{"per_step", false}},
        .targets = Targets::values,
        .per_step = "per_step",
        .loss = "0.5 * sum((v - y)**2)",
    };
  }
  static std::vector<Member<MeanSquareError>> members() { return {{"per_step", &MeanSquareError::per_step}}; }
};

}  // namespace synfire
