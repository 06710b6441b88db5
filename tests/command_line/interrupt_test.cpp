// SPDX-License-Identifier: Apache-2.0
// Killed commands leave no incomplete files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <thread>

#include "command_line/program.hpp"
#include "synfire/base/abandon.hpp"
#include "synfire/base/files.hpp"

namespace synfire {
namespace {

using test::Ended;
using test::Words;
using test::Workplace;
using testing::ElementsAre;
using testing::HasSubstr;

// A compiler that signals its start, then takes its time.
constexpr const char* slow_compiler =
    "#!/bin/sh\ncase $1 in --version) echo slow 1; exit;; esac\ntouch begun\nexec sleep 30\n";

// A network that needs hours for a million examples.
std::string endless_json() {
  std::string text = test::three_json;
  text.replace(text.find("\"timesteps\": 20"), 15, "\"timesteps\": 10000000");
  text.replace(text.find(", \"record\": [{\"population\": \"out\", \"variable\": \"spikes\"}]"), 57, "");
  return text;
}

class Interrupted : public testing::Test {
 protected:
  Interrupted() {
    write_three(place_);
    place_.write("endless.json", endless_json());
    place_.write("slow", slow_compiler);
    std::filesystem::permissions(place_ / "slow", std::filesystem::perms::owner_all);
    place_.write("old.npz", "as it was");
    place_.write("old.synfire", "as it was");
  }

  void wait_for(const std::function<bool()>& condition) const {
    for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ASSERT_TRUE(condition());
  }

  // Compiles with the slow compiler and sends a signal in the meantime.
  Ended kill_compiling(int signal) const {
    const pid_t process =
        place_.start({SYNFIRE_PROGRAM, "compile", "three.json", "--output", "old.synfire"}, compiling());
    wait_for([&] { return place_.has("begun"); });
    ::kill(process, signal);
    return place_.finish(process);
  }
  test::Environment compiling() const {
    return {
        {"SYNFIRE_CXX", place_.path("slow")}, {"SYNFIRE_CACHE", place_.path("cache")}, {"TMPDIR", place_.path("tmp")}};
  }

  Ended kill_running(int signal) const {
    const pid_t process =
        place_.start({SYNFIRE_PROGRAM, "run", "endless.json", "--examples", "1000000", "--output", "old.npz"});
    wait_for([&] { return place_.is_busy(process); });
    ::kill(process, signal);
    return place_.finish(process);
  }

  Workplace place_;
};

TEST_F(Interrupted, CompilingLeavesNothing) {
  std::filesystem::create_directory(place_ / "tmp");
  const Ended ended = kill_compiling(SIGINT);
  EXPECT_EQ(ended.exit_code, 130);
  EXPECT_FALSE(ended.signaled);
  EXPECT_THAT(ended.messages, HasSubstr("interrupted"));
  EXPECT_EQ(place_.read("old.synfire"), "as it was");
  EXPECT_TRUE(std::filesystem::is_empty(place_ / "tmp"));
  EXPECT_THAT(place_.files(),
              ElementsAre("begun", "endless.json", "old.npz", "old.synfire", "slow", "three.json", "x.npy", "y.npy"));
}

TEST_F(Interrupted, SigtermIsAsGood) {
  std::filesystem::create_directory(place_ / "tmp");
  EXPECT_EQ(kill_compiling(SIGTERM).exit_code, 143);
  EXPECT_TRUE(std::filesystem::is_empty(place_ / "tmp"));
}

TEST_F(Interrupted, KilledCompilingLeavesTheOldFile) {
  std::filesystem::create_directory(place_ / "tmp");
  EXPECT_TRUE(kill_compiling(SIGKILL).signaled);
  EXPECT_EQ(place_.read("old.synfire"), "as it was");
}

TEST_F(Interrupted, RunningLeavesTheOldFileAndNoOther) {
  const Words before = place_.files();
  for (const int signal : {SIGINT, SIGTERM, SIGKILL}) {
    const Ended ended = kill_running(signal);
    EXPECT_EQ(ended.exit_code, 128 + signal) << ended.messages;
    EXPECT_EQ(place_.read("old.npz"), "as it was");
    EXPECT_EQ(place_.files(), before);
  }
}

TEST_F(Interrupted, PendingFilesAreRemovedByAbandon) {
  // In a separate process: nothing can be created or committed afterwards.
  const pid_t process = ::fork();
  if (process == 0) {
    const base::PendingFile pending(place_ / "old.npz");
    place_.write(pending.temporary().filename().string(), "half");
    base::abandon();
    ::_exit(std::filesystem::exists(pending.temporary()) ? 1 : 0);
  }
  EXPECT_EQ(place_.finish(process).exit_code, 0);
  EXPECT_EQ(place_.read("old.npz"), "as it was");
}

}  // namespace
}  // namespace synfire
