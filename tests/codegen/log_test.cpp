// SPDX-License-Identifier: Apache-2.0
#include "jit/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace synfire::codegen::jit {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string source = "one\ntwo\nthree\nfour\n";

TEST(Log, ShowsTheLinesOfNvrtc) {
  EXPECT_EQ(with_source_lines("trial.cu(2): error: x", source, "trial.cu"),
            "trial.cu(2): error: x\ntrial.cu:2\n  one\n> two\n  three\n");
}

TEST(Log, ShowsTheLinesOfACompiler) {
  EXPECT_EQ(with_source_lines("/tmp/a/trial.cpp:1:5: error", source, "trial.cpp"),
            "/tmp/a/trial.cpp:1:5: error\ntrial.cpp:1\n> one\n  two\n");
  EXPECT_THAT(with_source_lines("trial.cpp:4:1:", source, "trial.cpp"), HasSubstr("  three\n> four\n"));
}

TEST(Log, ShowsEachLineOnce) {
  const std::string text = with_source_lines("trial.cu(2): a\ntrial.cu(2): b", source, "trial.cu");
  EXPECT_EQ(text.find("> two"), text.rfind("> two"));
}

TEST(Log, StopsAtTen) {
  std::string log, long_source;
  for (int i = 1; i <= 30; ++i) {
    log += "trial.cu(" + std::to_string(i) + ")\n";
    long_source += "line " + std::to_string(i) + "\n";
  }
  const std::string text = with_source_lines(log, long_source, "trial.cu");
  EXPECT_THAT(text, HasSubstr("> line 10\n"));
  EXPECT_THAT(text, Not(HasSubstr("> line 11\n")));
}

TEST(Log, IgnoresLinesThatAreNotThere) {
  for (const char* log : {"no file", "trial.cu(0): x", "trial.cu(99): x", "trial.cu", "trial.cu(", "other.cu(2): x"})
    EXPECT_EQ(with_source_lines(log, source, "trial.cu"), log);
}

}  // namespace
}  // namespace synfire::codegen::jit
