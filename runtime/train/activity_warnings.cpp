// SPDX-License-Identifier: Apache-2.0
#include "train/activity_warnings.hpp"

#include <cmath>
#include <cstdio>
#include <string>

namespace synfire::runtime {
namespace {

std::string share(std::uint64_t part, std::uint64_t whole) {
  const long percent = std::lround(100.0 * static_cast<double>(part) / static_cast<double>(whole));
  return std::to_string(part) + " of " + std::to_string(whole) + " spikes (" + std::to_string(percent) + " %)";
}

std::string decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2g", value);
  return text;
}

}  // namespace

std::vector<Problem> activity_warnings(const PopulationActivity& activity, std::uint32_t epoch, std::uint64_t neurons,
                                       std::uint64_t examples) {
  std::vector<Problem> found;
  const auto add = [&](ProblemKind kind, const std::string& message, const std::string& hint) {
    found.push_back(make_warning({.kind = kind,
                                  .path = "population \"" + activity.population + "\", epoch " + std::to_string(epoch),
                                  .message = message,
                                  .hint = hint}));
  };
  const std::string wake =
      "silent neurons get no gradient: start with larger weights into the population, a lower threshold, or the loss "
      "silent_neurons on its readout max_var";
  const double each = static_cast<double>(activity.spikes) / static_cast<double>(neurons * examples);
  if (activity.spikes == 0) {
    add(ProblemKind::silent_population, "no neuron spiked in the whole epoch, so no gradient passes through it", wake);
  } else if (each < 0.25) {
    add(ProblemKind::nearly_silent_population,
        decimal(each) + " spikes per neuron and example on average: most neurons are silent in most examples", wake);
  }
  if (2 * activity.triggered > activity.spikes) {
    add(ProblemKind::triggered_spikes,
        share(activity.triggered, activity.spikes) +
            " are triggered by an arrival, a reset or the end of a refractory period: no weight moves their times",
        "start with the defaults for training (scale_i, relative_reset false, integrate_during_refrac false), use "
        "smaller weights, or a smaller dt");
  }
  if (10 * activity.near_tangent > activity.spikes && activity.spikes != 0) {
    add(ProblemKind::near_tangent_spikes,
        share(activity.near_tangent, activity.spikes) + " barely cross the threshold: their gradient is ignored",
        "use a smaller dt, or larger weights");
  }
  return found;
}

}  // namespace synfire::runtime
