// SPDX-License-Identifier: Apache-2.0
#include "data/events/event_time.hpp"

#include <cmath>

#include "synfire/base/steps.hpp"
#include "synfire/error.hpp"

namespace synfire::event_files {

void wrong_option(const std::string& option, const std::string& message, const std::string& expected,
                  const std::string& given, const std::string& hint) {
  throw DataError({.kind = ProblemKind::invalid_value,
                   .path = option,
                   .message = message,
                   .hint = hint,
                   .expected = expected,
                   .given = given});
}

void refuse_option(const std::string& option, const std::string& message, const std::string& name) {
  throw DataError({.kind = ProblemKind::invalid_option, .path = option, .message = message, .given = name});
}

bool Thinning::keeps(std::uint32_t neuron, float time) {
  if (bin_ == 0) return true;
  const double bin = std::ceil(base::steps_in(static_cast<double>(time), bin_));
  const auto [found, is_new] = last_.try_emplace(neuron, bin);
  if (is_new) return true;
  if (found->second == bin) return false;
  found->second = bin;
  return true;
}

void refuse_early(std::size_t early, std::size_t all, const std::string& what, const std::string& name) {
  if (early == 0) return;
  wrong_option(name, std::to_string(early) + " of " + std::to_string(all) + " " + what + " are before time 0", {}, {},
               "use a window, an offset, or the first event as the origin");
}

}  // namespace synfire::event_files
