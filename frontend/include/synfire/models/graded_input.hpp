// SPDX-License-Identifier: Apache-2.0
// An input population that sends its data as they are.
#pragma once

#include <vector>

#include "synfire/models/input_frames.hpp"

namespace synfire {

// Sends its input in each step instead of spikes: a connection of weight w delivers w · input after its latency. With
// one frame, which is shown in all steps, this is direct coding (Rueckauer et al. 2017).
struct GradedInput {
  Value input_frames = {};           // frames of an example, an integer ≥ 1; 1
  Value input_frame_timesteps = {};  // steps that a frame is shown for, an integer ≥ 1; 1

  static NeuronModel text() { return {.name = "graded_input", .parameters = with_input_frames({}), .graded = "input"}; }
  static std::vector<Member<GradedInput>> members() {
    return {{"input_frames", &GradedInput::input_frames},
            {"input_frame_timesteps", &GradedInput::input_frame_timesteps}};
  }
};

}  // namespace synfire
