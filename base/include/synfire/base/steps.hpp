// SPDX-License-Identifier: Apache-2.0
// Converts times in ms to steps: the only place that decides which times are multiples of the time step.
#pragma once

#include <algorithm>
#include <cmath>

namespace synfire::base {

namespace detail {

// Whether `time` may be `steps` · dt rounded to single precision: the product taken in double, its factors in single,
// or anything in between, so a later time never falls in an earlier step.
inline bool is_rounded_multiple(double time, double steps, double dt) {
  const auto single = static_cast<float>(time);
  if (static_cast<double>(single) != time) return false;
  const auto [least, most] =
      std::minmax({static_cast<float>(steps * dt), static_cast<float>(steps) * static_cast<float>(dt)});
  return least <= single && single <= most;
}

}  // namespace detail

// The number of steps of dt (> 0) in a time, not always whole. A time that is k·dt up to the rounding of decimals to
// double or single precision is k steps: within 2⁻²² of itself (four roundings of a float) and 2⁻¹⁰ of a step, or
// exactly the float nearest to k·dt. So 0.3f is 3 steps of 0.1, and 4194304.5f is half a step more than 2²² steps of 1.
// The first step no earlier than the time is ceil(steps_in(…)); floor(steps_in(…)) steps fit into it.
inline double steps_in(double time, double dt) {
  constexpr double of_itself = 0x1p-22, of_a_step = 0x1p-10;
  const double steps = time / dt;
  const double whole = std::nearbyint(steps);
  if (std::abs(steps - whole) <= std::min(of_itself * std::abs(whole), of_a_step)) return whole;
  // Below this, the first rule covers all floats.
  if (std::abs(whole) < of_a_step / of_itself || !std::isfinite(steps)) return steps;
  return detail::is_rounded_multiple(time, whole, dt) ? whole : steps;
}

// The nearest whole number of steps; ties go away from 0.
inline double nearest_steps(double time, double dt) {
  const double halves = steps_in(time, dt / 2);
  return std::round(halves / 2);
}

// Whether single precision resolves the steps around `time`: adjacent floats are at most dt apart.
inline bool single_precision_tells_steps(float time, double dt) {
  const float size = std::abs(time);
  return static_cast<double>(std::nextafter(size, HUGE_VALF)) - static_cast<double>(size) <= dt;
}

}  // namespace synfire::base
