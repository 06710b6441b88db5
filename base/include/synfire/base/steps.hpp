// SPDX-License-Identifier: Apache-2.0
// From times in ms to steps: the one place that decides which times are multiples of the time step.
#pragma once

#include <algorithm>
#include <cmath>

namespace synfire::base {

namespace detail {

// Whether single precision may have made `time` of `steps` · dt: of the product in double, of its factors in single, or
// something in between, so that a later time never comes in an earlier step.
inline bool is_rounded_multiple(double time, double steps, double dt) {
  const auto single = static_cast<float>(time);
  if (static_cast<double>(single) != time) return false;
  const auto [least, most] =
      std::minmax({static_cast<float>(steps * dt), static_cast<float>(steps) * static_cast<float>(dt)});
  return least <= single && single <= most;
}

}  // namespace detail

// How many steps of dt (> 0) a time lasts, not always a whole number. A time that is k·dt but for the rounding of decimals to
// double or single precision is k steps: within 2⁻²² of itself (four roundings of a float) and 2⁻¹⁰ of a step, or the very
// float that is nearest to k·dt. So 0.3f is 3 steps of 0.1, and 4194304.5f is half a step more than 2²² steps of 1. What comes
// no earlier than the time comes in step ceil(steps_in(…)); what fits into it has floor(steps_in(…)) steps.
inline double steps_in(double time, double dt) {
  constexpr double of_itself = 0x1p-22, of_a_step = 0x1p-10;
  const double steps = time / dt;
  const double whole = std::nearbyint(steps);
  if (std::abs(steps - whole) <= std::min(of_itself * std::abs(whole), of_a_step)) return whole;
  // Up to here the first rule covers all floats.
  if (std::abs(whole) < of_a_step / of_itself || !std::isfinite(steps)) return steps;
  return detail::is_rounded_multiple(time, whole, dt) ? whole : steps;
}

// The nearest whole number of steps; of two that are as near the one farther from 0.
inline double nearest_steps(double time, double dt) {
  const double halves = steps_in(time, dt / 2);
  return std::round(halves / 2);
}

// Whether single precision tells the steps around `time` apart: its numbers lie no farther from each other than dt.
inline bool single_precision_tells_steps(float time, double dt) {
  const float size = std::abs(time);
  return static_cast<double>(std::nextafter(size, HUGE_VALF)) - static_cast<double>(size) <= dt;
}

}  // namespace synfire::base
