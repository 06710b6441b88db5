// SPDX-License-Identifier: Apache-2.0
// Programs compute in single precision: which numbers fit without becoming infinite or 0.
#pragma once

#include <cmath>

namespace synfire::base {

inline constexpr const char* single_range = "0, or a magnitude of 1.4e-45 to 3.4e+38";

inline bool is_single(double number) {
  const auto single = static_cast<float>(number);
  return std::isfinite(single) && (number == 0 || single != 0);
}

}  // namespace synfire::base
