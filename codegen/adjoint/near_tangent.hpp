// SPDX-License-Identifier: Apache-2.0
// When a threshold crossing is too close to tangent for the spike time to have a derivative.
#pragma once

namespace synfire::codegen {

// The smallest rise of a crossing, relative to the sizes of its terms. The derivative of the spike time divides by the
// rise, so flatter crossings contribute none (near_tangent).
inline constexpr double flattest_rise = 1e-6;

}  // namespace synfire::codegen
