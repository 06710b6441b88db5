// SPDX-License-Identifier: Apache-2.0
// From what a description says of compiling to a compiler, and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <synfire/synfire.hpp>

#include "error/problems.hpp"

namespace synfire {
namespace {

// The names of populations and connections are those of each other here.
Network sample() {
  Network network;
  const auto a = network.add("poisson_input", 2, {.name = "a"});
  const auto b = network.add("integrate_fire", 2, {.name = "same"});
  network.connect(a, b, Dense{1.0}, {.synapse = "exponential", .name = "same"});
  return network;
}

TEST(CompileSettings, BecomeACompilerAndComeBack) {
  const Network network = sample();
  const CompileSettings settings{.timesteps = 7,
                                 .dt = 0.5,
                                 .nominal_dt = 1.0,
                                 .batch_size = 3,
                                 .seed = 0xFFFFFFFFFFFFFFFF,
                                 .record = {{.population = "same", .variable = "v"},
                                            {.connection = "same", .variable = "x"},
                                            {.population = "a", .variable = "spikes"}},
                                 .carry_over = {.neurons = true, .spikes = true},
                                 .streaming = true,
                                 .step_callbacks = true,
                                 .schedule = "step",
                                 .threads_per_block = 64,
                                 .synapse_memory = 1000,
                                 .recording_memory = 2000};
  const InferenceCompiler compiler = InferenceCompiler::from(settings, network);
  EXPECT_EQ(compiler.timesteps, 7u);
  EXPECT_EQ(compiler.seed, 0xFFFFFFFFFFFFFFFF);
  EXPECT_EQ(compiler.record.size(), 3u);
  EXPECT_EQ(compiler.carry_over, (CarryOver{.neurons = true, .spikes = true}));
  EXPECT_TRUE(compiler.settings(network) == settings);
}

TEST(CompileSettings, HaveTheDefaultsOfTheCompiler) {
  EXPECT_TRUE(InferenceCompiler{}.settings(Network{}) == CompileSettings{});
}

TEST(CompileSettings, MistakesAreReportedWhereTheyAreWritten) {
  const Description description = parse_description(R"({
  "format": "synfire-network", "version": 1,
  "populations": [{"name": "a", "shape": 1, "neuron": "poisson_input"}],
  "compile": {"record": [{"population": "aa", "variable": "spikes"},
                         {"population": "a", "variable": "v"}]}
})",
                                                    {}, "memory");
  const std::vector<Problem> problems =
      test::thrown_by([&] { InferenceCompiler::from(description.compile, description.network); });
  ASSERT_THAT(problems,
              testing::ElementsAre(test::problem_at(ProblemKind::unknown_name, "compile.record[0].population"),
                                   test::problem_at(ProblemKind::missing_variable, "compile.record[1].variable")));
  EXPECT_EQ(problems[0].place.file, "memory");
  EXPECT_EQ(problems[0].place.line, 4);
  EXPECT_EQ(problems[0].place.column, 26);
  EXPECT_EQ(problems[1].place.line, 5);
}

TEST(CompileSettings, RecordingsOfWhatThereIsNotCannotBeSaid) {
  const InferenceCompiler compiler{.record = {{"nowhere", "v"}}};
  EXPECT_THAT(test::thrown_by([&] { (void)compiler.settings(sample()); }),
              testing::ElementsAre(test::problem_at(ProblemKind::unknown_name, "compiler.record[0]")));
}

}  // namespace
}  // namespace synfire
