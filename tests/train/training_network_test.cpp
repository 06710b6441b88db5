// SPDX-License-Identifier: Apache-2.0
// Training through the public API: it learns, identically on every device, independent of irrelevant settings.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdio>
#include <sstream>

#include "base/scratch_folder.hpp"
#include "support/devices.hpp"
#include "train/toy.hpp"

namespace synfire {
namespace {

using test::problems_of;
using testing::make_toy;
using testing::make_toy_network;
using testing::Toy;
using testing::toy_compiler;
using testing::toy_timesteps;
using testing::ToyNetwork;

TEST(TrainingNetwork, LearnsToTellClassesApart) {
  const ToyNetwork toy = make_toy_network();
  const Toy data = make_toy(200), unseen = make_toy(100, 2);
  TrainingNetwork model = toy_compiler().compile(toy.network);
  const History history =
      model.train({{toy.input, data.spikes}}, {{toy.output, data.labels}}, {.epochs = 12, .validation_split = 0.2});
  EXPECT_GE(history.training().value, 0.97);
  EXPECT_GE(history.validation("output").value, 0.97);
  EXPECT_LT(history.epochs.back().training[0].loss, 0.5 * history.epochs.front().training[0].loss);
  EXPECT_EQ(history.epochs.back().batches, 20u);
  EXPECT_EQ(model.updates(), 12u * 20u);
  const EvaluationResult result = model.evaluate({{toy.input, unseen.spikes}}, {{toy.output, unseen.labels}});
  EXPECT_GE(result.metric(toy.output), 0.97);
  EXPECT_LT(result.loss(toy.output), 0.3);
}

// The sum over the steps is compensated.
TEST(TrainingNetwork, LossesOfEveryStepDoNotDrift) {
  constexpr std::uint32_t steps = 1'000'000;
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 1, {.name = "input"});
  const auto output = network.add(LeakyIntegrate{.v = 0.1, .tau_mem = 1e12}, 1, {.readout = "var", .name = "output"});
  network.connect(input, output, Dense{0.0}, {.synapse = Exponential{}});
  EventPropCompiler compiler = toy_compiler();
  compiler.timesteps = steps;
  compiler.dt = 0.1;
  compiler.losses = MeanSquareError{.per_step = true};
  SpikeTrains spikes(1);
  spikes.add_example({0}, {1});
  const Tensor<float> zeros({1, steps, 1});
  const EvaluationResult result = compiler.compile(network).evaluate({{input, spikes}}, {{output, zeros}});
  EXPECT_NEAR(result.loss(output), 0.005, 1e-8);
}

class TrainingDevices : public ::testing::TestWithParam<std::string> {};

// Weights, losses, gradients and predictions, to the last bit, including a short last batch and threads.
TEST_P(TrainingDevices, LearnTheSame) {
  const ToyNetwork toy = make_toy_network();
  const Toy data = make_toy(11);
  const auto learn = [&](const std::string& device, unsigned threads) {
    EventPropCompiler compiler = toy_compiler(device, 4);
    compiler.threads = threads;
    compiler.gradient_slots = 3;
    return compiler.compile(toy.network);
  };
  TrainingNetwork here = learn(GetParam(), 0), host = learn("host", 1);
  EXPECT_EQ(
      here.batch_gradients({{toy.input, slice(data.spikes, 0, 4)}}, {{toy.output, std::vector<int>{0, 1, 0, 1}}}),
      host.batch_gradients({{toy.input, slice(data.spikes, 0, 4)}}, {{toy.output, std::vector<int>{0, 1, 0, 1}}}));
  const History a = here.train({{toy.input, data.spikes}}, {{toy.output, data.labels}}, {.epochs = 2});
  const History b = host.train({{toy.input, data.spikes}}, {{toy.output, data.labels}}, {.epochs = 2});
  for (const std::size_t epoch : {0u, 1u}) {
    EXPECT_EQ(a.epochs[epoch].training[0].loss, b.epochs[epoch].training[0].loss);
    EXPECT_EQ(a.epochs[epoch].activity.at(0).spikes, b.epochs[epoch].activity.at(0).spikes);
  }
  EXPECT_EQ(here.network(), host.network());
  EXPECT_EQ(here.predict({{toy.input, data.spikes}})[toy.output], host.predict({{toy.input, data.spikes}})[toy.output]);
}

SYNFIRE_ON_EVERY_DEVICE(TrainingDevices);

// A number is one value shared by all synapses; drawn values are not shared, even if all are equal. Includes lists with
// duplicate synapses.
class SharedWeights : public ::testing::TestWithParam<std::string> {};

TEST_P(SharedWeights, LearnAsOne) {
  const Toy data = make_toy(8);
  const auto compile = [&](const Value& first) {
    Network network{event_prop_defaults};
    const auto input = network.add(SpikeInput{}, 4, {.name = "input"});
    const auto hidden =
        network.add(LeakyIntegrateFire{.v_thresh = Uniform{0.5, 1.0}, .tau_mem = 10.0}, 8, {.name = "hidden"});
    const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
    network.connect(input, hidden, FixedProbability{0.7, first}, {.synapse = Exponential{}, .name = "first"});
    network.connect(hidden, output, Sparse{{0, 1, 2, 2, 3}, {0, 1, 0, 0, 1}, 0.3},
                    {.synapse = Exponential{}, .name = "list"});
    network.connect(hidden, output, Dense{Normal{.mean = 0.1, .sd = 0.5}},
                    {.synapse = Exponential{}, .name = "second"});
    return toy_compiler(GetParam()).compile(network);
  };
  TrainingNetwork shared = compile(3.0), single = compile(Normal{.mean = 3.0, .sd = 0.0});
  const std::vector<NamedData> inputs{{"input", data.spikes}}, targets{{"output", data.labels}};
  const auto gradients = shared.batch_gradients(inputs, targets), parts = single.batch_gradients(inputs, targets);
  ASSERT_EQ(gradients.at("first").shape(), Extents{1});
  EXPECT_GT(parts.at("first").size(), 10u);
  double sum = 0;
  for (const float each : parts.at("first").values()) sum += static_cast<double>(each);
  EXPECT_NE(sum, 0);
  EXPECT_NEAR(gradients.at("first")[0], sum, 1e-5 * std::abs(sum));
  EXPECT_EQ(gradients.at("list").shape(), Extents{5});  // the weight of one synapse is 0.6
  EXPECT_EQ(gradients.at("second"), parts.at("second"));

  shared.train(inputs, targets, {.epochs = 3});
  const ir::Network trained = shared.network().resolve();
  const Value& weight = weight_of(trained.connections[0].connectivity);
  ASSERT_TRUE(weight.is_number());
  EXPECT_NE(weight.number(), 3.0);
  TrainingNetwork again = toy_compiler(GetParam()).compile(shared.network());
  EXPECT_EQ(again.predict(inputs)["output"], shared.predict(inputs)["output"]);
}

SYNFIRE_ON_EVERY_DEVICE(SharedWeights);

// If the label's neuron is silent, the loss is constant, whatever the others do.
class SilentLabels : public ::testing::TestWithParam<std::string> {};

TEST_P(SilentLabels, TeachNothing) {
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 3, {.name = "input"});
  const auto output =
      network.add(LeakyIntegrateFire{.tau_mem = 10.0}, 3, {.readout = "first_spike_time", .name = "output"});
  network.connect(input, output, OneToOne{Tensor<float>({3}, {8.0f, 10.0f, 0.1f})},
                  {.synapse = Exponential{}, .name = "w"});
  SpikeTrains spikes(3);
  spikes.add_example({0, 1, 2}, {1, 2, 1});
  const std::vector<NamedData> inputs{{input, spikes}};
  for (const Losses& loss :
       {Losses(SparseCategoricalCrossentropy{}), Losses(TimeToFirstSpikeCrossentropy{.alpha = 0.3})}) {
    EventPropCompiler compiler = toy_compiler(GetParam(), 1);
    compiler.losses = loss;
    TrainingNetwork model = compiler.compile(network);
    const auto gradient = [&](int label) {
      return model.batch_gradients(inputs, {{output, std::vector<int>{label}}}).at("w");
    };
    EXPECT_NE(gradient(0)[0], 0);
    EXPECT_NE(gradient(0)[1], 0);
    EXPECT_EQ(gradient(2), Tensor<float>({3}, {0.0f, 0.0f, 0.0f}));
  }
}

SYNFIRE_ON_EVERY_DEVICE(SilentLabels);

TEST(TrainingNetwork, ThreadsHaveNoPartInTheResult) {
  const ToyNetwork toy = make_toy_network();
  const Toy data = make_toy(30);
  std::vector<Network> trained;
  for (const unsigned threads : {1u, 2u, 3u}) {
    EventPropCompiler compiler = toy_compiler("host", 8);
    compiler.threads = threads;
    compiler.gradient_slots = 5;
    TrainingNetwork model = compiler.compile(toy.network);
    model.train({{toy.input, data.spikes}}, {{toy.output, data.labels}}, {.epochs = 3});
    trained.push_back(model.network());
  }
  EXPECT_EQ(trained[0], trained[1]);
  EXPECT_EQ(trained[0], trained[2]);
}

TEST(TrainingNetwork, LookingOnChangesNothing) {
  const ToyNetwork toy = make_toy_network();
  const Toy data = make_toy(20), other = make_toy(9, 5);
  TrainingNetwork watched = toy_compiler().compile(toy.network), alone = toy_compiler().compile(toy.network);
  watched.train({{toy.input, data.spikes}}, {{toy.output, data.labels}},
                {.epochs = 2,
                 .validation_inputs = {{toy.input, other.spikes}},
                 .validation_targets = {{toy.output, other.labels}}});
  watched.evaluate({{toy.input, other.spikes}}, {{toy.output, other.labels}});
  watched.predict({{toy.input, other.spikes}});
  watched.batch_gradients({{toy.input, slice(other.spikes, 0, 3)}}, {{toy.output, std::vector<int>{0, 1, 0}}});
  watched.train({{toy.input, data.spikes}}, {{toy.output, data.labels}}, {.epochs = 1, .start_epoch = 2});
  alone.train({{toy.input, data.spikes}}, {{toy.output, data.labels}}, {.epochs = 3});
  EXPECT_EQ(watched.network(), alone.network());
  EXPECT_EQ(watched.updates(), 9u);
}

TEST(TrainingNetwork, ATapeThatIsTooShortCostsTimeAndNothingElse) {
  const ToyNetwork toy = make_toy_network();
  const Toy data = make_toy(20);
  EventPropCompiler narrow = toy_compiler(), roomy = toy_compiler();
  narrow.max_spikes = 1;
  roomy.max_spikes = 1000;
  TrainingNetwork a = narrow.compile(toy.network), b = roomy.compile(toy.network);
  int warnings = 0;
  const auto warn = [&](const Problem&) { ++warnings; };
  const History first = a.train({{toy.input, data.spikes}}, {{toy.output, data.labels}}, {.epochs = 2, .warn = warn});
  EXPECT_GT(first.epochs[0].replays, 0u);
  EXPECT_EQ(first.epochs[1].replays, 0u);
  EXPECT_EQ(warnings, 1);
  const History second = b.train({{toy.input, data.spikes}}, {{toy.output, data.labels}}, {.epochs = 2, .warn = warn});
  EXPECT_EQ(second.epochs[0].replays, 0u);
  EXPECT_EQ(warnings, 1);
  EXPECT_EQ(a.network(), b.network());
}

// The handler had them when the network was compiled.
TEST(TrainingNetwork, WarningsOfCompilingAreInTheFirstRecordOfARun) {
  const test::ScratchFolder folder;
  ToyNetwork toy = make_toy_network();
  toy.network.connect(toy.hidden, toy.hidden, Dense{0.01}, {.synapse = Exponential{}, .name = "recurrent"});
  const Toy data = make_toy(20);
  EventPropCompiler compiler = toy_compiler();
  std::vector<ProblemKind> compiling, training;
  compiler.warn = [&](const Problem& problem) { compiling.push_back(problem.kind); };
  TrainOptions options{.epochs = 1,
                       .callbacks = {Checkpoint{.path = folder / "run.ckpt"}},
                       .warn = [&](const Problem& problem) { training.push_back(problem.kind); }};
  const auto train = [&] {
    return compiler.compile(toy.network).train({{toy.input, data.spikes}}, {{toy.output, data.labels}}, options);
  };
  const auto shared = [](const EpochRecord& record) {
    return std::count_if(record.warnings.begin(), record.warnings.end(), [](const TrainingWarning& each) {
      return each.kind == "shared_weight" && each.path == "connection \"recurrent\".weight";
    });
  };
  const History first = train();
  EXPECT_EQ(shared(first.epochs.at(0)), 1);
  options.epochs = 2;
  options.resume = folder / "run.ckpt";
  const History resumed = train();
  EXPECT_EQ(shared(resumed.epochs.at(0)), 1) << "of the checkpoint";
  EXPECT_EQ(shared(resumed.epochs.at(1)), 0);
  EXPECT_THAT(compiling, ::testing::ElementsAre(ProblemKind::shared_weight, ProblemKind::shared_weight));
  EXPECT_THAT(training, ::testing::Not(::testing::Contains(ProblemKind::shared_weight)));
  EXPECT_THAT(resumed.json(), ::testing::HasSubstr("shared_weight"));
}

TEST(TrainingNetwork, ValuesThatAreNotFiniteAreNamed) {
  ToyNetwork toy;
  toy.input = toy.network.add(SpikeInput{}, 4, {.name = "input"});
  toy.output = toy.network.add(LeakyIntegrate{}, 2, {.readout = "sum_var", .name = "output"});
  toy.network.connect(toy.input, toy.output, Dense{Tensor<float>({4, 2}, std::vector<float>(8, 3e38f))},
                      {.synapse = Exponential{}, .name = "in"});
  const Toy data = make_toy(6);
  TrainingNetwork model = toy_compiler().compile(toy.network);
  const auto problems = problems_of<RunError>([&] {
    model.train({{toy.input, data.spikes}}, {{toy.output, data.labels}}, {.shuffle = false});
  });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].path, ::testing::StartsWith("population \"output\", neuron 0"));
  EXPECT_THAT(problems[0].message, ::testing::HasSubstr("example 0"));
  EXPECT_THAT(problems[0].message, ::testing::HasSubstr("step"));
  EXPECT_EQ(model.updates(), 0u);
}

TEST(TrainingNetwork, MemoryIsToldBeforeItIsTaken) {
  CompilationReport report;
  const TrainingNetwork model = toy_compiler().compile(make_toy_network().network, &report);
  for (const char* part : {"parameters", "gradients", "optimizer state", "spike tapes", "total"})
    EXPECT_THAT(report.memory, ::testing::HasSubstr(part));
  EXPECT_FALSE(model.memory_use().empty());
}

// 700-256-20 with a recurrent hidden layer, 1000 steps, 256 examples: its memory use as stated in docs/training.md.
TEST(TrainingNetwork, FootprintIsThatOfSlotsAndSpikes) {
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 700, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{}, 256, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{}, 20, {.readout = "avg_var_exp_weight", .name = "output"});
  network.connect(input, hidden, Dense{Normal{.mean = 0.03, .sd = 0.01}}, {.synapse = Exponential{}});
  network.connect(hidden, hidden, Dense{Normal{.mean = 0.0, .sd = 0.02}}, {.synapse = Exponential{}});
  network.connect(hidden, output, Dense{Normal{.mean = 0.0, .sd = 0.03}}, {.synapse = Exponential{}});
  CompilationReport report;
  const TrainingNetwork model =
      EventPropCompiler{.timesteps = 1000, .batch_size = 256, .device = "host", .cache_folder = testing::cache_folder()}
          .compile(network, &report);
  std::size_t held = 0;
  for (const auto& use : model.memory_use()) held += use.bytes;
  constexpr std::size_t weights = 700 * 256 + 256 * 256 + 256 * 20, batch = 256;
  constexpr std::size_t gradients_of_examples = batch * weights * sizeof(float);
  constexpr std::size_t rings =
      batch * 1500 * (700 + 256 + 256) * sizeof(float);  // times, and a value for hidden spikes
  const auto mebibytes = [](std::size_t bytes) { return static_cast<double>(bytes) / 1048576; };
  std::printf("%sheld: %.1f MiB; a gradient for each example: %.1f MiB; rings of 1500 spikes: %.1f MiB\n",
              report.memory.c_str(), mebibytes(held), mebibytes(gradients_of_examples), mebibytes(rings));
  EXPECT_LT(4 * held, gradients_of_examples);
  EXPECT_LT(20 * held, rings);
}

// ---- Losses in the history against the readouts

// The mean loss of the first epoch, at learning rate 0.
double told_loss(const ToyNetwork& toy, const Losses& losses, const Toy& data, const DataView& targets) {
  EventPropCompiler compiler = toy_compiler();
  compiler.losses = losses;
  compiler.optimizer.learning_rate = 0;
  TrainingNetwork model = compiler.compile(toy.network);
  const double told = model.train({{toy.input, data.spikes}}, {{toy.output, targets}}).training().loss;
  EXPECT_NEAR(model.evaluate({{toy.input, data.spikes}}, {{toy.output, targets}}).loss(toy.output), told,
              1e-6 * std::abs(told));
  return told;
}

std::vector<double> softmax(std::span<const float> values, double temperature) {
  std::vector<double> p;
  double sum = 0;
  for (const float value : values) sum += std::exp(static_cast<double>(value) / temperature);
  for (const float value : values) p.push_back(std::exp(static_cast<double>(value) / temperature) / sum);
  return p;
}

TEST(TrainingNetwork, LossesAreThoseOfTheReadouts) {
  const ToyNetwork toy = make_toy_network();
  const Toy data = make_toy(10);
  const Tensor<float> readouts = toy_compiler().compile(toy.network).predict({{toy.input, data.spikes}})[toy.output];
  const Tensor<float> soft({10, 2}, {1, 0, 0, 1, .5, .5, .25, .75, 1, 0, 0, 1, 1, 0, 0.9f, 0.1f, 0.3f, 0.7f, 0, 1});
  double sparse = 0, distribution = 0, square = 0;
  for (std::size_t e = 0; e < 10; ++e) {
    const auto row = std::span(readouts.values()).subspan(e * 2, 2);
    sparse -= std::log(softmax(row, 0.5)[static_cast<std::size_t>(data.labels[e])]) / 10;
    for (std::size_t k = 0; k < 2; ++k) {
      const double target = static_cast<double>(soft[e * 2 + k]), value = static_cast<double>(row[k]);
      distribution -= target * std::log(softmax(row, 2.0)[k]) / 10;
      square += 0.5 * (value - target) * (value - target) / 10;
    }
  }
  EXPECT_NEAR(told_loss(toy, SparseCategoricalCrossentropy{.temperature = 0.5}, data, data.labels), sparse, 1e-5);
  EXPECT_NEAR(told_loss(toy, CategoricalCrossentropy{.temperature = 2.0}, data, soft), distribution, 1e-5);
  EXPECT_NEAR(told_loss(toy, "mean_square_error", data, soft), square, 1e-5);
}

TEST(TrainingNetwork, ALossCanBeOneOfEveryStep) {
  ToyNetwork toy = make_toy_network();
  const Toy data = make_toy(10);
  auto recorded = InferenceCompiler{.timesteps = toy_timesteps,
                                    .batch_size = 8,
                                    .seed = 3,
                                    .record = {{toy.output, "v"}},
                                    .cache_folder = testing::cache_folder()}
                      .compile(toy.network);
  const Tensor<float> v = recorded.predict({{toy.input, data.spikes}}).recorded(toy.output, "v");
  Tensor<float> targets({10, toy_timesteps, 2});
  double square = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    targets[i] = 0.01f * static_cast<float>(i % 7);
    const double difference = static_cast<double>(v[i]) - static_cast<double>(targets[i]);
    square += 0.5 * difference * difference / toy_timesteps / 10;
  }
  EXPECT_NEAR(told_loss(toy, MeanSquareError{.per_step = true}, data, targets), square, 1e-5 * square);
}

TEST(TrainingNetwork, HasASummary) {
  const ToyNetwork toy = make_toy_network();
  TrainingNetwork model = toy_compiler().compile(toy.network);
  std::ostringstream printed;
  printed << model;
  EXPECT_EQ(printed.str(), model.summary());
  EXPECT_THAT(model.summary(), ::testing::AllOf(::testing::HasSubstr("Parameters"), ::testing::HasSubstr("output"),
                                                ::testing::HasSubstr("Memory of a batch of"),
                                                ::testing::Not(::testing::HasSubstr("?"))));
  // The same tables as a program for inference has.
  CompiledNetwork inference = InferenceCompiler{.timesteps = toy_timesteps, .device = "host"}.compile(toy.network);
  const auto tables = [](const std::string& text) { return text.substr(text.find("Population"), text.find("Memory")); };
  EXPECT_EQ(tables(inference.summary()).substr(0, 300), tables(model.summary()).substr(0, 300));
  std::ostringstream network;
  network << toy.network;
  EXPECT_EQ(network.str(), ir::to_string(toy.network.description()));
}

TEST(TrainingNetwork, ThatWasMovedFromThrows) {
  const ToyNetwork toy = make_toy_network();
  TrainingNetwork model = toy_compiler().compile(toy.network);
  const TrainingNetwork moved = std::move(model);
  EXPECT_THROW(model.network(), ModelError);        // NOLINT(bugprone-use-after-move)
  EXPECT_THROW(model.learning_rate(), ModelError);  // NOLINT(bugprone-use-after-move)
  EXPECT_NO_THROW(moved.network());
  const InferenceCompiler compiler{.timesteps = toy_timesteps, .device = "host"};
  CompiledNetwork network = compiler.compile(toy.network);
  const CompiledNetwork other = std::move(network);
  EXPECT_THROW(network.manifest(), ModelError);  // NOLINT(bugprone-use-after-move)
  Model streaming = compiler.model(toy.network);
  Model copy = std::move(streaming);
  EXPECT_THROW(streaming.session(), ModelError);  // NOLINT(bugprone-use-after-move)
  Session session = copy.session();
  Session continued = std::move(session);
  EXPECT_EQ(session.advance(1), Status::failed);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(session.use(copy), Status::failed);
  EXPECT_THROW(session.snapshot(), ModelError);
  EXPECT_THROW(session.output("output"), ModelError);
  EXPECT_NE(session.failure(), "");
  EXPECT_EQ(session.step(), 0u);
  EXPECT_EQ(continued.advance(1), Status::ok);
}

}  // namespace
}  // namespace synfire
