// SPDX-License-Identifier: Apache-2.0
// The checker detects broken programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "golden/networks.hpp"
#include "synfire/codegen/lower.hpp"
#include "synfire/codegen/passes.hpp"

namespace synfire::codegen {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

// Two neurons with a state, a queue and a valid phase.
struct Sound {
  Program program;
  ArrayId state = 0;
  ElementPhase phase{"neurons", 2, {}};

  Sound() {
    Array array;
    array.name = "v";
    array.extent = 2;
    state = program.add(array);
    Queue queue;
    queue.name = "cells";
    queue.neurons = 2;
    program.queues.push_back(queue);
    phase.body.emplace_back(Variable{"v_1", load(state, Type::f32)});
    phase.body.emplace_back(Emit{0, apply(Operation::greater, {local("v_1", Type::f32), constant(1)}), nullptr});
    phase.body.emplace_back(Store{state, local("v_1", Type::f32)});
  }
  std::vector<std::string> failures() {
    program.step = {phase};
    return check(program);
  }
  std::vector<std::string> failures(Phase other) {
    program.step = {std::move(other)};
    return check(program);
  }
};

TEST(Check, FindsNothingInASoundProgram) { EXPECT_THAT(Sound().failures(), IsEmpty()); }

TEST(Check, FindsNothingInWhatLoweringMakes) {
  for (const auto& golden : testing::golden_networks()) {
    Program program = lower(golden.network.resolve(), golden.options);
    EXPECT_THAT(check(program), IsEmpty()) << golden.name;
    EXPECT_NO_THROW(run_passes(program, block_passes({}))) << golden.name;
  }
}

TEST(Check, FindsArraysWithOneName) {
  Sound sound;
  sound.program.add(sound.program.arrays[0]);
  EXPECT_THAT(sound.failures(), Not(IsEmpty()));
}

TEST(Check, FindsAnArrayWithoutAName) {
  Sound sound;
  sound.program.arrays[0].name.clear();
  EXPECT_THAT(sound.failures(), Not(IsEmpty()));
}

TEST(Check, FindsABufferOutsideGlobalMemory) {
  Sound sound;
  sound.program.arrays[0].role = contract::BufferRole::readout;
  sound.program.arrays[0].storage = Storage::registers;
  EXPECT_THAT(sound.failures(), Not(IsEmpty()));
}

TEST(Check, FindsTooFewValues) {
  Sound sound;
  sound.program.arrays[0].values = std::make_shared<const std::vector<float>>(1, 0.0F);
  EXPECT_THAT(sound.failures(), Not(IsEmpty()));
  sound.program.arrays[0].values = nullptr;
  sound.program.arrays[0].counts = std::make_shared<const std::vector<std::uint32_t>>(3, 0u);
  EXPECT_THAT(sound.failures(), Not(IsEmpty()));
}

TEST(Check, FindsArraysThatDoNotExist) {
  Sound sound;
  sound.phase.body.emplace_back(Store{9, constant(1)});
  EXPECT_THAT(sound.failures(), Not(IsEmpty()));
  Sound reading;
  reading.phase.body.emplace_back(Let{"x", load(9, Type::f32)});
  EXPECT_THAT(reading.failures(), Not(IsEmpty()));
}

TEST(Check, FindsLocalsThatDoNotExist) {
  Sound sound;
  sound.phase.body.emplace_back(Let{"x", apply(Operation::negate, {local("nobody", Type::f32)})});
  EXPECT_THAT(sound.failures(), Not(IsEmpty()));
  Sound setting;
  setting.phase.body.emplace_back(Set{"nobody", constant(1)});
  EXPECT_THAT(setting.failures(), Not(IsEmpty()));
}

TEST(Check, FindsLocalsOfAnotherPhase) {
  Sound sound;
  const ElementPhase other{"other", 2, {Store{sound.state, local("v_1", Type::f32)}}};
  sound.program.after = {other};
  EXPECT_THAT(sound.failures(), Not(IsEmpty()));
}

TEST(Check, FindsMissingExpressions) {
  Sound sound;
  sound.phase.body.emplace_back(Let{"x", nullptr});
  EXPECT_THAT(sound.failures(), Not(IsEmpty()));
}

TEST(Check, FindsWhatIsWrongInsideBranches) {
  Sound sound;
  sound.phase.body.emplace_back(If{constant(1, Type::boolean), {}, {Store{9, constant(1)}}});
  EXPECT_THAT(sound.failures(), Not(IsEmpty()));
}

TEST(Check, FindsQueuesThatDoNotExist) {
  EXPECT_THAT(Sound().failures(GatherPhase{"gather", 3}), Not(IsEmpty()));
  EXPECT_THAT(Sound().failures(OpenPhase{"open", 3}), Not(IsEmpty()));
  EXPECT_THAT(Sound().failures(SavePhase{"save", 3}), Not(IsEmpty()));
  EXPECT_THAT(Sound().failures(ReplayPhase{"replay", 3, 0, 0, std::nullopt}), Not(IsEmpty()));
  Sound emitting;
  emitting.phase.body.emplace_back(Emit{3, constant(1, Type::boolean), nullptr});
  EXPECT_THAT(emitting.failures(), Not(IsEmpty()));
}

TEST(Check, FindsQueuesThatAreTooShort) {
  DeliverPhase phase;
  phase.label = "delivery";
  EXPECT_THAT(Sound().failures(phase), IsEmpty());
  phase.age = 2;
  EXPECT_THAT(Sound().failures(phase), Not(IsEmpty()));
}

TEST(RunPasses, NamesThePassThatBreaksAProgram) {
  Sound sound;
  sound.failures();
  const std::vector<Pass> passes{{"harmless", [](Program&) {}},
                                 {"harmful", [](Program& program) { program.arrays.clear(); }}};
  try {
    run_passes(sound.program, passes);
    FAIL() << "nothing was thrown";
  } catch (const std::logic_error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("harmful"));
  }
}

TEST(RunPasses, PrintsWhatEachChanged) {
  Sound sound;
  sound.failures();
  std::vector<std::string> stages;
  const std::vector<Pass> passes{{"nothing", [](Program&) {}},
                                 {"threads", [](Program& program) { program.threads = 32; }}};
  run_passes(sound.program, passes, [&](const std::string& stage, const std::string&) { stages.push_back(stage); });
  EXPECT_THAT(stages, ::testing::ElementsAre("lowering", "threads"));
}

}  // namespace
}  // namespace synfire::codegen
