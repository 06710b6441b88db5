// SPDX-License-Identifier: Apache-2.0
#include "train/non_finite.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <tuple>

namespace synfire::runtime {
namespace {

constexpr const char* usual_causes = "a smaller learning rate or smaller initial weights may help";

struct Found {
  std::size_t example = 0;  // of the batch
  std::uint32_t time = 0;   // step forward; from `timesteps` on backward
  std::size_t variable = 0, neuron = 0;
  auto operator<=>(const Found&) const = default;  // NOLINT(modernize-use-nullptr)
};

std::optional<Found> first_found(const contract::Training& plan, std::span<const std::uint32_t> found) {
  std::optional<Found> first;
  std::size_t neurons = 0;
  for (const contract::LocatedVariable& variable : plan.non_finite.variables) neurons += variable.neurons;
  if (found.size() < std::size_t{plan.slots} * 2 * neurons) return first;
  for (std::size_t slot = 0; slot < plan.slots; ++slot) {
    const std::uint32_t* const numbers = found.data() + slot * 2 * neurons;
    std::size_t place = 0;
    for (std::size_t v = 0; v < plan.non_finite.variables.size(); ++v) {
      for (std::size_t neuron = 0; neuron < plan.non_finite.variables[v].neurons; ++neuron, ++place) {
        if (numbers[2 * place] == 0) continue;
        const Found each{slot + (numbers[2 * place] - std::size_t{1}) * plan.slots, numbers[2 * place + 1], v, neuron};
        if (!first || each < *first) first = each;
      }
    }
  }
  return first;
}

std::optional<Problem> bad_value(const contract::Training& plan, const std::vector<std::vector<float>>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto bad = std::find_if(values[i].begin(), values[i].end(), [](float x) { return !std::isfinite(x); });
    if (bad == values[i].end()) continue;
    return Problem{.kind = ProblemKind::run_failed,
                   .path = plan.values[i].path(),
                   .message = "the last update produced a value that is not finite, element " +
                              std::to_string(bad - values[i].begin()),
                   .hint = usual_causes,
                   .given = std::to_string(*bad)};
  }
  return std::nullopt;
}

std::string path_of(const contract::LocatedVariable& variable, std::size_t neuron) {
  std::string path = "population \"" + variable.population + "\", neuron " + std::to_string(neuron);
  return variable.connection.empty() ? path : path + ", connection \"" + variable.connection + "\"";
}

}  // namespace

Problem describe_non_finite(const contract::Manifest& manifest, std::span<const std::uint32_t> found,
                            const std::vector<std::vector<float>>& values, std::span<const std::uint32_t> examples) {
  const contract::Training& plan = *manifest.training;
  if (std::optional<Problem> problem = bad_value(plan, values)) return std::move(*problem);
  const std::optional<Found> first = first_found(plan, found);
  if (!first) {
    return {.kind = ProblemKind::run_failed,
            .path = "loss",
            .message = "the loss or the gradient of a parameter is not finite, although all states and adjoints are",
            .hint = "check the targets and the temperature of the loss, and give trained parameters bounds"};
  }
  const contract::LocatedVariable& variable = plan.non_finite.variables[first->variable];
  const std::uint32_t step = variable.backward ? 2 * manifest.timesteps - 1 - first->time : first->time;
  const std::size_t example = first->example < examples.size() ? examples[first->example] : first->example;
  return {.kind = ProblemKind::run_failed,
          .path = path_of(variable, first->neuron),
          .message = (variable.backward ? "the adjoint of \"" : "\"") + variable.variable +
                     "\" is not finite: first in example " + std::to_string(example) + ", step " +
                     std::to_string(step) + (variable.backward ? " of the backward pass" : ""),
          .hint = usual_causes};
}

}  // namespace synfire::runtime
