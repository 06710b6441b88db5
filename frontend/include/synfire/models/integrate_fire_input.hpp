// SPDX-License-Identifier: Apache-2.0
// An integrate-and-fire population that is driven by data.
#pragma once

#include <vector>

#include "synfire/models/input_frames.hpp"
#include "synfire/models/integrate_fire.hpp"

namespace synfire {

// IntegrateFire with the value presented to the neuron, `input`, in place of the current: constant-current coding.
// Connections into it would have no effect and are rejected.
struct IntegrateFireInput {
  Value v_thresh = {};               // threshold; 1
  Value v_reset = {};                // v after a spike; 0
  Value v = {};                      // v at the start of an example; 0
  Value input_frames = {};           // frames of an example, an integer ≥ 1; 1
  Value input_frame_timesteps = {};  // steps that a frame is shown for, an integer ≥ 1; 1

  static NeuronModel text() {
    NeuronModel model = integrate_fire_text("integrate_fire_input", "input");
    model.parameters = with_input_frames(model.parameters);
    return model;
  }
  static std::vector<Member<IntegrateFireInput>> members() {
    return {{"v_thresh", &IntegrateFireInput::v_thresh},
            {"v_reset", &IntegrateFireInput::v_reset},
            {"v", &IntegrateFireInput::v},
            {"input_frames", &IntegrateFireInput::input_frames},
            {"input_frame_timesteps", &IntegrateFireInput::input_frame_timesteps}};
  }
};

}  // namespace synfire
