// SPDX-License-Identifier: Apache-2.0
// Errors in creating a session and looking up its inputs and outputs.
#include <gmock/gmock.h>

#include "error/problems.hpp"
#include "session/streaming.hpp"

namespace synfire {
namespace {

InferenceCompiler compiler() { return {.timesteps = 10, .device = "host", .cache_folder = testing::cache_folder()}; }

Network small_network(const char* readout = "spike_count") {
  Network network;
  const auto retina = network.add(SpikeInput{}, 3, {.name = "retina"});
  const auto muscles = network.add(IntegrateFire{}, 2, {.readout = readout, .name = "muscles"});
  network.connect(retina, muscles, Dense{1.0});
  return network;
}

Problem only_problem(const std::function<void()>& mistake) {
  const std::vector<Problem> problems = test::thrown_by(mistake);
  EXPECT_EQ(problems.size(), 1u);
  return problems.empty() ? Problem{} : problems.front();
}

TEST(SessionErrors, AProgramMustBeCompiledForStreaming) {
  const auto artifact = std::make_shared<contract::Artifact>(compiler().build(small_network(), "host", "native"));
  const Model model(artifact, {.device = "host"});
  const Problem problem = only_problem([&] { model.session(); });
  EXPECT_EQ(problem.kind, ProblemKind::invalid_option);
  EXPECT_EQ(problem.path, "session");
  EXPECT_THAT(problem.hint, ::testing::HasSubstr("InferenceCompiler::model()"));
}

TEST(SessionErrors, OptionsThatDoNotFitAreAllReported) {
  const Model model = compiler().model(small_network("avg_var_exp_weight"));
  const std::vector<Problem> problems =
      test::thrown_by([&] { model.session({.most_steps = 11, .horizon = (1u << 20) + 1}); });
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_EQ(problems[0].path, "session.most_steps");
  EXPECT_EQ(problems[0].expected, "1 to 10");
  EXPECT_EQ(problems[0].given, "11");
  EXPECT_EQ(problems[1].path, "session.horizon");
  EXPECT_EQ(problems[2].path, "session.trial_steps");
  EXPECT_EQ(model.session({.most_steps = 10, .trial_steps = 40}).most_steps(), 10u);
}

TEST(SessionErrors, TheUsualOptionsFitEveryProgram) {
  InferenceCompiler options = compiler();
  EXPECT_EQ(options.model(small_network()).session().most_steps(), 10u);
  options.timesteps = 1000;
  EXPECT_EQ(options.model(small_network()).session().most_steps(), 16u);
  EXPECT_EQ(options.model(small_network()).session().horizon(), 128u);
  EXPECT_EQ(options.model(small_network()).session({.most_steps = 500}).horizon(), 500u);
}

// A readout of finite states may be NaN.
TEST(SessionErrors, ReadoutsThatAreNotFinite) {
  Network network;
  const ReadoutModel root{.name = "root", .state = {{"s", -1.0}}, .on_step = {"s = -1"}, .value = "sqrt(s)"};
  network.add(IntegrateFire{}, 2, {.readout = root, .name = "output"});
  const Model model = compiler().model(network);
  Session session = model.session();
  EXPECT_EQ(session.advance(3), Status::not_finite);
  EXPECT_THAT(std::string(session.failure()),
              ::testing::AllOf(::testing::HasSubstr("\"output\", neuron 0: the readout is not finite after step 2"),
                               ::testing::HasSubstr("SessionOptions::allow_non_finite"),
                               ::testing::Not(::testing::HasSubstr("RunOptions"))));
  EXPECT_EQ(model.session({.allow_non_finite = true}).advance(3), Status::ok);
}

TEST(SessionErrors, UnknownNamesHaveANearestOne) {
  Session session = compiler().model(small_network()).session();
  const Problem input = only_problem([&] { session.input("retinae"); });
  EXPECT_EQ(input.kind, ProblemKind::unknown_name);
  EXPECT_EQ(input.path, "session.input");
  EXPECT_EQ(input.expected, "retina");
  EXPECT_EQ(only_problem([&] { session.output("muscle"); }).expected, "muscles");
}

TEST(SessionErrors, PopulationsTakeAndGiveWhatTheyCan) {
  InferenceCompiler options = compiler();
  options.record = {{"muscles", "v"}, {"retina", "spikes"}};
  Session session = options.model(small_network()).session();
  EXPECT_EQ(only_problem([&] { session.input("muscles"); }).kind, ProblemKind::invalid_option);
  EXPECT_EQ(only_problem([&] { session.output("retina"); }).kind, ProblemKind::missing_variable);
  EXPECT_EQ(only_problem([&] { session.spikes("muscles"); }).kind, ProblemKind::missing_variable);
  EXPECT_EQ(only_problem([&] { session.recording("retina", "spikes"); }).kind, ProblemKind::invalid_option);
  const Problem problem = only_problem([&] { session.recording("muscles", "u"); });
  EXPECT_EQ(problem.kind, ProblemKind::missing_variable);
  EXPECT_THAT(problem.hint, ::testing::HasSubstr("muscles.v"));
}

TEST(SessionErrors, ADeviceThatIsNotThere) {
  const auto artifact = std::make_shared<contract::Artifact>(compiler().build(small_network(), "host", "native"));
  EXPECT_THROW(Model(artifact, {.device = "abacus"}), DeviceError);
}

}  // namespace
}  // namespace synfire
