// SPDX-License-Identifier: Apache-2.0
// Squared error of spike times relative to the label's.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// ½ Σ (t[k] − t[label] − delta)² over the neurons k other than the label's, with first spike times t = −v (ms): all
// others should spike `delta` later (Mostafa 2017). Silent neurons do not contribute. Targets are class labels.
struct RelativeMeanSquareError {
  Value delta = {};  // ms; 1

  static LossModel text() {
    return {
        .name = "relative_mean_square_error",
        .parameters = {{.name = "delta", .value = 1.0, .unit = Unit::milliseconds}},
        .readout = "first_spike_time",
        .loss =
            "0.5 * sum((at(v, label) - v - delta)**2 "
            "if k != label and not silent(v) and not silent(at(v, label)) else 0)",
    };
  }
  static std::vector<Member<RelativeMeanSquareError>> members() { return {{"delta", &RelativeMeanSquareError::delta}}; }
};

}  // namespace synfire
