// SPDX-License-Identifier: Apache-2.0
// NVRTC compiles the kernels of training programs for every architecture without spilling.
#include <gtest/gtest.h>

#include <cstdio>

#include "gradients/cases.hpp"
#include "synfire/codegen/resource_usage.hpp"
#include "synfire/error.hpp"
#include "synfire/models.hpp"

namespace synfire::testing {
namespace {

using namespace codegen;

// The benchmark's recurrent network.
TrainingCase benchmark_case() {
  const LeakyIntegrateFire neuron{
      .tau_mem = 20.0, .relative_reset = false, .integrate_during_refrac = false, .scale_i = true};
  const Exponential synapse{.tau = 5.0, .scale_i = true};
  TrainingCase learned;
  Network& network = learned.network;
  const auto input = network.add(SpikeInput{}, 700, {.name = "input"});
  const auto hidden = network.add(neuron, 256, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 20,
                                  {.readout = "avg_var_exp_weight", .name = "output"});
  network.connect(input, hidden, Dense{Normal{0.03, 0.01}}, {.synapse = synapse, .name = "first"});
  network.connect(hidden, hidden, Dense{Normal{0.0, 0.02}}, {.synapse = synapse, .name = "recurrence"});
  network.connect(hidden, output, Dense{Normal{0.0, 0.03}}, {.synapse = synapse, .name = "second"});
  learned.options.timesteps = 1000;
  learned.options.batch_size = 32;
  learned.training.losses = {{2, {}}};
  return learned;
}

// A small convolutional network.
TrainingCase lenet_case() {
  const LeakyIntegrateFire neuron{
      .tau_mem = 20.0, .relative_reset = false, .integrate_during_refrac = false, .scale_i = true};
  const Exponential synapse{.tau = 5.0, .scale_i = true};
  TrainingCase learned;
  Network& network = learned.network;
  const auto input = network.add(SpikeInput{}, {28, 28, 1}, {.name = "input"});
  const auto first = network.add(neuron, {}, {.name = "first"});
  const auto second = network.add(neuron, {}, {.name = "second"});
  const auto output =
      network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 10, {.readout = "avg_var", .name = "output"});
  network.connect(input, first,
                  Conv2D{.filters = 16, .kernel = 5, .strides = 2, .padding = "same", .weight = Kaiming{}},
                  {.synapse = synapse});
  network.connect(first, second,
                  Conv2D{.filters = 32, .kernel = 5, .strides = 2, .padding = "same", .weight = Kaiming{}},
                  {.synapse = synapse});
  network.connect(second, output, Dense{Kaiming{}}, {.synapse = synapse});
  learned.options.timesteps = 30;
  learned.options.batch_size = 32;
  learned.training.losses = {{3, {}}};
  return learned;
}

TrainingCase case_called(const std::string& name) {
  return name == "benchmark" ? benchmark_case() : name == "lenet" ? lenet_case() : training_case(name).learned;
}

class TrainingKernels : public ::testing::TestWithParam<std::string> {};

TEST_P(TrainingKernels, CompileWithoutSpilling) {
  const TrainingCase learned = case_called(GetParam());
  const bool everywhere = GetParam() == "benchmark" || GetParam() == "lenet";
  const contract::Artifact artifact =
      generate_training(learned.network.resolve(), learned.options, learned.training, "cuda");
  for (const char* architecture : {"sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"}) {
    // Every architecture for these, one for the others.
    if (!everywhere && std::string(architecture) != "sm_90") continue;
    contract::Binary binary;
    try {
      binary = find_backend("cuda").build(artifact.binaries.front().source,
                                          {.architecture = architecture, .cache_folder = "-"});
    } catch (const BuildError& error) {
      if (error.problems().front().path == "nvrtc") GTEST_SKIP() << error.what();
      throw;
    }
    const auto usage = resource_usage(binary.log);
    ASSERT_TRUE(usage) << binary.log;
    std::printf("%-14s %-7s %3zu registers %6zu B shared %4.0f ms\n", GetParam().c_str(), architecture,
                usage->registers, usage->shared_bytes, binary.compile_milliseconds);
    EXPECT_EQ(usage->spill_store_bytes, 0u) << binary.log;
    EXPECT_EQ(usage->spill_load_bytes, 0u) << binary.log;
    EXPECT_EQ(usage->stack_bytes, 0u) << binary.log;
    EXPECT_LE(usage->registers * artifact.manifest.entry.threads, 64u * 1024) << "a block does not fit";
    EXPECT_LE(usage->shared_bytes, artifact.manifest.entry.shared_bytes + 1024 + 128);
  }
}

std::vector<std::string> names() {
  std::vector<std::string> all{"benchmark", "lenet"};
  for (const NamedCase& each : training_cases()) all.push_back(each.name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Cases, TrainingKernels, ::testing::ValuesIn(names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace synfire::testing
