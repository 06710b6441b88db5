// SPDX-License-Identifier: Apache-2.0
// Batches of a handwritten program: updates, short batches, tapes that grow, memory, values that are not finite.
#include "train/training_executor.hpp"
#include "train/batch_feeder.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <numeric>

#include "base/scratch_folder.hpp"
#include "executor/memory_plan.hpp"
#include "runtime/separate_memory_device.hpp"
#include "train/linear_reader.hpp"

namespace synfire::runtime {
namespace {

using synfire::testing::linear_reader;
using synfire::testing::reader_inputs;
using synfire::testing::reader_weights;
using synfire::testing::ReaderModel;
using test::problems_of;

using Examples = std::vector<std::array<float, reader_inputs>>;

const Examples examples = {{0.1f, 0.2f, 0.3f},  {0.9f, 0.1f, -0.2f}, {-0.5f, 0.4f, 0.7f}, {0.8f, 0.6f, 0.1f},
                           {0.3f, -0.9f, 0.2f}, {0.6f, 0.7f, 0.9f},  {0.0f, 0.1f, -0.1f}};
const std::vector<std::uint32_t> labels = {0, 1, 1, 0, 1, 0, 0};

// A batch of the first examples.
struct FirstExamples {
  std::vector<float> values;
  std::vector<std::uint32_t> names;
  TrainingBatch batch;

  explicit FirstExamples(std::uint32_t count, const Examples& from = examples) {
    for (std::uint32_t e = 0; e < count; ++e) {
      values.insert(values.end(), from[e].begin(), from[e].end());
      names.push_back(100 + e);
    }
    batch.batch = {.examples = count, .inputs = {{.population = 0, .values = values}}};
    batch.targets = {{.labels = std::span(labels).first(count)}};
    batch.examples = names;
  }
};

TrainingExecutor make_executor(std::uint32_t batch_size, std::size_t capacity = 3, unsigned threads = 1) {
  return {std::make_shared<contract::Artifact>(linear_reader(batch_size, capacity)),
          open_device("host", {.threads = threads})};
}

std::pair<Examples, std::vector<std::uint32_t>> first(std::size_t count) {
  return {{examples.begin(), examples.begin() + static_cast<std::ptrdiff_t>(count)},
          {labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(count)}};
}

// A short batch is averaged over its own size, and updates are counted on.
TEST(TrainingExecutor, FollowsAdamInDouble) {
  TrainingExecutor executor = make_executor(7);
  ReaderModel model;
  for (int turn = 0; turn < 20; ++turn) {
    const std::uint32_t count = turn % 3 == 2 ? 3 : 7;
    const auto [in, classes] = first(count);
    std::array<double, reader_weights> gradient{};
    const std::vector<double> losses = model.learn(in, classes, gradient);
    model.adam(gradient, 0.01);
    const BatchOutcome outcome = executor.train(FirstExamples(count).batch, {0.01});
    ASSERT_EQ(outcome.losses.size(), 1u);
    EXPECT_NEAR(outcome.losses[0], std::accumulate(losses.begin(), losses.end(), 0.0), 1e-5);
    EXPECT_EQ(outcome.replays, 0u);
  }
  EXPECT_EQ(executor.updates(), 20u);
  const std::vector<float> weights = executor.value(0);
  for (std::size_t w = 0; w < reader_weights; ++w) EXPECT_NEAR(static_cast<double>(weights[w]), model.weights[w], 1e-5);
}

TEST(TrainingExecutor, GradientsAreThoseOfTheMeanAndChangeNothing) {
  TrainingExecutor executor = make_executor(7);
  for (const std::uint32_t count : {1u, 2u, 5u, 7u}) {
    const auto [in, classes] = first(count);
    std::array<double, reader_weights> expected{};
    ReaderModel().learn(in, classes, expected);
    const auto gradients = executor.gradients(FirstExamples(count).batch);
    ASSERT_EQ(gradients.size(), 1u);
    for (std::size_t w = 0; w < reader_weights; ++w)
      EXPECT_NEAR(static_cast<double>(gradients[0][w]), expected[w], 1e-6);
  }
  EXPECT_EQ(executor.value(0), synfire::testing::reader_start);
  EXPECT_EQ(executor.updates(), 0u);
}

TEST(TrainingExecutor, ThreadsHaveNoPartInTheResult) {
  TrainingExecutor one = make_executor(7, 3, 1), three = make_executor(7, 3, 3);
  for (int turn = 0; turn < 5; ++turn) {
    EXPECT_EQ(one.train(FirstExamples(7).batch, {0.1}).losses, three.train(FirstExamples(7).batch, {0.1}).losses);
  }
  EXPECT_EQ(one.value(0), three.value(0));
}

TEST(TrainingExecutor, TestsWithoutATrace) {
  TrainingExecutor executor = make_executor(7), other = make_executor(7);
  executor.train(FirstExamples(7).batch, {0.1});
  other.train(FirstExamples(7).batch, {0.1});
  const std::vector<float> before = executor.value(0);
  const BatchOutcome outcome = executor.test(FirstExamples(4).batch);
  EXPECT_GT(outcome.losses[0], 0.0);
  EXPECT_TRUE(outcome.activity.empty());
  EXPECT_EQ(executor.readout(1).size(), 4u * 2u);
  EXPECT_EQ(executor.value(0), before);
  executor.train(FirstExamples(7).batch, {0.1});
  other.train(FirstExamples(7).batch, {0.1});
  EXPECT_EQ(executor.value(0), other.value(0));
}

TEST(TrainingExecutor, PredictsWithoutTargets) {
  TrainingExecutor executor = make_executor(7), separate(std::make_shared<contract::Artifact>(linear_reader(7)),
                                                         std::make_shared<testing::SeparateMemoryDevice>());
  FirstExamples data(4);
  executor.test(data.batch);
  const std::vector<float> expected = executor.readout(1);
  data.batch.targets.clear();
  for (TrainingExecutor* each : {&executor, &separate}) {
    each->test(data.batch);
    EXPECT_EQ(each->readout(1), expected);
  }
}

TEST(TrainingExecutor, SpikesAndEventsAreSummed) {
  TrainingExecutor executor = make_executor(7);
  const BatchOutcome outcome = executor.train(FirstExamples(7).batch, {0});
  ASSERT_EQ(outcome.activity.size(), 2u);
  EXPECT_EQ(outcome.activity[0].population, "in");
  EXPECT_EQ(outcome.activity[0].spikes, 1u + 1u + 2u + 3u);
  EXPECT_EQ(outcome.activity[1].population, "out");
  EXPECT_EQ(outcome.activity[1].triggered, 4u);
  EXPECT_EQ(outcome.activity[1].near_tangent, 0u);
}

// An example has three spikes: with room for one, its gradient would be lost.
TEST(TrainingExecutor, ATapeThatIsTooShortGrowsAndTheBatchRunsAgain) {
  TrainingExecutor roomy = make_executor(7, 3), narrow = make_executor(7, 1);
  const BatchOutcome expected = roomy.train(FirstExamples(7).batch, {0.1});
  const BatchOutcome outcome = narrow.train(FirstExamples(7).batch, {0.1});
  EXPECT_EQ(outcome.replays, 1u);
  ASSERT_EQ(outcome.warnings.size(), 1u);
  EXPECT_EQ(outcome.warnings[0].path, "tape of \"in\"");
  EXPECT_EQ(outcome.warnings[0].given, "3");
  EXPECT_EQ(outcome.warnings[0].severity, Severity::warning);
  EXPECT_EQ(outcome.losses, expected.losses);
  EXPECT_EQ(outcome.activity[0].spikes, expected.activity[0].spikes);
  EXPECT_EQ(narrow.value(0), roomy.value(0));
  EXPECT_EQ(narrow.train(FirstExamples(7).batch, {0.1}).replays, 0u);
  EXPECT_EQ(make_executor(7, 1).test(FirstExamples(7).batch).replays, 0u) << "it is not trained on";
}

TEST(TrainingExecutor, MemoryIsThatOfThePlan) {
  const auto device = std::make_shared<testing::SeparateMemoryDevice>();
  const auto artifact = std::make_shared<contract::Artifact>(linear_reader(5));
  std::size_t planned = 0;
  for (const MemoryGroup& group : plan_memory(artifact->manifest, *device, 5)) planned += group.bytes;
  const TrainingExecutor executor(artifact, device);
  std::size_t held = 0;
  for (const auto& use : executor.memory_use()) held += use.bytes;
  EXPECT_EQ(held, planned);
  EXPECT_EQ(device->used, planned);
  EXPECT_THAT(memory_plan(artifact->manifest, *device, 5), ::testing::HasSubstr("gradients"));
}

TEST(TrainingExecutor, ResultsDoNotDependOnWhoseMemoryItIs) {
  TrainingExecutor shared = make_executor(7, 1);
  TrainingExecutor separate(std::make_shared<contract::Artifact>(linear_reader(7, 1)),
                            std::make_shared<testing::SeparateMemoryDevice>());
  for (const std::uint32_t count : {7u, 3u, 7u}) {
    EXPECT_EQ(shared.train(FirstExamples(count).batch, {0.1}).losses,
              separate.train(FirstExamples(count).batch, {0.1}).losses);
    EXPECT_EQ(shared.readout(1), separate.readout(1));
  }
  EXPECT_EQ(shared.value(0), separate.value(0));
}

// Examples as a data set, and a range of batches over them.
struct DataSet {
  Tensor<float> values;
  BoundData data;

  explicit DataSet(const Examples& from = examples) : values({from.size(), reader_inputs}) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = from[i / reader_inputs][i % reader_inputs];
    data.examples = from.size();
    data.inputs = {{.population = 0, .values = &values, .spikes = nullptr}};
    data.targets = {{.population = 1, .labels = {labels.begin(), labels.end()}, .values = nullptr}};
  }
};

const std::vector<std::uint32_t> shuffled_order = {6, 2, 5, 0, 3, 1, 4, 5, 2, 6, 0};

// A trainer's outcome for the batches of a range.
struct Outcome {
  std::vector<std::vector<double>> losses = {};
  std::vector<std::vector<float>> readouts = {};
  std::uint64_t spikes = 0, triggered = 0;
  std::size_t replays = 0;
  bool operator==(const Outcome&) const = default;

  void add(const BatchOutcome& outcome, const TrainingExecutor& executor) {
    losses.push_back(outcome.losses);
    readouts.push_back(executor.readout(1));
    replays += outcome.replays;
    for (const PopulationActivity& activity : outcome.activity) {
      spikes += activity.spikes;
      triggered += activity.triggered;
    }
  }
};

// More than any stretch has batches.
const std::vector<UpdateRate> rates(shuffled_order.size(), {0.1});

Outcome in_stretches(TrainingExecutor& executor, const Examples& from = examples) {
  const DataSet set(from);
  const std::unique_ptr<HeldExamples> held = executor.hold(set.data);
  Outcome all;
  if (held == nullptr) return all;
  for (const bool learning : {true, true, false}) {
    const Stretch stretch{.data = held.get(), .order = shuffled_order};
    const auto outcomes = learning ? executor.train(stretch, rates) : executor.test(stretch);
    for (std::size_t batch = 0; batch < outcomes.size(); ++batch) {
      executor.show(batch);
      all.add(outcomes[batch], executor);
    }
  }
  return all;
}

Outcome batch_by_batch(TrainingExecutor& executor) {
  const DataSet set;
  BatchFeeder feeder(executor.manifest(), set.data);
  Outcome all;
  for (const bool learning : {true, true, false}) {
    const std::size_t size = executor.manifest().batch_size;
    for (std::size_t first = 0; first < shuffled_order.size(); first += size) {
      const auto part = std::span(shuffled_order).subspan(first, std::min(size, shuffled_order.size() - first));
      const TrainingBatch& batch = feeder.batch({.examples = part, .first = static_cast<std::uint32_t>(first)});
      all.add(learning ? executor.train(batch, {0.1}) : executor.test(batch), executor);
    }
  }
  return all;
}

TrainingExecutor on_separate_memory(std::uint32_t batch_size, std::size_t capacity) {
  return {std::make_shared<contract::Artifact>(linear_reader(batch_size, capacity)),
          std::make_shared<testing::SeparateMemoryDevice>()};
}

TEST(TrainingExecutor, AStretchIsItsBatchesToTheBit) {
  for (const std::uint32_t batch_size : {1u, 3u, 5u, 11u}) {
    TrainingExecutor reference = make_executor(batch_size);
    const Outcome expected = batch_by_batch(reference);
    TrainingExecutor shared = make_executor(batch_size), separate = on_separate_memory(batch_size, 3);
    for (TrainingExecutor* each : {&shared, &separate}) {
      EXPECT_EQ(in_stretches(*each), expected);
      EXPECT_EQ(each->value(0), reference.value(0));
      EXPECT_EQ(each->updates(), reference.updates());
      EXPECT_EQ(each->train(FirstExamples(1).batch, {0.1}).losses,
                reference.train(FirstExamples(1).batch, {0.1}).losses);
      reference = make_executor(batch_size);
      batch_by_batch(reference);
    }
  }
}

// Tapes grow twice: an example with two spikes comes first, one with three later.
TEST(TrainingExecutor, AStretchGoesOnWhereATapeWasTooShort) {
  TrainingExecutor roomy = make_executor(2, 3);
  Outcome expected = in_stretches(roomy);
  TrainingExecutor shared = make_executor(2, 1), separate = on_separate_memory(2, 1);
  for (TrainingExecutor* each : {&shared, &separate}) {
    const Outcome outcome = in_stretches(*each);
    EXPECT_GT(outcome.replays, 0u);
    expected.replays = outcome.replays;
    EXPECT_EQ(outcome, expected);
    EXPECT_EQ(each->value(0), roomy.value(0));
    EXPECT_EQ(each->updates(), roomy.updates());
  }
}

TEST(TrainingExecutor, AStretchEndsBeforeWhatIsNotFinite) {
  Examples large = examples;
  large[3] = {std::numeric_limits<float>::infinity(), 0, 0};
  for (const bool learning : {true, false}) {
    TrainingExecutor executor = make_executor(2), reference = make_executor(2);
    const DataSet set(large);
    const auto held = executor.hold(set.data), same = reference.hold(set.data);
    const auto problems = problems_of<RunError>([&] {
      const Stretch stretch{.data = held.get(), .order = shuffled_order};
      if (learning)
        executor.train(stretch, rates);
      else
        executor.test(stretch);
    });
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].path, "population \"out\", neuron 0");
    EXPECT_THAT(problems[0].message, ::testing::HasSubstr("example 3,"));
    if (learning) reference.train({.data = same.get(), .order = std::span(shuffled_order).first(4)}, rates);
    EXPECT_EQ(executor.value(0), reference.value(0)) << "of the batches before it";
    EXPECT_EQ(executor.updates(), reference.updates());
    const Stretch rest{.data = held.get(), .order = std::span(shuffled_order).last(5)};
    executor.train(rest, rates);
    reference.train({.data = same.get(), .order = std::span(shuffled_order).last(5)}, rates);
    EXPECT_EQ(executor.value(0), reference.value(0)) << "and training can continue";
  }
}

TEST(TrainingExecutor, HoldsNothingWhereAnInputHasNoDataOrMemoryIsShort) {
  TrainingExecutor executor = on_separate_memory(2, 3);
  DataSet set;
  EXPECT_NE(executor.hold(set.data), nullptr);
  set.data.inputs[0].values = nullptr;
  EXPECT_EQ(executor.hold(set.data), nullptr);
  const auto device = std::make_shared<testing::SeparateMemoryDevice>();
  TrainingExecutor narrow(std::make_shared<contract::Artifact>(linear_reader(2)), device);
  const DataSet other;
  device->limit = device->used + 100;
  EXPECT_EQ(narrow.hold(other.data), nullptr);
}

// Example 5 (called 105) is slot 1's second.
TEST(TrainingExecutor, ValuesThatAreNotFiniteAreNamedAndNothingIsLearned) {
  Examples large = examples;
  large[5] = {std::numeric_limits<float>::infinity(), 0, 0};
  TrainingExecutor executor = make_executor(7);
  const std::vector<float> before = executor.value(0);
  for (const bool learning : {true, false}) {
    const FirstExamples data(7, large);
    const auto problems = problems_of<RunError>([&] {
      if (learning)
        executor.train(data.batch, {0.1});
      else
        executor.test(data.batch);
    });
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].path, "population \"out\", neuron 0");
    EXPECT_THAT(problems[0].message, ::testing::HasSubstr("\"v\""));
    EXPECT_THAT(problems[0].message, ::testing::HasSubstr("example 105"));
    EXPECT_THAT(problems[0].message, ::testing::HasSubstr("step 4"));
  }
  EXPECT_EQ(executor.value(0), before);
  EXPECT_EQ(executor.updates(), 0u);
}

TEST(TrainingExecutor, AWeightThatIsNotFiniteIsTheCause) {
  TrainingExecutor executor = make_executor(7);
  executor.train(FirstExamples(7).batch, {std::numeric_limits<double>::infinity()});
  const auto problems = problems_of<RunError>([&] { executor.train(FirstExamples(7).batch, {0.1}); });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, "connection \"in_out\".weight");
}

TEST(TrainingExecutor, AProgramThatDoesNotLearnIsRefused) {
  contract::Artifact artifact = linear_reader(1);
  artifact.manifest.training.reset();
  EXPECT_THROW(TrainingExecutor(std::make_shared<contract::Artifact>(artifact), open_device("host")), ModelError);
}

}  // namespace
}  // namespace synfire::runtime
