// SPDX-License-Identifier: Apache-2.0
// The output of a progress bar.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "synfire/callbacks.hpp"

namespace synfire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ProgressBarTest : public testing::Test {
 protected:
  ProgressBar bar(bool terminal, unsigned width = 90) {
    return ProgressBar({.write = [this](const std::string& text) { written_.push_back(text); },
                        .terminal = terminal,
                        .seconds = [this] { return seconds_; },
                        .width = width});
  }
  void run(ProgressBar& bar, std::size_t batches, double seconds_each, const MetricValues& metrics = {}) {
    bar.on_test_begin({.examples = batches, .batches = batches});
    for (std::size_t batch = 0; batch < batches; ++batch) {
      bar.on_batch_begin(batch);
      seconds_ += seconds_each;
      bar.on_batch_end(batch, metrics);
    }
    bar.on_test_end(metrics);
  }
  void SetUp() override { ::unsetenv("NO_COLOR"); }

  double seconds_ = 1000;
  std::vector<std::string> written_;
};

TEST_F(ProgressBarTest, ElsewhereAPlainLineNowAndThen) {
  ProgressBar plain = bar(false);
  run(plain, 30, 1.0, {{"out", "accuracy", 0.5}});
  EXPECT_THAT(written_, ElementsAre("10/30 [00:10<00:20, 1.0 batches/s, accuracy: 0.5000]\n",
                                    "20/30 [00:20<00:10, 1.0 batches/s, accuracy: 0.5000]\n",
                                    "30/30 [00:30<00:00, 1.0 batches/s, accuracy: 0.5000]\n"));
}

TEST_F(ProgressBarTest, OnATerminalTheSameLineAgain) {
  ProgressBar drawn = bar(true);
  run(drawn, 4, 1.0);
  ASSERT_EQ(written_.size(), 5u);
  for (const std::string& text : written_) EXPECT_THAT(text, StartsWith("\r\x1b[K"));
  EXPECT_THAT(written_[0], HasSubstr("0/4 [00:00<?, ? batches/s]"));
  EXPECT_THAT(written_[2], HasSubstr(" 50%|\x1b[32m###"));
  EXPECT_THAT(written_[2], HasSubstr("| 2/4 [00:02<00:02, 1.0 batches/s]"));
  EXPECT_THAT(written_[3], Not(HasSubstr("\n")));
  EXPECT_TRUE(written_[4].ends_with("4/4 [00:04<00:00, 1.0 batches/s]\n"));
}

TEST_F(ProgressBarTest, FastBatchesAreNotAllDrawn) {
  ProgressBar drawn = bar(true);
  run(drawn, 1000, 0.001);
  EXPECT_GT(written_.size(), 5u);
  EXPECT_LT(written_.size(), 20u);
  EXPECT_THAT(written_.back(), HasSubstr("1000/1000"));
}

TEST_F(ProgressBarTest, SlowBatchesAndLongRuns) {
  ProgressBar plain = bar(false);
  run(plain, 2, 3600);
  EXPECT_THAT(written_,
              ElementsAre("1/2 [1:00:00<1:00:00, 3600.0 s/batch]\n", "2/2 [2:00:00<00:00, 3600.0 s/batch]\n"));
}

TEST_F(ProgressBarTest, ItFitsTheTerminal) {
  for (const unsigned width : {60u, 90u, 200u}) {
    ::setenv("NO_COLOR", "1", 1);
    written_.clear();
    ProgressBar drawn = bar(true, width);
    run(drawn, 3, 1.0, {{"out", "accuracy", 0.25}});
    for (const std::string& text : written_) EXPECT_LE(text.size(), width + 5) << text;
  }
}

TEST_F(ProgressBarTest, NoColorIsRespected) {
  ::setenv("NO_COLOR", "1", 1);
  ProgressBar drawn = bar(true);
  run(drawn, 2, 1.0);
  for (const std::string& text : written_) EXPECT_THAT(text, Not(HasSubstr("\x1b[32m")));
}

TEST_F(ProgressBarTest, ARunThatBreaksOffEndsItsLine) {
  {
    ProgressBar drawn = bar(true);
    drawn.on_test_begin({.examples = 5, .batches = 5});
    drawn.on_batch_begin(0);
  }
  EXPECT_EQ(written_.back(), "\n");
}

TEST_F(ProgressBarTest, ARunThatIsStoppedShowsHowFarItCame) {
  ProgressBar plain = bar(false);
  plain.on_test_begin({.examples = 5, .batches = 5});
  plain.on_batch_begin(0);
  plain.on_batch_end(0, {});
  plain.on_test_end({});
  EXPECT_THAT(written_, ElementsAre(StartsWith("1/5 ")));
}

TEST_F(ProgressBarTest, CanBeUsedAgain) {
  ProgressBar plain = bar(false);
  run(plain, 1, 20);
  run(plain, 1, 20);
  EXPECT_EQ(written_.size(), 2u);
  EXPECT_EQ(written_[0], written_[1]);
}

}  // namespace
}  // namespace synfire
