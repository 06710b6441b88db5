// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "synfire/data.hpp"

namespace synfire {
namespace {

using test::kind_of;

const SpikeTrains& sample() {
  static const SpikeTrains trains = make_spike_trains(4, {{{1, 3}, {0, 1}, {1, 2}, {3, 0}}, {}, {{0, 5}, {2, 4}}});
  return trains;
}

TEST(SpikeLists, AreSortedByTime) {
  EXPECT_EQ(sample().offsets(), (std::vector<std::size_t>{0, 4, 4, 6}));
  EXPECT_EQ(sample().spike_neurons(), (std::vector<std::uint32_t>{3, 0, 1, 1, 2, 0}));
  EXPECT_EQ(sample().spike_times(), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(make_spike_trains(4, {1, 0, 1, 3, 0, 2}, {3, 1, 2, 0, 5, 4}, {0, 4, 4, 6}), sample());
}

TEST(SpikeLists, OffsetsAreChecked) {
  for (const std::vector<std::size_t>& offsets :
       {std::vector<std::size_t>{}, {1, 2}, {0, 1}, {0, 3}, {0, 2, 1, 2}, {0, ~std::size_t{0}, 2}}) {
    EXPECT_EQ(kind_of<DataError>([&] { make_spike_trains(4, {0, 1}, {0, 1}, offsets); }), "malformed_file");
  }
  EXPECT_EQ(kind_of<DataError>([] { make_spike_trains(4, {0, 1}, {0}, {0, 2}); }), "malformed_file");
  EXPECT_EQ(kind_of<DataError>([] { make_spike_trains(4, {{{4, 0}}}); }), "wrong_data_size");
  EXPECT_EQ(kind_of<DataError>([] { make_spike_trains(4, {{{0, -1}}}); }), "non_finite_data");
}

TEST(SpikeFiles, AreReadAsWritten) {
  const test::ScratchFolder folder;
  write_spike_trains(folder / "x.npz", sample());
  EXPECT_EQ(read_spike_trains(folder / "x.npz"), sample());
  EXPECT_EQ(read_spike_trains(folder / "x.npz", 4), sample());
  EXPECT_EQ(kind_of<DataError>([&] { read_spike_trains(folder / "x.npz", 5); }), "wrong_data_size");
}

TEST(SpikeFiles, TakeAnyNumberTypes) {
  Arrays arrays = to_arrays(sample());
  arrays.erase("population_size");
  EXPECT_EQ(kind_of<DataError>([&] { make_spike_trains(arrays); }), "malformed_file");
  arrays["neurons"] = Tensor<std::uint8_t>({6}, {3, 0, 1, 1, 2, 0});
  arrays["times"] = Tensor<double>({6}, {0, 1, 2, 3, 4, 5});
  arrays["offsets"] = Tensor<std::int32_t>({4}, {0, 4, 4, 6});
  EXPECT_EQ(make_spike_trains(arrays, 4), sample());
}

TEST(SpikeFiles, LayoutIsChecked) {
  for (const char* name : {"neurons", "times", "offsets"}) {
    Arrays arrays = to_arrays(sample());
    arrays.erase(name);
    EXPECT_EQ(kind_of<DataError>([&] { make_spike_trains(arrays); }), "malformed_file") << name;
    arrays[name] = Tensor<float>({2, 3});
    EXPECT_EQ(kind_of<DataError>([&] { make_spike_trains(arrays); }), "malformed_file") << name;
  }
  Arrays arrays = to_arrays(sample());
  arrays["neurons"] = Tensor<float>({6});
  EXPECT_EQ(kind_of<DataError>([&] { make_spike_trains(arrays); }), "malformed_file");
  arrays["neurons"] = Tensor<std::int8_t>({6}, {0, 0, 0, 0, 0, -1});
  EXPECT_EQ(kind_of<DataError>([&] { make_spike_trains(arrays); }), "invalid_value");
}

}  // namespace
}  // namespace synfire
