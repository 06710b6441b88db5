// SPDX-License-Identifier: Apache-2.0
// The demo's promise: its accuracy, and the same answers on every device.
#include <gtest/gtest.h>

#include <synfire/synfire.hpp>

#include "support/devices.hpp"

namespace synfire {
namespace {

class FashionMnist : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const Arrays arrays = read_npz(SYNFIRE_SOURCE_FOLDER "/examples/data/fashion_mnist_784_128_10.npz");
    const auto tensor = [&](const char* name) { return arrays.at(name).as_float(); };
    const auto number = [&](const char* name) { return static_cast<double>(tensor(name)[0]); };
    input_ = network_.add(IntegrateFireInput{.v_thresh = number("input_threshold")}, {28, 28}, {.name = "input"});
    const auto hidden = network_.add(IntegrateFire{.v_thresh = number("hidden_threshold")}, 128, {.name = "hidden"});
    output_ = network_.add(IntegrateFire{.v_thresh = number("output_threshold")}, 10,
                           {.readout = "spike_count", .name = "output"});
    network_.connect(input_, hidden, Dense{tensor("input_hidden")});
    network_.connect(hidden, output_, Dense{tensor("hidden_output")});
    relu_accuracy_ = number("relu_accuracy");
    test_ = datasets::fashion_mnist(datasets::Split::test);
    currents_ = scale(test_.images, number("input_scale") / 255);
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
  double relu_accuracy_ = 0;
};

TEST_P(FashionMnist, FirstImagesAreAnsweredAsOnTheHost) {
  const Tensor<float> few = first(currents_, 6);
  CompiledNetwork host = compile("host", 4);
  CompiledNetwork here = compile(GetParam(), 3);
  const Tensor<float> expected = host.predict({{input_, few}})[output_];
  EXPECT_EQ(here.predict({{input_, few}})[output_], expected);
}

// The description of the demo is the same network: it gives the same answers.
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

// The emulator would take minutes.
TEST_P(FashionMnistAccuracy, IsThatOfTheReluNetworkToOnePoint) {
  if (GetParam() == "simt") GTEST_SKIP() << "10,000 images take the emulator minutes";
  CompiledNetwork model = compile(GetParam(), 500);
  const double accuracy = model.evaluate({{input_, currents_}}, {{output_, test_.labels}}).metric(output_);
  EXPECT_GE(accuracy, 0.85);
  EXPECT_NEAR(accuracy, relu_accuracy_, 0.01);
}

SYNFIRE_ON_EVERY_DEVICE(FashionMnistAccuracy);

}  // namespace
}  // namespace synfire
