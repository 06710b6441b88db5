// SPDX-License-Identifier: Apache-2.0
#include "jit/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/scratch_folder.hpp"
#include "synfire/base/abandon.hpp"
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

// Happens when the command is interrupted while compiling programs for several processors.
TEST(TemporaryFolder, GoesWhileItIsWrittenInto) {
  const test::ScratchFolder parent;
  const pid_t process = ::fork();  // nothing can be created after abandon()
  if (process == 0) {
    ::setenv("TMPDIR", parent.path().c_str(), 1);
    const TemporaryFolder folder;
    std::atomic<int> written{0};
    std::thread writer([&] {
      try {
        for (; written < 100000; ++written) write_file(folder.path() + "/" + std::to_string(written), "content");
      } catch (const BuildError&) {  // the folder is gone
      }
    });
    while (written < 20) std::this_thread::yield();
    base::abandon();
    writer.join();
    ::_exit(std::filesystem::is_empty(parent.path()) ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(process, &status, 0), process);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Process, IsEndedByAbandonWheneverItBegan) {
  const pid_t process = ::fork();
  if (process == 0) {
    for (int i = 0; i < 8; ++i) std::thread([] { run_process({"sleep", "1000"}); }).detach();
    while (::waitpid(-1, nullptr, WNOHANG) < 0) std::this_thread::yield();  // until the first has started
    base::abandon();
    ::_exit(::waitpid(-1, nullptr, WNOHANG) == 0 ? 1 : 0);  // 0: a child is still running
  }
  int status = -1;
  EXPECT_EQ(::waitpid(process, &status, 0), process);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
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
