// SPDX-License-Identifier: Apache-2.0
#include "synfire/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/scratch_folder.hpp"

namespace synfire {
namespace {

using Values = std::vector<float>;

TEST(SparseCategoricalAccuracy, IsTheShareOfRightExamples) {
  const auto metric = make_metric("sparse_categorical_accuracy");
  EXPECT_EQ(metric->target_kind(), TargetKind::labels);
  EXPECT_TRUE(std::isnan(metric->value()));
  metric->add(Values{1, 3, 2}, 1, {});
  metric->add(Values{1, 3, 2}, 2, {});
  metric->add(Values{-2, -1, -3}, 1, {});
  metric->add(Values{-3e38f, -3e38f, -7}, 2, {});
  EXPECT_EQ(metric->value(), 0.75);
  metric->reset();
  EXPECT_TRUE(std::isnan(metric->value()));
}

TEST(SparseCategoricalAccuracy, TakesTheFirstOfEquals) {
  const auto metric = make_metric("sparse_categorical_accuracy");
  metric->add(Values{0, 0, 0}, 0, {});
  EXPECT_EQ(metric->value(), 1);
  metric->add(Values{0, 0, 0}, 1, {});
  EXPECT_EQ(metric->value(), 0.5);
}

TEST(SparseCategoricalAccuracy, CountsWhatOrderAloneDecided) {
  const auto metric = make_metric("sparse_categorical_accuracy");
  metric->add(Values{0, 2, 1}, 1, {});
  EXPECT_FALSE(metric->ambiguity().any());
  metric->add(Values{0, 2, 2}, 1, {});  // a tie, counted as correct
  metric->add(Values{0, 2, 2}, 2, {});
  metric->add(Values{3, 3, 3}, 1, {});  // a tie too: they are active
  metric->add(Values{0, 0, 0}, 1, {});  // silent
  metric->add(Values{NAN, NAN, NAN}, 0, {});
  EXPECT_EQ(metric->ambiguity().ties, 3u);
  EXPECT_EQ(metric->ambiguity().silent, 1u);
  EXPECT_EQ(metric->ambiguity().right, 1u);
  metric->reset();
  EXPECT_FALSE(metric->ambiguity().any());
}

TEST(SparseCategoricalAccuracy, TwoOutputsTie) {
  const auto metric = make_metric("sparse_categorical_accuracy");
  for (const Values& each : {Values{1, 0}, Values{0, 1}, Values{0, 0}, Values{1, 1}, Values{0, 2}})
    metric->add(each, 0, {});
  EXPECT_EQ(metric->ambiguity().ties, 1u);
  EXPECT_EQ(metric->ambiguity().silent, 1u);
  const float never = std::numeric_limits<float>::lowest();  // first_spike_time without a spike
  metric->add(Values{never, never}, 0, {});
  metric->add(Values{-3, -3}, 0, {});
  EXPECT_EQ(metric->ambiguity().ties, 2u);
  EXPECT_EQ(metric->ambiguity().silent, 2u);
}

TEST(Metrics, TopAccuracyCountsLabelsAmongTheLargest) {
  const auto metric = make_metric("top_2_accuracy");
  EXPECT_TRUE(std::isnan(metric->value()));
  metric->add(std::vector<float>{3, 1, 2}, 2, {});  // the second largest
  metric->add(std::vector<float>{3, 1, 2}, 1, {});  // the third
  metric->add(std::vector<float>{5, 5, 5}, 1, {});  // of equals the first two
  metric->add(std::vector<float>{5, 5, 5}, 2, {});
  metric->add(std::vector<float>{1, std::nanf(""), 0}, 0, {});  // no order
  EXPECT_EQ(metric->value(), 0.4);
  const auto other = make_metric("top_2_accuracy");
  EXPECT_TRUE(other->restore(*metric->state()));
  EXPECT_EQ(other->value(), 0.4);
  EXPECT_FALSE(other->restore(std::vector<double>{1}));
  EXPECT_EQ(make_metric("top_100_accuracy")->target_kind(), TargetKind::labels);
  for (const char* name : {"top_0_accuracy", "top_05_accuracy", "top__accuracy", "top_-1_accuracy", "top_2x_accuracy"})
    EXPECT_THROW(make_metric(name), ModelError) << name;
}

TEST(SparseCategoricalAccuracy, NanIsNeverRight) {
  const auto metric = make_metric("sparse_categorical_accuracy");
  for (std::size_t label = 0; label < 2; ++label) metric->add(Values{NAN, 1}, label, {});
  EXPECT_EQ(metric->value(), 0);
}

TEST(MeanSquareError, IsATrueMean) {
  const auto metric = make_metric("mean_square_error");
  EXPECT_EQ(metric->target_kind(), TargetKind::values);
  for (int example = 0; example < 4; ++example) metric->add(Values{1, 2}, 0, Values{0, 3});
  EXPECT_EQ(metric->value(), 1);  // the reference gives 0.25 for such a batch
  metric->add(Values{0, 0}, 0, Values{0, 0});
  EXPECT_EQ(metric->value(), 0.8);
}

TEST(MeanSquareError, SumsInDouble) {
  const auto metric = make_metric("mean_square_error");
  for (int example = 0; example < 100000; ++example) metric->add(Values{0.1f}, 0, Values{0});
  EXPECT_NEAR(metric->value(), static_cast<double>(0.1f) * static_cast<double>(0.1f), 1e-12);
}

TEST(ConfusionMatrix, CountsLargestReadoutsOfEachLabel) {
  const auto metric = make_metric("confusion_matrix");
  EXPECT_EQ(metric->table()->size(), 0u);
  metric->add(Values{1, 3, 2}, 1, {});
  metric->add(Values{1, 3, 2}, 2, {});
  metric->add(Values{1, 3, 2}, 2, {});
  metric->add(Values{NAN, 3, 2}, 0, {});  // wrong, but in no column
  metric->add(Values{2, 2, 0}, 0, {});
  EXPECT_EQ(metric->table()->shape(), (Extents{3, 3}));
  EXPECT_EQ(metric->table()->values(), (std::vector<double>{1, 0, 0, 0, 1, 0, 0, 2, 0}));
  EXPECT_EQ(metric->value(), 0.4);
  EXPECT_EQ(metric->ambiguity().ties, 1u);
  const auto other = make_metric("confusion_matrix");
  std::vector<double> state = *metric->state();
  ASSERT_TRUE(other->restore(state));
  EXPECT_EQ(other->table()->values(), metric->table()->values());
  EXPECT_EQ(other->value(), 0.4);
  state.back() = 0.5;
  EXPECT_FALSE(other->restore(state));
  state.pop_back();
  EXPECT_FALSE(other->restore(state));
  metric->reset();
  EXPECT_EQ(metric->table()->values(), std::vector<double>(9, 0.0));
}

TEST(ConfusionMatrix, HasTheSizeOfTheOutput) {
  const auto metric = make_metric("confusion_matrix");
  EXPECT_EQ(test::kind_of<ModelError>([&] { metric->set_neurons(4097); }), "unsupported");
  EXPECT_EQ(test::kind_of<ModelError>([&] { metric->add(Values(4097, 0.0F), 0, {}); }), "unsupported");
  metric->set_neurons(2);
  EXPECT_EQ(metric->table()->shape(), (Extents{2, 2}));
  std::vector<double> state = *metric->state();
  ASSERT_EQ(state.size(), 5u + 4);
  EXPECT_TRUE(metric->restore(state));
  state.resize(5 + 9);
  EXPECT_FALSE(metric->restore(state)) << "a table of three neurons";
  EXPECT_EQ(metric->table()->shape(), (Extents{2, 2}));
}

class AlwaysOne : public Metric {
 public:
  TargetKind target_kind() const override { return TargetKind::labels; }
  void add(std::span<const float>, std::size_t, std::span<const float>) override {}
  double value() const override { return 1; }
  void reset() override {}
};

TEST(MetricRegistry, TakesUsersMetrics) {
  register_metric("always_one", []() -> std::unique_ptr<Metric> { return std::make_unique<AlwaysOne>(); });
  EXPECT_EQ(make_metric("always_one")->value(), 1);
  EXPECT_EQ(test::kind_of<ModelError>([] { register_metric("always_one", nullptr); }), "duplicate_name");
}

TEST(MetricRegistry, NamesTheNearest) {
  const auto problems = test::problems_of<ModelError>([] { make_metric("mean_squared_error"); });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, ProblemKind::unknown_name);
  EXPECT_EQ(problems[0].expected, "mean_square_error");
  EXPECT_EQ(problems[0].given, "mean_squared_error");
}

}  // namespace
}  // namespace synfire
