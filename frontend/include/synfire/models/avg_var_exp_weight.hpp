// SPDX-License-Identifier: Apache-2.0
// The mean of a neuron's output variable, with more weight on early steps.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// The mean over the T steps of the example of exp(−t / duration)·x, with x the output variable after
// integration and before the reset, t = 0, dt, … and the duration T·dt (Nowotny et al. 2022).
struct AvgVarExpWeight {
  static ReadoutModel text() {
    return {.name = "avg_var_exp_weight",
            .state = {{"s", 0.0}},
            .on_step = {"s += exp(-t / duration) * x"},
            .value = "s / (duration / dt)"};
  }
  static std::vector<Member<AvgVarExpWeight>> members() { return {}; }
};

}  // namespace synfire
