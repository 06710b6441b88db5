// SPDX-License-Identifier: Apache-2.0
// Latency codes against values measured on the reference (reference/mlgenn.md, section 13).
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "base/scratch_folder.hpp"
#include "synfire/data.hpp"

namespace synfire {
namespace {

using test::kind_of;

const float nan_value = std::numeric_limits<float>::quiet_NaN();

// Times by neuron; NaN for silent neurons.
std::vector<float> times_by_neuron(const SpikeTrains& trains, std::size_t example = 0) {
  std::vector<float> times(trains.neurons(), nan_value);
  for (std::size_t i = trains.offsets()[example]; i < trains.offsets()[example + 1]; ++i) {
    times[trains.spike_neurons()[i]] = trains.spike_times()[i];
  }
  return times;
}

void expect_times(const SpikeTrains& trains, const std::vector<double>& expected) {
  const std::vector<float> times = times_by_neuron(trains);
  ASSERT_EQ(times.size(), expected.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(times[i])) << i;
    } else {
      EXPECT_NEAR(times[i], expected[i], 2e-6 * (1 + expected[i])) << i;
    }
  }
}

TEST(LinearLatency, MeasuredValues) {
  const std::vector<double> expected = {nan_value, nan_value, 19.858824, 16.4, 16.329412, 10.964706, 2.0};
  const LinearLatency code{.max_time = 20, .min_time = 2};
  expect_times(encode(Tensor<std::uint8_t>({1, 7}, {0, 1, 2, 51, 52, 128, 255}), code), expected);
  expect_times(encode(Tensor<float>({1, 7}, {0, 1, 2, 51, 52, 128, 255}), code), expected);
}

TEST(LinearLatency, OtherRanges) {
  const LinearLatency code{.max_time = 10, .threshold = 0.25, .max_value = 1};
  expect_times(encode(Tensor<float>({1, 3}, {0.25f, 0.5f, 1}), code), {nan_value, 5, 0});
}

TEST(LogLatency, MeasuredValues) {
  const std::vector<double> expected = {nan_value, nan_value, 79.024874, 10.164497, 4.462871};
  const LogLatency code{.tau_eff = 20, .threshold = 51};
  expect_times(encode(Tensor<std::uint8_t>({1, 5}, {0, 51, 52, 128, 255}), code), expected);
  expect_times(encode(Tensor<float>({1, 5}, {-7, 51, 52, 128, 255}), code), expected);
}

TEST(Latency, ExamplesKeepTheirShape) {
  const SpikeTrains trains = encode(Tensor<std::uint8_t>({2, 2, 2}, {255, 0, 0, 0, 0, 0, 0, 255}), LinearLatency{});
  EXPECT_EQ(trains.neurons(), 4u);
  EXPECT_EQ(trains.examples(), 2u);
  EXPECT_EQ(trains.spike_neurons(), (std::vector<std::uint32_t>{0, 3}));
  EXPECT_EQ(encode(Tensor<std::uint8_t>({0, 2, 2}), LinearLatency{}).neurons(), 4u);
}

TEST(Latency, LargerIsEarlier) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(0, 255);
  Tensor<float> data({1, 500});
  for (std::size_t i = 0; i < 500; ++i) data[i] = value(random);
  for (const SpikeTrains& trains : {encode(data, LinearLatency{.max_time = 30}), encode(data, LogLatency{})}) {
    for (std::size_t i = 1; i < trains.spikes(); ++i) {
      EXPECT_GE(data[trains.spike_neurons()[i - 1]] + 1e-4f, data[trains.spike_neurons()[i]]);
    }
  }
}

// Bytes are sorted by counting, floats by their times.
TEST(Latency, BytesMakeTheSpikesOfTheirFloats) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int trial = 0; trial < 60; ++trial) {
    const std::size_t elements = 1 + random() % 900;
    const unsigned range = 1 + random() % 256;  // small: many equal times
    Tensor<std::uint8_t> bytes({4, elements});
    for (std::size_t i = elements; i < 4 * elements; ++i) bytes[i] = static_cast<std::uint8_t>(random() % range);
    bytes[elements] = 200;  // the first example is empty, this one not
    const Tensor<float> floats = scale(bytes, 1);
    for (const LinearLatency& code :
         {LinearLatency{.max_time = 18, .min_time = 2}, LinearLatency{.max_time = 3, .min_time = 3},
          LinearLatency{.max_time = 1e6, .min_time = 1e6 - 1}, LinearLatency{.threshold = 100.5},
          LinearLatency{.threshold = -1, .max_value = 1000}})
      EXPECT_EQ(encode(bytes, code), encode(floats, code));
    EXPECT_EQ(encode(bytes, LogLatency{}), encode(floats, LogLatency{}));
    EXPECT_EQ(encode(bytes, LogLatency{.threshold = 0.5}), encode(floats, LogLatency{.threshold = 0.5}));
  }
}

TEST(Latency, BytesAreRefusedAsFloatsAre) {
  const Tensor<std::uint8_t> bytes({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor<float> floats = scale(bytes, 1);
  const auto said = [](const auto& data, const auto& code) {
    std::string text;
    for (const Problem& problem : test::problems_of<DataError>([&] { encode(data, code); }))
      text += to_string(problem) + "\n";
    return text;
  };
  for (const LinearLatency& code : {LinearLatency{.max_value = 4}, LinearLatency{.max_time = 1e300},
                                    LinearLatency{.threshold = 200}, LinearLatency{.max_value = 5.5}}) {
    EXPECT_FALSE(said(bytes, code).empty());
    EXPECT_EQ(said(bytes, code), said(floats, code));
  }
}

TEST(Latency, RefusesValues) {
  const auto problems = test::problems_of<DataError>([] {
    encode(Tensor<float>({2, 3}, {0, 0, 0, 0, nan_value, 0}), LinearLatency{});
  });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, ProblemKind::non_finite_data);
  EXPECT_EQ(problems[0].path, "example 1, element 1");
  EXPECT_EQ(kind_of<DataError>([] { encode(Tensor<float>({1, 1}, {INFINITY}), LogLatency{}); }), "non_finite_data");
  EXPECT_EQ(kind_of<DataError>([] { encode(Tensor<float>({1, 1}, {256}), LinearLatency{}); }), "invalid_value");
}

// A file of a few bytes can claim any number of these.
TEST(Latency, RefusesExamplesThatHoldNothing) {
  const Tensor<std::uint8_t> claimed({std::numeric_limits<std::int64_t>::max(), 0});
  EXPECT_EQ(kind_of<DataError>([&] { encode(claimed, LinearLatency{}); }), "wrong_data_size");
  EXPECT_EQ(encode(Tensor<std::uint8_t>({0, 3}), LinearLatency{}).examples(), 0u);
}

TEST(Latency, RefusesOptions) {
  const Tensor<std::uint8_t> data({1, 1});
  for (const LinearLatency& code :
       {LinearLatency{.max_time = 1, .min_time = 2}, LinearLatency{.min_time = -1}, LinearLatency{.max_time = NAN},
        LinearLatency{.threshold = NAN}, LinearLatency{.max_value = 0}}) {
    EXPECT_EQ(kind_of<DataError>([&] { encode(data, code); }), "invalid_value");
  }
  for (const LogLatency& code : {LogLatency{.tau_eff = 0}, LogLatency{.threshold = 0}, LogLatency{.tau_eff = NAN}}) {
    EXPECT_EQ(kind_of<DataError>([&] { encode(data, code); }), "invalid_value");
  }
}

}  // namespace
}  // namespace synfire
