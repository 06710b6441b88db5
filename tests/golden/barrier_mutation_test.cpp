// SPDX-License-Identifier: Apache-2.0
// The barriers of generated kernels are sufficient, and each is necessary: without it the emulator finds a race,
// whatever the thread order.
#include <gtest/gtest.h>

#include "golden/simt_run.hpp"
#include "synfire/models.hpp"

namespace synfire::testing {
namespace {

constexpr std::uint64_t seeds[] = {1, 2, 3};

// Two connections with different delays need the population's list and masks at different times.
CompilableNetwork list_and_mask() {
  Network network;
  const auto source = network.add(IntegrateFireInput{}, 70, {.name = "source"});
  const auto masked = network.add(IntegrateFire{}, 70, {.readout = "spike_count", .name = "masked"});
  const auto listed = network.add(IntegrateFire{}, 5, {.readout = "spike_count", .name = "listed"});
  network.connect(source, masked, OneToOne{0.5, 1.0});
  network.connect(source, listed, Dense{0.25});
  return {"list_and_mask", network, {.timesteps = 10}};
}

// A target before its source, a loop of two, and a population with more than one neuron per thread.
CompilableNetwork backwards() {
  Network network;
  const auto output = network.add(IntegrateFire{}, 40, {.readout = "spike_count", .name = "output"});
  const auto hidden = network.add(IntegrateFire{}, 300, {.name = "hidden"});
  const auto input = network.add(IntegrateFireInput{}, 150, {.name = "input"});
  network.connect(input, hidden, Dense{0.125});
  network.connect(hidden, output, Dense{0.0625, 2.0});
  network.connect(output, hidden, Dense{-0.25});
  return {"backwards", network, {.timesteps = 10, .threads_per_block = 64}};
}

// State that does not fit registers.
CompilableNetwork large() {
  CompilableNetwork each = backwards();
  each.name = "large";
  each.network.add("leaky_integrate", 600, {.readout = "var", .name = "wide"});
  each.network.connect("hidden", "wide", Dense{0.5}, {.synapse = Exponential{}});
  each.options.timesteps = 4;
  each.options.threads_per_block = 32;
  return each;
}

// Several blocks per example, and two lists built in one launch.
CompilableNetwork grid() {
  Network network;
  const auto input = network.add(IntegrateFireInput{}, 100, {.name = "input"});
  const auto cells = network.add(IntegrateFire{}, 150, {.readout = "spike_count", .name = "cells"});
  network.connect(input, cells, FixedProbability{.p = 0.2, .weight = Uniform{0, 0.5}, .delay = Uniform{0, 2}});
  network.connect(cells, cells, FixedProbability{.p = 0.1, .weight = -0.125}, {.storage = SynapseStorage::procedural});
  return {"grid", network, {.timesteps = 6, .threads_per_block = 64, .schedule = codegen::Schedule::step}};
}

std::vector<CompilableNetwork> networks() {
  std::vector<CompilableNetwork> all = golden_networks();
  for (const CompilableNetwork& each : {list_and_mask(), backwards(), large(), grid()}) all.push_back(each);
  return all;
}

class BarrierMutation : public ::testing::TestWithParam<CompilableNetwork> {};

bool is_found(SimtRun& run, std::uint64_t seed) {
  try {
    run.run(seed);
  } catch (const RunError& error) {
    for (const Problem& problem : error.problems()) EXPECT_EQ(problem.kind, ProblemKind::run_failed);
    return true;
  }
  return false;
}

TEST_P(BarrierMutation, EveryBarrierIsNeededAndTheySuffice) {
  SimtRun run(GetParam());
  for (const std::uint64_t seed : seeds) ASSERT_NO_THROW(run.run(seed)) << "seed " << seed;
  const std::vector<simt::BarrierSite> sites = run.device().barrier_sites();
  ASSERT_FALSE(sites.empty());
  for (std::size_t n = 0; n < sites.size(); ++n) {
    for (const std::uint64_t seed : seeds) {
      run.device().skip_no_barrier();
      run.run(seed);
      run.device().skip_barrier(n);
      EXPECT_TRUE(is_found(run, seed)) << "without the barrier of line " << sites[n].line << ", seed " << seed << "\n"
                                       << cuda_source(GetParam());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, BarrierMutation, ::testing::ValuesIn(networks()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace synfire::testing
