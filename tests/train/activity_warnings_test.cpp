// SPDX-License-Identifier: Apache-2.0
// What the spikes of an epoch say of why a network does not learn.
#include "train/activity_warnings.hpp"

#include <gtest/gtest.h>

namespace synfire::runtime {
namespace {

std::vector<ActivityWarning> kinds_of(const PopulationActivity& activity) {
  std::vector<ActivityWarning> kinds;
  for (const FoundActivity& each : activity_warnings(activity, 3, 10, 8)) {
    EXPECT_EQ(each.problem.severity, Severity::warning);
    EXPECT_EQ(each.problem.path, "population \"hidden\", epoch 3");
    EXPECT_FALSE(each.problem.hint.empty());
    kinds.push_back(each.what);
  }
  return kinds;
}

TEST(ActivityWarnings, AreThoseOfTheSpikes) {
  using Kinds = std::vector<ActivityWarning>;
  EXPECT_EQ(kinds_of({.population = "hidden"}), Kinds{ActivityWarning::silent});
  EXPECT_EQ(kinds_of({.population = "hidden", .spikes = 19}), Kinds{ActivityWarning::nearly_silent});
  EXPECT_EQ(kinds_of({.population = "hidden", .spikes = 20}), Kinds{});
  EXPECT_EQ(kinds_of({.population = "hidden", .spikes = 100, .triggered = 50}), Kinds{});
  EXPECT_EQ(kinds_of({.population = "hidden", .spikes = 100, .triggered = 51}), Kinds{ActivityWarning::triggered});
  EXPECT_EQ(kinds_of({.population = "hidden", .spikes = 100, .near_tangent = 11}),
            Kinds{ActivityWarning::near_tangent});
}

TEST(ActivityWarnings, HaveNumbers) {
  const auto found = activity_warnings({.population = "hidden", .spikes = 200, .triggered = 156}, 0, 10, 8);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found[0].problem.message.find("156 of 200 spikes (78 %)"), std::string::npos) << found[0].problem.message;
}

}  // namespace
}  // namespace synfire::runtime
