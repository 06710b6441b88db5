// SPDX-License-Identifier: Apache-2.0
// Each mistake in data gives its own problem, and all are reported at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/scratch_folder.hpp"
#include "evaluate/lambda_device.hpp"

namespace synfire {
namespace {

using test::kind_of;
using test::problems_of;
using test::toy_id;

class DataErrors : public testing::Test {
 protected:
  const Tensor<float> values_ = test::toy_values(5);
  const SpikeTrains spikes_ = test::toy_spikes(5);
  const std::vector<NamedData> inputs_ = {{"values", values_}, {"spikes", spikes_}};
  const std::vector<int> labels_ = std::vector<int>(5, 0);
  const std::vector<NamedData> targets_ = {{"counts", labels_}, {"traces", labels_}};
  CompiledNetwork network_ = test::toy_network(2);

  std::vector<Problem> predict_problems(const std::vector<NamedData>& inputs, const RunOptions& options = {}) {
    return problems_of<DataError>([&] { (void)network_.predict(inputs, options); });
  }
  std::vector<Problem> evaluate_problems(const std::vector<NamedData>& targets, const RunOptions& options = {}) {
    return problems_of<DataError>([&] { (void)network_.evaluate(inputs_, targets, options); });
  }
  // The only problem of a predict.
  Problem predict_problem(const std::vector<NamedData>& inputs, const RunOptions& options = {}) {
    const std::vector<Problem> problems = predict_problems(inputs, options);
    EXPECT_EQ(problems.size(), 1u);
    return problems.empty() ? Problem{} : problems.front();
  }
  Problem evaluate_problem(const std::vector<NamedData>& targets, const RunOptions& options = {}) {
    const std::vector<Problem> problems = evaluate_problems(targets, options);
    EXPECT_EQ(problems.size(), 1u);
    return problems.empty() ? Problem{} : problems.front();
  }
};

TEST_F(DataErrors, MissingInput) {
  const Problem problem = predict_problem({{"values", values_}});
  EXPECT_EQ(problem.kind, ProblemKind::missing_data);
  EXPECT_EQ(problem.path, "populations[1] \"spikes\"");
  EXPECT_EQ(problem.expected, "inputs for \"values\", \"spikes\"");
}

TEST_F(DataErrors, SurplusInput) {
  const Problem none = predict_problem({{"values", values_}, {"spikes", spikes_}, {"hidden", values_}});
  EXPECT_EQ(none.kind, ProblemKind::surplus_data);
  EXPECT_EQ(none.path, "inputs[2] \"hidden\"");
  EXPECT_EQ(none.expected, "inputs for \"values\", \"spikes\"");
  const Problem twice = predict_problem({{"values", values_}, {"spikes", spikes_}, {toy_id(0), values_}});
  EXPECT_EQ(twice.kind, ProblemKind::surplus_data);
  EXPECT_EQ(twice.path, "inputs[2] \"values\"");
}

TEST_F(DataErrors, UnknownNamesAndForeignIds) {
  const auto problems = predict_problems({{"value", values_}, {PopulationId{1, 78}, spikes_}, {toy_id(9), spikes_}});
  std::map<ProblemKind, int> kinds;
  for (const Problem& problem : problems) ++kinds[problem.kind];
  EXPECT_EQ(kinds, (std::map<ProblemKind, int>{
                       {ProblemKind::unknown_name, 1}, {ProblemKind::foreign_id, 2}, {ProblemKind::missing_data, 2}}));
  EXPECT_EQ(problems[0].path, "inputs[0]");
  EXPECT_EQ(problems[0].expected, "values");
}

TEST_F(DataErrors, IdsAreRefusedWhereNoNetworkIsKnown) {
  CompiledNetwork loaded(test::toy_artifact(2), test::make_lambda_device([](const test::Launch&) {}));
  const auto problems = problems_of<DataError>([&] {
    (void)loaded.predict({{PopulationId{0, 0}, values_}, {"spikes", spikes_}});
  });
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].kind, ProblemKind::foreign_id);
}

TEST_F(DataErrors, WrongShape) {
  const Tensor<float> data({5, 3, 2});
  const Problem problem = predict_problem({{"values", data}, {"spikes", spikes_}});
  EXPECT_EQ(problem.kind, ProblemKind::wrong_data_size);
  EXPECT_EQ(problem.path, "inputs[0] \"values\"");
  EXPECT_EQ(problem.expected, "examples×2×2");
  EXPECT_EQ(problem.given, "5×3×2");
}

TEST_F(DataErrors, IntegersAreNoCurrents) {
  const Tensor<std::uint8_t> images({5, 2, 2});
  const Problem problem = predict_problem({{"values", images}, {"spikes", spikes_}});
  EXPECT_EQ(problem.kind, ProblemKind::wrong_data_size);
  EXPECT_NE(problem.hint.find("scale(images, 0.01)"), std::string::npos);
}

TEST_F(DataErrors, SpikesAndValuesAreNotTheSame) {
  const auto problems = predict_problems({{"values", spikes_}, {"spikes", values_}});
  ASSERT_EQ(problems.size(), 2u);
  for (const Problem& problem : problems) EXPECT_EQ(problem.kind, ProblemKind::wrong_data_size);
  EXPECT_EQ(problems[0].expected, "Tensor<float>");
  EXPECT_EQ(problems[1].expected, "SpikeTrains");
}

TEST_F(DataErrors, SpikesOfOtherNeurons) {
  SpikeTrains trains(4);
  for (int e = 0; e < 5; ++e) trains.add_example({}, {});
  const Problem problem = predict_problem({{"values", values_}, {"spikes", trains}});
  EXPECT_EQ(problem.kind, ProblemKind::wrong_data_size);
  EXPECT_EQ(problem.expected, "3 neurons");
  EXPECT_EQ(problem.given, "4");
}

TEST_F(DataErrors, NonFinite) {
  Tensor<float> data = values_;
  data[4 * 3 + 2] = NAN;
  const Problem problem = predict_problem({{"values", data}, {"spikes", spikes_}});
  EXPECT_EQ(problem.kind, ProblemKind::non_finite_data);
  EXPECT_EQ(problem.path, "inputs[0] \"values\", example 3, element 2");
}

TEST_F(DataErrors, NumbersOfExamplesDiffer) {
  const SpikeTrains trains = test::toy_spikes(6);
  const Problem input = predict_problem({{"values", values_}, {"spikes", trains}});
  EXPECT_EQ(input.kind, ProblemKind::wrong_data_size);
  EXPECT_EQ(input.path, "inputs[1] \"spikes\"");
  EXPECT_EQ(input.expected, "5 examples as in inputs[0] \"values\"");
  EXPECT_EQ(input.given, "6");
  const std::vector<int> labels(4, 0);
  const Problem target = evaluate_problem({{"counts", labels}, {"traces", labels_}});
  EXPECT_EQ(target.kind, ProblemKind::wrong_data_size);
  EXPECT_EQ(target.path, "targets[0] \"counts\"");
}

TEST_F(DataErrors, ExampleTimesteps) {
  const Problem size = predict_problem(inputs_, {.example_timesteps = {1, 2}});
  EXPECT_EQ(size.kind, ProblemKind::wrong_data_size);
  EXPECT_EQ(size.path, "example_timesteps");
  for (const std::uint32_t steps : {0u, 5u}) {
    const Problem range = predict_problem(inputs_, {.example_timesteps = {1, 2, 3, steps, 4}});
    EXPECT_EQ(range.kind, ProblemKind::invalid_value);
    EXPECT_EQ(range.path, "example_timesteps[3]");
    EXPECT_EQ(range.expected, "1 to 4");
    EXPECT_EQ(range.given, std::to_string(steps));
  }
}

TEST_F(DataErrors, LabelsOutOfRange) {
  for (const int label : {-1, 3}) {
    std::vector<int> labels = labels_;
    labels[2] = label;
    const Problem problem = evaluate_problem({{"counts", labels}, {"traces", labels_}});
    EXPECT_EQ(problem.kind, ProblemKind::label_out_of_range);
    EXPECT_EQ(problem.path, "targets[0] \"counts\", example 2");
    EXPECT_EQ(problem.expected, "0 to 2");
    EXPECT_EQ(problem.given, std::to_string(label));
  }
}

// Hints refer to the specific array.
TEST_F(DataErrors, LabelsAndTargetsOfAnotherKindSayHowToTurnThem) {
  using ::testing::HasSubstr;
  Tensor<std::int64_t> one_hot({5, 3});
  for (std::size_t e = 0; e < 5; ++e) one_hot[3 * e + e % 3] = 1;
  const Problem rows = evaluate_problem({{"counts", one_hot}, {"traces", labels_}});
  EXPECT_EQ(rows.given, "5×3");
  EXPECT_THAT(rows.hint, ::testing::AllOf(HasSubstr("argmax(1)"), HasSubstr("categorical_accuracy")));
  const Tensor<float> as_float({5}, {0, 1, 2, 0, 1});
  const Problem floats = evaluate_problem({{"counts", as_float}, {"traces", labels_}});
  EXPECT_EQ(floats.given, "values, 5");
  EXPECT_THAT(floats.hint, HasSubstr("astype(int)"));
  const RunOptions by_shares{.metrics = "categorical_accuracy"};
  const Tensor<float> shares({5, 2});
  const Problem integers = evaluate_problem({{"counts", one_hot}, {"traces", shares}}, by_shares);
  EXPECT_EQ(integers.expected, "Tensor<float> of examples×3");
  EXPECT_EQ(integers.given, "integers, 5×3");
  EXPECT_THAT(integers.hint, HasSubstr("astype(\"float32\")"));
  const Problem labels = evaluate_problem({{"counts", labels_}, {"traces", shares}}, by_shares);
  EXPECT_EQ(labels.given, "integers, 5");
  EXPECT_THAT(labels.hint, HasSubstr("sparse_categorical_accuracy"));
}

TEST_F(DataErrors, TargetsOfTheWrongKind) {
  const Tensor<float> values({5, 3});
  EXPECT_EQ(evaluate_problem({{"counts", values}, {"traces", labels_}}).kind, ProblemKind::wrong_data_size);
  const RunOptions squares{.metrics = "mean_square_error"};
  const Tensor<float> right({5, 2}), of_every_step({5, 20, 3});
  EXPECT_NE(evaluate_problem({{"counts", of_every_step}, {"traces", right}}, squares).hint.find("per_step"),
            std::string::npos);
  const Tensor<float> short_values({5, 1});
  const auto problems = evaluate_problems({{"counts", labels_}, {"traces", short_values}}, squares);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].expected, "Tensor<float> of examples×3");
  EXPECT_EQ(problems[1].expected, "examples×2");
  const Tensor<std::int32_t> table({5, 2});
  EXPECT_EQ(evaluate_problem({{"counts", table}, {"traces", labels_}}).kind, ProblemKind::wrong_data_size);
}

TEST_F(DataErrors, MissingAndSurplusTargets) {
  const auto problems = evaluate_problems({{"counts", labels_}, {"hidden", labels_}});
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].kind, ProblemKind::surplus_data);
  EXPECT_EQ(problems[0].path, "targets[1] \"hidden\"");
  EXPECT_EQ(problems[1].kind, ProblemKind::missing_data);
  EXPECT_EQ(problems[1].path, "populations[4] \"traces\"");
  EXPECT_EQ(problems[1].expected, "targets for \"counts\", \"traces\"");
}

TEST_F(DataErrors, AllAtOnce) {
  Tensor<float> bad = values_;
  bad[0] = INFINITY;
  const std::vector<int> labels = {0, 0, 0, 0, 9};
  const auto problems = problems_of<DataError>([&] {
    (void)network_.evaluate({{"values", bad}, {"hidden", spikes_}}, {{"counts", labels}},
                            {.example_timesteps = {9, 9, 9, 9, 9}});
  });
  std::vector<ProblemKind> kinds;
  kinds.reserve(problems.size());
  for (const Problem& problem : problems) kinds.push_back(problem.kind);
  EXPECT_THAT(kinds, testing::UnorderedElementsAre(ProblemKind::non_finite_data, ProblemKind::surplus_data,
                                                   ProblemKind::missing_data, ProblemKind::missing_data,
                                                   ProblemKind::label_out_of_range, ProblemKind::invalid_value));
}

TEST_F(DataErrors, NothingSaysHowManyExamples) {
  EXPECT_EQ(kind_of<DataError>([&] { (void)network_.predict(0); }), "missing_data");
}

TEST_F(DataErrors, MetricChoices) {
  const RunOptions for_all{.metrics = "accuracy"};
  const Problem problem = problems_of<ModelError>([&] { (void)network_.evaluate(inputs_, targets_, for_all); }).at(0);
  EXPECT_EQ(problem.path, "metrics");
  EXPECT_EQ(problem.kind, ProblemKind::unknown_name);
  const RunOptions options{.metrics = {{"counts", "mean_square_eror"},
                                       {"counts", "mean_square_error"},
                                       {"hidden", "mean_square_error"},
                                       {"nobody", "mean_square_error"}}};
  const auto problems = problems_of<ModelError>([&] { (void)network_.evaluate(inputs_, targets_, options); });
  std::map<std::string, ProblemKind> kinds;
  for (const Problem& problem : problems) kinds[problem.path] = problem.kind;
  EXPECT_EQ(kinds, (std::map<std::string, ProblemKind>{{"metrics[0]", ProblemKind::unknown_name},
                                                       {"metrics[1] \"counts\"", ProblemKind::invalid_option},
                                                       {"metrics[2] \"hidden\"", ProblemKind::missing_variable},
                                                       {"metrics[3]", ProblemKind::unknown_name}}));
}

TEST_F(DataErrors, LookUpsInResults) {
  const EvaluationResult result = network_.evaluate(inputs_, targets_);
  const auto foreign = PopulationId{3, 78};
  EXPECT_EQ(kind_of<ModelError>([&] { (void)result.metric("count"); }), "unknown_name");
  EXPECT_EQ(kind_of<ModelError>([&] { (void)result.metric(foreign); }), "foreign_id");
  EXPECT_EQ(kind_of<ModelError>([&] { (void)result.metric(toy_id(2)); }), "missing_variable");
  EXPECT_EQ(kind_of<ModelError>([&] { (void)result.metric("counts", "mean_square_error"); }), "unknown_name");
  const Predictions& predictions = result.predictions;
  EXPECT_EQ(kind_of<ModelError>([&] { (void)predictions["count"]; }), "unknown_name");
  EXPECT_EQ(kind_of<ModelError>([&] { (void)predictions[foreign]; }), "foreign_id");
  EXPECT_EQ(kind_of<ModelError>([&] { (void)predictions["hidden"]; }), "missing_variable");
  EXPECT_EQ(kind_of<ModelError>([&] { (void)predictions.recorded("hidden", "u"); }), "missing_variable");
  EXPECT_EQ(kind_of<ModelError>([&] { (void)predictions.recorded("hidden", "spikes"); }), "missing_variable");
  EXPECT_EQ(kind_of<ModelError>([&] { (void)predictions.spikes("counts"); }), "missing_variable");
  EXPECT_EQ(kind_of<ModelError>([&] { (void)Predictions()["counts"]; }), "missing_data");
}

}  // namespace
}  // namespace synfire
