// SPDX-License-Identifier: Apache-2.0
// examples/send_events and live_events over the loopback interface, at a port that is free: what arrives runs to the
// bits of an evaluation, and what does not is counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <sstream>

#include "base/scratch_folder.hpp"

namespace synfire {
namespace {

using ::testing::HasSubstr;

struct Received {
  int status = -1;
  std::string output;
  std::map<std::string, std::uint64_t> counts;
};

class LiveEvents : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<test::ScratchFolder>();
    const std::string command = "'" SYNFIRE_PROGRAM "' compile '" SYNFIRE_SOURCE_FOLDER
                                "/examples/descriptions/live_events.json' --host-arch x86-64-v2 --output '" +
                                model() + "' 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string model() { return (*folder_ / "live.synfire").string(); }

  // Starts the receiver, then sends.
  static Received send_and_receive(const std::string& sending, const std::string& receiving = "") {
    const std::string receiver =
        "'" SYNFIRE_LIVE_EVENTS "' '" + model() + "' --wait 60 --idle 20 " + receiving + " 2>&1";
    Received received;
    FILE* const pipe = ::popen(receiver.c_str(), "r");
    if (pipe == nullptr) return received;
    char line[1000];
    for (bool has_sent = false; std::fgets(line, sizeof line, pipe) != nullptr;) {
      received.output += line;
      const std::string text(line);
      if (!has_sent && text.starts_with("listening on 127.0.0.1:")) {
        const std::string port = text.substr(text.rfind(':') + 1, text.find('\n') - text.rfind(':') - 1);
        const std::string sender = "'" SYNFIRE_SEND_EVENTS "' --speed 0 --port " + port + " " + sending;
        has_sent = true;
        EXPECT_EQ(std::system(sender.c_str()), 0);
      }
      const std::size_t number = text.find_last_of(' ') + 1;
      const std::string name = text.substr(0, text.find_last_not_of(' ', number - 1) + 1);
      if (number > 20) received.counts[name] = std::strtoull(text.c_str() + number, nullptr, 10);
    }
    received.status = ::pclose(pipe);
    return received;
  }

 private:
  static std::unique_ptr<test::ScratchFolder> folder_;
};

std::unique_ptr<test::ScratchFolder> LiveEvents::folder_;

TEST_F(LiveEvents, AreTheBitsOfAnEvaluation) {
  Received received = send_and_receive("--synthetic 400 --interval 20", "--check");
  EXPECT_EQ(received.status, 0) << received.output;
  EXPECT_THAT(received.output, HasSubstr(" 0 values of readouts and spikes differ"));
  const std::size_t last = received.output.rfind("     400 ms ");
  ASSERT_NE(last, std::string::npos) << received.output;
  EXPECT_GT(std::strtoull(received.output.c_str() + last + 12, nullptr, 10), 1000u) << "spikes that are compared";
  EXPECT_EQ(received.counts["datagrams"], 21u);
  EXPECT_EQ(received.counts["events"], 1600u);
  for (const char* none :
       {"lost", "overtaken", "repeated", "malformed", "of other streams", "outside the sensor", "late", "refused"}) {
    ASSERT_TRUE(received.counts.contains(none)) << none << "\n" << received.output;
    EXPECT_EQ(received.counts[none], 0u) << none;
  }
}

TEST_F(LiveEvents, WhatABadNetworkDoesIsCounted) {
  // 20 datagrams and the last one: 4 dropped; of the remaining 16, 3 repeated and 4 overtaken.
  Received received =
      send_and_receive("--synthetic 400 --interval 20 --drop 5 --repeat 7 --swap 4 --garbage 6", "--check");
  EXPECT_EQ(received.status, 0) << received.output;
  EXPECT_EQ(received.counts["malformed"], 6u);
  EXPECT_EQ(received.counts["lost"], 4u);
  EXPECT_EQ(received.counts["datagrams"], 6u + 17 + received.counts["repeated"]);
  EXPECT_GT(received.counts["repeated"], 0u);
  EXPECT_GT(received.counts["overtaken"], 0u);
  EXPECT_GT(received.counts["late"], 0u);
  EXPECT_EQ(received.counts["events"], 1600u - 4 * 80);
  EXPECT_THAT(received.output, HasSubstr(" 0 values of readouts and spikes differ"))
      << "late spikes are those of the step that got them";
}

TEST_F(LiveEvents, PixelsThatThereAreNotAreCounted) {
  Received received =
      send_and_receive("--file '" SYNFIRE_SOURCE_FOLDER "/tests/data/files/nmnist.bin' --interval 10", "--check");
  EXPECT_EQ(received.status, 0) << received.output;
  EXPECT_GT(received.counts["outside the sensor"], 1000u);
  EXPECT_EQ(received.counts["outside the sensor"] + received.counts["events"], 4325u);
}

TEST_F(LiveEvents, AnotherPopulationIsAnError) {
  const Received received = send_and_receive("", "--input output");
  EXPECT_NE(received.status, 0);
  EXPECT_THAT(received.output, HasSubstr("live_events: "));
}

}  // namespace
}  // namespace synfire
