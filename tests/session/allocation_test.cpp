// SPDX-License-Identifier: Apache-2.0
// On the host, a session, once created, neither allocates nor locks.
#include <gtest/gtest.h>

#include <cstdlib>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "session/counters.hpp"
#include "session/streaming.hpp"

namespace synfire {
namespace {

using testing::Counts;
using testing::counts;

constexpr std::uint32_t steps = 5000;

// Everything a session can have: input spikes and values, delays, noise, recurrence, readouts, recordings.
struct Everything {
  Network network;
  PopulationId retina = network.add(SpikeInput{}, 100, {.name = "retina"});
  PopulationId touch = network.add(PoissonInput{.signed_spikes = true}, 20, {.name = "touch"});
  PopulationId hidden =
      network.add(LeakyIntegrateFire{.tau_refrac = 2}, 64, {.readout = "spike_count", .name = "hidden"});
  PopulationId muscles = network.add(LeakyIntegrate{}, 4, {.readout = "avg_var", .name = "muscles"});

  Everything() {
    network.connect(retina, hidden, Dense{Normal{.mean = 0.1, .sd = 0.2}, 3.0}, {.synapse = Exponential{}});
    network.connect(touch, hidden, Dense{Normal{.sd = 0.2}});
    network.connect(hidden, hidden, Dense{Normal{.sd = 0.1}, 1.0}, {.synapse = Exponential{.tau = 3.0}});
    network.connect(hidden, muscles, Dense{Normal{}});
  }
  Model model() const {
    return InferenceCompiler{.timesteps = 20,
                             .record = {{hidden, "spikes"}, {hidden, "v"}, {retina, "spikes"}},
                             .device = "host",
                             .cache_folder = testing::cache_folder()}
        .model(network);
  }
};

TEST(SessionAllocations, AreNone) {
  const Everything everything;
  const Model model = everything.model(), same = everything.model();
  Session session = model.session({.most_steps = 20, .horizon = 50, .late_spikes = LateSpikes::refuse});
  Session::Input retina = session.input("retina");
  Session::Input touch = session.input("touch");
  Session::Spikes spikes = session.spikes("hidden");
  Session::Spikes given = session.spikes("retina");
  Session::Variable v = session.recording("hidden", "v");
  Session::Output count = session.output("hidden");
  Session::Output muscles = session.output("muscles");
  std::vector<float> values(20);
  std::vector<Spike> events(30);
  double hidden_spikes = 0, given_spikes = 0, sum = 0;
  std::uint32_t state = 1;

  const Counts before = counts();
  for (std::uint32_t call = 0; session.step() < steps; ++call) {
    for (Spike& event : events) {
      state = state * 1664525u + 1013904223u;
      // Some late, some beyond the horizon, some of invalid neurons: errors allocate nothing either.
      event = {(state >> 8) % 101, session.step() + (state >> 20) % 52 - (session.step() > 0 ? 1u : 0u)};
    }
    static_cast<void>(retina.push(events));
    for (float& value : values) value = static_cast<float>(call % 10) * 0.05f - 0.2f;
    static_cast<void>(touch.set(values));
    static_cast<void>(touch.push(events.front()));
    if (session.use(call % 2 == 0 ? same : model) != Status::ok) break;
    if (session.advance(1 + call % 20) != Status::ok) break;
    hidden_spikes += static_cast<double>(spikes.read().size());
    given_spikes += static_cast<double>(given.read().size());
    sum += static_cast<double>(v.read().back() + count.readout()[0] + muscles.readout()[1]);
    if (call % 400 == 399) session.reset();
    if (call > 1000) break;
  }
  const Counts after = counts();
  EXPECT_EQ(after.allocations, before.allocations);
  EXPECT_EQ(after.locks, before.locks);
  // All of it happened.
  EXPECT_GT(hidden_spikes, 1000);
  EXPECT_GT(given_spikes, 1000);
  EXPECT_GT(session.late_spikes() + session.refused_spikes(), 1u);
  EXPECT_NE(sum, 0);
}

// Each thread has its own counts.
TEST(SessionAllocations, AreCounted) {
  const auto counted = [](const auto& what) {
    const Counts before = counts();
    what();
    return Counts{counts().allocations - before.allocations, counts().locks - before.locks};
  };
  EXPECT_EQ(counted([] {}), Counts{});
  EXPECT_EQ(counted([] {
              void* volatile memory = std::malloc(10);  // volatile: keeps the compiler from removing it
              std::free(memory);
            }).allocations,
            2u);
  EXPECT_EQ(counted([] {
              int* volatile memory = new int;
              delete memory;
            }).allocations,
            2u);
  std::mutex mutex;
  std::shared_mutex shared;
  EXPECT_EQ(counted([&] { const std::scoped_lock lock(mutex); }).locks, 1u);
  EXPECT_EQ(counted([&] { const std::shared_lock lock(shared); }).locks, 1u);
  EXPECT_EQ(counted([&] { const std::unique_lock lock(shared); }).locks, 1u);

  const Everything everything;
  const Model model = everything.model(), same = everything.model();
  Session session = model.session();
  const Counts taken = counted([&] { static_cast<void>(session.snapshot()); });
  EXPECT_GT(taken.allocations, 0u);
  EXPECT_GT(taken.locks, 0u);
}

}  // namespace
}  // namespace synfire
