// SPDX-License-Identifier: Apache-2.0
#include "yin_yang_task.hpp"

#include <cmath>
#include <random>

namespace synfire::examples {
namespace {

// A disk of radius ½ around (½, ½) is cut into yin and yang, each with a dot of radius 0.1 that is
// the third class.

constexpr double radius = 0.5, dot_radius = 0.1;

double distance(double x, double y, double center_x) { return std::hypot(x - center_x, y - radius); }

int class_of(double x, double y) {
  const double left = distance(x, y, radius / 2), right = distance(x, y, 3 * radius / 2);
  if (left < dot_radius || right < dot_radius) return 2;
  // Yin: the upper half, without the bulge of yang on the right and with its own on the left.
  const bool in_left_bulge = left <= radius / 2;
  const bool in_upper_half = y > radius && right > radius / 2;
  return in_left_bulge || in_upper_half ? 1 : 0;
}

}  // namespace

YinYangPoints draw_yin_yang(std::size_t count, std::uint64_t seed) {
  constexpr double offset = 0.02, scale = 29.9;  // ms: spikes in the step before the last at the latest
  std::mt19937_64 random(seed);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  YinYangPoints points;
  for (std::size_t i = 0; i < count; ++i) {
    const int wanted = static_cast<int>(uniform() * 3);
    double x = 0, y = 0;
    do {
      x = uniform();
      y = uniform();
    } while (distance(x, y, radius) > radius || class_of(x, y) != wanted);
    std::vector<float> times;
    for (const double value : {x, y, 1 - x, 1 - y}) times.push_back(static_cast<float>(offset + scale * value));
    points.spikes.add_example({0, 1, 2, 3}, times);
    points.labels.push_back(wanted);
  }
  return points;
}

YinYangClassifier make_yin_yang_classifier() {
  YinYangClassifier classifier;
  Network& network = classifier.network;
  classifier.input = network.add(SpikeInput{}, 4, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{}, 100, {.name = "hidden"});
  classifier.output = network.add(LeakyIntegrateFire{}, 3, {.readout = "first_spike_time", .name = "output"});
  network.connect(classifier.input, hidden, Dense{Normal{.mean = 2.5, .sd = 0.78}},
                  {.synapse = Exponential{.tau = 5.0}});
  network.connect(hidden, classifier.output, Dense{Normal{.mean = 0.9, .sd = 0.1}},
                  {.synapse = Exponential{.tau = 5.0}});
  return classifier;
}

}  // namespace synfire::examples
