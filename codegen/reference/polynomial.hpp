// SPDX-License-Identifier: Apache-2.0
// Finds where a Taylor polynomial first reaches 0 in an interval, and where it is largest, by Bernstein coefficients:
// their hull contains the polynomial, so no crossing is missed, however close to tangent.
#pragma once

#include <optional>

#include "reference/series.hpp"

namespace synfire::codegen::reference {

// The earliest time in [0, length] at which the polynomial is ≥ 0; nullopt if there is none.
std::optional<double> first_not_negative(const Series& polynomial, double length);

struct Extremum {
  double time;
  double value;
};
// The largest value in [0, length] and where it is first reached; nullopt unless it exceeds `floor`.
std::optional<Extremum> largest(const Series& polynomial, double length, double floor);

}  // namespace synfire::codegen::reference
