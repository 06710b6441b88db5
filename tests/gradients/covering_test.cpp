// SPDX-License-Identifier: Apache-2.0
// Gradients of programs against the derived adjoint on the same grid, over networks that cover every pair of features.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "gradients/covering_networks.hpp"
#include "gradients/derived_gradients.hpp"

namespace synfire::testing {
namespace {

TEST(CoveringArray, HasEachPairOfLevels) {
  const std::vector<Factor>& factors = network_factors();
  const std::vector<Combination>& all = network_combinations();
  std::size_t pairs = 0;
  for (std::size_t f = 0; f < factors.size(); ++f) {
    for (std::size_t g = 0; g < f; ++g) {
      for (std::size_t a = 0; a < factors[f].levels.size(); ++a) {
        for (std::size_t b = 0; b < factors[g].levels.size(); ++b) {
          const auto has = [&](const Combination& each) { return each[f] == a && each[g] == b; };
          const bool occurs = std::any_of(all.begin(), all.end(), has);
          EXPECT_EQ(occurs, are_compatible(f, a, g, b)) << factors[f].levels[a] << " and " << factors[g].levels[b];
          pairs += occurs ? 1 : 0;
        }
      }
    }
  }
  std::printf("%zu pairs in %zu networks:\n", pairs, all.size());
  for (std::size_t i = 0; i < all.size(); ++i) std::printf("%3zu  %s\n", i, to_string(all[i]).c_str());
}

class Covering : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Covering, ProgramsHaveTheDerivedGradient) {
  const Combination& combination = network_combinations()[GetParam()];
  SCOPED_TRACE(to_string(combination));
  const TimeStep time = time_step_of(combination);
  const auto [gain, seed] = find_lively(combination, time);
  const CoveringCase each = covering_case(combination, time, gain, seed);
  expect_gradients_of_the_grid(each.learned, each.examples);
}

INSTANTIATE_TEST_SUITE_P(Networks, Covering, ::testing::Range(std::size_t{0}, network_combinations().size()));

}  // namespace
}  // namespace synfire::testing
