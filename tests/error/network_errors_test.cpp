// SPDX-License-Identifier: Apache-2.0
// Each mistake in a network gives its own problem, with its path and source line.
#include <cmath>
#include <limits>

#include "error/problems.hpp"
#include "synfire/ir/checks.hpp"
#include "synfire/models.hpp"
#include "synfire/network.hpp"

namespace synfire {
namespace {

using test::problem_at;
using test::problem_with;
using test::thrown_by;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

// A network with a source and a target of spikes, to introduce mistakes into.
struct Pair {
  Network network;
  PopulationId a = network.add("spike_input", 4, {.name = "a"});
  PopulationId b = network.add("integrate_fire", 3, {.name = "b"});

  std::vector<Problem> connected(Connectivity connectivity, ConnectionOptions options = {}) {
    network.connect(a, b, std::move(connectivity), std::move(options));
    return network.validate();
  }
};

std::vector<Problem> added(Neuron neuron, Shape shape = 2, PopulationOptions options = {.name = "p"}) {
  Network network;
  network.add(std::move(neuron), std::move(shape), std::move(options));
  return network.validate();
}

TEST(NetworkErrors, HaveThePlaceOfTheCall) {
  Network network;
  const int line = __LINE__ + 1;
  const auto a = network.add("integrate_fir", 1);
  network.connect(a, "nobody", Dense{1.0});
  const auto problems = network.validate();
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_THAT(problems,
              UnorderedElementsAre(
                  problem_with(ProblemKind::unknown_name, "populations[0] \"integrate_fir\".neuron \"integrate_fir\"",
                               "", "integrate_fir"),
                  problem_with(ProblemKind::unknown_name, "connections[0].target", "", "nobody")));
  for (const Problem& problem : problems) {
    EXPECT_EQ(problem.place.line, problem.given == "nobody" ? line + 1 : line);
    EXPECT_EQ(problem.place.file, __FILE__);
    EXPECT_EQ(problem.severity, Severity::error);
  }
}

TEST(NetworkErrors, AreReportedTogether) {
  Network network;
  network.add("nonsense", -1, {.readout = "more nonsense"});
  network.add(LeakyIntegrateFire{.tau_mem = -1.0}, Shape(), {.name = "q"});
  EXPECT_THAT(network.validate(), SizeIs(5));
  EXPECT_THAT(thrown_by([&] { network.resolve(); }), SizeIs(5));
}

TEST(NetworkErrors, UnknownNames) {
  Pair pair;
  EXPECT_THAT(pair.connected(Dense{1.0}, {.synapse = "expnential"}),
              ElementsAre(problem_at(ProblemKind::unknown_name, "connections[0] \"a_b\".synapse \"expnential\"")));
  EXPECT_THAT(added("integrate_fire", 1, {.readout = "spike_cuont", .name = "p"}),
              ElementsAre(problem_at(ProblemKind::unknown_name, "populations[0] \"p\".readout \"spike_cuont\"")));
  EXPECT_THAT(added(LeakyIntegrateFire::text().with({{"tau_men", 3.0}})),
              ElementsAre(problem_with(ProblemKind::unknown_name,
                                       "populations[0] \"p\".neuron \"leaky_integrate_fire\".tau_men", "", "tau_men")));
  EXPECT_THAT(added(IntegrateFire{.v = "nromal"}),
              ElementsAre(problem_with(ProblemKind::unknown_name, "populations[0] \"p\".neuron \"integrate_fire\".v",
                                       "", "nromal")));
}

TEST(NetworkErrors, UnknownNamesHintAtTheNearest) {
  EXPECT_THAT(added("poison_input").at(0).hint, testing::HasSubstr("\"poisson_input\""));
  EXPECT_THAT(added(LeakyIntegrateFire::text().with({{"tau_men", 3.0}})).at(0).hint, testing::HasSubstr("\"tau_mem\""));
}

TEST(NetworkErrors, DuplicateNames) {
  Pair pair;
  pair.network.add("integrate_fire", 1, {.name = "a"});
  pair.network.connect(pair.a, pair.b, Dense{1.0}, {.name = "c"});
  pair.network.connect(pair.a, pair.b, Dense{1.0}, {.name = "c"});
  EXPECT_THAT(pair.network.validate(),
              ElementsAre(problem_with(ProblemKind::duplicate_name, "populations[2] \"a\".name", "", "a"),
                          problem_with(ProblemKind::duplicate_name, "connections[1] \"c\".name", "", "c")));
}

TEST(NetworkErrors, UnusableNames) {
  for (const std::string name : {"a b", "-a", "ä", "a/b", ".", "\n"}) {
    EXPECT_THAT(added("integrate_fire", 1, {.name = name}),
                ElementsAre(problem_with(ProblemKind::invalid_name, "populations[0] \"" + name + "\".name", "", name)));
  }
  EXPECT_THAT(added("integrate_fire", 1, {.name = "layer-1.out_2"}), IsEmpty());
  EXPECT_THAT(added("integrate_fire", 1, {.name = std::string(101, 'a')}), SizeIs(1));
}

TEST(NetworkErrors, IdsOfAnotherNetwork) {
  Pair pair, other;
  other.network.connect(other.a, pair.b, Dense{1.0});
  EXPECT_THAT(other.network.validate(), ElementsAre(problem_at(ProblemKind::foreign_id, "connections[0].target")));
  EXPECT_THAT(thrown_by([&] { other.network.index_of(pair.a); }),
              ElementsAre(problem_at(ProblemKind::foreign_id, "population")));
  EXPECT_THAT(thrown_by([&] { other.network.index_of(ConnectionId{}); }),
              ElementsAre(problem_at(ProblemKind::foreign_id, "connection")));
  EXPECT_THAT(thrown_by([&] { other.network.name_of("nobody"); }),
              ElementsAre(problem_with(ProblemKind::unknown_name, "population \"nobody\"", "", "nobody")));
}

TEST(NetworkErrors, Shapes) {
  const std::string path = "populations[0] \"p\".shape";
  EXPECT_THAT(added("integrate_fire", Shape()), ElementsAre(problem_at(ProblemKind::missing_shape, path)));
  EXPECT_THAT(added("integrate_fire", 0),
              ElementsAre(problem_with(ProblemKind::invalid_value, path, "positive extents", "0")));
  EXPECT_THAT(added("integrate_fire", {28, -1}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path, "positive extents", "28×-1")));
  EXPECT_THAT(
      added("integrate_fire", {65536, 65536, 65536}),
      ElementsAre(problem_with(ProblemKind::invalid_value, path, "at most 2147483647 neurons", "65536×65536×65536")));
  EXPECT_THAT(added("integrate_fire", 9'000'000'000LL), ElementsAre(problem_at(ProblemKind::invalid_value, path)));
  EXPECT_THAT(added("integrate_fire", Extents{}), ElementsAre(problem_at(ProblemKind::invalid_value, path)));
}

TEST(NetworkErrors, ArraysOfConnections) {
  EXPECT_THAT(Pair().connected(Dense{Tensor<float>({3, 4})}),
              ElementsAre(problem_with(ProblemKind::shape_mismatch, "connections[0] \"a_b\".weight", "4×3", "3×4")));
  EXPECT_THAT(Pair().connected(Dense{.weight = 1.0, .delay = std::vector<float>{1, 2}}),
              ElementsAre(problem_with(ProblemKind::shape_mismatch, "connections[0] \"a_b\".delay", "4×3", "2")));
  EXPECT_THAT(Pair().connected(Dense{Tensor<float>({12})}), IsEmpty());
  EXPECT_THAT(Pair().connected(OneToOne{1.0}),
              ElementsAre(problem_with(ProblemKind::shape_mismatch, "connections[0] \"a_b\"", "target 4", "3")));
}

TEST(NetworkErrors, ArraysOfModels) {
  EXPECT_THAT(added(IntegrateFire{.v = std::vector<float>{1, 2, 3}}, {1, 2}),
              ElementsAre(problem_with(ProblemKind::shape_mismatch, "populations[0] \"p\".neuron \"integrate_fire\".v",
                                       "1×2", "3")));
  EXPECT_THAT(added(IntegrateFire{.v = std::vector<float>{1, 2}}, {1, 2}), IsEmpty());
}

TEST(NetworkErrors, ValuesBeyondSinglePrecision) {
  const std::string range = "0, or a magnitude of 1.4e-45 to 3.4e+38";
  EXPECT_THAT(Pair().connected(Dense{1e300}),
              ElementsAre(problem_with(ProblemKind::invalid_value, "connections[0] \"a_b\".weight", range, "1e+300")));
  EXPECT_THAT(Pair().connected(Dense{1e-300}), SizeIs(1));
  EXPECT_THAT(Pair().connected(Dense{Normal{.mean = 1e39, .sd = 1.0}}), SizeIs(1));
  EXPECT_THAT(added(LeakyIntegrateFire{.v_thresh = -1e60}), SizeIs(1));
  EXPECT_THAT(Pair().connected(Dense{3e38}), IsEmpty());
}

TEST(NetworkErrors, ValuesOutOfRange) {
  const std::string path = "populations[0] \"p\".neuron \"leaky_integrate_fire\".";
  EXPECT_THAT(added(LeakyIntegrateFire{.tau_mem = 0.0}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path + "tau_mem", "> 0", "0")));
  EXPECT_THAT(added(LeakyIntegrateFire{.tau_refrac = -1}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path + "tau_refrac", "≥ 0", "-1")));
  EXPECT_THAT(added(LeakyIntegrateFire{.v_thresh = infinity}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path + "v_thresh", "a finite number", "inf")));
  EXPECT_THAT(added(LeakyIntegrateFire{.tau_mem = std::vector<float>{20, -1}}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path + "tau_mem[1]", "> 0", "-1")));
  EXPECT_THAT(added(LeakyIntegrateFire{.v = std::vector<float>{nan_value, nan_value}}),
              ElementsAre(problem_at(ProblemKind::invalid_value, path + "v[0]")));
  EXPECT_THAT(added(LeakyIntegrateFire{.tau_mem = Uniform{-1, 2}}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path + "tau_mem", "> 0", "-1")));
}

TEST(NetworkErrors, FlagsAndNumbers) {
  const std::string path = "populations[0] \"p\".neuron \"leaky_integrate_fire\".";
  EXPECT_THAT(added(LeakyIntegrateFire{.scale_i = 1}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path + "scale_i", "true or false", "1")));
  EXPECT_THAT(added(LeakyIntegrateFire{.v_thresh = true}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path + "v_thresh", "a number", "true")));
  EXPECT_THAT(added(LeakyIntegrateFire{.scale_i = trainable(true)}),
              ElementsAre(problem_at(ProblemKind::invalid_option, path + "scale_i")));
}

TEST(NetworkErrors, InputFrames) {
  const std::string path = "populations[0] \"p\".neuron \"poisson_input\".";
  EXPECT_THAT(added(PoissonInput{.input_frames = 2.5}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path + "input_frames", "an integer ≥ 1", "2.5")));
  EXPECT_THAT(added(PoissonInput{.input_frame_timesteps = 0}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path + "input_frame_timesteps", "≥ 1", "0")));
  EXPECT_THAT(added(PoissonInput{.input_frames = std::vector<float>{1, 2}}), SizeIs(1));
}

TEST(NetworkErrors, Initializers) {
  const std::string path = "populations[0] \"p\".neuron \"integrate_fire\".v";
  EXPECT_THAT(added(IntegrateFire{.v = Normal{.sd = -1}}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path, "≥ 0", "-1")));
  EXPECT_THAT(added(IntegrateFire{.v = Normal{.mean = std::nan("")}}),
              ElementsAre(problem_at(ProblemKind::invalid_value, path)));
  EXPECT_THAT(added(IntegrateFire{.v = Uniform{2, 1}}), ElementsAre(problem_at(ProblemKind::invalid_value, path)));
  EXPECT_THAT(added(IntegrateFire{.v = Normal{.min = 2, .max = 1}}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path, "", "normal(mean 0, sd 1, min 2, max 1)")));
  EXPECT_THAT(added(IntegrateFire{.v = Normal{.min = std::nan("")}}),
              ElementsAre(problem_at(ProblemKind::invalid_value, path)));
  EXPECT_THAT(added(IntegrateFire{.v = Normal{.max = std::nan("")}}),
              ElementsAre(problem_at(ProblemKind::invalid_value, path)));
  EXPECT_THAT(added(IntegrateFire{.v = Normal{.min = infinity}}),
              ElementsAre(problem_at(ProblemKind::invalid_value, path)));
  EXPECT_THAT(added(IntegrateFire{.v = Normal{.min = 1}}), IsEmpty());
  EXPECT_THAT(added(LeakyIntegrateFire{.tau_mem = Normal{.mean = 20, .sd = 5, .min = -1}}),
              ElementsAre(problem_with(ProblemKind::invalid_value,
                                       "populations[0] \"p\".neuron \"leaky_integrate_fire\".tau_mem", "> 0", "-1")));
  EXPECT_THAT(added(IntegrateFire{.v = Xavier{}}), ElementsAre(problem_at(ProblemKind::invalid_option, path)));
  EXPECT_THAT(Pair().connected(Dense{Kaiming{}}), IsEmpty());
  EXPECT_THAT(Pair().connected(Dense{.weight = Kaiming{.gain = infinity}}),
              ElementsAre(problem_at(ProblemKind::invalid_value, "connections[0] \"a_b\".weight")));
}

TEST(NetworkErrors, TrainableValues) {
  const std::string path = "populations[0] \"p\".neuron \"integrate_fire\".v";
  EXPECT_THAT(added(IntegrateFire{.v = trainable(1.0, {.min = 2, .max = 1})}),
              ElementsAre(problem_at(ProblemKind::invalid_value, path)));
  EXPECT_THAT(added(IntegrateFire{.v = trainable(1.0, {.learning_rate = 0.0})}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path, "> 0", "0")));
}

TEST(NetworkErrors, Weights) {
  const std::string path = "connections[0] \"a_b\".weight";
  EXPECT_THAT(Pair().connected(Dense{}), ElementsAre(problem_at(ProblemKind::invalid_value, path)));
  EXPECT_THAT(Pair().connected(Dense{true}), ElementsAre(problem_at(ProblemKind::invalid_value, path)));
  EXPECT_THAT(Pair().connected(Dense{std::nan("")}), ElementsAre(problem_at(ProblemKind::invalid_value, path)));
  EXPECT_THAT(Pair().connected(Dense{"xaviar"}),
              ElementsAre(problem_with(ProblemKind::unknown_name, path, "", "xaviar")));
}

TEST(NetworkErrors, Delays) {
  const std::string path = "connections[0] \"a_b\".";
  EXPECT_THAT(Pair().connected(Dense{.weight = 1.0, .delay = -1.0}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path + "delay", "≥ 0", "-1")));
  EXPECT_THAT(Pair().connected(Dense{.weight = 1.0, .delay = Xavier{}}, {.max_delay = 1.0}),
              ElementsAre(problem_at(ProblemKind::invalid_option, path + "delay")));
  EXPECT_THAT(Pair().connected(Dense{.weight = 1.0, .delay = 3.0}, {.max_delay = 2.0}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path + "max_delay", "≤ 2 ms", "3 ms")));
  EXPECT_THAT(Pair().connected(Dense{.weight = 1.0, .delay = Normal{}}),
              ElementsAre(problem_at(ProblemKind::invalid_option, path + "max_delay")));
  EXPECT_THAT(Pair().connected(Dense{.weight = 1.0, .delay = Normal{.mean = 1, .max = 4}}), IsEmpty());
  EXPECT_THAT(Pair().connected(Dense{.weight = 1.0, .delay = Normal{.mean = 1, .max = 4}}, {.max_delay = 3}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path + "max_delay", "≤ 3 ms", "4 ms")));
  EXPECT_THAT(Pair().connected(Dense{.weight = 1.0, .delay = Normal{}}, {.max_delay = 3}), IsEmpty());
  EXPECT_THAT(Pair().connected(Dense{.weight = 1.0, .delay = trainable(1.0)}),
              ElementsAre(problem_at(ProblemKind::invalid_option, path + "max_delay")));
  EXPECT_THAT(Pair().connected(Dense{1.0}, {.max_delay = -2.0}),
              ElementsAre(problem_at(ProblemKind::invalid_value, path + "max_delay")));
}

TEST(NetworkErrors, Probabilities) {
  const std::string path = "connections[0] \"a_b\".p";
  for (const double p : {-0.1, 1.1, infinity, std::nan("")}) {
    EXPECT_THAT(Pair().connected(FixedProbability{.p = p, .weight = 1.0}),
                ElementsAre(problem_with(ProblemKind::invalid_value, path, "≥ 0 and ≤ 1", to_string(Value(p)))));
  }
  for (const double p : {0.0, 0.3, 1.0}) {
    EXPECT_THAT(Pair().connected(FixedProbability{.p = p, .weight = Xavier{}, .delay = Uniform{0, 2}}), IsEmpty());
  }
}

TEST(NetworkErrors, MoreNeuronsThanThereAre) {
  const std::string path = "connections[0] \"a_b\".number";
  EXPECT_THAT(Pair().connected(FixedInputs{.number = 4, .weight = 1.0}), IsEmpty());
  EXPECT_THAT(Pair().connected(FixedInputs{.number = 5, .weight = 1.0}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path, "at most 4", "5")));
  EXPECT_THAT(Pair().connected(FixedOutputs{.number = 3, .weight = 1.0}), IsEmpty());
  EXPECT_THAT(Pair().connected(FixedOutputs{.number = 4, .weight = 1.0}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path, "at most 3", "4")));
  EXPECT_THAT(Pair().connected(FixedInputs{.number = 500, .weight = 1.0, .allow_repeats = true}), IsEmpty());
}

TEST(NetworkErrors, NeuronsAreNoPartnersOfTheirOwn) {
  const auto recurrent = [](std::uint32_t neurons, Connectivity connectivity) {
    Network network;
    network.add("integrate_fire", neurons, {.name = "c"});
    network.connect("c", "c", std::move(connectivity));
    return network.validate();
  };
  const std::string path = "connections[0] \"c_c\".number";
  EXPECT_THAT(recurrent(5, FixedInputs{.number = 4, .weight = 1.0}), IsEmpty());
  EXPECT_THAT(recurrent(5, FixedInputs{.number = 5, .weight = 1.0}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path, "at most 4", "5")));
  EXPECT_THAT(recurrent(5, FixedOutputs{.number = 5, .weight = 1.0}).at(0).hint,
              testing::HasSubstr("allow_self_connections"));
  EXPECT_THAT(recurrent(5, FixedInputs{.number = 5, .weight = 1.0, .allow_self_connections = true}), IsEmpty());
  // Without candidates, repeats cannot be drawn either.
  EXPECT_THAT(recurrent(1, FixedOutputs{.number = 1, .weight = 1.0, .allow_repeats = true}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path, "at most 0", "1")));
}

TEST(NetworkErrors, ArraysOfDrawnPatterns) {
  const std::string path = "connections[0] \"a_b\".";
  const std::vector<float> array(12, 1.0f);
  const auto refused = [&](Connectivity connectivity, const std::string& what) {
    const auto problems = Pair().connected(std::move(connectivity));
    EXPECT_THAT(problems, ElementsAre(problem_with(ProblemKind::invalid_option, path + what,
                                                   "a number or an initializer", "array 12")));
    EXPECT_THAT(problems.at(0).hint, testing::HasSubstr("Sparse"));
  };
  refused(FixedProbability{.p = 1, .weight = array}, "weight");
  refused(FixedProbability{.p = 1, .weight = 1.0, .delay = array}, "delay");
  refused(FixedInputs{.number = 1, .weight = array}, "weight");
  refused(FixedOutputs{.number = 1, .weight = 1.0, .delay = array}, "delay");
}

TEST(NetworkErrors, ListsOfSynapses) {
  const std::string path = "connections[0] \"a_b\".";
  EXPECT_THAT(Pair().connected(Sparse{{0, 3}, {2, 0}, std::vector<float>{1, 2}, std::vector<float>{0, 1}}), IsEmpty());
  EXPECT_THAT(Pair().connected(Sparse{{}, {}, 1.0}), IsEmpty());
  EXPECT_THAT(Pair().connected(Sparse{{0, 1, 2}, {0, 1}, std::vector<float>{1, 2}}),
              ElementsAre(problem_with(ProblemKind::shape_mismatch, path + "targets", "3 entries", "2")));
  EXPECT_THAT(Pair().connected(Sparse{{0, 4, 5}, {0, 1, 3}, 1.0}),
              ElementsAre(problem_with(ProblemKind::invalid_value, path + "sources[1]", "less than 4", "4"),
                          problem_with(ProblemKind::invalid_value, path + "targets[2]", "less than 3", "3")));
  EXPECT_THAT(Pair().connected(Sparse{{0, 1}, {0, 1}, std::vector<float>{1}, std::vector<float>{1, 2, 3}}),
              ElementsAre(problem_with(ProblemKind::shape_mismatch, path + "weight", "2", "1"),
                          problem_with(ProblemKind::shape_mismatch, path + "delay", "2", "3")));
  EXPECT_THAT(Pair().connected(Sparse{{0, 1}, {0, 1}, std::vector<float>{1, nan_value}, std::vector<float>{-1, 1}}),
              ElementsAre(problem_at(ProblemKind::invalid_value, path + "weight[1]"),
                          problem_with(ProblemKind::invalid_value, path + "delay[0]", "≥ 0", "-1")));
  EXPECT_THAT(Pair().connected(Sparse{{0}, {0}}), ElementsAre(problem_at(ProblemKind::invalid_value, path + "weight")));
}

TEST(NetworkErrors, PatternsDoNotSayHowManyNeuronsThereAre) {
  for (const Connectivity& connectivity :
       {Connectivity(FixedProbability{.p = 0.1, .weight = 1.0}), Connectivity(FixedInputs{.number = 3, .weight = 1.0}),
        Connectivity(FixedOutputs{.number = 3, .weight = 1.0}), Connectivity(Sparse{{0}, {7}, 1.0})}) {
    Network network;
    const auto a = network.add("spike_input", 4, {.name = "a"});
    const auto b = network.add("integrate_fire", Shape(), {.name = "b"});
    network.connect(a, b, connectivity);
    const auto problems = network.validate();
    EXPECT_THAT(problems, ElementsAre(problem_at(ProblemKind::missing_shape, "populations[1] \"b\".shape")));
    EXPECT_THAT(problems.at(0).hint, testing::HasSubstr("other connections do not"));
  }
}

TEST(NetworkErrors, GradedPopulationsAreOnlySources) {
  Network network;
  network.add("graded_input", 3, {.readout = "spike_count", .name = "a"});
  network.add("integrate_fire", 3, {.name = "b"});
  network.connect("b", "a", Dense{1.0});
  EXPECT_THAT(network.validate(),
              testing::UnorderedElementsAre(
                  problem_at(ProblemKind::invalid_option, "populations[0] \"a\".readout \"spike_count\""),
                  problem_at(ProblemKind::invalid_option, "connections[0] \"b_a\".target")));
}

TEST(NetworkErrors, Storage) {
  const std::string path = "connections[0] \"a_b\".storage";
  const auto refused = [&](Connectivity connectivity, SynapseStorage storage) {
    Network network;
    network.add("spike_input", 3, {.name = "a"});
    network.add("integrate_fire", 3, {.name = "b"});
    network.connect("a", "b", std::move(connectivity), {.storage = storage});
    const auto problems = network.validate();
    if (!problems.empty()) {
      EXPECT_THAT(problems, ElementsAre(problem_with(ProblemKind::invalid_option, path, "", to_string(storage))));
    }
    return !problems.empty();
  };
  const FixedProbability probable{.p = 0.5, .weight = Normal{}, .delay = 1.0};
  const Sparse list{{0}, {0}, 1.0};
  using enum SynapseStorage;
  for (const SynapseStorage any : {automatic, rows}) {
    EXPECT_FALSE(refused(Dense{1.0, Uniform{0, 2}}, any));
    EXPECT_FALSE(refused(OneToOne{1.0}, any));
    EXPECT_FALSE(refused(probable, any));
    EXPECT_FALSE(refused(list, any));
  }
  EXPECT_FALSE(refused(Dense{1.0}, dense));
  EXPECT_FALSE(refused(probable, dense));
  EXPECT_FALSE(refused(list, dense));
  EXPECT_TRUE(refused(OneToOne{1.0}, dense));
  EXPECT_TRUE(refused(Dense{1.0, Uniform{0, 2}}, dense));
  EXPECT_TRUE(refused(Sparse{{0}, {0}, 1.0, std::vector<float>{1}}, dense));

  EXPECT_FALSE(refused(probable, procedural));
  EXPECT_FALSE(refused(Dense{Normal{}, Uniform{0, 2}}, procedural));
  EXPECT_TRUE(refused(Dense{Tensor<float>({3, 3})}, procedural));
  EXPECT_TRUE(refused(Dense{1.0, Tensor<float>({3, 3})}, procedural));
  EXPECT_TRUE(refused(OneToOne{1.0}, procedural));
  EXPECT_TRUE(refused(list, procedural));
  EXPECT_TRUE(refused(FixedInputs{.number = 1, .weight = 1.0}, procedural));
  EXPECT_TRUE(refused(FixedOutputs{.number = 1, .weight = 1.0}, procedural));
}

TEST(NetworkErrors, ReadoutsThatTheNeuronCannotServe) {
  EXPECT_THAT(added("spike_input", 1, {.readout = "var", .name = "p"}),
              ElementsAre(problem_at(ProblemKind::missing_variable, "populations[0] \"p\".readout \"var\"")));
  EXPECT_THAT(added("leaky_integrate", 1, {.readout = "spike_count", .name = "p"}),
              ElementsAre(problem_at(ProblemKind::invalid_option, "populations[0] \"p\".readout \"spike_count\"")));
  EXPECT_THAT(added("spike_input", 1, {.readout = "first_spike_time"}), IsEmpty());
}

TEST(NetworkErrors, ConnectionsThatCarryNothing) {
  Network network;
  const auto spikes = network.add("poisson_input", 2, {.name = "spikes"});
  const auto silent = network.add("leaky_integrate", 2, {.name = "silent"});
  network.connect(silent, silent, Dense{1.0});
  network.connect(spikes, spikes, Dense{1.0});
  EXPECT_THAT(
      network.validate(),
      ElementsAre(
          problem_with(ProblemKind::invalid_option, "connections[0] \"silent_silent\".source", "", "leaky_integrate"),
          problem_with(ProblemKind::invalid_option, "connections[1] \"spikes_spikes\".target", "", "poisson_input")));
}

TEST(NetworkErrors, DefaultParameters) {
  Network network(
      {{"leaky_integrate_fir", {{"tau_mem", 1.0}}}, {"exponential", {{"tua", 1.0}, {"scale_i", 2.0}, {"tau", 1.0}}}});
  EXPECT_THAT(
      network.validate(),
      ElementsAre(problem_at(ProblemKind::unknown_name, "defaults \"exponential\".tua"),
                  problem_with(ProblemKind::invalid_value, "defaults \"exponential\".scale_i", "true or false", "2"),
                  problem_at(ProblemKind::unknown_name, "defaults \"leaky_integrate_fir\"")));
}

TEST(NetworkErrors, LayersOutOfOrder) {
  SequentialNetwork network;
  const int line = __LINE__ + 1;
  network.layer(Dense{1.0}, "integrate_fire", 1);
  network.input("spike_input", 1);
  const auto problems = network.validate();
  EXPECT_THAT(problems, ElementsAre(problem_at(ProblemKind::invalid_option, "populations[0]"),
                                    problem_at(ProblemKind::invalid_option, "populations[1]")));
  EXPECT_EQ(problems.at(0).place.line, line);
}

TEST(NetworkErrors, PlacesOfLayers) {
  SequentialNetwork network;
  network.input("spike_input", 2);
  const int line = __LINE__ + 1;
  network.layer(Dense{std::nan("")}, "integrate_fire", 1);
  const auto problems = network.validate();
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].place.line, line);
  EXPECT_EQ(problems[0].place.file, __FILE__);
}

// Problems that only a time step reveals.

TEST(TimeStepChecks, WarnOfTimesThatLookLikeSeconds) {
  Pair pair;
  pair.network.add(LeakyIntegrateFire{.tau_mem = 0.02}, 1, {.name = "c"});
  pair.network.connect(pair.a, pair.b, Dense{1.0}, {.synapse = Exponential{.tau = 0.005}});
  const auto problems = ir::check_time_scale(pair.network.resolve(), 1.0);
  EXPECT_THAT(
      problems,
      ElementsAre(problem_with(ProblemKind::time_scale, "populations[2] \"c\".neuron \"leaky_integrate_fire\".tau_mem",
                               "≥ dt = 1 ms", "0.02 ms"),
                  problem_with(ProblemKind::time_scale, "connections[0] \"a_b\".synapse \"exponential\".tau",
                               "≥ dt = 1 ms", "0.005 ms")));
  for (const Problem& problem : problems) EXPECT_EQ(problem.severity, Severity::warning);
  EXPECT_THAT(ir::check_time_scale(pair.network.resolve(), 0.001), IsEmpty());
}

TEST(TimeStepChecks, RefuseDelaysBetweenSteps) {
  const auto check = [](Value delay, double dt) {
    Pair pair;
    pair.network.connect(pair.a, pair.b, Dense{.weight = 1.0, .delay = std::move(delay)});
    return ir::check_delays(pair.network.resolve(), dt);
  };
  const std::string path = "connections[0] \"a_b\".delay";
  EXPECT_THAT(check(1.5, 1.0), ElementsAre(problem_with(ProblemKind::invalid_value, path, "1 ms or 2 ms", "1.5 ms")));
  EXPECT_THAT(check(1.5, 0.5), IsEmpty());
  EXPECT_THAT(check(0.3, 0.1), IsEmpty());
  Tensor<float> delays({4, 3});
  delays[0] = 0.3f;
  EXPECT_THAT(check(delays, 0.1), IsEmpty());
  EXPECT_THAT(check(delays, 1.0), ElementsAre(problem_at(ProblemKind::invalid_value, path + "[0]")));
}

TEST(TimeStepChecks, DelaysAreRoundedWhereThatIsAskedFor) {
  const auto check = [](Value delay, bool round_delays) {
    Pair pair;
    pair.network.connect(pair.a, pair.b, Dense{.weight = 1.0, .delay = std::move(delay)},
                         {.max_delay = 9, .round_delays = round_delays});
    return ir::check_delays(pair.network.resolve(), 1.0);
  };
  EXPECT_THAT(check(1.5, false), SizeIs(1));
  EXPECT_THAT(check(1.5, true), IsEmpty());
  EXPECT_THAT(check(std::vector<float>(12, 0.3f), false), SizeIs(1));
  EXPECT_THAT(check(std::vector<float>(12, 0.3f), true), IsEmpty());
  EXPECT_THAT(check(Uniform{0, 5}, false), IsEmpty());
  EXPECT_THAT(check(Normal{.mean = 2.5, .sd = 1}, false), IsEmpty());
}

// The message is limited in length; the list of problems is complete.
TEST(LongErrors, ShowAPartAndCountTheRest) {
  const ModelError error(std::vector<Problem>(3000, Problem{.kind = ProblemKind::invalid_value, .message = "wrong"}));
  EXPECT_THAT(error.problems(), SizeIs(3000));
  EXPECT_THAT(error.what(), testing::EndsWith("and 2900 more problems"));
  EXPECT_LT(std::string(error.what()).size(), 2000u);
}

TEST(LongErrors, SuggestFromAPartOfTheNames) {
  std::vector<std::string> known;
  known.reserve(100'000);
  for (int i = 0; i < 100'000; ++i) known.push_back("p" + std::to_string(i));
  EXPECT_LT(suggest("p7x", known).size(), 1000u);
  EXPECT_THAT(suggest("p7x", known), testing::AllOf(testing::HasSubstr("\"p7\""), testing::HasSubstr("99950 more")));
  EXPECT_EQ(nearest_name(std::string(100'000, 'a'), {std::string(100'000, 'b')}), "");
}

}  // namespace
}  // namespace synfire
