// SPDX-License-Identifier: Apache-2.0
#include "train/shuffle.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <set>

namespace synfire::runtime {
namespace {

using ::testing::ElementsAre;

TEST(Shuffle, IsAPermutation) {
  for (const std::size_t examples : {0u, 1u, 2u, 7u, 1000u}) {
    std::vector<std::uint32_t> order = shuffled(examples, 42, 3);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, in_order(examples));
  }
}

// Explicit values, to detect changes of the generator: published runs would not be reproducible.
TEST(Shuffle, IsTheSameOnEveryMachine) {
  EXPECT_THAT(shuffled(8, 1234, 0), ElementsAre(6, 1, 0, 2, 4, 7, 5, 3));
  EXPECT_THAT(shuffled(8, 1234, 1), ElementsAre(3, 6, 2, 1, 0, 5, 4, 7));
  EXPECT_THAT(shuffled(8, 1235, 0), ElementsAre(0, 3, 2, 6, 5, 1, 7, 4));
}

// Each of 4 examples in each of 4 places: 24000 permutations, so 6000 ± 67 (one standard deviation).
TEST(Shuffle, PutsEveryExampleEverywhere) {
  std::array<std::array<int, 4>, 4> times{};
  std::set<std::vector<std::uint32_t>> seen;
  for (std::uint32_t epoch = 0; epoch < 24000; ++epoch) {
    const std::vector<std::uint32_t> order = shuffled(4, 7, epoch);
    for (std::size_t place = 0; place < 4; ++place) ++times[order[place]][place];
    seen.insert(order);
  }
  EXPECT_EQ(seen.size(), 24u);
  for (const auto& example : times) {
    for (const int count : example) EXPECT_NEAR(count, 6000, 300);
  }
}

TEST(Shuffle, SeedsOfEpochsDiffer) {
  std::set<std::uint64_t> seeds;
  for (std::uint32_t epoch = 0; epoch < 100; ++epoch) seeds.insert(epoch_seed(5, epoch));
  EXPECT_EQ(seeds.size(), 100u);
  EXPECT_EQ(epoch_seed(5, 7), epoch_seed(5, 7));
  EXPECT_NE(epoch_seed(5, 7), epoch_seed(6, 7));
}

}  // namespace
}  // namespace synfire::runtime
