// SPDX-License-Identifier: Apache-2.0
// A leaky integrate-and-fire neuron whose threshold rises with each spike (Bellec et al. 2018, "LSNN").
#pragma once

#include <vector>

#include "synfire/model.hpp"
#include "synfire/models/leaky_integrate_fire.hpp"

namespace synfire {

// The threshold is v_thresh + beta·a; a grows by 1 at a spike and decays with tau_adapt, refractory or not. I
// is never scaled, and a relative reset subtracts v_thresh − v_reset: the base threshold, not the adapted
// one.
struct AdaptiveLeakyIntegrateFire {
  Value v_thresh = {};                 // base threshold; 1
  Value v_reset = {};                  // v after a spike, or the base of a relative reset; 0
  Value v = {};                        // v at the start of an example; 0
  Value a = {};                        // adaptation at the start of an example; 0
  Value beta = {};                     // rise of the threshold with a; 0.0174
  Value tau_mem = {};                  // membrane time constant, ms, > 0; 20
  Value tau_refrac = {};               // refractory period, ms, ≥ 0; 0: none
  Value tau_adapt = {};                // time constant of the adaptation, ms, > 0; 2000
  Value relative_reset = {};           // flag: subtract v_thresh − v_reset rather than set v_reset; true
  Value integrate_during_refrac = {};  // flag: v flows during the refractory period rather than being held; true

  static NeuronModel text() {
    return {
        .name = "adaptive_leaky_integrate_fire",
        .parameters =
            {{"v_thresh", 1.0},
             {"v_reset", 0.0},
             {"beta", 0.0174},
             {.name = "tau_mem", .value = 20.0, .unit = Unit::milliseconds, .min = 0.0, .exclusive_min = true},
             {.name = "tau_refrac", .value = 0.0, .unit = Unit::milliseconds, .min = 0.0},
             {.name = "tau_adapt", .value = 2000.0, .unit = Unit::milliseconds, .min = 0.0, .exclusive_min = true},
             {"relative_reset", true},
             {"integrate_during_refrac", true}},
        .state = {{"v", 0.0}, {"a", 0.0}},
        .dynamics = {"dv/dt = -v / tau_mem + per_step(I)", "da/dt = -a / tau_adapt"},
        .threshold = "v >= v_thresh + beta * a",
        .reset = {membrane_reset(), "a = a + 1"},
        .refractory = membrane_refractory(),
    };
  }
  static std::vector<Member<AdaptiveLeakyIntegrateFire>> members() {
    using Self = AdaptiveLeakyIntegrateFire;
    return {{"v_thresh", &Self::v_thresh},
            {"v_reset", &Self::v_reset},
            {"v", &Self::v},
            {"a", &Self::a},
            {"beta", &Self::beta},
            {"tau_mem", &Self::tau_mem},
            {"tau_refrac", &Self::tau_refrac},
            {"tau_adapt", &Self::tau_adapt},
            {"relative_reset", &Self::relative_reset},
            {"integrate_during_refrac", &Self::integrate_during_refrac}};
  }
};

}  // namespace synfire
