// SPDX-License-Identifier: Apache-2.0
// Parameters of all models that read `input`.
#pragma once

#include <limits>
#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// `parameters` plus the two that define how an example is presented: as `input_frames` frames (an integer ≥ 1; 1: the
// same values at every step) of `input_frame_timesteps` steps each (an integer ≥ 1). The last frame is held to the end.
inline std::vector<Parameter> with_input_frames(std::vector<Parameter> parameters) {
  // In one call: GCC 12 reports a second push_back as an overflow, in a warning for the user's own file.
  parameters.insert(parameters.end(), {{.name = "input_frames", .value = 1, .min = 1},
                                       {.name = "input_frame_timesteps", .value = 1, .min = 1}});
  return parameters;
}

}  // namespace synfire
