// SPDX-License-Identifier: Apache-2.0
// The loop over epochs and batches, with a trainer that only records its calls.
#include "train/training_run.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "base/scratch_folder.hpp"
#include "runtime/handwritten.hpp"
#include "train/linear_reader.hpp"
#include "train/shuffle.hpp"

namespace synfire::runtime {
namespace {

using synfire::testing::linear_reader;
using synfire::testing::reader_inputs;
using test::problems_of;
using ::testing::ElementsAre;

struct Asked {
  bool learned = false;
  std::vector<std::uint32_t> examples = {};  // indices in the data
  std::vector<float> first_values = {};      // the first input of each example
  std::vector<std::uint32_t> labels = {};
  std::uint32_t first = 0;
  std::uint64_t seed = 0;
  double learning_rate = 0;
};

// Each example's loss is its number, and readout 1 is larger than readout 0.
class Memory : public BatchTrainer {
 public:
  BatchOutcome train(const TrainingBatch& batch, const UpdateRate& rate) override {
    BatchOutcome outcome = remember(batch, true);
    asked.back().learning_rate = rate.learning_rate;
    outcome.activity = {{"in", 10, 2, 1}};
    if (asked.size() == replayed_batch) outcome.replays = 1;
    if (asked.size() >= replayed_batch) outcome.warnings = {{.path = "tape", .message = "it grew"}};
    return outcome;
  }
  BatchOutcome test(const TrainingBatch& batch) override { return remember(batch, false); }
  std::vector<float> readout(std::size_t) const override {
    std::vector<float> values;
    for (std::size_t e = 0; e < asked.back().examples.size(); ++e) values.insert(values.end(), {0.0f, 1.0f});
    return values;
  }

  std::uint64_t updates() const override {
    return static_cast<std::uint64_t>(
        std::count_if(asked.begin(), asked.end(), [](const Asked& each) { return each.learned; }));
  }
  std::vector<std::vector<float>> values() const override { return {{static_cast<float>(updates())}}; }
  void set_values(const std::vector<std::vector<float>>& values) override { returned = values; }

  std::vector<Asked> asked;
  std::vector<std::vector<float>> returned;  // to what set_values set them
  std::size_t replayed_batch = 1000000;

 private:
  BatchOutcome remember(const TrainingBatch& batch, bool learned) {
    Asked ask{.learned = learned, .first = batch.batch.first_example, .seed = batch.batch.seed};
    ask.examples.assign(batch.examples.begin(), batch.examples.end());
    ask.labels.assign(batch.targets[0].labels.begin(), batch.targets[0].labels.end());
    BatchOutcome outcome;
    outcome.losses = {0};
    for (std::size_t e = 0; e < ask.examples.size(); ++e) {
      ask.first_values.push_back(batch.batch.inputs[0].values[e * reader_inputs]);
      outcome.losses[0] += ask.examples[e];
    }
    asked.push_back(ask);
    return outcome;
  }
};

// Example e has all inputs equal to e and the label e modulo 2.
struct Fixture {
  explicit Fixture(std::size_t examples, std::uint32_t batch_size)
      : artifact(linear_reader(batch_size)), index(artifact.manifest.populations, 0) {
    artifact.manifest.seed = 11;
    values = Tensor<float>({examples, reader_inputs});
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t example = i / reader_inputs;
      values[i] = static_cast<float>(example);
    }
    data.examples = examples;
    data.inputs = {{.population = 0, .values = &values, .spikes = nullptr}};
    data.targets = {{.population = 1, .labels = {}, .values = nullptr}};
    for (std::size_t e = 0; e < examples; ++e) data.targets[0].labels.push_back(e % 2);
  }

  History run(const TrainOptions& options, std::size_t validation = 0) {
    const ExampleSet training{&data, 0, data.examples - validation};
    const ExampleSet judged{validation != 0 ? &data : nullptr, training.count, validation};
    return TrainingRun({index, artifact.manifest, memory, learning_rate}, training, judged, options).run();
  }

  std::vector<std::uint32_t> learned() const {
    std::vector<std::uint32_t> examples;
    for (const Asked& ask : memory.asked) {
      if (ask.learned) examples.insert(examples.end(), ask.examples.begin(), ask.examples.end());
    }
    return examples;
  }

  contract::Artifact artifact;
  PopulationIndex index;
  Tensor<float> values;
  BoundData data;
  Memory memory;
  double learning_rate = 0.1;
};

TEST(TrainingRun, EveryExampleIsLearnedFromOnceInEachEpoch) {
  Fixture fixture(10, 4);
  fixture.run({.epochs = 2});
  ASSERT_EQ(fixture.memory.asked.size(), 6u);
  std::vector<std::uint32_t> expected;
  for (std::uint32_t epoch : {0u, 1u}) {
    const std::vector<std::uint32_t> order = shuffled(10, 11, epoch);
    expected.insert(expected.end(), order.begin(), order.end());
  }
  EXPECT_EQ(fixture.learned(), expected);
  EXPECT_EQ(fixture.memory.asked[2].examples.size(), 2u) << "the last batch is short";
  EXPECT_EQ(fixture.memory.asked[5].first, 8u);
}

TEST(TrainingRun, DataGoWithTheirExamples) {
  Fixture fixture(7, 3);
  fixture.run({.epochs = 2});
  for (const Asked& ask : fixture.memory.asked) {
    for (std::size_t e = 0; e < ask.examples.size(); ++e) {
      EXPECT_EQ(ask.first_values[e], static_cast<float>(ask.examples[e]));
      EXPECT_EQ(ask.labels[e], ask.examples[e] % 2);
    }
  }
}

TEST(TrainingRun, AnEpochIsTheSameWhereverARunBegins) {
  Fixture whole(10, 4), later(10, 4), other(10, 4);
  whole.run({.epochs = 3});
  later.run({.epochs = 1, .start_epoch = 2});
  other.run({.epochs = 1, .start_epoch = 2, .seed = 12});
  for (std::size_t batch = 0; batch < 3; ++batch) {
    EXPECT_EQ(later.memory.asked[batch].examples, whole.memory.asked[6 + batch].examples);
    EXPECT_EQ(later.memory.asked[batch].seed, whole.memory.asked[6 + batch].seed);
  }
  EXPECT_NE(whole.memory.asked[0].seed, whole.memory.asked[3].seed) << "noise is new in each epoch";
  EXPECT_NE(other.learned(), later.learned());
}

TEST(TrainingRun, WithoutShufflingTheOrderIsThatOfTheData) {
  Fixture fixture(5, 2);
  fixture.run({.epochs = 1, .shuffle = false});
  EXPECT_THAT(fixture.learned(), ElementsAre(0, 1, 2, 3, 4));
}

TEST(TrainingRun, ValidationIsTheLastPartInOrderAndNothingIsLearnedFromIt) {
  Fixture fixture(10, 4);
  const History history = fixture.run({.epochs = 2}, 3);
  ASSERT_EQ(fixture.memory.asked.size(), 6u);
  for (const std::size_t epoch : {0u, 1u}) {
    const Asked& judged = fixture.memory.asked[epoch * 3 + 2];
    EXPECT_FALSE(judged.learned);
    EXPECT_THAT(judged.examples, ElementsAre(7, 8, 9));
    EXPECT_EQ(judged.seed, 11u);
    EXPECT_EQ(history.epochs[epoch].validation.at(0).loss, 8.0);
    EXPECT_NEAR(history.epochs[epoch].validation.at(0).value, 2.0 / 3, 1e-12) << "7 and 9 are of class 1";
  }
  const std::vector<std::uint32_t> learned = fixture.learned();
  EXPECT_TRUE(std::all_of(learned.begin(), learned.end(), [](std::uint32_t e) { return e < 7; }));
  Fixture alone(7, 4);
  alone.run({.epochs = 2});
  EXPECT_EQ(learned, alone.learned()) << "validation does not affect the order";
}

TEST(TrainingRun, TheHistoryHasMeansOverTheExamples) {
  Fixture fixture(10, 4);
  fixture.memory.replayed_batch = 2;
  int warnings = 0;
  const History history = fixture.run({.epochs = 2, .start_epoch = 5, .warn = [&](const Problem&) { ++warnings; }});
  ASSERT_EQ(history.epochs.size(), 2u);
  const EpochRecord& first = history.epochs[0];
  EXPECT_EQ(first.epoch, 5u);
  EXPECT_EQ(first.examples, 10u);
  EXPECT_EQ(first.batches, 3u);
  ASSERT_EQ(first.training.size(), 1u);
  EXPECT_EQ(first.training[0].output, "out");
  EXPECT_EQ(first.training[0].metric, "sparse_categorical_accuracy");
  EXPECT_DOUBLE_EQ(first.training[0].loss, 4.5) << "the short batch is weighted by its examples";
  EXPECT_DOUBLE_EQ(first.training[0].value, 0.5);
  ASSERT_EQ(first.activity.size(), 1u);
  EXPECT_EQ(first.activity[0].spikes, 30u);
  EXPECT_EQ(first.activity[0].triggered, 6u);
  EXPECT_EQ(first.replays, 1u);
  EXPECT_EQ(warnings, 1) << "once is enough";
  EXPECT_TRUE(first.validation.empty());
}

TEST(TrainingRun, TheLearningRateFollowsItsScheduleAndStays) {
  Fixture fixture(4, 4);
  const History history = fixture.run({.epochs = 3, .learning_rate = [](std::uint32_t epoch, double current) {
                                         return epoch == 0 ? current : current / 2;
                                       }});
  EXPECT_DOUBLE_EQ(fixture.memory.asked[0].learning_rate, 0.1);
  EXPECT_DOUBLE_EQ(fixture.memory.asked[2].learning_rate, 0.025);
  EXPECT_DOUBLE_EQ(history.epochs[1].learning_rate, 0.05);
  EXPECT_DOUBLE_EQ(fixture.learning_rate, 0.025);
  const auto problems =
      problems_of<ModelError>([&] { fixture.run({.learning_rate = [](std::uint32_t, double) { return -1.0; }}); });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, ProblemKind::invalid_value);
}

// Records its calls.
class Diary : public Callback {
 public:
  std::vector<std::string> lines;
  std::uint32_t last_epoch = 100;

  void on_train_begin(const TrainInfo& training) override {
    lines.push_back("train " + std::to_string(training.epochs) + " epochs, " + std::to_string(training.batches) +
                    " batches, " + std::to_string(training.validation_examples) + " judged");
  }
  void on_train_end() override { lines.push_back("train end"); }
  void on_epoch_begin(std::uint32_t epoch) override { lines.push_back("epoch " + std::to_string(epoch)); }
  bool on_epoch_end(const EpochRecord& record) override {
    lines.push_back("epoch end " + std::to_string(record.epoch));
    return record.epoch < last_epoch;
  }
  void on_test_begin(const RunInfo&) override { lines.push_back("test"); }
  void on_test_end(const MetricValues&) override { lines.push_back("test end"); }
  void on_batch_begin(std::size_t batch) override { lines.push_back("batch " + std::to_string(batch)); }
  void on_batch_trained(const TrainedBatch& batch) override {
    lines.push_back("trained, loss " + std::to_string(batch.losses.at(0).value));
  }
  void on_batch_end(std::size_t, const MetricValues& metrics) override {
    lines.push_back(metrics.at(0).metric + " " + std::to_string(metrics.at(0).value));
  }
};

TEST(TrainingRun, CallbacksAreToldInOrder) {
  Fixture fixture(5, 2);
  Diary diary;
  fixture.run({.epochs = 1, .shuffle = false, .callbacks = {&diary}}, 1);
  EXPECT_THAT(diary.lines,
              ElementsAre("train 1 epochs, 2 batches, 1 judged", "epoch 0", "batch 0", "trained, loss 0.500000",
                          "loss 0.500000", "batch 1", "trained, loss 2.500000", "loss 1.500000", "test", "batch 0",
                          "loss 4.000000", "test end", "epoch end 0", "train end"));
}

TEST(TrainingRun, ACallbackCanEndIt) {
  Fixture fixture(4, 4);
  Diary diary;
  diary.last_epoch = 1;
  EXPECT_EQ(fixture.run({.epochs = 9, .callbacks = {&diary}}).epochs.size(), 2u);
  EXPECT_EQ(diary.lines.back(), "train end");
}

// Every epoch has the same loss.
TEST(TrainingRun, EarlyStoppingWaits) {
  Fixture fixture(4, 2);
  const History history =
      fixture.run({.epochs = 9, .callbacks = {EarlyStopping{.monitor = "training.loss", .patience = 3}}});
  EXPECT_EQ(history.epochs.size(), 4u);
  EXPECT_EQ(history.end, TrainingEnd::early_stopping);
  EXPECT_EQ(history.best_epoch, 0u);
  EXPECT_EQ(fixture.memory.returned, (std::vector<std::vector<float>>{{2.0f}}));
  Fixture keeping(4, 2);
  const EarlyStopping settings{
      .monitor = "training.out.sparse_categorical_accuracy", .patience = 1, .restore_best = false};
  EXPECT_EQ(keeping.run({.epochs = 9, .callbacks = {settings}}).epochs.size(), 2u);
  EXPECT_TRUE(keeping.memory.returned.empty());
}

TEST(TrainingRun, CanBeStoppedAfterAnyBatch) {
  for (const std::size_t batches : {0u, 1u, 2u, 3u}) {
    Fixture fixture(6, 2);
    const History history =
        fixture.run({.epochs = 2, .stop = [&] { return fixture.memory.asked.size() >= batches; }}, 2);
    EXPECT_EQ(history.end, TrainingEnd::stopped);
    EXPECT_EQ(fixture.memory.asked.size(), batches);
    EXPECT_EQ(history.epochs.size(), batches == 3 ? 1u : 0u) << "2 batches of training, 1 of validation";
  }
}

TEST(TrainingRun, AnEmptySplitIsAWarningOfTheFirstEpoch) {
  Fixture fixture(4, 4);
  std::vector<ProblemKind> warned;
  const History history = fixture.run(
      {.epochs = 2, .validation_split = 0.2, .warn = [&](const Problem& problem) { warned.push_back(problem.kind); }});
  EXPECT_THAT(warned, ElementsAre(ProblemKind::empty_validation));
  ASSERT_EQ(history.epochs[0].warnings.size(), 1u);
  EXPECT_EQ(history.epochs[0].warnings[0].kind, "empty_validation");
  EXPECT_TRUE(history.epochs[1].warnings.empty());
}

TEST(TrainingRun, MetricsGoWithTheLoss) {
  Fixture fixture(4, 4);
  auto problems = problems_of<ModelError>([&] { fixture.run({.metrics = "mean_square_error"}); });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, "metric of \"out\"");
  problems = problems_of<ModelError>([&] { fixture.run({.metrics = {{"in", "mean_square_error"}}}); });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, ProblemKind::missing_variable);
  problems = problems_of<ModelError>([&] { fixture.run({.metrics = "akkuracy"}); });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, ProblemKind::unknown_name);
  EXPECT_TRUE(fixture.memory.asked.empty()) << "nothing runs before all checks pass";
}

}  // namespace
}  // namespace synfire::runtime
