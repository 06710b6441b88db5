// SPDX-License-Identifier: Apache-2.0
// Yin-Yang (L. Kriener, J. Göltz, M. A. Petrovici: "The Yin-Yang dataset", NICE 2022) and a network of leaky
// integrate-and-fire neurons, 4-100-3, whose first output spike names the class.
#pragma once

#include <cstddef>
#include <cstdint>
#include <synfire/synfire.hpp>
#include <vector>

namespace synfire::examples {

inline constexpr double yin_yang_duration = 30;  // ms

struct YinYangPoints {
  SpikeTrains spikes{4};
  std::vector<int> labels;
};

// Points are uniform within their class, and classes equally likely. Coordinates x, y, 1 − x, 1 − y are spike times.
YinYangPoints draw_yin_yang(std::size_t count, std::uint64_t seed);

struct YinYangClassifier {
  Network network{event_prop_defaults};
  PopulationId input, output;
};

YinYangClassifier make_yin_yang_classifier();

}  // namespace synfire::examples
