// SPDX-License-Identifier: Apache-2.0
// A synapse whose current jumps at a spike and decays exponentially.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// A spike of weight w gives the current w in the step in which it arrives, then wβ, wβ², … with β =
// exp(−dt/tau). With scale_i the current of a step is the mean over the step as it decays: w·(tau/dt)·(1 − β)
// in the first. With scale_i here and in the neuron, a step is the exact mean of tau dI/dt = −I, tau_mem
// dv/dt = I − v.
struct Exponential {
  Value tau = {};      // time constant of the decay, ms, > 0; 5
  Value scale_i = {};  // flag: the mean over the step rather than the value at its start; false

  static SynapseModel text() {
    return {
        .name = "exponential",
        .parameters = {{.name = "tau", .value = 5.0, .unit = Unit::milliseconds, .min = 0.0, .exclusive_min = true},
                       {"scale_i", false}},
        .state = {{"x", 0.0}},
        .dynamics = {"dx/dt = -x / tau"},
        .on_spike = {"x += weight"},
        .current = "step_mean(x) if scale_i else x",
    };
  }
  static std::vector<Member<Exponential>> members() {
    return {{"tau", &Exponential::tau}, {"scale_i", &Exponential::scale_i}};
  }
};

}  // namespace synfire
