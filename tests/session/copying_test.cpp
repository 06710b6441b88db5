// SPDX-License-Identifier: Apache-2.0
// Sessions with copied inputs and results, and with failing launches.
#include <gmock/gmock.h>

#include "execution/random_network.hpp"
#include "session/copying_device.hpp"
#include "session/streaming.hpp"

namespace synfire {
namespace {

using ::testing::Each;
using testing::Feeder;
using ::testing::HasSubstr;
using testing::RandomNetwork;
using testing::Recorder;

constexpr std::uint32_t timesteps = 24;

class CopyingSessions : public ::testing::Test {
 protected:
  CopyingSessions() {
    testing::register_copying_device();
    options_.record = random_.record;
    options_.streaming = true;
    artifact_ = std::make_shared<contract::Artifact>(options_.build(random_.network, "host", "native"));
  }
  Model model(const char* device) const { return Model(artifact_, {.device = device}); }

  RandomNetwork random_ = testing::random_network(8, 1, timesteps);
  InferenceCompiler options_{.timesteps = timesteps, .device = "host", .cache_folder = testing::cache_folder()};
  std::shared_ptr<const contract::Artifact> artifact_;
};

TEST_F(CopyingSessions, RunAsTheHostDoes) {
  const Predictions whole = testing::whole_run(options_, random_.network, random_.inputs);
  Session session = model("copying").session({.trial_steps = timesteps});
  Feeder feeder(session, random_.network, random_.inputs, 0, 1);
  Recorder recorder(session, random_.network, random_.record);
  for (const std::uint32_t steps : {1u, 7u, 3u, 13u}) {
    feeder.feed(steps);
    ASSERT_EQ(session.advance(steps), Status::ok);
    recorder.collect();
  }
  recorder.expect_prefix_of(whole, 0, timesteps);
  for (const PopulationId output : random_.outputs) {
    const std::string& name = random_.network.name_of(output);
    testing::expect_same_bits(session.output(name).readout(), testing::row(whole[output], 0), name);
  }
}

// A snapshot does not depend on the device.
TEST_F(CopyingSessions, TakeSnapshotsOfTheHost) {
  Session host = model("host").session({.trial_steps = timesteps});
  Feeder feeder(host, random_.network, random_.inputs, 0, 1);
  feeder.feed(timesteps);
  ASSERT_EQ(host.advance(9), Status::ok);
  Session copying = model("copying").session({.trial_steps = timesteps});
  copying.restore(host.snapshot());
  ASSERT_EQ(host.advance(15), Status::ok);
  ASSERT_EQ(copying.advance(15), Status::ok);
  EXPECT_TRUE(copying.snapshot() == host.snapshot());
}

TEST_F(CopyingSessions, FailAndRecover) {
  Session session = model("copying").session({.trial_steps = timesteps});
  ASSERT_EQ(session.advance(3), Status::ok);
  const Snapshot before = session.snapshot();
  testing::fail_next_launch();
  EXPECT_EQ(session.advance(2), Status::failed);
  EXPECT_THAT(std::string(session.failure()), HasSubstr("the launch was to fail"));
  EXPECT_EQ(session.step(), 3u);
  EXPECT_EQ(session.advance(2), Status::failed);
  EXPECT_THROW(session.snapshot(), RunError);
  session.restore(before);
  EXPECT_EQ(session.failure(), "");
  EXPECT_EQ(session.advance(2), Status::ok);
  EXPECT_EQ(session.step(), 5u);
  testing::fail_next_launch();
  EXPECT_EQ(session.advance(1), Status::failed);
  session.reset();
  EXPECT_EQ(session.advance(1), Status::ok);
}

}  // namespace
}  // namespace synfire
