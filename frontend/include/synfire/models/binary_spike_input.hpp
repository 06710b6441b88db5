// SPDX-License-Identifier: Apache-2.0
// An input population that spikes where its data are not zero.
#pragma once

#include <vector>

#include "synfire/models/input_frames.hpp"

namespace synfire {

// Spikes in every step in which the input is > 0. With signed_spikes, an input < 0 makes a negative spike, which
// delivers −w.
struct BinarySpikeInput {
  Value signed_spikes = {};          // flag: negative inputs make negative spikes; false
  Value input_frames = {};           // frames of an example, an integer ≥ 1; 1
  Value input_frame_timesteps = {};  // steps that a frame is shown for, an integer ≥ 1; 1

  static NeuronModel text() {
    return {
        .name = "binary_spike_input",
        .parameters = with_input_frames({{"signed_spikes", false}}),
        .threshold = "input > 0 or (signed_spikes and input < 0)",
        .spike_sign = "input if signed_spikes else 1",
    };
  }
  static std::vector<Member<BinarySpikeInput>> members() {
    return {{"signed_spikes", &BinarySpikeInput::signed_spikes},
            {"input_frames", &BinarySpikeInput::input_frames},
            {"input_frame_timesteps", &BinarySpikeInput::input_frame_timesteps}};
  }
};

}  // namespace synfire
