// SPDX-License-Identifier: Apache-2.0
// Networks on the device `cuda` itself: the same bits as the host, and the number of runtime calls.
// (tests/gradients/devices_test.cpp, part of this program, compares training.)
#include <gmock/gmock.h>

#include <cstdio>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "cudart/stand_in.hpp"
#include "support/devices.hpp"
#include "synfire/synfire.hpp"

namespace synfire::cudart {
namespace {

constexpr std::uint32_t timesteps = 300;
constexpr std::size_t examples = 6;

struct Recurrent {
  Network network;
  PopulationReference input = network.add(SpikeInput{}, 20, {.name = "input"});
  PopulationReference hidden =
      network.add(LeakyIntegrateFire{.tau_mem = 20.0, .tau_refrac = 2.0}, 40, {.name = "hidden"});
  PopulationReference output =
      network.add(LeakyIntegrate{.tau_mem = 20.0}, 3, {.readout = "avg_var", .name = "output"});

  Recurrent() {
    network.connect(input, hidden, Dense{Normal{.mean = 0.1, .sd = 0.1}}, {.synapse = Exponential{.tau = 5.0}});
    network.connect(hidden, hidden, Dense{Normal{.mean = 0.0, .sd = 0.05}}, {.synapse = Exponential{.tau = 5.0}});
    network.connect(hidden, output, Dense{Normal{.mean = 0.0, .sd = 0.1}}, {.synapse = Exponential{.tau = 5.0}});
  }
};

SpikeTrains spikes(std::uint32_t steps = timesteps) {
  std::mt19937 random(3);
  std::vector<std::vector<SpikeEvent>> all(examples);
  for (auto& example : all) {
    for (std::uint32_t step = 0; step < steps; ++step) {
      for (std::uint32_t neuron = 0; neuron < 20; ++neuron) {
        if (random() % 20 == 0) example.push_back({neuron, static_cast<float>(step)});
      }
    }
  }
  return make_spike_trains(20, all);
}

class CudartPrograms : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { reset(); }
  void TearDown() override { reset(); }

  static InferenceCompiler compiler(const std::string& device) {
    return {.timesteps = timesteps,
            .batch_size = 3,
            .seed = 5,
            .device = device,
            .cache_folder = testing::cache_folder(),
            .schedule = GetParam()};
  }
};

TEST_P(CudartPrograms, GiveTheBitsOfTheHost) {
  const Recurrent model;
  const SpikeTrains data = spikes();
  const auto outputs = [&](const std::string& device) {
    return compiler(device).compile(model.network).predict({{model.input, data}})[model.output].values();
  };
  const auto expected = outputs("host");
  EXPECT_THAT(expected, ::testing::Contains(::testing::Ne(0.0F)));
  EXPECT_EQ(outputs("cuda"), expected);
}

std::string printed(const Counts& now, double batches) {
  const auto each = [&](const char* function) { return static_cast<double>(now.of(function)) / batches; };
  char text[256];
  std::snprintf(text, sizeof text,
                "per batch: %.1f kernel launches, %.1f graph launches, %.1f copies, %.1f synchronizations, %.0f B up, "
                "%.0f B down",
                each("cudaLaunchKernel"), each("cudaGraphLaunch"), each("cudaMemcpyAsync"),
                each("cudaStreamSynchronize"), static_cast<double>(now.bytes_up) / batches,
                static_cast<double>(now.bytes_down) / batches);
  return text;
}

// Graphs run 32 steps per launch.
TEST_P(CudartPrograms, CallTheRuntimeSoOften) {
  const Recurrent model;
  const SpikeTrains data = spikes();
  auto compiled = compiler("cuda").compile(model.network);
  compiled.predict({{model.input, data}});
  reset();
  compiled.predict({{model.input, data}});
  const Counts& now = counts();
  constexpr std::uint64_t batches = 2;
  std::printf("%s, %s\n", GetParam().c_str(), printed(now, batches).c_str());
  if (GetParam() == "trial") {
    EXPECT_EQ(now.of("cudaLaunchKernel"), batches);
    EXPECT_EQ(now.kernels, batches);
  } else {
    EXPECT_EQ(now.of("cudaGraphLaunch"), batches * (timesteps / 32));
    EXPECT_EQ(now.of("cudaStreamBeginCapture"), 0u) << "the graph of the first run serves all batches";
  }
  EXPECT_EQ(now.of("cudaStreamSynchronize"), batches);
  EXPECT_EQ(now.of("cudaMalloc"), 0u);
}

// One span for each batch, whatever is in it.
TEST_P(CudartPrograms, LaunchesAreTimedOnRequest) {
  const Recurrent model;
  const SpikeTrains data = spikes();
  auto compiled = compiler("cuda").compile(model.network);
  compiled.predict({{model.input, data}});
  EXPECT_EQ(counts().of("cudaEventCreate") + counts().of("cudaEventRecord"), 0u);
  EXPECT_EQ(compiled.device().kernel_seconds(), std::nullopt);

  ASSERT_TRUE(compiled.device().time_kernels(true));
  EXPECT_EQ(compiled.device().kernel_seconds(), 0.0);
  for (const double times : {1.0, 2.0}) {
    const std::uint64_t before = counts().kernels;
    compiled.predict({{model.input, data}});
    const auto kernels = static_cast<double>(counts().kernels - before);
    EXPECT_NEAR(compiled.device().kernel_seconds().value(), times * 1e-3 * double{kernel_milliseconds} * kernels,
                1e-12);
  }
  EXPECT_EQ(counts().of("cudaEventCreate"), 4u) << "the events of two batches, which are used again";

  ASSERT_TRUE(compiled.device().time_kernels(true));
  EXPECT_EQ(compiled.device().kernel_seconds(), 0.0);
  ASSERT_TRUE(compiled.device().time_kernels(false));
  reset();
  compiled.predict({{model.input, data}});
  EXPECT_EQ(compiled.device().kernel_seconds(), std::nullopt);
  EXPECT_EQ(counts().of("cudaEventRecord"), 0u);
}

TEST_P(CudartPrograms, AFaultOfAKernelIsARunError) {
  const Recurrent model;
  const SpikeTrains data = spikes();
  auto compiled = compiler("cuda").compile(model.network);
  fail("cudaStreamSynchronize", cudaErrorIllegalAddress, 2);
  EXPECT_THROW(compiled.predict({{model.input, data}}), RunError);
}

INSTANTIATE_TEST_SUITE_P(Schedules, CudartPrograms, ::testing::Values("trial", "step"));

// Data, order and results stay on the device for an epoch: other calls do not depend on its number of batches. Sparse
// spikes are stored like dense ones. A limit of the gradients' norm is one launch more.
TEST_F(CudartPrograms, ABatchOfTrainingIsTwoLaunchesAndNothingElse) {
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 20, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{}, 10, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{}, 3, {.readout = "avg_var", .name = "output"});
  network.connect(input, hidden, Dense{Normal{.mean = 0.3, .sd = 0.2}}, {.synapse = Exponential{}});
  network.connect(hidden, output, Dense{Normal{.mean = 0.2, .sd = 0.37}}, {.synapse = Exponential{}});
  constexpr std::uint32_t epochs = 2;
  const auto train = [&](const std::string& device, std::uint32_t batch_size, double limit = 0) {
    EventPropCompiler compiler{
        .timesteps = 100, .batch_size = batch_size, .seed = 1, .losses = "sparse_categorical_crossentropy"};
    compiler.optimizer = Adam{.clip_norm = limit};
    compiler.device = device;
    compiler.cache_folder = testing::cache_folder();
    auto model = compiler.compile(network);
    const Tensor<std::uint8_t> labels({examples}, {0, 1, 2, 2, 1, 0});
    model.train({{input, spikes(50)}}, {{output, labels}}, {.epochs = epochs});  // determines the tape length
    reset();
    const History found = model.train({{input, spikes(50)}}, {{output, labels}}, {.epochs = epochs});
    return std::pair{counts(), found.epochs.back().training.front().loss};
  };
  std::map<std::uint32_t, Counts> by_size;
  for (const std::uint32_t batch_size : {1u, 2u}) {
    const auto [now, loss] = train("cuda", batch_size);
    EXPECT_EQ(loss, train("host", batch_size).second);
    const std::uint64_t batches = epochs * examples / batch_size;
    std::printf("%u batches of training in %u epochs, %s\n", static_cast<unsigned>(batches), epochs,
                printed(now, static_cast<double>(batches)).c_str());
    EXPECT_EQ(now.of("cudaLaunchKernel"), 2 * batches);
    by_size.emplace(batch_size, now);
  }
  const auto [limited, loss_of_limited] = train("cuda", 2, 0.01);
  EXPECT_EQ(loss_of_limited, train("host", 2, 0.01).second);
  EXPECT_NE(loss_of_limited, train("host", 2).second);
  EXPECT_EQ(limited.of("cudaLaunchKernel"), 3 * epochs * examples / 2);
  EXPECT_EQ(limited.of("cudaStreamSynchronize"), 0u);
  EXPECT_EQ(by_size.at(1).of("cudaStreamSynchronize"), 0u);
  for (const char* const function : {"cudaMemcpyAsync", "cudaMemsetAsync", "cudaStreamSynchronize", "cudaMalloc"})
    EXPECT_EQ(by_size.at(1).of(function), by_size.at(2).of(function)) << function;
}

// A capture concerns its thread alone: others allocate, capture and launch in the middle of it.
TEST_F(CudartPrograms, AnotherThreadRunsWhileOneCaptures) {
  constexpr std::uint32_t steps = 130;  // enough for a graph
  const Recurrent model;
  const SpikeTrains data = first(spikes(steps), 1);
  using Values = std::vector<float>;
  const auto outputs = [&](const std::string& device) {
    const InferenceCompiler compiler{
        .timesteps = steps, .seed = 5, .device = device, .cache_folder = testing::cache_folder(), .schedule = "step"};
    return compiler.compile(model.network).predict({{model.input, data}})[model.output].values();
  };
  const auto run = [&](Values& values) {
    return [&] {
      try {
        values = outputs("cuda");
      } catch (const Error& error) {
        ADD_FAILURE() << error.what();
      }
    };
  };
  const Values expected = outputs("host");
  Values own, meanwhile;
  machine().during_capture = [&] { std::thread(run(meanwhile)).join(); };
  run(own)();
  EXPECT_EQ(own, expected);
  EXPECT_EQ(meanwhile, expected);
  EXPECT_EQ(counts().of("cudaStreamBeginCapture"), 2u);

  // However they interleave.
  Values one, other;
  { const std::jthread first_thread(run(one)), second_thread(run(other)); }
  EXPECT_EQ(one, expected);
  EXPECT_EQ(other, expected);
}

// If the driver cannot create graphs, kernels are launched one by one: the same bits, and a warning.
TEST_F(CudartPrograms, DoWithoutGraphs) {
  const Recurrent model;
  const SpikeTrains data = spikes();
  const auto outputs = [&] {
    return InferenceCompiler{.timesteps = timesteps,
                             .batch_size = 3,
                             .seed = 5,
                             .device = "cuda",
                             .cache_folder = testing::cache_folder(),
                             .schedule = "step"}
        .compile(model.network)
        .predict({{model.input, data}})[model.output]
        .values();
  };
  const auto expected = outputs();
  std::vector<Problem> heard;
  const WarningHandler before = set_warning_handler([&](const Problem& problem) { heard.push_back(problem); });
  fail("cudaStreamBeginCapture", cudaErrorStreamCaptureUnsupported);
  const std::uint64_t graphs = counts().of("cudaGraphLaunch");
  EXPECT_EQ(outputs(), expected);
  EXPECT_EQ(counts().of("cudaGraphLaunch"), graphs);
  set_warning_handler(before);
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].kind, ProblemKind::no_step_graphs);
}

}  // namespace
}  // namespace synfire::cudart
