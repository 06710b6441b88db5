// SPDX-License-Identifier: Apache-2.0
// A leaky integrate-and-fire population that is driven by data.
#pragma once

#include <vector>

#include "synfire/models/input_frames.hpp"
#include "synfire/models/leaky_integrate_fire.hpp"

namespace synfire {

// LeakyIntegrateFire with the value presented to the neuron, `input`, in place of the current. Connections into it
// would have no effect and are rejected.
struct LeakyIntegrateFireInput {
  Value v_thresh = {};                 // threshold; 1
  Value v_reset = {};                  // v after a spike, or the base of a relative reset; 0
  Value v = {};                        // v at the start of an example; 0
  Value tau_mem = {};                  // membrane time constant, ms, > 0; 20
  Value tau_refrac = {};               // refractory period, ms, ≥ 0; 0: none
  Value relative_reset = {};           // flag: subtract v_thresh − v_reset rather than set v_reset; true
  Value integrate_during_refrac = {};  // flag: v flows during the refractory period rather than being held; true
  Value scale_i = {};                  // flag: the input is scaled by 1 − exp(−dt/tau_mem); false
  Value input_frames = {};             // frames of an example, an integer ≥ 1; 1
  Value input_frame_timesteps = {};    // steps that a frame is shown for, an integer ≥ 1; 1

  static NeuronModel text() {
    NeuronModel model = leaky_integrate_fire_text("leaky_integrate_fire_input", "input");
    model.parameters = with_input_frames(model.parameters);
    return model;
  }
  static std::vector<Member<LeakyIntegrateFireInput>> members() {
    return {{"v_thresh", &LeakyIntegrateFireInput::v_thresh},
            {"v_reset", &LeakyIntegrateFireInput::v_reset},
            {"v", &LeakyIntegrateFireInput::v},
            {"tau_mem", &LeakyIntegrateFireInput::tau_mem},
            {"tau_refrac", &LeakyIntegrateFireInput::tau_refrac},
            {"relative_reset", &LeakyIntegrateFireInput::relative_reset},
            {"integrate_during_refrac", &LeakyIntegrateFireInput::integrate_during_refrac},
            {"scale_i", &LeakyIntegrateFireInput::scale_i},
            {"input_frames", &LeakyIntegrateFireInput::input_frames},
            {"input_frame_timesteps", &LeakyIntegrateFireInput::input_frame_timesteps}};
  }
};

}  // namespace synfire
