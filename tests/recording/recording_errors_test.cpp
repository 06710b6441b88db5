// SPDX-License-Identifier: Apache-2.0
// Recordings that runs refuse: all reported at once, before anything runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/scratch_folder.hpp"
#include "recording/recorder.hpp"

namespace synfire {
namespace {

using test::kind_of;
using testing::HasSubstr;

using test::cells;
using test::loop;

class RecordingErrors : public testing::Test {
 protected:
  std::vector<Problem> problems_of(const std::vector<KeptRecording>& recordings) {
    int launches = 0;
    auto network = test::recorder({.on_launch = [&](const contract::TrialHeader&) { ++launches; }});
    auto problems = test::problems_of<DataError>([&] { (void)network.predict(4, {.recordings = recordings}); });
    EXPECT_EQ(launches, 0);
    return problems;
  }
  Problem problem_of(const KeptRecording& recording) {
    const auto problems = problems_of({recording});
    EXPECT_EQ(problems.size(), 1u);
    return problems.empty() ? Problem{} : problems.front();
  }
};

TEST_F(RecordingErrors, NamesOfTwoObjects) {
  const Problem problem = problem_of({"cells", "v"});
  EXPECT_EQ(problem.kind, ProblemKind::duplicate_name);
  EXPECT_EQ(problem.path, "recordings[0]");
  EXPECT_EQ(problem.expected, "populations[0] \"cells\" or connections[1] \"cells\"");
}

TEST_F(RecordingErrors, UnknownNamesAndForeignIds) {
  const Problem unknown = problem_of({"lop", "g"});
  EXPECT_EQ(unknown.kind, ProblemKind::unknown_name);
  EXPECT_EQ(unknown.expected, "loop");
  EXPECT_EQ(problem_of({PopulationId{0, 1}, "v"}).kind, ProblemKind::foreign_id);
  EXPECT_EQ(problem_of({ConnectionId{0, 1}, "g"}).kind, ProblemKind::foreign_id);
  EXPECT_EQ(problem_of({ConnectionId{2, test::recorder_identity}, "g"}).kind, ProblemKind::foreign_id);
}

TEST_F(RecordingErrors, WhatWasNotDeclared) {
  const Problem variable = problem_of({cells, "u"});
  EXPECT_EQ(variable.kind, ProblemKind::missing_variable);
  EXPECT_EQ(variable.path, "recordings[0] populations[0] \"cells\".u");
  EXPECT_THAT(variable.hint, HasSubstr("recorded variables: v, spikes"));
  EXPECT_EQ(problem_of({"out", "v"}).kind, ProblemKind::missing_variable);
  EXPECT_EQ(problem_of({cells, "g"}).kind, ProblemKind::missing_variable);
  EXPECT_EQ(problem_of({loop, "v"}).kind, ProblemKind::missing_variable);
  EXPECT_THAT(problem_of({loop, "v"}).hint, HasSubstr("recorded variables: g, weight, delay"));
}

TEST_F(RecordingErrors, IndicesOutOfRange) {
  const auto invalid = [&](const Keep& keep, const std::string& path, const std::string& expected) {
    const Problem problem = problem_of({cells, "v", keep});
    EXPECT_EQ(problem.kind, ProblemKind::invalid_value);
    EXPECT_EQ(problem.path, "recordings[0] populations[0] \"cells\".v, " + path);
    EXPECT_EQ(problem.expected, expected);
  };
  invalid({.examples = 4}, "examples", "-4 to 3");
  invalid({.examples = {0, -5}}, "examples", "-4 to 3");
  invalid({.steps = {3, 10}}, "steps", "-10 to 9");
  invalid({.neurons = {{2, 0}, {0, 1}}}, "neurons, dimension 0", "-2 to 1");
  invalid({.steps = Every{0}}, "steps", "at least 1");
}

TEST_F(RecordingErrors, MasksThatDoNotFit) {
  EXPECT_EQ(problem_of({cells, "v", {.examples = std::vector<bool>(5)}}).kind, ProblemKind::wrong_data_size);
  EXPECT_EQ(problem_of({cells, "v", {.neurons = std::vector<bool>(6)}}).kind, ProblemKind::shape_mismatch);
  EXPECT_EQ(problem_of({cells, "v", {.neurons = {Slice{}, Slice{}, 0}}}).kind, ProblemKind::shape_mismatch);
}

TEST_F(RecordingErrors, OptionsThatDoNotFitTheVariable) {
  EXPECT_EQ(problem_of({cells, "v", {.counts = true}}).kind, ProblemKind::invalid_option);
  EXPECT_EQ(problem_of({cells, "v", {.sources = {0}}}).kind, ProblemKind::invalid_option);
  EXPECT_EQ(problem_of({cells, "v", {.targets = {0}}}).kind, ProblemKind::invalid_option);
  EXPECT_EQ(problem_of({loop, "g", {.neurons = {0}}}).kind, ProblemKind::invalid_option);
  EXPECT_EQ(problem_of({loop, "g", {.sources = {0}}}).kind, ProblemKind::invalid_option);
  EXPECT_EQ(problem_of({loop, "weight", {.neurons = {0}}}).kind, ProblemKind::invalid_option);
}

TEST_F(RecordingErrors, TwoRecordingsNeedTwoKeys) {
  const auto problems = problems_of({{cells, "v"}, {cells, "v", {.examples = 1}}});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, ProblemKind::duplicate_name);
  const auto in_a_file =
      problems_of({{cells, "v", {.file = "x.npz", .key = "k"}}, {cells, "spikes", {.file = "./x.npz", .key = "k"}}});
  ASSERT_EQ(in_a_file.size(), 1u);
  EXPECT_EQ(in_a_file[0].kind, ProblemKind::duplicate_name);
}

TEST_F(RecordingErrors, AllAtOnce) {
  EXPECT_EQ(problems_of({{cells, "u"}, {loop, "g", {.examples = 9, .steps = 99}}, {"x", "v"}}).size(), 4u);
}

TEST_F(RecordingErrors, ResultsOfOtherForms) {
  auto network = test::recorder();
  const Predictions results = network.predict(
      2, {.recordings = {{cells, "spikes", {.counts = true, .key = "counts"}}, {cells, "spikes", {.key = "lists"}}}});
  const auto missing = [&](auto ask) { return kind_of<ModelError>(ask) == "missing_variable"; };
  EXPECT_TRUE(missing([&] { (void)results.spikes(cells, "counts"); }));
  EXPECT_TRUE(missing([&] { (void)results.spike_counts(cells, "lists"); }));
  EXPECT_TRUE(missing([&] { (void)results.recorded(cells, "spikes", "lists"); }));
  EXPECT_TRUE(missing([&] { (void)results.recorded(cells, "u"); }));
  EXPECT_TRUE(missing([&] { (void)results.synapses(loop, "g"); }));
  EXPECT_TRUE(missing([&] { (void)results.axes("out", "v"); }));
  EXPECT_EQ(kind_of<ModelError>([&] { (void)results.recorded("cells", "v"); }), "duplicate_name");
  EXPECT_EQ(kind_of<ModelError>([&] { (void)results.recorded("other", "v"); }), "unknown_name");
}

}  // namespace
}  // namespace synfire
