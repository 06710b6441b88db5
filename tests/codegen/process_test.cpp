// SPDX-License-Identifier: Apache-2.0
#include "jit/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "synfire/error.hpp"

namespace synfire::codegen::jit {
namespace {

using ::testing::HasSubstr;

TEST(Process, GivesOutputAndExitCode) {
  const ProcessResult result = run_process({"sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.output, HasSubstr("out\n"));
  EXPECT_THAT(result.output, HasSubstr("err\n"));
}

TEST(Process, PassesArgumentsAsTheyAre) {
  EXPECT_EQ(run_process({"printf", "%s|", "a b", "$HOME", "'\"; exit"}).output, "a b|$HOME|'\"; exit|");
}

TEST(Process, ReadsMuchOutput) {
  EXPECT_EQ(run_process({"sh", "-c", "head -c 1000000 /dev/zero"}).output.size(), 1000000u);
}

TEST(Process, HasNoInput) { EXPECT_EQ(run_process({"cat"}).output, ""); }

TEST(Process, TellsOfAProgramThatIsNotThere) {
  const ProcessResult result = run_process({"synfire-no-such-program"});
  EXPECT_EQ(result.exit_code, 127);
  EXPECT_THAT(result.output, HasSubstr("synfire-no-such-program"));
}

TEST(Process, TellsOfASignal) { EXPECT_EQ(run_process({"sh", "-c", "kill -9 $$"}).exit_code, 128 + 9); }

TEST(TemporaryFolder, GoesWithItsContents) {
  std::string path;
  {
    const TemporaryFolder folder;
    path = folder.path();
    std::filesystem::create_directories(path + "/a/b");
    write_file(path + "/a/b/file", "content");
    EXPECT_EQ(read_file(path + "/a/b/file"), "content");
    EXPECT_NE(TemporaryFolder().path(), path);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Files, TellWhatCannotBeAccessed) {
  const TemporaryFolder folder;
  for (const auto& action : std::vector<std::function<void(const std::string&)>>{
           [](const std::string& path) { read_file(path); }, [](const std::string& path) { write_file(path, "x"); }}) {
    const std::string path = folder.path() + "/missing/file";
    try {
      action(path);
      FAIL() << "nothing was thrown";
    } catch (const BuildError& error) {
      EXPECT_EQ(error.problems().front().kind, ProblemKind::file_access);
      EXPECT_EQ(error.problems().front().path, path);
    }
  }
}

}  // namespace
}  // namespace synfire::codegen::jit
