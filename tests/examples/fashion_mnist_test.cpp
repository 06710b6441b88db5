// SPDX-License-Identifier: Apache-2.0
// The demo's accuracy, and the same answers on every device.
#include <gtest/gtest.h>

#include <set>
#include <synfire/synfire.hpp>

#include "support/devices.hpp"

namespace synfire {
namespace {

constexpr double relu_accuracy = 0.8933;  // examples/descriptions/README.md

class FashionMnist : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const Arrays arrays = read_npz(SYNFIRE_SOURCE_FOLDER "/examples/descriptions/fashion_mnist.npz");
    const auto tensor = [&](const char* name) { return arrays.at(name).as_float(); };
    input_ = network_.add(IntegrateFireInput{.v_thresh = 2.9980392}, {28, 28}, {.name = "input"});
    const auto hidden = network_.add(IntegrateFire{.v_thresh = 4.42}, 128, {.name = "hidden"});
    output_ = network_.add(IntegrateFire{.v_thresh = 1.67}, 10, {.readout = "spike_count", .name = "output"});
    network_.connect(input_, hidden, Dense{tensor("input_hidden.weight")});
    network_.connect(hidden, output_, Dense{tensor("hidden_output.weight")});
    test_ = datasets::fashion_mnist(datasets::Split::test);
    currents_ = scale(test_.images, 1.0 / 255);
  }

  CompiledNetwork compile(const std::string& device, std::uint32_t batch_size) const {
    return InferenceCompiler{
        .timesteps = 100, .batch_size = batch_size, .device = device, .cache_folder = testing::cache_folder()}
        .compile(network_);
  }

  Network network_;
  PopulationId input_, output_;
  LabeledImages test_;
  Tensor<float> currents_;
};

TEST_P(FashionMnist, FirstImagesAreAnsweredAsOnTheHost) {
  const Tensor<float> few = first(currents_, 6);
  CompiledNetwork host = compile("host", 4);
  CompiledNetwork here = compile(GetParam(), 3);
  const Tensor<float> expected = host.predict({{input_, few}})[output_];
  EXPECT_EQ(here.predict({{input_, few}})[output_], expected);
}

// The demo's description is the same network and gives the same answers.
TEST_P(FashionMnist, DescriptionGivesTheSameAnswers) {
  const Description description = read_description(SYNFIRE_SOURCE_FOLDER "/examples/descriptions/fashion_mnist.json");
  InferenceCompiler compiler = InferenceCompiler::from(description.compile, description.network);
  compiler.device = GetParam();
  compiler.cache_folder = testing::cache_folder();
  CompiledNetwork described = compiler.compile(description.network);
  const Tensor<float> few = scale(first(test_.images, 6), description.inputs.at(0).scale.value());
  EXPECT_EQ(described.predict({{"input", few}})["output"],
            compile("host", 4).predict({{input_, first(currents_, 6)}})[output_]);
}

SYNFIRE_ON_EVERY_DEVICE(FashionMnist);

class FashionMnistAccuracy : public FashionMnist {};

// The emulator would need minutes.
TEST_P(FashionMnistAccuracy, IsThatOfTheReluNetworkToOnePoint) {
  if (GetParam() == "simt") GTEST_SKIP() << "the emulator needs minutes for 10,000 images";
  CompiledNetwork model = compile(GetParam(), 500);
  const double accuracy = model.evaluate({{input_, currents_}}, {{output_, test_.labels}}).metric(output_);
  EXPECT_GE(accuracy, 0.85);
  EXPECT_NEAR(accuracy, relu_accuracy, 0.01);
}

SYNFIRE_ON_EVERY_DEVICE(FashionMnistAccuracy);

// ---- Training from a start without spikes (docs/training.md)

struct Learned {
  double accuracy = 0;  // of the last fifth of 6,000 images, after four epochs
  std::set<ProblemKind> warnings;
};

// `sd`: of the weights into the hidden population; `strength`: of silent_neurons, 0 for none.
Learned learn(double mean, double sd, double strength) {
  Network network{event_prop_defaults};
  const auto input = network.add(SpikeInput{}, 784, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{}, 128, {.readout = "max_var", .name = "hidden"});
  const auto output = network.add(LeakyIntegrate{}, 10, {.readout = "avg_var", .name = "output"});
  network.connect(input, hidden, Dense{Normal{.mean = mean, .sd = sd}}, {.synapse = Exponential{}});
  network.connect(hidden, output, Dense{Normal{.mean = 0.2, .sd = 0.37}}, {.synapse = Exponential{}});
  EventPropCompiler compiler{.timesteps = 20,
                             .batch_size = 32,
                             .seed = 1,
                             .losses = {{output, SparseCategoricalCrossentropy{.temperature = 0.6}}},
                             .optimizer = Adam{.learning_rate = 1.5e-2},
                             .device = "host"};
  compiler.cache_folder = testing::cache_folder();
  if (strength != 0)
    compiler.losses = {{output, SparseCategoricalCrossentropy{.temperature = 0.6}},
                       {hidden, SilentNeurons{.strength = strength}}};
  TrainingNetwork model = compiler.compile(network);
  const LabeledImages images = first(datasets::fashion_mnist(datasets::Split::train), 6000);
  const SpikeTrains spikes = encode(images.images, LinearLatency{.max_time = 18, .min_time = 2});
  Learned learned;
  const History history = model.train(
      {{input, spikes}}, {{output, images.labels}},
      {.epochs = 4, .validation_split = 0.2, .warn = [&](const Problem& each) { learned.warnings.insert(each.kind); }});
  learned.accuracy = history.validation("output").value;
  return learned;
}

TEST(SilentStart, LearnsNothingAndSaysWhyUnlessSilentNeuronsAreDrawnToTheirThreshold) {
  const Learned good = learn(0.078, 0.045, 0);
  EXPECT_GT(good.accuracy, 0.75);
  EXPECT_TRUE(good.warnings.empty());
  const Learned silent = learn(0, 0.003, 0);
  EXPECT_LT(silent.accuracy, 0.15);  // chance level: 0.1
  EXPECT_TRUE(silent.warnings.contains(ProblemKind::silent_population));
  const Learned woken = learn(0, 0.003, 1e-4);
  EXPECT_NEAR(woken.accuracy, good.accuracy, 0.03);
}

}  // namespace
}  // namespace synfire
