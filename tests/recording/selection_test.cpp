// SPDX-License-Identifier: Apache-2.0
// Slices, lists and masks, as Python and NumPy understand them. The expected values of slices were printed by Python.
#include "recording/selection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "synfire/callbacks.hpp"

namespace synfire::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Selection : public testing::Test {
 protected:
  std::vector<std::size_t> along(const Indices& indices, std::size_t size) {
    return select(indices, size, false, "x", problems_);
  }
  std::vector<std::size_t> in_order(const Indices& indices, std::size_t size) {
    return select_in_order(indices, size, "x", problems_, warnings_);
  }
  std::vector<std::uint32_t> neurons(const Neurons& given, const Extents& shape) {
    return select_neurons(given, shape, "x", problems_);
  }
  // The kind of the only problem so far.
  std::string kind() {
    EXPECT_EQ(problems_.size(), 1u);
    std::string kind = problems_.empty() ? "none" : std::string(to_string(problems_.front().kind));
    problems_.clear();
    return kind;
  }
  void TearDown() override { EXPECT_THAT(problems_, IsEmpty()); }

  std::vector<Problem> problems_, warnings_;
};

TEST_F(Selection, SlicesAreThoseOfPython) {
  EXPECT_THAT(along(Slice{}, 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(along(Slice{1, {}, 2}, 6), ElementsAre(1, 3, 5));
  EXPECT_THAT(along(Slice{{}, 2}, 6), ElementsAre(0, 1));
  EXPECT_THAT(along(Slice{-2, {}}, 6), ElementsAre(4, 5));
  EXPECT_THAT(along(Slice{{}, -4}, 6), ElementsAre(0, 1));
  EXPECT_THAT(along(Slice{-100, 100}, 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(along(Slice{5, 2}, 6), IsEmpty());
  EXPECT_THAT(along(Slice{7, {}}, 6), IsEmpty());
  EXPECT_THAT(along(Slice{{}, {}, -1}, 4), ElementsAre(3, 2, 1, 0));
  EXPECT_THAT(along(Slice{{}, {}, -2}, 4), ElementsAre(3, 1));
  EXPECT_THAT(along(Slice{4, 1, -2}, 6), ElementsAre(4, 2));
  EXPECT_THAT(along(Slice{-1, -4, -1}, 6), ElementsAre(5, 4, 3));
  EXPECT_THAT(along(Slice{100, {}, -3}, 6), ElementsAre(5, 2));
  EXPECT_THAT(along(Slice{}, 0), IsEmpty());
  EXPECT_THAT(along(Slice{0, {}, std::numeric_limits<std::int64_t>::max()}, 3), ElementsAre(0));
  EXPECT_THAT(along(Slice{-1, {}, std::numeric_limits<std::int64_t>::min()}, 3), ElementsAre(2));
  EXPECT_THAT(along(Slice{0, {}, 0}, 3), IsEmpty());
  EXPECT_EQ(kind(), "invalid_value");
}

TEST_F(Selection, EveryNth) {
  EXPECT_THAT(along(Every{10}, 25), ElementsAre(0, 10, 20));
  EXPECT_THAT(along(Every{10, 3}, 25), ElementsAre(3, 13, 23));
  EXPECT_THAT(along(Every{1, 30}, 25), IsEmpty());
  (void)along(Every{0}, 25);
  EXPECT_EQ(kind(), "invalid_value");
  (void)along(Every{2, -1}, 25);
  EXPECT_EQ(kind(), "invalid_value");
}

TEST_F(Selection, ListsAndSingleIndices) {
  EXPECT_THAT(along({4, 0, 2}, 5), ElementsAre(4, 0, 2));
  EXPECT_THAT(along({-1, -5}, 5), ElementsAre(4, 0));
  EXPECT_THAT(along(3, 5), ElementsAre(3));
  EXPECT_THAT(along(std::vector<std::uint32_t>{1, 2}, 5), ElementsAre(1, 2));
  EXPECT_THAT(along(std::vector<int>{}, 5), IsEmpty());
  for (const std::int64_t outside : {5, -6}) {
    EXPECT_THAT(along(outside, 5), IsEmpty());
    EXPECT_EQ(problems_.front().expected, "-5 to 4");
    EXPECT_EQ(problems_.front().given, std::to_string(outside));
    EXPECT_EQ(kind(), "invalid_value");
  }
}

TEST_F(Selection, MasksHaveOneEntryForEachPlace) {
  EXPECT_THAT(along({true, false, true}, 3), ElementsAre(0, 2));
  (void)along({true, false}, 3);
  EXPECT_EQ(kind(), "wrong_data_size");
  (void)along({true, false, true, true}, 3);
  EXPECT_EQ(kind(), "wrong_data_size");
}

// Like the reference system's example filters: a mask is false past its end.
TEST_F(Selection, ExampleMasksMayBeShort) {
  EXPECT_THAT(in_order({true, false, true, false, true}, 7), ElementsAre(0, 2, 4));
  EXPECT_THAT(warnings_, IsEmpty());
  (void)in_order({true, false, true}, 2);
  EXPECT_EQ(kind(), "wrong_data_size");
}

TEST_F(Selection, WhatDoesNotAscendIsPutInOrderWithAWarning) {
  EXPECT_THAT(in_order({0, 2, 4}, 5), ElementsAre(0, 2, 4));
  EXPECT_THAT(in_order(Indices(), 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(warnings_, IsEmpty());
  EXPECT_THAT(in_order({4, 0, 2}, 5), ElementsAre(0, 2, 4));
  EXPECT_THAT(in_order({1, 1}, 5), ElementsAre(1));
  ASSERT_EQ(warnings_.size(), 2u);
  EXPECT_EQ(warnings_[0].severity, Severity::warning);
}

TEST_F(Selection, NeuronsOfOneDimension) {
  EXPECT_THAT(neurons({}, {4}), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(neurons(Slice{0, {}, 2}, {4}), ElementsAre(0, 2));
  EXPECT_THAT(neurons({3, 1}, {4}), ElementsAre(3, 1));
  EXPECT_THAT(neurons(-1, {4}), ElementsAre(3));
  EXPECT_THAT(neurons({true, false, false, true}, {4}), ElementsAre(0, 3));
  EXPECT_THAT(neurons(std::vector<bool>{false, true, true, false}, {4}), ElementsAre(1, 2));
  EXPECT_THAT(neurons({}, {}), ElementsAre(0));
  (void)neurons({1, 3, 1}, {4});
  EXPECT_EQ(kind(), "invalid_value");
  (void)neurons({4}, {4});
  EXPECT_EQ(kind(), "invalid_value");
  (void)neurons({true, false, false}, {4});
  EXPECT_EQ(kind(), "shape_mismatch");
}

TEST_F(Selection, NeuronsOfTwoDimensions) {
  const Neurons slices = {Slice{{}, {}, 2}, Slice{{}, {}, 2}};
  EXPECT_THAT(neurons(slices, {2, 3}), ElementsAre(0, 2));
  EXPECT_THAT(neurons({{0, 0}, {0, 2}}, {2, 3}), ElementsAre(0, 2));
  EXPECT_THAT(neurons({{16, 20}, {16, 20}}, {24, 24}), ElementsAre(16 * 24 + 16, 20 * 24 + 20));
  EXPECT_THAT(neurons({Slice{}, {0, 2}}, {2, 3}), ElementsAre(0, 2, 3, 5));
  EXPECT_THAT(neurons({{1, 0}, Slice{1, {}}}, {2, 3}), ElementsAre(4, 5, 1, 2));
  EXPECT_THAT(neurons({1, {0, 2}}, {2, 3}), ElementsAre(3, 5));
  EXPECT_THAT(neurons({{true, false}, Slice{}}, {2, 3}), ElementsAre(0, 1, 2));
  EXPECT_THAT(neurons(Mask{{true, false, true, false, false, true}, {2, 3}}, {2, 3}), ElementsAre(0, 2, 5));
}

// a[[1, 0], :, [2, 0]] of a 2×2×3 array: NumPy puts the lists' axis first if a slice is between them.
TEST_F(Selection, ListsThatASliceParts) {
  EXPECT_THAT(neurons({{1, 0}, Slice{}, {2, 0}}, {2, 2, 3}), ElementsAre(8, 11, 0, 3));
  EXPECT_THAT(neurons({Slice{}, {1, 0}, {2, 0}}, {2, 2, 3}), ElementsAre(5, 0, 11, 6));
}

TEST_F(Selection, DimensionsThatDoNotFit) {
  (void)neurons({Slice{}, Slice{}, Slice{}}, {2, 3});
  EXPECT_EQ(kind(), "shape_mismatch");
  (void)neurons(Slice{}, {2, 3});
  EXPECT_EQ(kind(), "shape_mismatch");
  (void)neurons({0, 4}, {2, 3});  // no flat indices
  EXPECT_EQ(kind(), "shape_mismatch");
  (void)neurons({{0, 1}, {0, 1, 2}}, {2, 3});
  EXPECT_EQ(kind(), "shape_mismatch");
  (void)neurons(Mask{std::vector<bool>(6), {3, 2}}, {2, 3});
  EXPECT_EQ(kind(), "shape_mismatch");
  (void)neurons(Mask{std::vector<bool>(6)}, {2, 3});
  EXPECT_EQ(kind(), "shape_mismatch");
  (void)neurons(Mask{std::vector<bool>(5), {2, 3}}, {2, 3});
  EXPECT_EQ(kind(), "shape_mismatch");
  (void)neurons({{0, 5}, {0, 0}}, {2, 3});
  ASSERT_EQ(problems_.size(), 1u);
  EXPECT_EQ(problems_[0].path, "x, dimension 0");
  EXPECT_EQ(kind(), "invalid_value");
}

TEST_F(Selection, AnEmptyListSelectsNothing) {
  EXPECT_THAT(neurons(std::vector<int>{}, {4}), IsEmpty());
  EXPECT_THAT(neurons({Indices(std::vector<int>{}), Slice{}}, {2, 3}), IsEmpty());
}

}  // namespace
}  // namespace synfire::runtime
