// SPDX-License-Identifier: Apache-2.0
// Cross-entropy of first spike times.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// −ln softmax(−t / temperature)[label] + alpha / (1.01·T − t[label]), with first spike times t = −v and the duration T
// of the example (ms): the label's neuron should spike first, and early (Göltz et al. 2021; Wunderlich & Pehle 2021).
// Silent neurons have no derivative; for the second term, a silent neuron counts as if it spiked at the end. Targets
// are class labels.
struct TimeToFirstSpikeCrossentropy {
  Value temperature = {};  // ms, > 0; 1
  Value alpha = {};        // ms, ≥ 0; 0.01

  static LossModel text() {
    return {
        .name = "time_to_first_spike_crossentropy",
        .parameters =
            {{.name = "temperature", .value = 1.0, .unit = Unit::milliseconds, .min = 0.0, .exclusive_min = true},
             {.name = "alpha", .value = 0.01, .unit = Unit::milliseconds, .min = 0.0}},
        .readout = "first_spike_time",
        .loss =
            "-at(log_softmax(v / temperature), label) + "
            "alpha / (1.01*duration + (-duration if silent(at(v, label)) else at(v, label)))",
    };
  }
  static std::vector<Member<TimeToFirstSpikeCrossentropy>> members() {
    return {{"temperature", &TimeToFirstSpikeCrossentropy::temperature},
            {"alpha", &TimeToFirstSpikeCrossentropy::alpha}};
  }
};

}  // namespace synfire
