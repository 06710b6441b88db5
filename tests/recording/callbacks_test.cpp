// SPDX-License-Identifier: Apache-2.0
// Callbacks: which hooks are called, in which order, with which arguments.
#include "synfire/callbacks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "recording/recorder.hpp"

namespace synfire {
namespace {

using test::kind_of;
using test::recorder;
using testing::ElementsAre;
using testing::HasSubstr;

using test::cells;

// Logs every hook.
class Log : public Callback {
 public:
  Log(std::vector<std::string>* log, std::string name, bool steps = false)
      : log_(log), name_(std::move(name)), steps_(steps) {}
  void on_test_begin(const RunInfo& run) override {
    write("test_begin " + std::to_string(run.examples) + " in " + std::to_string(run.batches));
  }
  void on_test_end(const MetricValues& metrics) override { write("test_end" + text(metrics)); }
  void on_batch_begin(std::size_t batch) override { write("batch_begin " + std::to_string(batch)); }
  void on_batch_end(std::size_t batch, const MetricValues& metrics) override {
    write("batch_end " + std::to_string(batch) + text(metrics));
  }
  bool wants_steps() const override { return steps_; }
  void on_step_begin(std::uint32_t step) override { write("step_begin " + std::to_string(step)); }
  void on_step_end(std::uint32_t step, const StepView&) override { write("step_end " + std::to_string(step)); }

 private:
  static std::string text(const MetricValues& metrics) {
    std::string text;
    for (const MetricValue& metric : metrics)
      text += " " + metric.output + " " + metric.metric + " " + std::to_string(metric.value).substr(0, 4);
    return text;
  }
  void write(const std::string& hook) { log_->push_back(name_ + hook); }
  std::vector<std::string>* log_;
  std::string name_;
  bool steps_;
};

TEST(Callbacks, HooksOfTestsAndBatchesInTheOrderOfTheList) {
  std::vector<std::string> log;
  auto network = recorder({.batch_size = 2});
  Log second(&log, "b ");
  (void)network.predict(3, {.callbacks = {Log(&log, "a "), &second}});
  EXPECT_THAT(log, ElementsAre("a test_begin 3 in 2", "b test_begin 3 in 2",                            //
                               "a batch_begin 0", "b batch_begin 0", "a batch_end 0", "b batch_end 0",  //
                               "a batch_begin 1", "b batch_begin 1", "a batch_end 1", "b batch_end 1",  //
                               "a test_end", "b test_end"));
}

TEST(Callbacks, EvaluationHandsOverRunningMetrics) {
  std::vector<std::string> log;
  auto network = test::toy_network(2);
  const Tensor<float> values = test::toy_values(3);
  const SpikeTrains spikes = test::toy_spikes(3);
  const std::vector<int> labels = {2, 1, 1};
  const Tensor<float> traces({3, 2});
  (void)network.evaluate({{"values", values}, {"spikes", spikes}}, {{"counts", labels}, {"traces", traces}},
                         {.metrics = {{"traces", "mean_square_error"}}, .callbacks = {Log(&log, "")}});
  EXPECT_THAT(log, ElementsAre("test_begin 3 in 2", "batch_begin 0",
                               "batch_end 0 counts sparse_categorical_accuracy 0.50 traces mean_square_error 8.25",
                               "batch_begin 1",
                               "batch_end 1 counts sparse_categorical_accuracy 0.33 traces mean_square_error 8.83",
                               "test_end counts sparse_categorical_accuracy 0.33 traces mean_square_error 8.83"));
}

TEST(Callbacks, HooksOfStepsOnlyWhenAskedFor) {
  std::vector<std::string> log;
  std::vector<Problem> warnings;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> launches;
  auto network = recorder({.recording_steps = 2, .on_launch = [&](const contract::TrialHeader& header) {
                             launches.emplace_back(header.first_step, header.last_step);
                           }});
  const auto warn = [&](const Problem& problem) { warnings.push_back(problem); };
  const Predictions results =
      network.predict(2, {.example_timesteps = {2, 3},
                          .callbacks = {Log(&log, "a "), Log(&log, "b ", true), Log(&log, "c ", true)},
                          .warn = warn});
  EXPECT_THAT(log,
              ElementsAre("a test_begin 2 in 1", "b test_begin 2 in 1", "c test_begin 2 in 1", "a batch_begin 0",
                          "b batch_begin 0", "c batch_begin 0",                                //
                          "b step_begin 0", "c step_begin 0", "b step_end 0", "c step_end 0",  //
                          "b step_begin 1", "c step_begin 1", "b step_end 1", "c step_end 1",  //
                          "b step_begin 2", "c step_begin 2", "b step_end 2", "c step_end 2",  //
                          "a batch_end 0", "b batch_end 0", "c batch_end 0", "a test_end", "b test_end", "c test_end"));
  EXPECT_THAT(launches, ElementsAre(std::pair(0u, 1u), std::pair(1u, 2u), std::pair(2u, 3u)));
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].severity, Severity::warning);
  EXPECT_THAT(warnings[0].message, HasSubstr("slow"));
  EXPECT_EQ(results.spikes(cells)[1], test::recorded_spikes(1, 3));
  EXPECT_EQ(results["out"][1], 3);
  (void)network.predict(1, {.callbacks = {Log(&log, "", true)}, .warn = warn});
  EXPECT_EQ(warnings.size(), 1u);  // reported once
}

TEST(Callbacks, HooksOfStepsNeedAProgramThatCanStop) {
  std::vector<std::string> log;
  auto network = recorder({.resumable = false});
  const auto problems = test::problems_of<ModelError>([&] {
    (void)network.predict(1, {.callbacks = {Log(&log, ""), Log(&log, "", true)}});
  });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, ProblemKind::invalid_option);
  EXPECT_EQ(problems[0].path, "callbacks[1]");
  EXPECT_THAT(problems[0].hint, HasSubstr("step_callbacks"));
  EXPECT_TRUE(log.empty());
}

// Reads the recordings of each step.
class Watch : public Callback {
 public:
  bool wants_steps() const override { return true; }
  void on_step_end(std::uint32_t step, const StepView& view) override {
    for (std::size_t e = 0; e < view.examples(); ++e) {
      ++seen;
      if (view.runs(e)) look(step, view, e);
    }
  }
  int seen = 0, running = 0, spikes = 0;

 private:
  void look(std::uint32_t step, const StepView& view, std::size_t e) {
    ++running;
    const std::size_t example = view.first_example() + e;
    EXPECT_EQ(view.values("loop", "g", e)[4], -test::recorded_v(example, step, 4));
    EXPECT_EQ(view.values(cells, "v", e)[5], test::recorded_v(example, step, 5));
    for (const RecordedSpike& spike : view.spikes(cells, e)) {
      EXPECT_EQ(spike.step, step);
      EXPECT_EQ(spike.sign, test::recorded_sign(example, step, spike.neuron));
      ++spikes;
    }
  }
};

TEST(Callbacks, StepsShowWhatTheyRecorded) {
  auto network = recorder({.batch_size = 2, .recording_steps = 4});
  Watch watch;
  (void)network.predict(3,
                        {.example_timesteps = {10, 5, 7}, .callbacks = {std::ref(watch)}, .warn = [](const auto&) {}});
  EXPECT_EQ(watch.seen, 27);
  EXPECT_EQ(watch.running, 22);
  EXPECT_EQ(watch.spikes, static_cast<int>(test::recorded_spikes(0, 10).size() + test::recorded_spikes(1, 5).size() +
                                           test::recorded_spikes(2, 7).size()));
}

class Asks : public Callback {
 public:
  explicit Asks(std::function<void(const StepView&)> ask) : ask_(std::move(ask)) {}
  bool wants_steps() const override { return true; }
  void on_step_end(std::uint32_t, const StepView& view) override { ask_(view); }

 private:
  std::function<void(const StepView&)> ask_;
};

TEST(Callbacks, StepsRefuseWhatIsNotThere) {
  auto network = recorder();
  const auto kind = [&](std::function<void(const StepView&)> ask) {
    return kind_of<DataError>(
        [&] { (void)network.predict(2, {.callbacks = {Asks(ask)}, .warn = [](const Problem&) {}}); });
  };
  EXPECT_EQ(kind([](const StepView& view) { (void)view.values(cells, "u", 0); }), "missing_variable");
  EXPECT_EQ(kind([](const StepView& view) { (void)view.values(cells, "spikes", 0); }), "missing_variable");
  EXPECT_EQ(kind([](const StepView& view) { (void)view.values("loop", "weight", 0); }), "missing_variable");
  EXPECT_EQ(kind([](const StepView& view) { (void)view.values("lop", "g", 0); }), "unknown_name");
  EXPECT_EQ(kind([](const StepView& view) { (void)view.values(cells, "v", 2); }), "invalid_value");
  EXPECT_EQ(kind([](const StepView& view) { (void)view.runs(2); }), "invalid_value");
}

// ---- State and data

class Counter : public Callback {
 public:
  explicit Counter(std::optional<std::string> key = std::nullopt) : key_(std::move(key)) {}
  void on_batch_end(std::size_t, const MetricValues&) override { ++batches; }
  std::optional<std::string> key() const override { return key_; }
  std::any data() override { return batches; }
  int batches = 0;

 private:
  std::optional<std::string> key_;
};

// The reference system copies callbacks and so loses their state.
TEST(Callbacks, StateOfTheCallersObjectIsKept) {
  auto network = recorder({.batch_size = 1});
  Counter by_pointer, by_reference;
  const auto shared = std::make_shared<Counter>();
  (void)network.predict(3, {.callbacks = {&by_pointer, std::ref(by_reference), shared}});
  EXPECT_EQ(by_pointer.batches, 3);
  EXPECT_EQ(by_reference.batches, 3);
  EXPECT_EQ(shared->batches, 3);
}
static_assert(!std::is_constructible_v<CallbackReference, Counter&>);
static_assert(!std::is_constructible_v<CallbackReference, const Counter&>);
static_assert(std::is_constructible_v<CallbackReference, Counter>);

TEST(Callbacks, DataAreInTheResultsByKey) {
  auto network = recorder({.batch_size = 1});
  std::vector<Problem> warnings;
  const Predictions results =
      network.predict(3, {.callbacks = {Counter(), Counter("batches"), Counter("")},
                          .warn = [&](const Problem& problem) { warnings.push_back(problem); }});
  ASSERT_EQ(results.callback_data().size(), 2u);
  EXPECT_EQ(std::any_cast<int>(results.callback_data().at("batches")), 3);
  EXPECT_EQ(std::any_cast<int>(results.callback_data().at("2")), 3);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].path, "callbacks[2]");
}

TEST(Callbacks, EqualKeysAreAnError) {
  auto network = recorder();
  std::vector<std::string> log;
  const auto problems = test::problems_of<ModelError>([&] {
    (void)network.predict(1, {.callbacks = {Counter("x"), Log(&log, ""), Counter("x")}});
  });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, ProblemKind::duplicate_name);
  EXPECT_EQ(problems[0].path, "callbacks[2]");
  EXPECT_TRUE(log.empty());
}

// ---- Names

TEST(Callbacks, NamesStandForRegisteredCallbacks) {
  static int made = 0;
  register_callback("test_counter", [] {
    ++made;
    return std::make_shared<Counter>("made");
  });
  auto network = recorder({.batch_size = 1});
  const Predictions results = network.predict(2, {.callbacks = {"test_counter"}});
  EXPECT_EQ(made, 1);
  EXPECT_EQ(std::any_cast<int>(results.callback_data().at("made")), 2);
  EXPECT_THAT(callback_names(), testing::Contains("progress_bar"));
  EXPECT_NE(std::dynamic_pointer_cast<ProgressBar>(make_callback("progress_bar")), nullptr);
}

TEST(Callbacks, UnknownNamesAndNoCallbacksAreErrors) {
  auto network = recorder();
  const auto problems = test::problems_of<ModelError>([&] {
    (void)network.predict(1,
                          {.callbacks = {"progres_bar", std::shared_ptr<Counter>(), static_cast<Callback*>(nullptr)}});
  });
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_EQ(problems[0].kind, ProblemKind::unknown_name);
  EXPECT_EQ(problems[0].path, "callbacks[0]");
  EXPECT_EQ(problems[0].expected, "progress_bar");
  EXPECT_EQ(problems[1].kind, ProblemKind::invalid_option);
  EXPECT_EQ(problems[2].kind, ProblemKind::invalid_option);
}

TEST(Callbacks, AlsoInBatchesOneByOne) {
  std::vector<std::string> log;
  auto network = test::toy_network(2);
  const Tensor<float> values = test::toy_values(3);
  const SpikeTrains spikes = test::toy_spikes(3);
  network.for_each_batch({{"values", values}, {"spikes", spikes}},
                         [&](const BatchResult&) {
                           log.push_back("received");
                           return false;
                         },
                         {.callbacks = {Log(&log, "")}});
  EXPECT_THAT(log, ElementsAre("test_begin 3 in 2", "batch_begin 0", "batch_end 0", "received", "test_end"));
}

}  // namespace
}  // namespace synfire
