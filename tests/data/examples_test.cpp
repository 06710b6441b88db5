// SPDX-License-Identifier: Apache-2.0
// Parts of data sets, and explicit conversions.
#include <gtest/gtest.h>

#include <cmath>

#include "base/scratch_folder.hpp"
#include "synfire/data.hpp"

namespace synfire {
namespace {

using test::kind_of;

TEST(Scale, IsExplicit) {
  const Tensor<std::uint8_t> images({1, 3}, {0, 100, 255});
  EXPECT_EQ(scale(images, 0.01), Tensor<float>({1, 3}, {0, 1, 2.55f}));
  EXPECT_EQ(to_float(images), Tensor<float>({1, 3}, {0, 100, 255}));
  EXPECT_EQ(scale(Tensor<std::int64_t>({1}, {-3}), 0.5)[0], -1.5f);
}

TEST(Slice, TakesExamples) {
  const Tensor<std::int32_t> data({3, 2}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(slice(data, 1, 3), Tensor<std::int32_t>({2, 2}, {3, 4, 5, 6}));
  EXPECT_EQ(first(data, 1), Tensor<std::int32_t>({1, 2}, {1, 2}));
  EXPECT_EQ(first(data, 0).shape(), (Extents{0, 2}));
  EXPECT_EQ(kind_of<DataError>([&] { first(data, 4); }), "wrong_data_size");
  EXPECT_EQ(kind_of<DataError>([&] { slice(data, 2, 1); }), "wrong_data_size");
}

TEST(Slice, TakesSpikesAndLabels) {
  const SpikeTrains trains = make_spike_trains(3, {{{0, 1}}, {{2, 5}, {1, 4}}, {}});
  const SpikeTrains part = slice(trains, 1, 3);
  EXPECT_EQ(part.examples(), 2u);
  EXPECT_EQ(part.spike_neurons(), (std::vector<std::uint32_t>{1, 2}));
  const LabeledImages data{Tensor<std::uint8_t>({2, 1, 1}, {1, 2}), Tensor<std::uint8_t>({2}, {3, 4})};
  EXPECT_EQ(slice(data, 1, 2), (LabeledImages{Tensor<std::uint8_t>({1, 1, 1}, {2}), Tensor<std::uint8_t>({1}, {4})}));
}

TEST(Split, ValidationIsTheLastPart) {
  EXPECT_EQ(split_point(10, 0.1), 9u);
  EXPECT_EQ(split_point(10, 0), 10u);
  EXPECT_EQ(split_point(10, 1), 0u);
  EXPECT_EQ(split_point(5, 0.5), 2u);  // 2.5 to the even number, as Python rounds
  EXPECT_EQ(split_point(7, 0.5), 4u);  // 3.5
  const auto [training, validation] = split(Tensor<float>({3, 1}, {1, 2, 3}), 0.34);
  EXPECT_EQ(training.values(), (std::vector<float>{1, 2}));
  EXPECT_EQ(validation.values(), (std::vector<float>{3}));
  for (const double share : {-0.1, 1.1, std::nan("")}) {
    EXPECT_EQ(kind_of<DataError>([&] { split_point(10, share); }), "invalid_value");
  }
}

}  // namespace
}  // namespace synfire
