// SPDX-License-Identifier: Apache-2.0
// Noise that training adds to its inputs, never to those of validation (docs/training.md#noise-on-inputs).
//
//   .input_noise = {{input, Dropout{.p = 0.1}}, {drive, GaussianNoise{.sd = 0.05}}}
#pragma once

#include <variant>

#include "synfire/reference.hpp"

namespace synfire {

// Each spike is left out with probability p; each value is 0 with probability p, and divided by 1 − p otherwise.
struct Dropout {
  double p = 0.1;  // in [0, 1)
  bool operator==(const Dropout&) const = default;
};

// Added to each value.
struct GaussianNoise {
  double sd = 0.1;  // ≥ 0
  bool operator==(const GaussianNoise&) const = default;
};

// Gaussian noise is added to the time of each spike; a spike before the start moves to it, and one after the end of its
// example is lost.
struct SpikeJitter {
  double sd = 1.0;  // ms, ≥ 0
  bool operator==(const SpikeJitter&) const = default;
};

// The noise of an input. Draws depend on the seed, the epoch, the example's number in the data, the element and the
// position in the list, and on nothing else.
struct InputNoise {
  PopulationReference input;
  std::variant<Dropout, GaussianNoise, SpikeJitter> noise;
};

}  // namespace synfire
