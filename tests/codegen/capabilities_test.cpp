// SPDX-License-Identifier: Apache-2.0
// Each refusal by kind and path; all other networks are lowered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "golden/networks.hpp"
#include "synfire/codegen/compile.hpp"
#include "synfire/codegen/lower.hpp"
#include "synfire/models.hpp"

namespace synfire::codegen {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

CompileOptions options() { return {.timesteps = 10}; }

auto problem(ProblemKind kind, const std::string& path) {
  return AllOf(Field(&Problem::kind, kind), Field(&Problem::path, path), Field(&Problem::severity, Severity::error),
               Field(&Problem::message, ::testing::Not(IsEmpty())));
}

Network pair(Connectivity connectivity = Dense{1.0}) {
  Network network;
  network.add("integrate_fire_input", 4, {.name = "a"});
  network.add("integrate_fire", 4, {.readout = "spike_count", .name = "b"});
  network.connect("a", "b", std::move(connectivity), {.name = "a_b", .max_delay = 10.0});
  return network;
}

std::vector<Problem> problems(const Network& network, const CompileOptions& chosen) {
  return check_capabilities(network.resolve(), chosen);
}

TEST(Capabilities, FindNothingWrongWithWhatIsLowered) {
  for (const auto& golden : testing::golden_networks())
    EXPECT_THAT(problems(golden.network, golden.options), IsEmpty()) << golden.name;
}

TEST(Capabilities, WarnOfDelaysThatOutlastTheRun) {
  const auto found = problems(pair(Dense{1.0, 9.0}), options());  // spikes of step 0 arrive in step 10
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].severity, Severity::warning);
  EXPECT_EQ(found[0].path, "connections[0] \"a_b\".delay");
  EXPECT_THAT(problems(pair(Dense{1.0, 8.0}), options()), IsEmpty());
  CompileOptions streaming = options();
  streaming.resumable = true;
  EXPECT_THAT(problems(pair(Dense{1.0, 9.0}), streaming), IsEmpty());
}

TEST(Capabilities, CheckEachOption) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const auto only = [](const CompileOptions& chosen) { return problems(pair(), chosen); };
  for (const double dt : {0.0, -1.0, nan, infinity}) {
    CompileOptions chosen = options();
    chosen.dt = dt;
    EXPECT_THAT(only(chosen), ElementsAre(problem(ProblemKind::invalid_option, "compiler.dt"))) << dt;
  }
  for (const double dt : {-1.0, nan, infinity}) {
    CompileOptions chosen = options();
    chosen.nominal_dt = dt;
    EXPECT_THAT(only(chosen), ElementsAre(problem(ProblemKind::invalid_option, "compiler.nominal_dt"))) << dt;
  }
  for (const std::uint32_t steps : {0u, (1u << 24) + 1}) {
    CompileOptions chosen = options();
    chosen.timesteps = steps;
    EXPECT_THAT(only(chosen), ElementsAre(problem(ProblemKind::invalid_option, "compiler.timesteps"))) << steps;
  }
  for (const std::uint32_t threads : {1u, 33u, 1056u}) {
    CompileOptions chosen = options();
    chosen.threads_per_block = threads;
    EXPECT_THAT(only(chosen), ElementsAre(problem(ProblemKind::invalid_option, "compiler.threads_per_block")))
        << threads;
  }
  CompileOptions chosen = options();
  chosen.batch_size = 0;
  EXPECT_THAT(only(chosen), ElementsAre(problem(ProblemKind::invalid_option, "compiler.batch_size")));
}

TEST(Capabilities, ListAllWrongOptions) {
  CompileOptions chosen = options();
  chosen.dt = -1;
  chosen.timesteps = 0;
  chosen.batch_size = 0;
  EXPECT_EQ(problems(pair(), chosen).size(), 3u);
}

TEST(Capabilities, ANetworkHasPopulations) {
  EXPECT_THAT(problems(Network{}, options()), ElementsAre(problem(ProblemKind::missing_shape, "network")));
}

TEST(Capabilities, DelaysMayDiffer) {
  EXPECT_THAT(problems(pair(OneToOne{1.0, std::vector<float>{1, 2, 3, 4}}), options()), ::testing::IsEmpty());
  EXPECT_THAT(problems(pair(Dense{1.0, Uniform{0, 5}}), options()), ::testing::IsEmpty());
}

TEST(Capabilities, DelaysAreLimited) {
  CompileOptions fine = options();
  fine.dt = 0.0001;
  EXPECT_THAT(problems(pair(Dense{1.0, Uniform{0, 10}}), fine),
              ElementsAre(problem(ProblemKind::unsupported, "connections[0] \"a_b\".delay")));
}

TEST(Capabilities, SynapsesFitTheMemory) {
  CompileOptions small = options();
  small.memory_bytes = 20;
  EXPECT_THAT(problems(pair(OneToOne{std::vector<float>{1, 2, 3, 4}}), small), ::testing::IsEmpty());
  small.memory_bytes = 10;
  EXPECT_THAT(problems(pair(OneToOne{std::vector<float>{1, 2, 3, 4}}), small),
              ElementsAre(problem(ProblemKind::out_of_memory, "network")));
  // Drawn synapses can be procedural.
  EXPECT_THAT(problems(pair(Dense{Uniform{0, 1}}), small), ::testing::IsEmpty());
}

// They are rounded to steps wherever they run.
TEST(Capabilities, DelaysThatAreTrainedNeedNotBeWholeSteps) {
  EXPECT_THAT(problems(pair(Dense{1.0, trainable(1.5)}), options()), IsEmpty());
}

TEST(Capabilities, DelaysAreWholeSteps) {
  const auto found = problems(pair(Dense{1.0, 1.5}), options());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().kind, ProblemKind::invalid_value);
  EXPECT_THAT(found.front().path, HasSubstr("a_b"));
}

TEST(Capabilities, DelaysAreNotTooLong) {
  CompileOptions fine = options();
  fine.dt = 1.0 / 65536;
  Network network;
  network.add("integrate_fire_input", 4, {.name = "a"});
  network.connect("a", network.add("integrate_fire", 4, {.readout = "spike_count", .name = "b"}), Dense{1.0, 4.0},
                  {.name = "a_b"});
  EXPECT_THAT(problems(network, fine), ElementsAre(problem(ProblemKind::unsupported, "connections[0] \"a_b\".delay")));
}

TEST(Capabilities, ReplayedPopulationsHaveNoReadout) {
  NeuronModel model = SpikeInput::text();
  model.state = {{"v", 0.0}};
  Network network;
  network.add(model, 4, {.readout = "spike_count", .name = "a"});
  EXPECT_THAT(problems(network, options()),
              ElementsAre(problem(ProblemKind::unsupported, "populations[0] \"a\".readout")));
}

TEST(Capabilities, GradedPopulationsDeliverByMatrices) {
  const auto refused = [](Connectivity connectivity, SynapseStorage storage = SynapseStorage::automatic) {
    Network network;
    network.add("graded_input", 4, {.name = "a"});
    network.add("integrate_fire", 4, {.readout = "spike_count", .name = "b"});
    network.connect("a", "b", std::move(connectivity), {.name = "a_b", .max_delay = 5.0, .storage = storage});
    return problems(network, options());
  };
  EXPECT_THAT(refused(Dense{Normal{}, 2.0}), IsEmpty());
  EXPECT_THAT(refused(OneToOne{1.0}), IsEmpty());
  EXPECT_THAT(refused(FixedProbability{0.1, 1.0}), IsEmpty());
  EXPECT_THAT(refused(Dense{1.0, Uniform{0, 3}}),
              ElementsAre(problem(ProblemKind::unsupported, "connections[0] \"a_b\".delay")));
  for (const SynapseStorage storage : {SynapseStorage::rows, SynapseStorage::procedural})
    EXPECT_THAT(refused(Dense{1.0}, storage),
                ElementsAre(problem(ProblemKind::unsupported, "connections[0] \"a_b\".storage")));
}

// Sizes that 32-bit indices do not reach.
TEST(Capabilities, GradedPopulationsAreNotTooLarge) {
  const auto refused = [](const Neuron& sender, std::size_t sources, std::size_t targets, double delay) {
    Network network;
    network.add(sender, sources, {.name = "a"});
    network.add("integrate_fire", targets, {.readout = "spike_count", .name = "b"});
    network.connect("a", "b", Dense{1.0, delay}, {.name = "a_b"});
    CompileOptions streaming = options();
    streaming.resumable = true;
    return problems(network, streaming);
  };
  EXPECT_THAT(refused("graded_input", 2, 100000, 40000), IsEmpty());
  EXPECT_THAT(refused("graded_input", 2, 100000, 65000),
              ElementsAre(problem(ProblemKind::unsupported, "connections[0] \"a_b\".delay")));
  EXPECT_THAT(refused("graded_input", 70000, 70000, 0),
              ::testing::Contains(problem(ProblemKind::unsupported, "connections[0] \"a_b\"")));
  EXPECT_THAT(refused(GradedInput{.input_frames = 2000000000}, 4, 4, 0),
              ::testing::Contains(problem(ProblemKind::unsupported, "populations[0] \"a\".neuron.input_frames")));
}

TEST(Capabilities, FramesAreCounted) {
  for (const Value& frames : {Value(0.5), Value(1.5), Value(Uniform{1, 2})}) {
    Network network;
    network.add(IntegrateFireInput{.input_frames = frames}, 4, {.name = "a"});
    std::vector<Problem> found = network.validate();  // the model restricts the range
    if (found.empty()) found = problems(network, options());
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.front().kind, ProblemKind::invalid_value);
    EXPECT_THAT(found.front().path, HasSubstr("input_frames"));
  }
}

TEST(Capabilities, RecordOnlyWhatIsThere) {
  CompileOptions chosen = options();
  chosen.records = {{1, "spikse"}, {1, "v"}, {0, "spikes"}};
  const auto found = problems(pair(), chosen);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().kind, ProblemKind::missing_variable);
  EXPECT_EQ(found.front().path, "compiler.record populations[1] \"b\"");
  EXPECT_EQ(found.front().given, "spikse");
  EXPECT_THAT(found.front().hint, HasSubstr("spikes"));
}

TEST(Capabilities, WarnOfPopulationsThatNothingReads) {
  Network network;
  const auto a = network.add("integrate_fire_input", 4, {.name = "a"});
  network.connect(a, network.add("integrate_fire", 4, {.name = "b"}), Dense{1.0});
  const auto found = problems(network, options());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().kind, ProblemKind::unread_population);
  EXPECT_EQ(found.front().path, "populations[1] \"b\"");
  CompileOptions recording = options();
  recording.records = {{.population = 1, .variable = "spikes"}};
  EXPECT_TRUE(problems(network, recording).empty());
  CompileOptions observed = options();
  observed.observed = {1};
  EXPECT_TRUE(problems(network, observed).empty());
}

TEST(Capabilities, WarnOfTimesShorterThanAStep) {
  Network network;
  network.add(LeakyIntegrateFireInput{.tau_mem = 0.02}, 4, {.readout = "spike_count", .name = "a"});
  const auto found = problems(network, options());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().kind, ProblemKind::time_scale);
  EXPECT_EQ(found.front().severity, Severity::warning);
  std::vector<Problem> warnings;
  EXPECT_NO_THROW(generate(network.resolve(), options(), "cuda", {}, &warnings));
  EXPECT_EQ(warnings.size(), 1u);
}

TEST(Capabilities, WarnOfFramesThatAreNeverShown) {
  Network network;
  network.add(BinarySpikeInput{.input_frames = 4, .input_frame_timesteps = 10}, 4,
              {.readout = "spike_count", .name = "a"});
  CompileOptions chosen = options();
  chosen.timesteps = 40;
  EXPECT_TRUE(problems(network, chosen).empty());
  chosen.timesteps = 20;
  const auto found = problems(network, chosen);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().kind, ProblemKind::frames_beyond_end);
  EXPECT_EQ(found.front().severity, Severity::warning);
  EXPECT_THAT(found.front().message, HasSubstr("2 of 4 begin"));
}

TEST(Capabilities, StepsThatSinglePrecisionDoesNotHaveAreRefused) {
  for (const double dt : {1e-40, 1e300, 1e38}) {
    CompileOptions chosen = options();
    chosen.dt = dt;
    chosen.timesteps = 100;
    const auto found = problems(pair(), chosen);
    ASSERT_FALSE(found.empty()) << dt;
    EXPECT_EQ(found.front().path, "compiler.dt") << dt;
  }
}

TEST(Capabilities, RefractoryPeriodsThatCannotBeCountedAreRefused) {
  Network network;
  network.add(LeakyIntegrateFireInput{.tau_refrac = 1e9}, 4, {.name = "a"});
  CompileOptions chosen = options();
  chosen.dt = 1e-3;
  try {
    generate(network.resolve(), chosen, "host");
    FAIL() << "nothing was thrown";
  } catch (const ModelError& error) {
    EXPECT_EQ(error.problems().front().kind, ProblemKind::invalid_value);
    EXPECT_THAT(error.problems().front().path, HasSubstr("refractory"));
  }
}

TEST(Capabilities, GeneratingThrowsAllOfThem) {
  CompileOptions chosen = options();
  chosen.records = {{1, "x"}, {0, "y"}};
  std::vector<Problem> warnings;
  try {
    generate(pair().resolve(), chosen, "host", {}, &warnings);
    FAIL() << "nothing was thrown";
  } catch (const ModelError& error) {
    EXPECT_EQ(error.problems().size(), 2u);
  }
}

}  // namespace
}  // namespace synfire::codegen
