// SPDX-License-Identifier: Apache-2.0
// A leaky membrane that never spikes: the usual output neuron of classifiers.
#pragma once

#include <vector>

#include "synfire/model.hpp"
#include "synfire/models/leaky_integrate_fire.hpp"

namespace synfire {

// With α = exp(−dt/tau_mem), each step v ← αv + I + bias, or with scale_i v ← αv + (1 − α)I + bias: the bias
// is never scaled.
struct LeakyIntegrate {
  Value v = {};        // v at the start of an example; 0
  Value bias = {};     // added to v each step; 0
  Value tau_mem = {};  // membrane time constant, ms, > 0; 20
  Value scale_i = {};  // flag: I is scaled by 1 − exp(−dt/tau_mem); false

  static NeuronModel text() {
    return {
        .name = "leaky_integrate",
        .parameters =
            {{"bias", 0.0},
             {.name = "tau_mem", .value = 20.0, .unit = Unit::milliseconds, .min = 0.0, .exclusive_min = true},
             {"scale_i", false}},
        .state = {{"v", 0.0}},
        .dynamics = {"dv/dt = (" + leaky_membrane("I") + ") + per_step(bias)"},
    };
  }
  static std::vector<Member<LeakyIntegrate>> members() {
    return {{"v", &LeakyIntegrate::v},
            {"bias", &LeakyIntegrate::bias},
            {"tau_mem", &LeakyIntegrate::tau_mem},
            {"scale_i", &LeakyIntegrate::scale_i}};
  }
};

}  // namespace synfire
