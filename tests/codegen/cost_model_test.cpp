// SPDX-License-Identifier: Apache-2.0
#include "schedule/cost_model.hpp"

#include <gtest/gtest.h>

#include "golden/networks.hpp"
#include "synfire/codegen/lower.hpp"
#include "synfire/models.hpp"

namespace synfire::codegen {
namespace {

using testing::CompilableNetwork;

ScheduleChoice choice_for(const CompilableNetwork& network, const std::string& backend, const CompileOptions& options) {
  return choose_schedule(lower(network.network.resolve(), options), options, backend);
}

CompilableNetwork large() {
  Network network;
  const auto cells = network.add(LeakyIntegrateFire{}, 50000, {.readout = "spike_count", .name = "cells"});
  network.connect(cells, cells, FixedProbability{.p = 0.001, .weight = 0.1});
  return {"large", network, {.timesteps = 10}};
}

TEST(CostModel, SmallNetworksAreTrials) {
  const CompilableNetwork demo = testing::demo_network();
  CompileOptions options = demo.options;
  options.parts = 8;
  EXPECT_EQ(choice_for(demo, "host", options).schedule, Schedule::trial);
  EXPECT_EQ(choice_for(demo, "cuda", options).schedule, Schedule::trial);
}

TEST(CostModel, LargeOnesAreShared) {
  const CompilableNetwork network = large();
  CompileOptions options = network.options;
  options.parts = 8;
  const ScheduleChoice host = choice_for(network, "host", options);
  EXPECT_EQ(host.schedule, Schedule::step);
  EXPECT_EQ(host.parts, 8u);
  EXPECT_NE(host.note.find("schedule step: "), std::string::npos) << host.note;
  EXPECT_EQ(choice_for(network, "cuda", options).schedule, Schedule::step);
  // A single thread, or enough examples for all threads.
  options.parts = 1;
  EXPECT_EQ(choice_for(network, "host", options).schedule, Schedule::trial);
  options.parts = 8;
  options.batch_size = 64;
  EXPECT_EQ(choice_for(network, "host", options).schedule, Schedule::trial);
}

TEST(CostModel, SpikesThatDoNotFitABlock) {
  Network network;
  const auto cells = network.add(LeakyIntegrateFire{}, 2000, {.readout = "spike_count", .name = "cells"});
  network.connect(cells, cells, OneToOne{.weight = 0.1, .delay = 1000.0});
  const CompilableNetwork late{"late", network, {.timesteps = 10}};
  const ScheduleChoice choice = choice_for(late, "cuda", late.options);
  EXPECT_EQ(choice.schedule, Schedule::step);
  EXPECT_NE(choice.note.find("do not fit"), std::string::npos) << choice.note;
}

TEST(CostModel, TheUserHasTheLastWord) {
  CompileOptions options = testing::demo_network().options;
  options.schedule = Schedule::step;
  EXPECT_EQ(choice_for(testing::demo_network(), "host", options).schedule, Schedule::step);
  options.schedule = Schedule::trial;
  EXPECT_EQ(choice_for(large(), "cuda", options).schedule, Schedule::trial);
}

}  // namespace
}  // namespace synfire::codegen
