// SPDX-License-Identifier: Apache-2.0
// The schedule `step` on the host: a thread team that shares one network.
#include <gmock/gmock.h>
#include <sched.h>

#include <cstring>
#include <thread>

#include "handwritten.hpp"
#include "synfire/error.hpp"
#include "synfire/runtime/device.hpp"
#include "team.cuh"

namespace synfire::runtime {
namespace {

constexpr std::uint32_t cells = 64;
constexpr std::uint32_t parts = 8;
constexpr std::size_t scratch_bytes = 2 * sizeof(std::uint32_t) * cells;

// As in programs/ring.cpp.
std::vector<std::uint32_t> ring_after(std::uint32_t steps) {
  std::vector<std::uint32_t> now(cells), next(cells);
  for (std::uint32_t i = 0; i < cells; ++i) now[i] = i;
  for (std::uint32_t step = 0; step < steps; ++step) {
    for (std::uint32_t i = 0; i < cells; ++i) next[i] = now[(i + cells - 1) % cells] * 3 + now[(i + 23) % cells] + step;
    now.swap(next);
  }
  return now;
}

contract::Binary ring_program() {
  static const std::vector<std::byte> bytes =
      synfire::testing::compile_program(SYNFIRE_TEST_STEPS_PROGRAM, SYNFIRE_TEST_KERNELS_FOLDER);
  contract::Binary binary;
  binary.target = "host";
  binary.bytes = bytes;
  return binary;
}

contract::Entry ring_entry() {
  contract::Entry entry;
  entry.parts = parts;
  entry.scratch_bytes = scratch_bytes;
  return entry;
}

struct Ring {
  explicit Ring(unsigned threads)
      : device(open_device("host", {.threads = threads})), program(device->load(ring_program(), ring_entry())) {}

  std::vector<std::byte> arguments(std::uint32_t steps) {
    const contract::TrialHeader header{.seed = 0,
                                       .first_example = 0,
                                       .examples = 1,
                                       .first_step = 0,
                                       .last_step = steps,
                                       .load = 0,
                                       .save = 0,
                                       .input_origin = 0,
                                       .recording_origin = 0};
    const void* const buffers[] = {output.data(), part_worker.data()};
    std::vector<std::byte> bytes(sizeof header + sizeof buffers);
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, buffers, sizeof buffers);
    return bytes;
  }

  void run(std::uint32_t steps, std::uint32_t examples = 1) {
    device->launch(*program, ring_entry(), arguments(steps), examples);
    device->synchronize();
  }

  std::shared_ptr<Device> device;
  std::unique_ptr<LoadedProgram> program;
  std::vector<std::uint32_t> output = std::vector<std::uint32_t>(cells);
  std::vector<std::uint32_t> part_worker = std::vector<std::uint32_t>(parts);
};

TEST(HostSteps, AnyNumberOfThreadsGivesTheSame) {
  for (const unsigned threads : {1u, 2u, 3u, 4u, 8u, 11u}) {
    Ring ring(threads);
    for (const std::uint32_t steps : {0u, 1u, 2000u, 7u}) {
      ring.run(steps);
      ASSERT_EQ(ring.output, ring_after(steps)) << threads << " threads, " << steps << " steps";
    }
  }
}

TEST(HostSteps, EachThreadIsOneWorker) {
  for (const unsigned threads : {1u, 3u, 8u, 11u}) {
    Ring ring(threads);
    ring.run(2);
    const std::uint32_t workers = std::min(threads, parts);
    for (std::uint32_t worker = 0; worker < workers; ++worker) {
      for (std::uint32_t part = worker * parts / workers; part < (worker + 1) * parts / workers; ++part) {
        EXPECT_EQ(ring.part_worker[part], workers * 100 + worker) << threads;
      }
    }
  }
}

TEST(HostSteps, NoExamplesNeedNoThreads) {
  Ring ring(2);
  ring.run(5, 0);
  EXPECT_THAT(ring.output, ::testing::Each(0u));
}

TEST(HostSteps, OneThreadOfTheCallersDoesToo) {
  Ring ring(3);
  alignas(64) std::byte scratch[scratch_bytes];
  ring.program->call(ring.arguments(50), 1, scratch);
  EXPECT_EQ(ring.output, ring_after(50));
}

// Threads sharing one processor must not wait for their time slices to end.
TEST(HostSteps, ManyThreadsOnOneProcessorComeToAnEnd) {
  cpu_set_t before, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  CPU_ZERO(&one);
  for (int processor = 0; processor < CPU_SETSIZE; ++processor) {
    if (CPU_ISSET(processor, &before) && CPU_COUNT(&one) == 0) CPU_SET(processor, &one);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  Ring ring(4);  // its threads stay on this processor
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
  ring.run(1000);
  EXPECT_EQ(ring.output, ring_after(1000));
}

TEST(HostSteps, SaysWhatEntryPointIsMissing) {
  try {
    open_device("host", {.threads = 1})->load(synfire::testing::handwritten_artifact().binaries.front(), ring_entry());
    FAIL();
  } catch (const BuildError& error) {
    EXPECT_THAT(error.problems().front().message, ::testing::HasSubstr("\"synfire_steps\""));
  }
}

TEST(HostSteps, SaysWhenThereIsNoMemoryToWorkIn) {
  contract::Entry entry = ring_entry();
  entry.scratch_bytes = std::size_t{1} << 50;
  EXPECT_THROW(open_device("host", {.threads = 1})->load(ring_program(), entry), DeviceError);
}

// Compiled here, so that a sanitizer sees the synchronization too.
TEST(TeamBarrier, OrdersWhatThreadsWriteAndRead) {
  for (const std::uint32_t workers : {1u, 2u, 3u, 5u}) {
    constexpr std::uint32_t rounds = 2000;
    alignas(64) std::byte team[contract::team_bytes]{};
    std::vector<std::uint32_t> values(workers, 0);
    std::vector<std::uint32_t> wrong(workers, 0);
    const auto work = [&](std::uint32_t worker) {
      for (std::uint32_t round = 1; round <= rounds; ++round) {
        values[worker] = round;
        device::team_barrier(team, workers);
        for (const std::uint32_t value : values) wrong[worker] += value != round ? 1 : 0;
        device::team_barrier(team, workers);
      }
    };
    std::vector<std::thread> threads;
    for (std::uint32_t worker = 0; worker < workers; ++worker) threads.emplace_back(work, worker);
    for (std::thread& thread : threads) thread.join();
    EXPECT_THAT(wrong, ::testing::Each(0u)) << workers;
  }
}

}  // namespace
}  // namespace synfire::runtime
