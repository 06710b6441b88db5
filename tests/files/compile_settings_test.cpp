// SPDX-License-Identifier: Apache-2.0
// Conversion of a description's compile settings to a compiler and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <synfire/synfire.hpp>

#include "error/problems.hpp"

namespace synfire {
namespace {

// Populations and connections share names here.
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

TEST(CompileSettings, BecomeACompilerOfTrainingAndComeBack) {
  Network network;
  network.add("leaky_integrate", 2, {.readout = "avg_var", .name = "a"});
  network.add("leaky_integrate", 2, {.readout = "avg_var", .name = "b"});
  const CompileSettings settings{
      .compiler = "event_prop",
      .timesteps = 7,
      .dt = 0.5,
      .nominal_dt = 1.0,
      .batch_size = 3,
      .seed = 0xFFFFFFFFFFFFFFFF,
      .threads_per_block = 64,
      .losses = {.list = {{.output = "b", .loss = MeanSquareError{.per_step = true}},
                          {.output = "a", .loss = SparseCategoricalCrossentropy{.temperature = 0.5}}}},
      .optimizer = Adam{.learning_rate = 0.01, .beta1 = 0.8, .beta2 = 0.9, .epsilon = 1e-6},
      .gradient_slots = 4,
      .max_spikes = 100,
      .allow_arrival_only = true};
  const EventPropCompiler compiler = EventPropCompiler::from(settings, network);
  EXPECT_EQ(compiler.timesteps, 7u);
  EXPECT_EQ(compiler.optimizer, settings.optimizer);
  EXPECT_EQ(compiler.losses.list().at(0).output.id()->index, 1u);
  EXPECT_TRUE(compiler.losses.list().at(0).loss.model->parameters.at(0).value.flag());
  EXPECT_TRUE(compiler.settings(network) == settings);

  CompileSettings one = settings;
  for (const LossSetting& loss : {LossSetting(CategoricalCrossentropy{2.0}), LossSetting(RelativeMeanSquareError{3.0}),
                                  LossSetting(TimeToFirstSpikeCrossentropy{0.1, 0.2})}) {
    one.losses = {.for_all = loss};
    EXPECT_TRUE(EventPropCompiler::from(one, network).settings(network) == one) << loss.model.name;
  }
  // Each compiler takes the settings it knows.
  EXPECT_EQ(InferenceCompiler::from(settings, network).batch_size, 3u);
  EXPECT_EQ(EventPropCompiler::from({.timesteps = 9, .schedule = "step"}, network).timesteps, 9u);
}

TEST(CompileSettings, BecomeACompilerOfSurrogateGradientsAndComeBack) {
  Network network;
  network.add("leaky_integrate_fire", 2, {.readout = "avg_var", .name = "a"});
  network.add("leaky_integrate_fire", 2, {.readout = "avg_var", .name = "b"});
  const SurrogateModel own{.name = "own", .parameters = {{"gap", 0.5}}, .derivative = "gap"};
  CompileSettings settings{
      .compiler = "surrogate",
      .timesteps = 7,
      .losses = {.for_all = MeanSquareError{}},
      .optimizer = SGD{.learning_rate = 0.1},
      .gradient_slots = 4,
      .surrogate = {.list = {{.population = "b", .surrogate = Triangle{.scale = 0.3}, .detach_reset = false},
                             {.population = "a", .surrogate = Surrogate(own)}}},
      .detach_reset = true};
  const SurrogateCompiler compiler = SurrogateCompiler::from(settings, network);
  EXPECT_EQ(compiler.timesteps, 7u);
  EXPECT_EQ(compiler.surrogate.list().at(0).population.id()->index, 1u);
  EXPECT_EQ(compiler.surrogate.list().at(0).detach_reset, std::optional(false));
  EXPECT_EQ(compiler.surrogate.list().at(1).detach_reset, std::nullopt);
  EXPECT_TRUE(compiler.detach_reset);
  EXPECT_TRUE(compiler.settings(network) == settings);
  EXPECT_TRUE(TrainingCompiler::from(settings, network).settings(network) == settings);
  const Description written{.network = network, .compile = settings};
  const DescriptionText text = to_text(written);
  EXPECT_TRUE(parse_description(text.json, text.tensors, "memory").compile == settings) << text.json;

  settings.surrogate = {.for_all = Atan{.alpha = 4.0}};
  EXPECT_TRUE(SurrogateCompiler::from(settings, network).settings(network) == settings);
  // Each compiler takes the settings it knows.
  EXPECT_EQ(EventPropCompiler::from(settings, network).gradient_slots, 4u);
  EXPECT_EQ(InferenceCompiler::from(settings, network).timesteps, 7u);
  EXPECT_FALSE(TrainingCompiler::from({.compiler = "event_prop"}, network).surrogate);
}

TEST(CompileSettings, HaveTheDefaultsOfTheCompilersOfTraining) {
  EXPECT_TRUE(EventPropCompiler{}.settings(Network{}) == CompileSettings{.compiler = "event_prop"});
  EXPECT_TRUE(SurrogateCompiler{}.settings(Network{}) == CompileSettings{.compiler = "surrogate"});
}

TEST(CompileSettings, SurrogatesOfWhatThereIsNotCannotBeSaid) {
  const SurrogateCompiler compiler{.surrogate = {{"nowhere", "atann"}}};
  const std::vector<Problem> problems = test::thrown_by([&] { (void)compiler.settings(sample()); });
  EXPECT_THAT(problems,
              testing::ElementsAre(test::problem_at(ProblemKind::unknown_name, "compiler.surrogate[0].population"),
                                   test::problem_at(ProblemKind::unknown_name, "compiler.surrogate[0].surrogate")));
}

TEST(CompileSettings, LossesOfWhatThereIsNotCannotBeSaid) {
  const EventPropCompiler compiler{.losses = {{"nowhere", "mean_square_eror"}}};
  const std::vector<Problem> problems = test::thrown_by([&] { (void)compiler.settings(sample()); });
  ASSERT_THAT(problems, testing::ElementsAre(test::problem_at(ProblemKind::unknown_name, "compiler.losses[0]"),
                                             test::problem_at(ProblemKind::unknown_name, "compiler.losses[0]")));
  EXPECT_EQ(problems[0].expected, "mean_square_error");
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

// An input population "a" and a population "b".
Description described(std::vector<InputPreparation> inputs) {
  Description description;
  description.network.add(SpikeInput{}, 2, {.name = "a"});
  description.network.add(IntegrateFire{}, 2, {.name = "b"});
  description.network.connect("a", "b", Dense{1.0});
  description.inputs = std::move(inputs);
  return description;
}

TEST(InputPreparations, MistakesAreReported) {
  const auto first_path = [](InputPreparation input) {
    const std::vector<Problem> problems = described({std::move(input)}).validate();
    return problems.empty() ? std::string{} : problems.front().path;
  };
  EXPECT_EQ(first_path({.population = "a", .encode = LinearLatency{}}), "");
  EXPECT_EQ(first_path({.population = "b"}), "inputs[0].population");
  EXPECT_EQ(first_path({.population = "c"}), "inputs[0].population");
  EXPECT_EQ(first_path({.population = "a", .encode = LinearLatency{.max_time = -1}}), "inputs[0].encode.max_time");
  EXPECT_EQ(first_path({.population = "a", .encode = LinearLatency{.max_time = 1e39}}), "inputs[0].encode.max_time");
  EXPECT_EQ(first_path({.population = "a", .encode = LogLatency{.tau_eff = 0}}), "inputs[0].encode.tau_eff");
  EXPECT_EQ(first_path({.population = "a", .events = "nmnist,downsample=2"}), "");
  EXPECT_EQ(first_path({.population = "a", .events = "nmist"}), "inputs[0].events");
  EXPECT_EQ(first_path({.population = "a", .events = "nmnist,window=2:1"}), "inputs[0].events.window");
  EXPECT_EQ(first_path({.population = "a", .scale = 2.0, .events = "nmnist"}), "inputs[0].events");
  EXPECT_EQ(first_path({.population = "a", .encode = LinearLatency{}, .events = "nmnist"}), "inputs[0].events");
}

TEST(InputPreparations, ManyThatAreWrongGiveFewProblems) {
  const std::vector<Problem> repeated =
      described(std::vector<InputPreparation>(50, {.population = "a", .scale = 1.0})).validate();
  ASSERT_EQ(repeated.size(), 49u);
  EXPECT_EQ(repeated.back().hint, "remove this or inputs[0]");
  std::vector<InputPreparation> unknown(100'000);
  for (std::size_t i = 0; i < unknown.size(); ++i) unknown[i].population = "unknown" + std::to_string(i);
  EXPECT_EQ(described(std::move(unknown)).validate().size(), 1000u);
}

TEST(CompileSettings, SchedulesThatThereAreAreNamed) {
  Description description = described({});
  description.compile.schedule = "trail";
  const std::vector<Problem> problems = description.validate();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems.front().hint, "did you mean \"trial\"? known: automatic, trial, step");
}

TEST(CompileSettings, RecordingsOfWhatThereIsNotCannotBeSaid) {
  const InferenceCompiler compiler{.record = {{"nowhere", "v"}}};
  EXPECT_THAT(test::thrown_by([&] { (void)compiler.settings(sample()); }),
              testing::ElementsAre(test::problem_at(ProblemKind::unknown_name, "compiler.record[0]")));
}

}  // namespace
}  // namespace synfire
