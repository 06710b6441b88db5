// SPDX-License-Identifier: Apache-2.0
// Convolutions and pools: what arrives, and that storage, schedule and device change no bit.
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <string>
#include <vector>

#include "convolution/geometries.hpp"
#include "execution/networks.hpp"
#include "synfire/patches.hpp"

namespace synfire {
namespace {

using testing::Geometry;
using testing::OnDevice;
using testing::Random;

class Convolutions : public OnDevice {};
SYNFIRE_ON_EVERY_DEVICE(Convolutions);

// What the spikes of one step bring to the target.
std::vector<float> arrivals(const InferenceCompiler& given, const Connectivity& connectivity, const Shape& source,
                            const std::vector<int>& spiking, const Shape& target = {}) {
  Network network;
  const auto input = network.add(SpikeInput{}, source, {.name = "input"});
  const auto output = network.add(testing::accumulator(), target, {.readout = "var", .name = "output"});
  network.connect(input, output, connectivity);
  SpikeTrains trains(static_cast<std::uint32_t>(spiking.size()));
  std::vector<std::uint32_t> neurons;
  for (std::uint32_t i = 0; i < spiking.size(); ++i)
    if (spiking[i] != 0) neurons.push_back(i);
  trains.add_example(neurons, std::vector<float>(neurons.size(), 0.0F));
  const Tensor<float> v = given.compile(network).predict({{input, trains}})[output];
  return {v.data(), v.data() + v.size()};
}

std::vector<float> counted(std::size_t number) {
  std::vector<float> values(number);
  for (std::size_t i = 0; i < number; ++i) values[i] = static_cast<float>(i + 1);
  return values;
}

// Values of TensorFlow for kernels 1, 2, 3, …
TEST_P(Convolutions, AreThoseOfTensorFlow) {
  const std::vector<int> four{0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0};
  const std::vector<int> five{0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0};
  const auto kernel = [](std::uint32_t size) { return Tensor<float>({size, size, 1, 1}, counted(size * size)); };
  EXPECT_EQ(
      arrivals(compiler(3), Conv2D{.filters = 1, .kernel = 3, .padding = "same", .weight = kernel(3)}, {4, 4, 1}, four),
      (std::vector<float>{23, 35, 33, 19, 31, 44, 33, 17, 25, 29, 22, 7, 11, 11, 7, 1}));
  EXPECT_EQ(
      arrivals(compiler(3), Conv2D{.filters = 1, .kernel = 3, .strides = 2, .padding = "same", .weight = kernel(3)},
               {4, 4}, four),
      (std::vector<float>{44, 17, 11, 1}));
  EXPECT_EQ(
      arrivals(compiler(3), Conv2D{.filters = 1, .kernel = 4, .padding = "same", .weight = kernel(4)}, {4, 4, 1}, four),
      (std::vector<float>{93, 97, 68, 37, 76, 75, 53, 21, 41, 38, 26, 8, 16, 12, 8, 1}));
  EXPECT_EQ(
      arrivals(compiler(3), Conv2D{.filters = 1, .kernel = 3, .strides = 2, .weight = kernel(3)}, {5, 5, 1}, five),
      (std::vector<float>{27, 27, 18, 15}));
  const std::vector<int> two{0, 1, 1, 0};
  EXPECT_EQ(arrivals(compiler(3), Conv2DTranspose{.filters = 1, .kernel = 3, .strides = 2, .weight = kernel(3)},
                     {2, 2, 1}, two),
            (std::vector<float>{0, 0, 1, 2, 3, 0, 0, 4, 5, 6, 1, 2, 10, 8, 9, 4, 5, 6, 0, 0, 7, 8, 9, 0, 0}));
  EXPECT_EQ(arrivals(compiler(3),
                     Conv2DTranspose{.filters = 1, .kernel = 3, .strides = 2, .padding = "same", .weight = kernel(3)},
                     {2, 2, 1}, two),
            (std::vector<float>{0, 0, 1, 2, 0, 0, 4, 5, 1, 2, 10, 8, 4, 5, 6, 0}));
}

// 1/121 in single precision, times 121, is less than 1.
TEST_P(Convolutions, ASumOfManyPixelsIsExact) {
  std::vector<int> spiking(11 * 11);
  spiking[60] = 1;
  EXPECT_EQ(arrivals(compiler(3), AvgPool2D{.pool = 11, .weight = frozen(121.0)}, {11, 11, 1}, spiking),
            std::vector<float>{1});
}

// Each geometry between populations of its own, all in one network.
Predictions run_all(const InferenceCompiler& given, const std::vector<Geometry>& all, SynapseStorage storage,
                    const std::string& schedule, unsigned threads) {
  Network network;
  InferenceCompiler compiler = given;
  compiler.schedule = schedule;
  compiler.threads = threads;
  compiler.batch_size = 2;
  compiler.seed = 11;
  std::deque<Tensor<float>> rates;
  Random random(5);
  std::vector<NamedData> inputs;
  for (std::size_t k = 0; k < all.size(); ++k) {
    const Geometry& each = all[k];
    const std::string number = std::to_string(k);
    const auto input = network.add(PoissonInput{.signed_spikes = k % 3 == 2}, each.source, {.name = "input" + number});
    const Shape targets = each.targets ? Shape(*each.targets) : Shape();
    const auto output = network.add(LeakyIntegrateFire{.tau_refrac = 2.0}, targets,
                                    {.readout = "spike_count", .name = "cells" + number});
    network.connect(input, output, each.connectivity,
                    {.synapse = Exponential{.tau = 3.0}, .name = "c" + number, .storage = storage});
    compiler.record.push_back({output, "v"});
    std::size_t neurons = 1;
    for (const long long extent : each.source.given()) neurons *= static_cast<std::size_t>(extent);
    inputs.push_back({input, rates.emplace_back(random.tensor({3, neurons}, -0.1F, 0.2F))});
  }
  return compiler.compile(network).predict(inputs);
}

TEST_P(Convolutions, StorageAndScheduleChangeNoBit) {
  for (const std::vector<Geometry>& all : testing::geometries_by_network(false, 8)) {
    const Predictions expected = run_all(compiler(12), all, SynapseStorage::rows, "trial", 1);
    const auto expect_same = [&](SynapseStorage storage, const std::string& schedule, unsigned threads) {
      const Predictions actual = run_all(compiler(12), all, storage, schedule, threads);
      for (std::size_t k = 0; k < all.size(); ++k) {
        const std::string cells = "cells" + std::to_string(k);
        testing::expect_same_bits(actual.recorded(cells, "v"), expected.recorded(cells, "v"),
                                  all[k].name + " as " + to_string(storage) + ", " + schedule);
      }
    };
    expect_same(SynapseStorage::automatic, "trial", 1);
    expect_same(SynapseStorage::kernel, "step", GetParam() == "host" ? 3 : 1);
    if (GetParam() == "host") expect_same(SynapseStorage::dense, "step", 1);
  }
}

// The definition, from the target's side.
TEST(ConvolutionSums, AreThoseOfTheDefinition) {
  for (const Geometry& each : testing::geometries(true)) {
    SCOPED_TRACE(each.name);
    const Shape targets = each.targets ? Shape(*each.targets) : Shape();
    const PatchResult found = find_patches(each.connectivity, each.source, targets);
    ASSERT_TRUE(found.geometry);
    const PatchGeometry& patches = *found.geometry;
    const Extents shape = each.source.extents();
    const std::size_t height = shape[0], channels = shape.back(), width = shape.size() == 3 ? shape[1] : 1;
    Connectivity connectivity = each.connectivity;
    std::vector<float> kernel(patches.has_kernel ? patches.kernel_elements() : 0);
    for (std::size_t i = 0; i < kernel.size(); ++i) kernel[i] = static_cast<float>(i % 23) - 7;
    if (patches.has_kernel)
      std::visit([&](auto& kind) { kind.weight = Tensor<float>(patches.kernel_shape, kernel); }, connectivity);
    Random random(9);
    std::vector<int> spiking(height * width * channels);
    for (int& spike : spiking) spike = random.below(3) == 0 ? 1 : 0;

    // The image as the kernel sees it.
    const PatchAxis &rows = patches.vertical, &columns = patches.horizontal;
    const auto seen = [&](std::int64_t y, std::int64_t x, std::size_t c) -> double {
      if (y < 0 || x < 0 || y >= rows.pooled || x >= columns.pooled) return 0;
      double sum = 0;
      for (std::uint32_t p = 0; p < rows.pool; ++p) {
        for (std::uint32_t q = 0; q < columns.pool; ++q) {
          const std::size_t row = static_cast<std::size_t>(y) * rows.pool_stride + p;
          const std::size_t column = static_cast<std::size_t>(x) * columns.pool_stride + q;
          sum += spiking[(row * width + column) * channels + c];
        }
      }
      return sum;
    };
    // The pixel of the source for a target pixel and a tap, or −1.
    const auto pixel = [](const PatchAxis& axis, std::int64_t z, std::int64_t tap) -> std::int64_t {
      if (!axis.transposed) return z * axis.stride + tap * axis.dilation - axis.padding;
      const std::int64_t scaled = z + axis.padding - tap * axis.dilation;
      return scaled >= 0 && scaled % axis.stride == 0 ? scaled / axis.stride : -1;
    };
    std::vector<float> expected;
    for (std::uint32_t z = 0; z < rows.target; ++z) {
      for (std::uint32_t x = 0; x < columns.target; ++x) {
        for (std::uint32_t f = 0; f < patches.target_channels; ++f) {
          double sum = 0;
          for (std::uint32_t a = 0; a < rows.kernel; ++a) {
            for (std::uint32_t b = 0; b < columns.kernel; ++b) {
              for (std::uint32_t c = 0; c < patches.channels_per_group(); ++c) {
                const std::size_t channel = f / patches.filters_per_group() * patches.channels_per_group() + c;
                const double value = seen(pixel(rows, z, a), pixel(columns, x, b), channel);
                const std::size_t entry =
                    ((a * columns.kernel + b) * patches.channels_per_group() + c) * patches.target_channels + f;
                sum += value * (patches.has_kernel ? static_cast<double>(kernel[entry]) : 2.0) / patches.divisor;
              }
            }
          }
          expected.push_back(static_cast<float>(sum));
        }
      }
    }
    const InferenceCompiler compiler{.timesteps = 5, .device = "host", .cache_folder = testing::cache_folder()};
    const std::vector<float> v = arrivals(compiler, connectivity, each.source, spiking, targets);
    ASSERT_EQ(v.size(), expected.size());
    double most = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(v[i], expected[i], 1e-4) << i;
      most = std::max(most, std::abs(static_cast<double>(expected[i])));
    }
    EXPECT_GT(most, 0.1);
  }
}

}  // namespace
}  // namespace synfire
