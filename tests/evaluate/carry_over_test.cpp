// SPDX-License-Identifier: Apache-2.0
// State from one example to the next. The toy network's x counts steps since it was initialized.
#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "evaluate/lambda_device.hpp"

namespace synfire {
namespace {

using test::toy_network;

std::vector<float> steps_counted(CompiledNetwork& network, std::size_t examples) {
  const Predictions predictions = network.predict(examples);
  std::vector<float> counted;
  for (std::size_t e = 0; e < examples; ++e) counted.push_back(predictions["traces"].at({e, 1}));
  return counted;
}

TEST(CarryOver, NothingIsCarriedByDefault) {
  auto network = toy_network(2);
  EXPECT_EQ(steps_counted(network, 5), (std::vector<float>{4, 4, 4, 4, 4}));
  EXPECT_EQ(steps_counted(network, 1), (std::vector<float>{4}));
}

TEST(CarryOver, EachExampleGoesOnFromTheOneBeforeWhateverTheBatchSize) {
  for (const std::uint32_t batch_size : {1u, 2u, 3u, 8u}) {
    auto network = toy_network(batch_size, {.neurons = true});
    EXPECT_EQ(steps_counted(network, 5), (std::vector<float>{4, 8, 12, 16, 20})) << batch_size;
    EXPECT_EQ(steps_counted(network, 2), (std::vector<float>{24, 28})) << batch_size;
    network.reset();
    EXPECT_EQ(steps_counted(network, 2), (std::vector<float>{4, 8})) << batch_size;
  }
}

TEST(CarryOver, OnlyWhatIsAskedForIsLoaded) {
  std::vector<contract::TrialHeader> log;
  auto network = toy_network(2, {.synapses = true, .spikes = true}, &log);
  EXPECT_EQ(steps_counted(network, 2), (std::vector<float>{4, 4}));
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[0].load, 0u);
  EXPECT_EQ(log[1].load, contract::carry_synapses | contract::carry_spikes);
  EXPECT_EQ(log[1].save, 1u);
}

TEST(CarryOver, NeedsAResumableProgram) {
  const auto device = test::make_lambda_device([](const test::Launch&) {});
  EXPECT_EQ(test::kind_of<ModelError>([&] { CompiledNetwork(test::toy_artifact(2), device, {.neurons = true}); }),
            "invalid_option");
}

}  // namespace
}  // namespace synfire
