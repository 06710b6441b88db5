// SPDX-License-Identifier: Apache-2.0
// The leaky integrate-and-fire neuron (Lapicque 1907; Stein 1965).
#pragma once

#include <string>
#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// The dynamics of a leaky membrane driven by `drive` (`I` or `input`). Scaled: tau_mem dv/dt = drive − v, exactly over
// a step, v ← αv + (1 − α)·drive with α = exp(−dt/tau_mem). Unscaled: v ← αv + drive.
inline std::string leaky_membrane(const std::string& drive) {
  return "(" + drive + " - v) / tau_mem if scale_i else -v / tau_mem + per_step(" + drive + ")";
}

// The reset of a membrane: by the distance from v_reset to the threshold, or to v_reset.
inline std::string membrane_reset() { return "v = v - (v_thresh - v_reset) if relative_reset else v_reset"; }

// Refractoriness for tau_refrac ms (0: none), during which v is held unless integrate_during_refrac.
inline Refractory membrane_refractory() {
  return {.period = "tau_refrac", .hold = {"v"}, .hold_if = "not integrate_during_refrac"};
}

// The model that integrates `drive` (`I` or `input`).
inline NeuronModel leaky_integrate_fire_text(const std::string& name, const std::string& drive) {
  return {
      .name = name,
      .parameters = {{"v_thresh", 1.0},
                     {"v_reset", 0.0},
                     {.name = "tau_mem", .value = 20.0, .unit = Unit::milliseconds, .min = 0.0, .exclusive_min = true},
                     {.name = "tau_refrac", .value = 0.0, .unit = Unit::milliseconds, .min = 0.0},
                     {"relative_reset", true},
                     {"integrate_during_refrac", true},
                     {"scale_i", false}},
      .state = {{"v", 0.0}},
      .dynamics = {"dv/dt = " + leaky_membrane(drive)},
      .threshold = "v >= v_thresh",
      .reset = {membrane_reset()},
      .refractory = membrane_refractory(),
  };
}

// v decays with tau_mem and integrates the current I; if v ≥ v_thresh and the neuron is not refractory, it spikes and v
// is reset. The shortest interval between spikes is max(1, ceil(tau_refrac / dt)) steps.
struct LeakyIntegrateFire {
  Value v_thresh = {};                 // threshold; 1
  Value v_reset = {};                  // v after a spike, or the base of a relative reset; 0
  Value v = {};                        // v at the start of an example; 0
  Value tau_mem = {};                  // membrane time constant, ms, > 0; 20
  Value tau_refrac = {};               // refractory period, ms, ≥ 0; 0: none
  Value relative_reset = {};           // flag: subtract v_thresh − v_reset rather than set v_reset; true
  Value integrate_during_refrac = {};  // flag: v flows during the refractory period rather than being held; true
  Value scale_i = {};                  // flag: I is scaled by 1 − exp(−dt/tau_mem); false

  static NeuronModel text() { return leaky_integrate_fire_text("leaky_integrate_fire", "I"); }
  static std::vector<Member<LeakyIntegrateFire>> members() {
    return {{"v_thresh", &LeakyIntegrateFire::v_thresh},
            {"v_reset", &LeakyIntegrateFire::v_reset},
            {"v", &LeakyIntegrateFire::v},
            {"tau_mem", &LeakyIntegrateFire::tau_mem},
            {"tau_refrac", &LeakyIntegrateFire::tau_refrac},
            {"relative_reset", &LeakyIntegrateFire::relative_reset},
            {"integrate_during_refrac", &LeakyIntegrateFire::integrate_during_refrac},
            {"scale_i", &LeakyIntegrateFire::scale_i}};
  }
};

}  // namespace synfire
