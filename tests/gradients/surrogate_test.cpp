// SPDX-License-Identifier: Apache-2.0
// Surrogate gradients of programs against the transpose of the same steps in double, over networks that differ in
// every feature.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "gradients/covering_networks.hpp"
#include "gradients/derived_gradients.hpp"
#include "gradients/program_gradients.hpp"
#include "synfire/language/parse.hpp"

namespace synfire::testing {
namespace {

struct NamedRule {
  const char* name;
  codegen::SurrogateRule rule;
};

codegen::SurrogateRule rule(const char* derivative, std::optional<double> support, bool detach_reset) {
  return {language::parse_expression(derivative), support, detach_reset};
}

const std::vector<NamedRule>& rules() {
  static const std::vector<NamedRule> all{
      {"fast sigmoid", rule("1 / (1 + 5 * abs(x))**2", std::nullopt, false)},
      {"triangle, detached", rule("max(0, 1 - abs(x) / 0.5)", 0.5, true)},
      {"Gaussian", rule("0.8 * exp(-2 * x * x)", std::nullopt, false)},
      {"boxcar", rule("0.7", 0.3, false)},
      {"straight through, detached", rule("1", std::nullopt, true)},
  };
  return all;
}

// A quarter of those that have a surrogate gradient, which first spike times have not; all of them if the environment
// variable SYNFIRE_SURROGATES is set.
std::vector<std::size_t> networks() {
  std::vector<std::size_t> suitable;
  for (std::size_t i = 0; i < network_combinations().size(); ++i) {
    const std::string text = to_string(network_combinations()[i]);
    if (text.find("first_spike_time") != std::string::npos) continue;
    if (i % 4 == 1 || std::getenv("SYNFIRE_SURROGATES") != nullptr) suitable.push_back(i);
  }
  return suitable;
}

class Surrogate : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Surrogate, ProgramsHaveTheGradientOfTheirSteps) {
  const Combination& combination = network_combinations()[GetParam()];
  const NamedRule& surrogate = rules()[GetParam() % rules().size()];
  SCOPED_TRACE(to_string(combination) + ", surrogate " + surrogate.name);
  const TimeStep time = time_step_of(combination);
  const auto [gain, seed] = find_lively(combination, time);
  CoveringCase each = covering_case(combination, time, gain, seed);
  each.learned.training.surrogates.assign(each.learned.network.populations(), surrogate.rule);
  expect_gradients_of_the_grid(each.learned, each.examples);
}

class SurrogateCase : public ::testing::TestWithParam<const char*> {};

TEST_P(SurrogateCase, HasTheGradientOfItsSteps) {
  const TrainingCase& learned = training_case(GetParam()).learned;
  const ir::Network network = learned.network.resolve();
  std::vector<codegen::ExampleData> examples;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    examples.push_back(draw_example(network, check_options(learned), seed));
    examples.back().timesteps -= static_cast<std::uint32_t>(seed);
  }
  expect_gradients_of_the_grid(learned, examples);
}

INSTANTIATE_TEST_SUITE_P(Cases, SurrogateCase,
                         ::testing::Values("surrogate_everywhere", "surrogate_nearby", "surrogate_parameters",
                                           "surrogate_delays", "surrogate_parameters_nearby", "surrogate_counts",
                                           "surrogate_steps", "surrogate_graded", "surrogate_convolution"),
                         [](const auto& test) { return std::string(test.param); });
INSTANTIATE_TEST_SUITE_P(Networks, Surrogate, ::testing::ValuesIn(networks()));

}  // namespace
}  // namespace synfire::testing
