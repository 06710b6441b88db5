// SPDX-License-Identifier: Apache-2.0
// An input population whose data are the rates of Poisson spike trains.
#pragma once

#include <vector>

#include "synfire/models/input_frames.hpp"

namespace synfire {

// The input is a rate per ms: a step has a spike with probability 1 − exp(−|input|·dt), so at most one.
// Negative inputs never spike, or with signed_spikes make negative spikes, which deliver −w.
struct PoissonInput {
  Value signed_spikes = {};          // flag: negative inputs make negative spikes; false
  Value input_frames = {};           // frames of an example, an integer ≥ 1; 1
  Value input_frame_timesteps = {};  // steps that a frame is shown for, an integer ≥ 1; 1

  static NeuronModel text() {
    return {
        .name = "poisson_input",
        .parameters = with_input_frames({{"signed_spikes", false}}),
        .threshold = "uniform() >= exp(-abs(input) * dt) and (input > 0 or (signed_spikes and input < 0))",
        .spike_sign = "input if signed_spikes else 1",
    };
  }
  static std::vector<Member<PoissonInput>> members() {
    return {{"signed_spikes", &PoissonInput::signed_spikes},
            {"input_frames", &PoissonInput::input_frames},
            {"input_frame_timesteps", &PoissonInput::input_frame_timesteps}};
  }
};

}  // namespace synfire
