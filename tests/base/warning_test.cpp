// SPDX-License-Identifier: Apache-2.0
#include "synfire/warning.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace synfire {
namespace {

TEST(Warnings, EachKindStandsOnceInTheTableAndInTheDocument) {
  std::ifstream file(SYNFIRE_SOURCE_FOLDER "/docs/warnings.md");
  std::ostringstream document;
  document << file.rdbuf();
  std::set<ProblemKind> seen;
  for (const WarningInfo& row : warning_table()) {
    EXPECT_TRUE(seen.insert(row.kind).second) << to_string(row.kind);
    const std::string line = "| `" + std::string(to_string(row.kind)) + "` | " + std::string(row.when) + " | " +
                             std::string(row.hint) + " |\n";
    EXPECT_NE(document.str().find(line), std::string::npos) << line;
  }
}

TEST(Warnings, TakeTheHintOfTheTableWhereTheyHaveNone) {
  const Problem plain = make_warning({.kind = ProblemKind::unnamed_callback, .message = "m"});
  EXPECT_EQ(plain.severity, Severity::warning);
  EXPECT_EQ(plain.hint, "give the callback a key");
  EXPECT_EQ(make_warning({.kind = ProblemKind::unnamed_callback, .hint = "h"}).hint, "h");
}

TEST(Warnings, GoToTheHandlerOfTheProgramWhereTheCallHasNone) {
  const Problem warning = make_warning({.kind = ProblemKind::enlarged_tape, .message = "m"});
  std::vector<std::string> program, call;
  const WarningHandler before = set_warning_handler([&](const Problem& each) { program.push_back(each.message); });
  deliver(warning);
  deliver(std::vector<Problem>{warning, warning}, [&](const Problem& each) { call.push_back(each.message); });
  set_warning_handler(before);
  EXPECT_EQ(program, std::vector<std::string>{"m"});
  EXPECT_EQ(call, (std::vector<std::string>{"m", "m"}));
  testing::internal::CaptureStderr();
  deliver(warning);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "synfire: warning: m; set max_spikes of the compiler\n");
}

}  // namespace
}  // namespace synfire
