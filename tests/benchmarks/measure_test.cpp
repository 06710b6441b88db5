// SPDX-License-Identifier: Apache-2.0
// What is reported of a measurement, and that nothing is where the result is wrong.
#include "measure.hpp"

#include <benchmark/benchmark.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "ceilings.hpp"
#include "memory.hpp"

namespace synfire::benchmarks {
namespace {

using ::testing::IsEmpty;

using Figures = std::map<std::string, double>;

class Keeper : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      ++iterations;
      for (const auto& [name, counter] : run.counters) figures[name] = counter.value;
    }
  }
  Figures figures;
  int iterations = 0;
};

// The figures of one measurement.
Figures figures_of(const std::function<Prepared()>& prepare) {
  char name[] = "test", time[] = "--benchmark_min_time=0.0001";
  char* arguments[] = {name, time, nullptr};
  int count = 2;
  benchmark::Initialize(&count, arguments);
  benchmark::ClearRegisteredBenchmarks();
  static int measurements = 0;
  const std::string own_name = "measurement_" + std::to_string(++measurements);  // a name is prepared once
  add_measurement(own_name, prepare);
  Keeper keeper;
  benchmark::RunSpecifiedBenchmarks(&keeper, own_name);
  EXPECT_EQ(keeper.iterations, 1);
  return keeper.figures;
}

// Each pass is three launches and a millisecond of kernels.
class FakeDevice : public runtime::Device {
 public:
  std::string name() const override { return "fake"; }
  std::string description() const override { return "fake"; }
  std::vector<std::string> architectures() const override { return {"fake"}; }
  std::size_t free_bytes() const override { return (std::size_t{100} << 20) - used; }
  void* allocate(std::size_t bytes, const std::string&) override { return std::malloc(bytes); }
  void release(void* memory) noexcept override { std::free(memory); }
  void copy_to_device(void* device, const void* host, std::size_t bytes) override { std::memcpy(device, host, bytes); }
  void copy_to_host(void* host, const void* device, std::size_t bytes) override { std::memcpy(host, device, bytes); }
  void fill_zero(void* device, std::size_t bytes) override { std::memset(device, 0, bytes); }
  std::unique_ptr<runtime::LoadedProgram> load(const contract::Binary&, const contract::Entry&) override { return {}; }
  void launch(runtime::LoadedProgram&, const contract::Entry&, std::span<const std::byte>, std::uint32_t) override {}
  void synchronize() override {}
  std::uint64_t launches() const override { return launched; }
  bool time_kernels(bool on) override {
    timed = on ? std::optional(0.0) : std::nullopt;
    return true;
  }
  std::optional<double> kernel_seconds() override { return timed; }

  void pass() {
    launched += 3;
    if (timed) *timed += 1e-3;
  }

  std::size_t used = 0;
  std::uint64_t launched = 0;
  std::optional<double> timed;
};

TEST(Measure, FiguresArePerUnitOfWork) {
  Figures figures = figures_of(
      [] { return Prepared{.pass = [] {}, .work = {.examples = 10, .steps = 20, .synaptic_operations = 3000}}; });
  const double example = figures.at("us_per_example");
  EXPECT_GT(example, 0);
  EXPECT_NEAR(figures.at("ns_per_example_step"), 1e3 * example / 20, 1e-9 * example);
  EXPECT_NEAR(figures.at("ns_per_synaptic_op"), 1e3 * example / 300, 1e-9 * example);
  EXPECT_NEAR(figures.at("synaptic_ops_per_s"), 1e9 / figures.at("ns_per_synaptic_op"), 1);
  EXPECT_EQ(figures.count("launches") + figures.count("kernel_ms") + figures.count("of_add_ceiling"), 0u);
}

TEST(Measure, OperationsMayBeKnownAfterThePass) {
  const auto operations = std::make_shared<double>(0);
  const Figures figures = figures_of([=] {
    return Prepared{.pass = [=] { *operations = 500; },
                    .work = {.examples = 1, .steps = 1},
                    .synaptic_operations = [=] { return *operations; }};
  });
  EXPECT_NEAR(figures.at("ns_per_synaptic_op") * 500, 1e3 * figures.at("us_per_example"), 1e-6);
}

TEST(Measure, WrongResultsHaveNoFigures) {
  EXPECT_FALSE(any_wrong_result());
  const Figures figures = figures_of([] {
    return Prepared{.pass = [] {},
                    .check =
                        [] {
                          require_equal({{"spikes", 1, 2}});
                        },
                    .work = {.examples = 1, .steps = 1, .synaptic_operations = 1},
                    .also = {{"other", 1}}};
  });
  EXPECT_THAT(figures, IsEmpty());
  EXPECT_TRUE(any_wrong_result());
}

TEST(Measure, EachPassIsPreparedOutsideItsTime) {
  std::string order;
  figures_of([&] { return Prepared{.pass = [&] { order += 'p'; }, .before = [&] { order += 'b'; }}; });
  ASSERT_GE(order.size(), 6u);
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i % 2 == 0 ? 'b' : 'p');
}

TEST(Measure, LaunchesAndKernelTimesAreOfAPass) {
  const auto device = std::make_shared<FakeDevice>();
  const Figures figures = figures_of([=] {
    return Prepared{.pass = [=] { device->pass(); }, .device = device.get(), .device_bytes = [] { return 3u << 20; }};
  });
  EXPECT_EQ(figures.at("launches"), 3);
  EXPECT_DOUBLE_EQ(figures.at("kernel_ms"), 1);
  EXPECT_EQ(figures.at("device_peak_mib"), 3);
  EXPECT_EQ(device->timed, std::nullopt) << "only one pass is timed";
}

TEST(Measure, MemoryOfTheWatchedDeviceIsThatOfTheMeasurement) {
  const auto device = std::make_shared<FakeDevice>();
  device->used = std::size_t{10} << 20;  // by others
  watch_memory_of(device);
  const Figures figures = figures_of([=] {
    device->used += std::size_t{5} << 20;
    return Prepared{.pass = [] {}};
  });
  watch_memory_of(nullptr);
  EXPECT_EQ(figures.at("device_used_mib"), 5);
}

TEST(Measure, ThePeakOfMemoryIsThatSinceTheReset) {
  constexpr std::size_t bytes = std::size_t{128} << 20;
  reset_host_peak();
  const auto before = host_peak_bytes();
  if (!before) GTEST_SKIP() << "the system does not say";
  { std::memset(std::make_unique<char[]>(bytes).get(), 1, bytes); }
  const std::size_t peak = host_peak_bytes().value();
  EXPECT_GE(peak, *before + bytes / 2);
  reset_host_peak();
  if (host_peak_bytes().value() == peak) GTEST_SKIP() << "the system does not reset peaks";
  EXPECT_LE(host_peak_bytes().value(), *before + bytes / 2);
}

// Its program is built and its sums are checked.
TEST(Measure, TheCeilingOfAdditionsIsMeasuredOnce) {
  const double adds = add_ceiling(1);
  EXPECT_GT(adds, 1e6);
  EXPECT_EQ(add_ceiling(1), adds);
}

TEST(Measure, AShareOfTheCeilingIsReported) {
  const Figures figures = figures_of([] {
    return Prepared{.pass = [] {}, .work = {.examples = 1, .steps = 1, .synaptic_operations = 1}, .threads = 1};
  });
  EXPECT_DOUBLE_EQ(figures.at("of_add_ceiling"), figures.at("synaptic_ops_per_s") / add_ceiling(1));
}

}  // namespace
}  // namespace synfire::benchmarks
