// SPDX-License-Identifier: Apache-2.0
#include "evaluate/finite_check.hpp"

#include <algorithm>
#include <cmath>

namespace synfire::runtime {

const char* const finite_hint_of_runs =
    "a smaller dt, a reset or a bound may keep it finite; if infinity is intended, set RunOptions::allow_non_finite, "
    "or use --allow-non-finite";
const char* const finite_hint_of_sessions =
    "a smaller dt, a reset or a bound may keep it finite; if infinity is intended, set "
    "SessionOptions::allow_non_finite";

namespace {

std::string path_of(const Executor::NonFinite& found) {
  const std::string path = "population \"" + found.population + "\", neuron " + std::to_string(found.neuron);
  return found.connection.empty() ? path : path + ", connection \"" + found.connection + "\"";
}

}  // namespace

Problem describe_non_finite(Executor::NonFinite found, std::size_t first_example, std::uint32_t begin,
                            std::uint32_t end, const RunAgain& again, const char* hint) {
  const std::size_t example = found.example;
  std::string when = begin + 1 == end ? "step " + std::to_string(begin)
                                      : "steps " + std::to_string(begin) + " to " + std::to_string(end - 1);
  if (again && begin + 1 < end) {
    // Finite after `begin` steps, not after `end`.
    while (begin + 1 < end) {
      const std::uint32_t middle = begin + (end - begin) / 2;
      const std::optional<Executor::NonFinite> then = again(middle);
      const bool wrong = then && then->example <= example;
      (wrong ? end : begin) = middle;
      if (wrong) found = *then;
    }
    when = "step " + std::to_string(end - 1);
  }
  return {.kind = ProblemKind::run_failed,
          .path = path_of(found),
          .message = '"' + found.variable + "\" is not finite: first in example " +
                     std::to_string(first_example + found.example) + ", " + when,
          .hint = hint};
}

std::optional<Problem> check_readout(const std::string& population, std::size_t example,
                                     std::span<const float> values) {
  const auto bad = std::find_if(values.begin(), values.end(), [](float x) { return !std::isfinite(x); });
  if (bad == values.end()) return std::nullopt;
  return Problem{
      .kind = ProblemKind::run_failed,
      .path = "population \"" + population + "\", neuron " + std::to_string(bad - values.begin()),
      .message = "the readout is not finite in example " + std::to_string(example) + ", although all states are",
      .hint = finite_hint_of_runs,
      .given = std::to_string(*bad)};
}

}  // namespace synfire::runtime
