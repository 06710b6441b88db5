// SPDX-License-Identifier: Apache-2.0
// Warnings derived from an epoch's spikes about why a network does not learn.
#include "train/activity_warnings.hpp"

#include <gtest/gtest.h>

namespace synfire::runtime {
namespace {

std::vector<ProblemKind> kinds_of(const PopulationActivity& activity) {
  std::vector<ProblemKind> kinds;
  for (const Problem& each : activity_warnings(activity, 3, 10, 8)) {
    EXPECT_EQ(each.severity, Severity::warning);
    EXPECT_EQ(each.path, "population \"hidden\", epoch 3");
    EXPECT_FALSE(each.hint.empty());
    kinds.push_back(each.kind);
  }
  return kinds;
}

TEST(ActivityWarnings, AreThoseOfTheSpikes) {
  using Kinds = std::vector<ProblemKind>;
  EXPECT_EQ(kinds_of({.population = "hidden"}), Kinds{ProblemKind::silent_population});
  EXPECT_EQ(kinds_of({.population = "hidden", .spikes = 19}), Kinds{ProblemKind::nearly_silent_population});
  EXPECT_EQ(kinds_of({.population = "hidden", .spikes = 20}), Kinds{});
  EXPECT_EQ(kinds_of({.population = "hidden", .spikes = 100, .triggered = 50}), Kinds{});
  EXPECT_EQ(kinds_of({.population = "hidden", .spikes = 100, .triggered = 51}), Kinds{ProblemKind::triggered_spikes});
  EXPECT_EQ(kinds_of({.population = "hidden", .spikes = 100, .near_tangent = 11}),
            Kinds{ProblemKind::near_tangent_spikes});
}

TEST(ActivityWarnings, HaveNumbers) {
  const auto found = activity_warnings({.population = "hidden", .spikes = 200, .triggered = 156}, 0, 10, 8);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found[0].message.find("156 of 200 spikes (78 %)"), std::string::npos) << found[0].message;
}

}  // namespace
}  // namespace synfire::runtime
