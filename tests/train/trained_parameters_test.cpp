// SPDX-License-Identifier: Apache-2.0
// Parameters of models and initial values that are trained, through the public API.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/scratch_folder.hpp"
#include "error/problems.hpp"
#include "support/devices.hpp"
#include "synfire/base/files.hpp"
#include "train/toy.hpp"

namespace synfire {
namespace {

using test::problems_of;
using test::ScratchFolder;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Ge;
using ::testing::HasSubstr;
using testing::make_toy;
using ::testing::SizeIs;
using testing::Toy;
using testing::toy_compiler;
using ::testing::UnorderedElementsAre;

const Value& parameter_of(const NeuronModel& model, const std::string& name) {
  for (const Parameter& each : model.parameters) {
    if (each.name == name) return each.value;
  }
  throw std::logic_error("no parameter " + name);
}

// 4-8-2 with a trained value of each kind.
struct TrainedNetwork {
  Network network{event_prop_defaults};
  PopulationId input, hidden, output;

  explicit TrainedNetwork(const Value& tau_mem = trainable(Uniform{8, 12}, {.min = 2.0, .learning_rate = 0.5})) {
    input = network.add(SpikeInput{}, 4, {.name = "input"});
    hidden = network.add(LeakyIntegrateFire{.v_thresh = trainable(1.0), .v = trainable(0.1), .tau_mem = tau_mem}, 8,
                         {.name = "hidden"});
    output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
    network.connect(input, hidden, Dense{Normal{.mean = 3.0, .sd = 1.5}},
                    {.synapse = Exponential{.tau = trainable(5.0, {.min = 1.0})}, .name = "in"});
    network.connect(hidden, output, Dense{Normal{.mean = 0.0, .sd = 1.0}}, {.synapse = Exponential{}, .name = "out"});
  }

  static std::vector<NamedData> inputs(const Toy& toy) { return {{"input", toy.spikes}}; }
  static std::vector<NamedData> targets(const Toy& toy) { return {{"output", toy.labels}}; }
};

class TrainedParameters : public ::testing::TestWithParam<std::string> {};

// The output of a leaky integrator is known; the student finds the time constants of its membrane and its synapses.
TEST_P(TrainedParameters, AreRecoveredFromTheirTraces) {
  constexpr std::uint32_t timesteps = 40;
  const auto make = [](double tau_mem, double tau, double bias) {
    Network network;
    const auto input = network.add(SpikeInput{}, 4, {.name = "input"});
    const auto output =
        network.add(LeakyIntegrate{.bias = bias, .tau_mem = trainable(tau_mem, {.min = 2.0, .learning_rate = 0.3})}, 3,
                    {.readout = "var", .name = "output"});
    Tensor<float> weights({4, 3});
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = 0.2F + 0.05F * static_cast<float>(i * 5 % 12);
    network.connect(input, output, Dense{frozen(weights)},
                    {.synapse = Exponential{.tau = trainable(tau, {.min = 1.0, .learning_rate = 0.1})}, .name = "in"});
    return network;
  };
  const Toy toy = make_toy(8);
  auto teacher = InferenceCompiler{.timesteps = timesteps,
                                   .seed = 3,
                                   .record = {{"output", "v"}},
                                   .device = GetParam(),
                                   .cache_folder = testing::cache_folder()}
                     .compile(make(12, 4, 0.02));
  const auto recorded = teacher.predict({{"input", toy.spikes}});
  EventPropCompiler compiler = toy_compiler(GetParam(), 8);
  compiler.timesteps = timesteps;
  compiler.losses = MeanSquareError{.per_step = true};
  TrainingNetwork student = compiler.compile(make(20, 7, 0.02));
  const Tensor<float>& traces = recorded.recorded("output", "v");
  const History history = student.train(
      {{"input", toy.spikes}}, {{"output", traces}},
      {.epochs = 600,
       .learning_rate = [](std::uint32_t, double rate) { return 0.99 * rate; },
       .warn =
           [](const Problem& warning) { EXPECT_EQ(warning.kind, ProblemKind::rising_loss) << to_string(warning); }});
  const ir::Network learned = student.network().resolve();
  EXPECT_LT(history.epochs.back().training[0].loss, 1e-4 * history.epochs.front().training[0].loss);
  EXPECT_NEAR(parameter_of(learned.populations[1].neuron, "tau_mem").number(), 12, 0.02 * 12);
  EXPECT_NEAR(learned.connections[0].synapse.parameters[0].value.number(), 4, 0.02 * 4);
}

TEST_P(TrainedParameters, AreTrainedLikeWeights) {
  const TrainedNetwork trained;
  const Toy toy = make_toy(16);
  TrainingNetwork model = toy_compiler(GetParam()).compile(trained.network);
  const auto gradients = model.batch_gradients(trained.inputs(make_toy(8)), trained.targets(make_toy(8)));
  std::map<std::string, std::size_t> sizes;
  for (const auto& [name, gradient] : gradients) sizes[name] = gradient.size();
  EXPECT_EQ(
      sizes,
      (std::map<std::string, std::size_t>{
          {"in", 32}, {"out", 16}, {"in.tau", 1}, {"hidden.tau_mem", 8}, {"hidden.v_thresh", 1}, {"hidden.v(0)", 1}}));
  const double before = model.evaluate(trained.inputs(toy), trained.targets(toy)).loss("output");
  model.train(trained.inputs(toy), trained.targets(toy), {.epochs = 5, .warn = [](const Problem&) {}});
  const double after = model.evaluate(trained.inputs(toy), trained.targets(toy)).loss("output");
  EXPECT_LT(after, before);

  // What is learned is in the network, and still trainable; compiled again it starts there.
  const Network learned = model.network();
  const NeuronModel neuron = learned.resolve().populations[1].neuron;
  const Value& tau_mem = parameter_of(neuron, "tau_mem");
  ASSERT_TRUE(tau_mem.is_array());
  EXPECT_THAT(tau_mem.array().values(), AllOf(SizeIs(8), Each(Ge(2.0F))));
  EXPECT_EQ(tau_mem.training(), (Trainable{.min = 2.0, .learning_rate = 0.5}));
  EXPECT_NE(parameter_of(neuron, "v_thresh").number(), 1.0);
  EXPECT_NE(neuron.state[0].initial.number(), static_cast<double>(0.1F));
  TrainingNetwork again = toy_compiler(GetParam()).compile(learned);
  EXPECT_EQ(again.evaluate(trained.inputs(toy), trained.targets(toy)).loss("output"), after);
  auto inference =
      InferenceCompiler{
          .timesteps = testing::toy_timesteps, .device = GetParam(), .cache_folder = testing::cache_folder()}
          .compile(learned);
  const auto predicted = again.predict(trained.inputs(toy)), inferred = inference.predict(trained.inputs(toy));
  for (std::size_t i = 0; i < 2 * toy.labels.size(); ++i)
    EXPECT_NEAR(inferred["output"][i], predicted["output"][i], 1e-4 * (1 + std::abs(predicted["output"][i])));
}

TEST_P(TrainedParameters, ContinueFromCheckpointsToTheBit) {
  const TrainedNetwork trained;
  const Toy toy = make_toy(14);
  const ScratchFolder folder;
  const auto quiet = [](const Problem&) {};
  TrainingNetwork whole = toy_compiler(GetParam(), 4).compile(trained.network);
  whole.train(trained.inputs(toy), trained.targets(toy),
              {.epochs = 3, .callbacks = {Checkpoint{.path = folder / "run.ckpt", .every_updates = 5}}, .warn = quiet});
  whole.save(folder / "whole.ckpt");
  TrainingNetwork part = toy_compiler(GetParam(), 4).compile(trained.network);
  part.train(trained.inputs(toy), trained.targets(toy),
             {.epochs = 1, .callbacks = {Checkpoint{.path = folder / "part.ckpt"}}, .warn = quiet});
  TrainingNetwork resumed = toy_compiler(GetParam(), 4).compile(trained.network);
  TrainOptions rest{.epochs = 3, .callbacks = {Checkpoint{.path = folder / "part.ckpt"}}, .warn = quiet};
  rest.resume = folder / "part.ckpt";
  resumed.train(trained.inputs(toy), trained.targets(toy), rest);
  resumed.save(folder / "resumed.ckpt");
  EXPECT_EQ(base::read_file(folder / "resumed.ckpt"), base::read_file(folder / "whole.ckpt"));
}

// Each synapse finds the step in which its spikes arrive.
TEST_P(TrainedParameters, OfSynapsesFindTheDelaysOfATeacher) {
  constexpr std::uint32_t timesteps = 40, sources = 6, targets = 4;
  const auto make = [&](const Value& delay) {
    Network network;
    const auto input = network.add(SpikeInput{}, sources, {.name = "input"});
    const auto output = network.add(LeakyIntegrate{.tau_mem = 8.0}, targets, {.readout = "var", .name = "output"});
    Tensor<float> weights({sources, targets});
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = 0.5F + 0.1F * static_cast<float>(i * 7 % 9);
    network.connect(input, output, Dense{frozen(weights), delay},
                    {.synapse = Exponential{.tau = 3.0}, .name = "in", .max_delay = 10});
    return network;
  };
  Tensor<float> hidden({sources, targets});
  for (std::size_t i = 0; i < hidden.size(); ++i) hidden[i] = static_cast<float>(i * 5 % 9);
  SpikeTrains spikes(sources);
  for (std::uint32_t e = 0; e < 12; ++e)
    spikes.add_example({e % sources, (e + 1 + e / sources) % sources}, {2.0F, 4.0F + static_cast<float>(e % 7)});
  auto teacher = InferenceCompiler{.timesteps = timesteps,
                                   .record = {{"output", "v"}},
                                   .device = GetParam(),
                                   .cache_folder = testing::cache_folder()}
                     .compile(make(hidden));
  const Tensor<float> traces = teacher.predict({{"input", spikes}}).recorded("output", "v");
  EventPropCompiler compiler = toy_compiler(GetParam(), 12);
  compiler.timesteps = timesteps;
  compiler.losses = MeanSquareError{.per_step = true};
  TrainingNetwork student = compiler.compile(
      make(trainable(Tensor<float>({sources, targets}, std::vector<float>(24, 4.0F)), {.learning_rate = 0.2})));
  student.train(
      {{"input", spikes}}, {{"output", traces}},
      {.epochs = 250,
       .learning_rate = [](std::uint32_t, double rate) { return 0.98 * rate; },
       .warn =
           [](const Problem& warning) { EXPECT_EQ(warning.kind, ProblemKind::rising_loss) << to_string(warning); }});
  const Network learned = student.network();
  const Tensor<float> found = delay_of(learned.resolve().connections[0].connectivity).array();
  EXPECT_EQ(found.shape(), (Extents{sources, targets}));
  for (std::size_t i = 0; i < hidden.size(); ++i) EXPECT_NEAR(found[i], hidden[i], 1) << i;

  // A program for inference rounds them as the training program did.
  auto inference = InferenceCompiler{.timesteps = timesteps,
                                     .record = {{"output", "v"}},
                                     .device = GetParam(),
                                     .cache_folder = testing::cache_folder()}
                       .compile(learned);
  const auto inferred = inference.predict({{"input", spikes}});
  const auto trained = student.predict({{"input", spikes}});
  EXPECT_EQ(inferred["output"], trained["output"]);
  for (const auto& [name, gradient] : student.batch_gradients({{"input", spikes}}, {{"output", traces}}))
    EXPECT_TRUE(name == "in.delay" && gradient.shape() == (Extents{sources, targets})) << name;

  // They can be set. Whatever the values are, spikes arrive between a delay of 0 and the longest one.
  Tensor<float> beyond = hidden, bounded = hidden;
  beyond[3] = -7;
  bounded[3] = 0;
  beyond[7] = 1e30F;
  bounded[7] = 10;
  student.set("in", "delay", beyond);
  const Tensor<float> far = student.predict({{"input", spikes}})["output"];
  student.set("in", "delay", bounded);
  EXPECT_EQ(far, student.predict({{"input", spikes}})["output"]);
  student.set("in", "delay", hidden);
  EXPECT_EQ(student.predict({{"input", spikes}})["output"], teacher.predict({{"input", spikes}})["output"]);
}

INSTANTIATE_TEST_SUITE_P(Devices, TrainedParameters, ::testing::ValuesIn(testing::devices()));

TEST(TrainedParameter, StaysInItsBounds) {
  const TrainedNetwork trained(trainable(4.0, {.min = 3.0, .max = 5.0, .learning_rate = 10}));
  const Toy toy = make_toy(16);
  TrainingNetwork model = toy_compiler().compile(trained.network);
  const auto tau_mem = [&] {
    return parameter_of(model.network().resolve().populations[1].neuron, "tau_mem").number();
  };
  std::set<double> seen;
  for (int epoch = 0; epoch < 6; ++epoch) {
    model.train(trained.inputs(toy), trained.targets(toy), {.epochs = 1, .warn = [](const Problem&) {}});
    seen.insert(tau_mem());
    EXPECT_TRUE(tau_mem() >= 3 && tau_mem() <= 5) << tau_mem();
  }
  EXPECT_TRUE(seen.contains(3) || seen.contains(5));
}

// Without bounds of its own it keeps those of the model: a time constant of 0 or less has no meaning.
TEST(TrainedParameter, KeepsTheBoundsOfItsModel) {
  const TrainedNetwork trained(trainable(4.0, {.learning_rate = 1000}));
  const Toy toy = make_toy(16);
  TrainingNetwork model = toy_compiler().compile(trained.network);
  for (int epoch = 0; epoch < 4; ++epoch) {
    model.train(trained.inputs(toy), trained.targets(toy), {.epochs = 1, .warn = [](const Problem&) {}});
    EXPECT_GE(parameter_of(model.network().resolve().populations[1].neuron, "tau_mem").number(), 0.099);
  }
}

TEST(TrainedParameter, CanBeSetAndTakenOver) {
  const TrainedNetwork trained;
  const Toy toy = make_toy(8);
  TrainingNetwork model = toy_compiler().compile(trained.network), other = toy_compiler().compile(trained.network);
  const double before = other.evaluate(trained.inputs(toy), trained.targets(toy)).loss("output");
  model.set("hidden", "tau_mem", Tensor<float>({8}, std::vector<float>(8, 5.0F)));
  model.set("in", "tau", Tensor<float>({1}, {3.0F}));
  model.set("hidden", "v(0)", Tensor<float>({1}, {0.4F}));
  const double expected = model.evaluate(trained.inputs(toy), trained.targets(toy)).loss("output");
  EXPECT_NE(expected, before);
  const auto start = other.take_weights(model.network());
  EXPECT_THAT(start.taken,
              UnorderedElementsAre("in", "out", "in.tau", "hidden.tau_mem", "hidden.v_thresh", "hidden.v(0)"));
  EXPECT_THAT(start.left, SizeIs(0));
  EXPECT_EQ(other.evaluate(trained.inputs(toy), trained.targets(toy)).loss("output"), expected);

  EXPECT_THAT(problems_of<ModelError>([&] { model.set("hidden", "tau", Tensor<float>({1}, {3.0F})); }),
              ElementsAre(AllOf(Field(&Problem::kind, ProblemKind::missing_variable),
                                Field(&Problem::path, "population \"hidden\".tau"),
                                Field(&Problem::hint, HasSubstr("tau_mem")))));
  EXPECT_THAT(problems_of<DataError>([&] { model.set("hidden", "tau_mem", Tensor<float>({1}, {3.0F})); }),
              ElementsAre(Field(&Problem::kind, ProblemKind::wrong_data_size)));
}

// √gain has an infinite slope at 0: where it starts, that is an error of the model; later, of the run.
TEST(TrainedParameter, WhoseGradientIsNotFiniteEndsTheRun) {
  const auto compile = [](double gain) {
    const NeuronModel rooted{.name = "rooted",
                             .parameters = {{"gain", trainable(gain, {.min = 0.0, .learning_rate = 100})}},
                             .state = {{"v", 0.0}},
                             .dynamics = {"dv/dt = (sqrt(gain) * I - v) / 20"},
                             .output = "v"};
    Network network;
    const auto input = network.add(SpikeInput{}, 4, {.name = "input"});
    const auto output = network.add(rooted, 2, {.readout = "avg_var", .name = "output"});
    network.connect(input, output, Dense{Normal{1, 1}}, {.synapse = Exponential{}, .name = "in"});
    return toy_compiler().compile(network);
  };
  const auto problems = problems_of<ModelError>([&] { compile(0); });
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].path, HasSubstr("\"output\""));
  EXPECT_THAT(problems[0].message, HasSubstr("sqrt(gain)"));
  const Toy toy = make_toy(16);
  TrainingNetwork model = compile(1);
  const auto failed = problems_of<RunError>([&] {
    for (int epoch = 0; epoch < 20; ++epoch)
      model.train(TrainedNetwork::inputs(toy), TrainedNetwork::targets(toy),
                  {.epochs = 1, .warn = [](const Problem&) {}});
  });
  ASSERT_THAT(failed, SizeIs(1));
  EXPECT_THAT(failed[0].message, HasSubstr("gradient of a parameter is not finite"));
}

// Names of functions and types that generated source uses.
TEST(TrainedParameter, MayHaveAnyName) {
  const NeuronModel odd{.name = "odd",
                        .parameters = {{"matrix_exponential", trainable(20.0)},
                                       {"matrix_phi", trainable(Uniform{0.5, 1})},
                                       {"exponential", trainable(1.0)},
                                       {"as_double", trainable(0.1)},
                                       {"begin", trainable(0.2)},
                                       {"slope", trainable(0.3)}},
                        .state = {{"v", 0.0}, {"w", 0.0}},
                        .dynamics = {"dv/dt = (matrix_phi * I + slope * w - exp(exponential) * v) / matrix_exponential",
                                     "dw/dt = as_double * v - begin * w"},
                        .output = "v"};
  Network network;
  const auto input = network.add(SpikeInput{}, 4, {.name = "input"});
  const auto output = network.add(odd, 2, {.readout = "avg_var", .name = "output"});
  network.connect(input, output, Dense{Normal{.mean = 1, .sd = 1}}, {.synapse = Exponential{}, .name = "in"});
  const Toy toy = make_toy(8);
  for (const std::string& device : testing::devices()) {
    TrainingNetwork model = toy_compiler(device).compile(network);
    for (const auto& [name, gradient] :
         model.batch_gradients(TrainedNetwork::inputs(toy), TrainedNetwork::targets(toy)))
      EXPECT_NE(gradient[0], 0) << name;
  }
}

TEST(TrainedParameter, NeedsANameOfItsOwn) {
  const NeuronModel leaky{.name = "leaky",
                          .parameters = {{"tau", trainable(20.0)}},
                          .state = {{"v", 0.0}},
                          .dynamics = {"dv/dt = (I - v) / tau"},
                          .output = "v"};
  Network network;
  const auto input = network.add(SpikeInput{}, 4, {.name = "input"});
  const auto output = network.add(leaky, 2, {.readout = "avg_var", .name = "twin"});
  network.connect(input, output, Dense{Normal{}}, {.synapse = Exponential{.tau = trainable(5.0)}, .name = "twin"});
  EXPECT_THAT(
      problems_of<ModelError>([&] { toy_compiler().compile(network); }),
      ElementsAre(AllOf(Field(&Problem::kind, ProblemKind::duplicate_name), Field(&Problem::path, "twin.tau"))));
}

TEST(TrainedParameter, WithoutADerivativeIsRefusedByName) {
  const ReadoutModel sum{.name = "sum", .state = {{"s", trainable(0.5)}}, .on_step = {"s = s + x"}, .value = "s"};
  Network network;
  const auto input = network.add("poisson_input", 4, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{.v_thresh = trainable(1.0, {.max_norm = 2.0}),
                                                     .tau_mem = trainable(20.0, {.noise = 0.1}),
                                                     .tau_refrac = trainable(2.0)},
                                  5, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = sum, .name = "output"});
  network.connect(input, hidden, Dense{1.0, trainable(1.0)},
                  {.synapse = Exponential{}, .name = "matrix", .max_delay = 2, .storage = SynapseStorage::dense});
  network.connect(hidden, output, Sparse{.sources = {0, 0}, .targets = {1, 1}, .weight = 1.0, .delay = trainable(1.0)},
                  {.synapse = Exponential{}, .name = "twice", .max_delay = 2});
  network.connect(hidden, output, Dense{1.0, trainable(1.0)},
                  {.synapse = Exponential{}, .name = "long", .max_delay = 1e6});
  const auto problems = problems_of<ModelError>([&] { toy_compiler().compile(network); });
  std::vector<std::string> paths;
  for (const Problem& each : problems) {
    paths.push_back(each.path);
    EXPECT_FALSE(each.hint.empty()) << each.path;
  }
  EXPECT_THAT(paths, UnorderedElementsAre("populations[1] \"hidden\".v_thresh", "populations[1] \"hidden\".tau_mem",
                                          "populations[1] \"hidden\".tau_refrac", "populations[2] \"output\".readout.s",
                                          "connections[0] \"matrix\".delay", "connections[1] \"twice\".delay",
                                          "connections[2] \"long\".delay"));
}

}  // namespace
}  // namespace synfire
