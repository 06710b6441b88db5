// SPDX-License-Identifier: Apache-2.0
// Batches through the executor with a handwritten program, compared with the same sums computed here.
#include "synfire/runtime/executor.hpp"

#include <gmock/gmock.h>

#include <cfenv>
#include <cstring>
#include <random>

#include "handwritten.hpp"
#include "separate_memory_device.hpp"

namespace synfire::runtime {
namespace {

using namespace synfire::testing;

struct Data {
  std::vector<float> values;
  SpikeTrains spikes{spiking_neurons};
};

Data random_data(std::uint32_t examples, unsigned seed) {
  std::mt19937 random(seed);
  Data data;
  for (std::uint32_t e = 0; e < examples; ++e) {
    for (std::size_t n = 0; n < neurons; ++n) data.values.push_back(static_cast<float>(random() % 8) / 4);
    std::vector<std::uint32_t> ids(random() % 6);
    std::vector<float> times(ids.size());
    for (auto& id : ids) id = static_cast<std::uint32_t>(random() % spiking_neurons);
    for (auto& time : times) time = static_cast<float>(random() % 24) / 8;
    data.spikes.add_example(ids, times);
  }
  return data;
}

Batch batch_of(const Data& data, std::uint32_t first, std::uint32_t examples) {
  const auto values = std::span(data.values).subspan(first * neurons, examples * neurons);
  return {.examples = examples,
          .inputs = {{.population = values_input, .values = values},
                     {.population = spikes_input, .spikes = &data.spikes, .first_spike_example = first}}};
}

// The sum of one example after `steps` steps; see programs/decaying_sum.cpp.
std::vector<float> expected_sum(const Data& data, std::uint32_t example, std::uint32_t steps,
                                std::vector<float> sum = {0, 0, 0}) {
  std::vector<std::uint32_t> ids;
  std::vector<std::uint32_t> offsets(timesteps + 1);
  bin_spikes(data.spikes, example, dt, timesteps, ids, offsets);
  for (std::uint32_t t = 0; t < steps; ++t) {
    float arriving = 0;
    for (std::uint32_t i = offsets[t]; i < offsets[t + 1]; ++i) arriving += static_cast<float>(ids[i] + 1);
    for (std::size_t n = 0; n < neurons; ++n) sum[n] += weights[n] * (data.values[example * neurons + n] + arriving);
  }
  return sum;
}

std::vector<float> expected_sums(const Data& data, std::uint32_t first, std::uint32_t examples) {
  std::vector<float> sums;
  for (std::uint32_t e = first; e < first + examples; ++e) {
    const auto sum = expected_sum(data, e, timesteps);
    sums.insert(sums.end(), sum.begin(), sum.end());
  }
  return sums;
}

Executor executor_on(std::shared_ptr<Device> device, std::uint32_t batch_size) {
  return {std::make_shared<contract::Artifact>(handwritten_artifact()), std::move(device), batch_size};
}

std::shared_ptr<Device> host(unsigned threads) { return open_device("host", {.threads = threads}); }

// The host reads inputs where they are; the other device gets copies, as a GPU does.
class ExecutorTest : public ::testing::TestWithParam<bool> {
 protected:
  std::shared_ptr<Device> device = GetParam() ? host(2) : std::make_shared<testing::SeparateMemoryDevice>(2);
  Data data = random_data(20, 1);
};

TEST_P(ExecutorTest, RunsABatch) {
  Executor executor = executor_on(device, 20);
  executor.run(batch_of(data, 0, 20));
  EXPECT_EQ(executor.readout(output), expected_sums(data, 0, 20));
}

TEST_P(ExecutorTest, RunsBatchesSmallerThanItsMemory) {
  Executor executor = executor_on(device, 8);
  for (const auto& [first, examples] : {std::pair{0u, 8u}, {8u, 8u}, {16u, 4u}, {2u, 1u}}) {
    executor.run(batch_of(data, first, examples));
    EXPECT_EQ(executor.readout(output), expected_sums(data, first, examples)) << first;
  }
}

TEST_P(ExecutorTest, RunsAnEmptyBatch) {
  Executor executor = executor_on(device, 8);
  executor.run(batch_of(data, 0, 0));
  EXPECT_TRUE(executor.readout(output).empty());
}

TEST_P(ExecutorTest, ExamplesHaveTheirOwnLengths) {
  Executor executor = executor_on(device, 4);
  const std::vector<std::uint32_t> steps = {5, 0, 3, 1};
  Batch batch = batch_of(data, 0, 4);
  batch.steps = steps;
  executor.run(batch);
  const std::vector<float> sums = executor.readout(output);
  for (std::uint32_t e = 0; e < 4; ++e) {
    const std::vector<float> sum(sums.begin() + e * neurons, sums.begin() + (e + 1) * neurons);
    EXPECT_EQ(sum, expected_sum(data, e, steps[e])) << e;
  }
  executor.run(batch_of(data, 0, 4));  // the lengths belong to their batch
  EXPECT_EQ(executor.readout(output), expected_sums(data, 0, 4));
}

TEST_P(ExecutorTest, PassesSeedAndFirstExample) {
  Executor executor = executor_on(device, 1);
  Batch batch = batch_of(data, 0, 1);
  batch.seed = 10;
  batch.first_example = 1000;
  executor.run(batch);
  EXPECT_EQ(executor.readout(output)[0], expected_sum(data, 0, timesteps)[0] + 5 * 10 + 1000);
}

TEST_P(ExecutorTest, ReturnsRecordings) {
  Executor executor = executor_on(device, 4);
  executor.run(batch_of(data, 3, 2));
  std::vector<float> trace(std::size_t{2} * timesteps);
  const std::vector<std::byte> bytes = executor.recording(trace_buffer);
  ASSERT_EQ(bytes.size(), trace.size() * sizeof(float));
  std::memcpy(trace.data(), bytes.data(), bytes.size());
  for (std::uint32_t e = 0; e < 2; ++e) {
    for (std::uint32_t t = 0; t < timesteps; ++t) {
      EXPECT_EQ(trace[e * timesteps + t], expected_sum(data, 3 + e, t + 1)[0]);
    }
  }
}

TEST_P(ExecutorTest, CarriesStateOnlyWhenAsked) {
  Executor executor = executor_on(device, 2);
  Batch batch = batch_of(data, 0, 2);
  batch.save = true;
  executor.run(batch);
  EXPECT_EQ(executor.saved_examples(), 2u);
  executor.run(batch_of(data, 0, 2));
  EXPECT_EQ(executor.readout(output), expected_sums(data, 0, 2));
  batch.load = contract::carry_neurons;
  executor.run(batch);
  const auto carried = expected_sum(data, 1, timesteps, expected_sum(data, 1, timesteps));
  EXPECT_EQ(executor.readout(output)[neurons], carried[0]);
}

TEST_P(ExecutorTest, ASmallerBatchLeavesTheOtherStatesAsTheyWere) {
  Executor executor = executor_on(device, 2);
  for (const std::uint32_t examples : {2u, 1u}) {
    Batch batch = batch_of(data, 0, examples);
    batch.save = true;
    executor.run(batch);
  }
  EXPECT_EQ(executor.saved_examples(), 2u);
  Batch batch = batch_of(data, 0, 2);
  batch.load = contract::carry_neurons;
  executor.run(batch);
  EXPECT_EQ(executor.readout(output)[neurons], expected_sum(data, 1, timesteps, expected_sum(data, 1, timesteps))[0]);
}

TEST_P(ExecutorTest, ListsItsMemory) {
  std::map<std::string, std::size_t> uses;
  for (const auto& use : executor_on(device, 10).memory_use()) uses[use.what] = use.bytes;
  EXPECT_EQ(uses.at("parameters (weight)"), 12u);
  EXPECT_EQ(uses.at("readouts of \"out\""), 120u);
  EXPECT_EQ(uses.at("recordings of \"trace\" of \"out\""), 200u);
  EXPECT_EQ(uses.at("carried state of \"out\""), 120u);
  EXPECT_EQ(uses.count("input values of \"in\""), GetParam() ? 0u : 1u);
  EXPECT_EQ(uses.count("input spikes of \"spikes\""), GetParam() ? 0u : 1u);
}

INSTANTIATE_TEST_SUITE_P(Memory, ExecutorTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "shared" : "separate"; });

TEST(Executor, ResultsDoNotDependOnThreadsOrBatchSize) {
  const Data data = random_data(33, 2);
  const std::vector<float> expected = expected_sums(data, 0, 33);
  for (const unsigned threads : {1u, 2u, 7u}) {
    for (const std::uint32_t batch_size : {1u, 10u, 33u}) {
      Executor executor = executor_on(host(threads), batch_size);
      std::vector<float> results;
      for (std::uint32_t first = 0; first < 33; first += batch_size) {
        executor.run(batch_of(data, first, std::min(batch_size, 33 - first)));
        const auto part = executor.readout(output);
        results.insert(results.end(), part.begin(), part.end());
      }
      EXPECT_EQ(results, expected) << threads << " threads, batches of " << batch_size;
    }
  }
}

TEST(Executor, ResultsDoNotDependOnTheCallersRoundingMode) {
  Data data = random_data(1, 3);
  data.values = {1.0f / 3, 1.0f / 7, 0.1f};
  Executor executor = executor_on(host(1), 1);
  executor.run(batch_of(data, 0, 1));
  const std::vector<float> expected = executor.readout(output);
  std::fesetround(FE_UPWARD);
  executor.run(batch_of(data, 0, 1));
  EXPECT_EQ(std::fegetround(), FE_UPWARD);
  std::fesetround(FE_TONEAREST);
  EXPECT_EQ(executor.readout(output), expected);
}

TEST(Executor, CopiesNoInputsToADeviceThatSharesMemory) {
  const Data data = random_data(2, 4);
  const auto device = std::make_shared<testing::SeparateMemoryDevice>();
  Executor executor = executor_on(device, 2);
  const int parameters = device->copies_to_device;
  EXPECT_EQ(parameters, 1);
  executor.run(batch_of(data, 0, 2));
  EXPECT_EQ(device->copies_to_device - parameters, 4);  // values, two lists of spikes, steps
}

TEST(Executor, ReadsLargeParametersWhereTheArtifactHasThem) {
  auto artifact = std::make_shared<contract::Artifact>(handwritten_artifact());
  const std::size_t bytes = std::size_t{16} << 20;
  artifact->manifest.buffers.front().shape = {bytes / sizeof(float)};  // the program reads the first three
  artifact->parameters.front().bytes.resize(bytes);
  const Data data = random_data(3, 6);
  for (const bool shared : {true, false}) {
    const auto separate = std::make_shared<testing::SeparateMemoryDevice>();
    Executor executor(artifact, shared ? host(1) : separate, 3);
    executor.run(batch_of(data, 0, 3));
    EXPECT_EQ(executor.readout(output), expected_sums(data, 0, 3)) << shared;
    std::map<std::string, std::size_t> uses;
    for (const auto& use : executor.memory_use()) uses[use.what] = use.bytes;
    EXPECT_EQ(uses["parameters (weight)"], shared ? 0 : bytes);
  }
}

TEST(Executor, AllocatesNoDeviceMemoryForABatch) {
  const Data data = random_data(8, 5);
  const auto device = std::make_shared<testing::SeparateMemoryDevice>();
  Executor executor = executor_on(device, 8);
  device->limit = device->used;
  for (int round = 0; round < 3; ++round) executor.run(batch_of(data, 0, 8));
  EXPECT_EQ(executor.readout(output), expected_sums(data, 0, 8));
}

TEST(Executor, ReleasesAllItsMemory) {
  const auto device = std::make_shared<testing::SeparateMemoryDevice>();
  {
    Executor first = executor_on(device, 4);
    Executor second = std::move(first);
    EXPECT_GT(device->used, 0u);
  }
  EXPECT_EQ(device->used, 0u);
}

}  // namespace
}  // namespace synfire::runtime
