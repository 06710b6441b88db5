// SPDX-License-Identifier: Apache-2.0
#include "synfire/regularizers.hpp"

#include "synfire/base/single.hpp"
#include "synfire/value.hpp"

namespace synfire {
namespace {

void check(double number, const std::string& path, std::vector<Problem>& problems) {
  if (number >= 0 && base::is_single(number)) return;
  problems.push_back({.kind = ProblemKind::invalid_value,
                      .path = path,
                      .message = "the value is out of range",
                      .expected = "finite and ≥ 0",
                      .given = to_string(Value(number))});
}

}  // namespace

std::vector<Problem> problems_of(const L1& regularizer, const std::string& path) {
  std::vector<Problem> problems;
  check(regularizer.strength, path + ".strength", problems);
  return problems;
}

std::vector<Problem> problems_of(const L2& regularizer, const std::string& path) {
  return problems_of(L1{regularizer.strength}, path);
}

std::vector<Problem> problems_of(const RateBand& band, const std::string& path) {
  std::vector<Problem> problems = problems_of(L1{band.strength}, path);
  if (band.lower) check(*band.lower, path + ".lower", problems);
  if (band.upper) check(*band.upper, path + ".upper", problems);
  if (!band.lower && !band.upper) {
    problems.push_back({.kind = ProblemKind::invalid_option,
                        .path = path,
                        .message = "the firing rate has no limit",
                        .hint = "set lower, upper or both, in spikes per example"});
  }
  if (problems.empty() && band.lower && band.upper && *band.lower > *band.upper) {
    problems.push_back(
        {.kind = ProblemKind::invalid_value,
         .path = path,
         .message = "the limits of the firing rate are not in order",
         .expected = "lower ≤ upper",
         .given = "lower " + to_string(Value(*band.lower)) + ", upper " + to_string(Value(*band.upper))});
  }
  return problems;
}

}  // namespace synfire
