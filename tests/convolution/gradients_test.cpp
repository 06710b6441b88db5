// SPDX-License-Identifier: Apache-2.0
// Gradients through convolutions and pools against grid mode in double, by both rules and with the same bits on every
// device: of the kernel, and of what comes before it.
#include <gtest/gtest.h>

#include "convolution/geometries.hpp"
#include "gradients/derived_gradients.hpp"
#include "gradients/program_gradients.hpp"
#include "synfire/language/parse.hpp"
#include "synfire/models.hpp"

namespace synfire::testing {
namespace {

// For each geometry: spikes reach an image of neurons one by one, whose spikes go through the kernel.
TrainingCase learned_case(const std::vector<Geometry>& all) {
  TrainingCase learned;
  learned.options = {.timesteps = 12, .batch_size = 2, .seed = 4};
  learned.training.slots = 2;
  for (std::size_t k = 0; k < all.size(); ++k) {
    const Geometry& each = all[k];
    const std::string number = std::to_string(k);
    const auto input = learned.network.add(SpikeInput{}, each.source, {.name = "input" + number});
    const auto image =
        learned.network.add(LeakyIntegrateFire{.tau_mem = 10.0}, each.source, {.name = "image" + number});
    const auto output =
        learned.network.add(LeakyIntegrate{.tau_mem = 15.0}, each.targets ? Shape(*each.targets) : Shape(),
                            {.readout = "avg_var", .name = "output" + number});
    const Exponential synapse{.tau = 4.0};
    learned.network.connect(input, image, OneToOne{Uniform{0.4, 1.4}}, {.synapse = synapse, .name = "first" + number});
    learned.network.connect(image, output, each.connectivity, {.synapse = synapse, .name = "kernel" + number});
    learned.training.losses.push_back({3 * static_cast<std::uint32_t>(k) + 2, {}});
  }
  return learned;
}

std::vector<codegen::ExampleData> examples_of(const TrainingCase& learned) {
  const ir::Network network = learned.network.resolve();
  std::vector<codegen::ExampleData> examples;
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    examples.push_back(draw_example(network, check_options(learned), seed));
    examples.back().timesteps -= static_cast<std::uint32_t>(seed % 2);
  }
  return examples;
}

// A block of the emulator has little room on its stacks.
constexpr std::size_t most = 4;

class ConvolutionGradients : public ::testing::TestWithParam<std::size_t> {};

TEST_P(ConvolutionGradients, AreThoseOfTheGrid) {
  const TrainingCase learned = learned_case(geometries_by_network(true, most)[GetParam()]);
  expect_gradients_of_the_grid(learned, examples_of(learned));
}

TEST_P(ConvolutionGradients, AreThoseOfTheSurrogate) {
  TrainingCase learned = learned_case(geometries_by_network(true, most)[GetParam()]);
  for (std::size_t p = 0; p < learned.network.populations(); ++p) {
    const bool everywhere = p % 2 == 0;
    learned.training.surrogates.push_back(
        everywhere ? codegen::SurrogateRule{language::parse_expression("1 / (1 + 5 * abs(x))**2"), std::nullopt, false}
                   : codegen::SurrogateRule{language::parse_expression("max(0, 1 - abs(x) / 0.5)"), 0.5, true});
  }
  expect_gradients_of_the_grid(learned, examples_of(learned));
}

INSTANTIATE_TEST_SUITE_P(Networks, ConvolutionGradients,
                         ::testing::Range(std::size_t{0}, geometries_by_network(true, most).size()));

}  // namespace
}  // namespace synfire::testing
