// SPDX-License-Identifier: Apache-2.0
// Where a Taylor polynomial first reaches 0 in an interval, and where it is largest: by Bernstein coefficients, whose hull
// contains the polynomial, so that no crossing is missed, however near to a tangent.
#pragma once

#include <optional>

#include "reference/series.hpp"

namespace synfire::codegen::reference {

// The least time in [0, length] at which the polynomial is ≥ 0; nothing if there is none.
std::optional<double> first_not_negative(const Series& polynomial, double length);

struct Extremum {
  double time;
  double value;
};
// The largest value in [0, length] that is more than `floor`, where it is first taken; nothing if all are at most that.
std::optional<Extremum> largest(const Series& polynomial, double length, double floor);

}  // namespace synfire::codegen::reference
