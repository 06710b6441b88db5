// SPDX-License-Identifier: Apache-2.0
// Integrate-and-fire (Lapicque 1907, without the leak): sums its current and spikes at a threshold.
#pragma once

#include <string>
#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// The model that integrates `drive` (`I` or `input`).
inline NeuronModel integrate_fire_text(const std::string& name, const std::string& drive) {
  return {
      .name = name,
      .parameters = {{"v_thresh", 1.0}, {"v_reset", 0.0}},
      .state = {{"v", 0.0}},
      .dynamics = {"dv/dt = per_step(" + drive + ")"},
      .threshold = "v >= v_thresh",
      .reset = {"v = v_reset"},
  };
}

// Each step adds the current I to v. If v ≥ v_thresh, the neuron spikes and v becomes v_reset. Dimensionless: v is in
// units of the weights, whatever dt.
struct IntegrateFire {
  Value v_thresh = {};  // threshold; 1
  Value v_reset = {};   // v after a spike; 0
  Value v = {};         // v at the start of an example; 0

  static NeuronModel text() { return integrate_fire_text("integrate_fire", "I"); }
  static std::vector<Member<IntegrateFire>> members() {
    return {{"v_thresh", &IntegrateFire::v_thresh}, {"v_reset", &IntegrateFire::v_reset}, {"v", &IntegrateFire::v}};
  }
};

}  // namespace synfire
