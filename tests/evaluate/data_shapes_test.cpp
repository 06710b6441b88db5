// SPDX-License-Identifier: Apache-2.0
// Accepted shapes of data.
#include <gtest/gtest.h>

#include <cmath>

#include "base/scratch_folder.hpp"
#include "evaluate/data_check.hpp"

namespace synfire::runtime {
namespace {

bool accepted(const Extents& data, const Extents& shape, std::size_t frames = 1) {
  std::vector<Problem> problems;
  check_values(Tensor<float>(data), shape, frames, "x", problems);
  for (const Problem& problem : problems) EXPECT_EQ(problem.kind, ProblemKind::wrong_data_size);
  return problems.empty();
}

TEST(DataShapes, EqualOrFlat) {
  EXPECT_TRUE(accepted({5, 28, 28}, {28, 28}));
  EXPECT_TRUE(accepted({5, 784}, {28, 28}));
  EXPECT_TRUE(accepted({5, 28, 28}, {784}));
  EXPECT_TRUE(accepted({5, 28, 28, 1}, {784}));
  EXPECT_TRUE(accepted({5}, {1}));
  EXPECT_TRUE(accepted({5, 1}, {}));
  EXPECT_TRUE(accepted({0, 784}, {784}));
}

TEST(DataShapes, NothingElse) {
  EXPECT_FALSE(accepted({5, 28, 28, 1}, {28, 28}));
  EXPECT_FALSE(accepted({5, 14, 56}, {28, 28}));
  EXPECT_FALSE(accepted({5, 783}, {784}));
  EXPECT_FALSE(accepted({784}, {784}));
  EXPECT_FALSE(accepted({}, {1}));
  EXPECT_FALSE(accepted({5}, {784}));
}

TEST(DataShapes, FramesComeAfterExamples) {
  EXPECT_TRUE(accepted({5, 10, 4, 4}, {4, 4}, 10));
  EXPECT_TRUE(accepted({5, 10, 16}, {4, 4}, 10));
  EXPECT_TRUE(accepted({5, 10, 4, 4}, {16}, 10));
  EXPECT_TRUE(accepted({5, 10}, {1}, 10));
  EXPECT_FALSE(accepted({5, 4, 4}, {4, 4}, 10));
  EXPECT_FALSE(accepted({5, 9, 4, 4}, {4, 4}, 10));
  EXPECT_FALSE(accepted({5, 160}, {4, 4}, 10));
  EXPECT_FALSE(accepted({5}, {1}, 10));
}

TEST(DataShapes, OneExampleNeedsItsAxis) {
  std::vector<Problem> problems;
  check_values(Tensor<float>({28, 28}), {28, 28}, 1, "x", problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].expected, "examples×28×28");
  EXPECT_EQ(problems[0].given, "28×28");
  EXPECT_NE(problems[0].hint.find("1×28×28"), std::string::npos);
}

TEST(DataShapes, NonFiniteValuesAreFound) {
  for (const std::size_t position : {0u, 1u, 1023u, 1024u, 1500u, 1999u}) {
    for (const float bad : {NAN, INFINITY, -INFINITY}) {
      Tensor<float> data({20, 100});
      data[position] = bad;
      data[1999] = bad;
      std::vector<Problem> problems;
      check_values(data, {100}, 1, "x", problems);
      ASSERT_EQ(problems.size(), 1u);
      EXPECT_EQ(problems[0].kind, ProblemKind::non_finite_data);
      EXPECT_EQ(problems[0].path,
                "x, example " + std::to_string(position / 100) + ", element " + std::to_string(position % 100));
    }
  }
}

}  // namespace
}  // namespace synfire::runtime
