// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "synfire/codegen/lower.hpp"
#include "synfire/codegen/passes.hpp"
#include "synfire/error.hpp"
#include "synfire/models.hpp"

namespace synfire::codegen {
namespace {

Program placed(const Network& network, const BlockLimits& limits = {},
               const CompileOptions& options = {.timesteps = 10}) {
  Program program = lower(network.resolve(), options);
  run_passes(program, block_passes(limits));
  return program;
}

const Array& placed(const Program& program, const std::string& name) {
  const auto found =
      std::find_if(program.arrays.begin(), program.arrays.end(), [&](const Array& each) { return each.name == name; });
  if (found == program.arrays.end()) throw std::out_of_range(name);
  return *found;
}

Network chain(std::uint32_t neurons, double delay = 0) {
  Network network;
  network.add("integrate_fire_input", neurons, {.name = "a"});
  network.add("integrate_fire", neurons, {.readout = "spike_count", .name = "b"});
  network.connect("a", "b", OneToOne{1.0, delay});
  network.connect("a", "b", Dense{1.0, delay});
  return network;
}

TEST(PlaceInBlock, PutsSmallStateIntoRegisters) {
  const Program program = placed(chain(100));
  EXPECT_EQ(placed(program, "a_v").storage, Storage::registers);
  EXPECT_EQ(placed(program, "b_v").storage, Storage::registers);
  EXPECT_EQ(program.threads, 128u);
}

TEST(PlaceInBlock, PutsLargerStateIntoSharedMemory) {
  const Program program = placed(chain(1000), {.threads = 32});
  EXPECT_EQ(program.threads, 32u);
  EXPECT_EQ(placed(program, "a_v").storage, Storage::shared);
}

TEST(PlaceInBlock, PutsWhatFitsNeitherIntoGlobalMemory) {
  const Program program = placed(chain(20000));
  const Array& state = placed(program, "b_v");
  EXPECT_EQ(state.storage, Storage::global);
  EXPECT_EQ(state.role, contract::BufferRole::workspace);
  EXPECT_TRUE(state.per_example);
  EXPECT_EQ(state.shape, Extents{20000});
  const auto& queue = program.queues.at(0);
  ASSERT_TRUE(queue.workspace);
  EXPECT_EQ(program.arrays[*queue.workspace].element_type, contract::ElementType::u32);
}

TEST(PlaceInBlock, StaysWithinItsLimits) {
  for (const std::uint32_t neurons : {1u, 31u, 33u, 500u, 3000u, 9000u, 40000u}) {
    for (const std::uint32_t threads : {0u, 32u, 1024u}) {
      const BlockLimits limits{.threads = threads};
      const Program program = placed(chain(neurons, 2), limits);
      EXPECT_LE(shared_bytes(program), limits.shared_bytes);
      std::size_t words = 0;
      for (const Array& array : program.arrays) {
        EXPECT_NE(array.storage, Storage::undecided) << array.name;
        if (array.storage == Storage::registers) words += (array.extent + program.threads - 1) / program.threads;
      }
      EXPECT_LE(words, limits.registers_for_state);
      EXPECT_LE((words + 20) * program.threads, 65536u);
      EXPECT_EQ(program.threads % 32, 0u);
    }
  }
}

TEST(PlaceInBlock, RefusesMasksThatDoNotFit) {
  try {
    placed(chain(100, 60000));
    FAIL() << "nothing was refused";
  } catch (const ModelError& error) {
    ASSERT_EQ(error.problems().size(), 1u);
    const Problem& problem = error.problems().front();
    EXPECT_EQ(problem.kind, ProblemKind::unsupported);
    EXPECT_EQ(problem.path, "network");
    EXPECT_NE(problem.expected.find("49152"), std::string::npos);
    EXPECT_FALSE(problem.hint.empty());
  }
}

TEST(PlaceOnHost, TakesTheSameNetwork) {
  Program program = lower(chain(100, 60000).resolve(), {.timesteps = 10});
  run_passes(program, host_passes());
  for (const Array& array : program.arrays) EXPECT_NE(array.storage, Storage::undecided) << array.name;
}

TEST(DropUnreadLists, KeepsOnlyListsThatAreRead) {
  Network network;
  network.add("integrate_fire_input", 10, {.name = "a"});
  network.add("integrate_fire", 10, {.name = "b"});
  network.add("integrate_fire", 10, {.name = "c"});
  network.connect("a", "b", OneToOne{1.0});
  network.connect("b", "c", Dense{1.0});
  Program program = lower(network.resolve(), {.timesteps = 10});
  drop_unread_lists(program);
  std::vector<std::string> gathered;
  for (const Phase& phase : program.step) {
    if (const auto* gather = std::get_if<GatherPhase>(&phase)) gathered.push_back(program.queues[gather->queue].name);
  }
  EXPECT_EQ(gathered, std::vector<std::string>{"b"});
}

}  // namespace
}  // namespace synfire::codegen
