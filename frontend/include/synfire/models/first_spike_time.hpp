// SPDX-License-Identifier: Apache-2.0
// The time of a neuron's first spike.
#pragma once

#include <vector>

#include "synfire/model.hpp"

namespace synfire {

// −t, with t (ms) the time of the first spike of either sign, so that the earliest neuron has the largest value; the
// lowest finite float, −3.4028234663852886e38, if the neuron stays silent. For neurons that can spike.
struct FirstSpikeTime {
  static ReadoutModel text() {
    return {.name = "first_spike_time",
            .state = {{"first", -3.4028234663852886e38}},
            .on_spike = {"first = max(first, -t)"},
            .value = "first"};
  }
  static std::vector<Member<FirstSpikeTime>> members() { return {}; }
};

}  // namespace synfire
