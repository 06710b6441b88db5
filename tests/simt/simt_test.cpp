// SPDX-License-Identifier: Apache-2.0
// The emulator runs correct kernels, and detects each planted mistake.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "simt/simt_compile.hpp"
#include "simt/simt_device.hpp"
#include "synfire/contract/trial_arguments.hpp"
#include "synfire/error.hpp"

namespace synfire::simt {
namespace {

// The line of `source`, from 1, that contains `text`.
int line_with(const std::string& source, const std::string& text) {
  const std::size_t at = source.find(text);
  if (at == std::string::npos) return -1;
  return 1 + static_cast<int>(std::count(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

// A kernel of three buffers with the given `body`.
std::string kernel(const std::string& body) {
  return R"(#include "platform.cuh"
#include "trial_arguments.cuh"
#include "view.cuh"
using namespace synfire::device;

SYNFIRE_KERNEL(64) synfire_trial(const TrialArguments<3> arguments)
{
  const GlobalView<const float> input{static_cast<const float*>(arguments.buffers[0]), 256, "input"};
  const GlobalView<u32> output{static_cast<u32*>(arguments.buffers[1]), 256, "output"};
  const GlobalView<i8> bytes{static_cast<i8*>(arguments.buffers[2]), 256, "bytes"};
  const u32 thread = thread_index();
)" + body +
         "}\n";
}

// A device, a program and its three buffers: 256 floats 0, 1, 2, …, 256 unwritten u32, 256 unwritten i8.
class Session {
 public:
  explicit Session(const std::string& source, std::uint32_t threads = 64, std::uint64_t seed = 1)
      : Session(source, entry_of(threads), seed) {}

  Session(const std::string& source, contract::Entry entry, std::uint64_t seed)
      : device(SimtOptions{seed}), entry_(std::move(entry)) {
    contract::Binary binary;
    binary.target = "simt";
    binary.bytes = compile_for_simt(source);
    program_ = device.load(binary, entry_);
    input_ = device.allocate(sizeof(float) * count, "input");
    output_ = device.allocate(sizeof(std::uint32_t) * count, "output");
    bytes_ = device.allocate(count, "bytes");
    std::vector<float> values(count);
    std::iota(values.begin(), values.end(), 0.0f);
    set_input(values);
  }

  void set_input(const std::vector<float>& values) {
    device.copy_to_device(input_, values.data(), sizeof(float) * count);
  }

  void launch(std::uint32_t blocks = 1, std::uint32_t steps = 1, std::uint32_t first_step = 0) {
    struct {
      contract::TrialHeader header;
      void* buffers[3];
    } arguments{{0, 0, blocks, first_step, steps, 0, 0, 0, 0}, {input_, output_, bytes_}};
    device.launch(*program_, entry_, std::as_bytes(std::span(&arguments, 1)), blocks);
  }

  // The reports of a launch that is expected to fail.
  std::vector<Report> failed(std::uint32_t blocks = 1, std::uint32_t steps = 1) {
    try {
      launch(blocks, steps);
    } catch (const RunError& error) {
      EXPECT_EQ(error.problems().size(), device.reports().size());
      return device.reports();
    }
    ADD_FAILURE() << "the launch did not fail";
    return {Report{}};
  }

  std::vector<std::uint32_t> output() {
    std::vector<std::uint32_t> values(count);
    device.copy_to_host(values.data(), output_, sizeof(std::uint32_t) * count);
    return values;
  }

  static constexpr std::size_t count = 256;
  SimtDevice device;

 private:
  static contract::Entry entry_of(std::uint32_t threads) {
    contract::Entry entry;
    entry.threads = threads;
    return entry;
  }

  contract::Entry entry_;
  std::unique_ptr<runtime::LoadedProgram> program_;
  void* input_ = nullptr;
  void* output_ = nullptr;
  void* bytes_ = nullptr;
};

// A spike list by ballot and prefix sum, consumed by every thread: the pattern of trial kernels. It needs no barrier
// between reading the list and the next step, whose first barrier precedes the next write of the list. Thread t spikes
// in step s iff (t * 7 + s) % 5 == 0; output[64 * block + t] gets a hash of all spikes in the order seen.
const std::string spike_list = kernel(R"(
  SYNFIRE_SHARED(u32, spikes, 64);
  SYNFIRE_SHARED(u32, warp_spikes, 2);
  u32 hash = block_index();
  for (u32 step = arguments.first_step; step < arguments.last_step; ++step) {
    const bool spike = (thread * 7u + step) % 5u == 0u;
    const u32 mask = warp_ballot(spike);
    if (lane_index() == 0u) warp_spikes(warp_index()) = population_count(mask);
    block_barrier();  // counts
    const u32 first = warp_index() == 0u ? 0u : warp_spikes(0);
    const u32 count = warp_spikes(0) + warp_spikes(1);
    if (spike) spikes(first + population_count(mask & ((1u << lane_index()) - 1u))) = thread;
    block_barrier();  // list
    for (u32 event = 0; event < count; ++event) {
      hash = hash * 31u + spikes(event);
    }
  }
  output(64u * block_index() + thread) = hash;
)");

std::vector<std::uint32_t> expected_hashes(std::uint32_t blocks, std::uint32_t steps) {
  std::vector<std::uint32_t> hashes;
  for (std::uint32_t block = 0; block < blocks; ++block) {
    std::uint32_t hash = block;
    for (std::uint32_t step = 0; step < steps; ++step) {
      for (std::uint32_t thread = 0; thread < 64; ++thread) {
        if ((thread * 7 + step) % 5 == 0) hash = hash * 31 + thread;
      }
    }
    hashes.insert(hashes.end(), 64, hash);
  }
  return hashes;
}

TEST(Simt, RunsASpikeListTheSameWithEverySeed) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Session session(spike_list, 64, seed);
    session.launch(4, 30);
    EXPECT_EQ(session.output(), expected_hashes(4, 30)) << "seed " << seed;
  }
}

TEST(Simt, RunsAgainAfterASuccessAndAfterAFailure) {
  Session session(spike_list);
  session.launch(4, 3);
  session.launch(4, 5);
  EXPECT_EQ(session.output(), expected_hashes(4, 5));
  session.device.skip_barrier(0);
  session.failed(4, 5);
  session.device.skip_no_barrier();
  session.launch(4, 7);
  EXPECT_EQ(session.output(), expected_hashes(4, 7));
}

TEST(Simt, NamesTheBarriers) {
  Session session(spike_list);
  session.launch(1, 2);
  std::vector<int> lines;
  for (const BarrierSite& site : session.device.barrier_sites()) lines.push_back(site.line);
  EXPECT_EQ(lines, (std::vector<int>{line_with(spike_list, "// counts"), line_with(spike_list, "// list")}));
}

TEST(Simt, MissesEachBarrierThatIsRemoved) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    for (std::size_t barrier = 0; barrier < 2; ++barrier) {
      Session session(spike_list, 64, seed);
      session.launch(1, 3);
      session.device.skip_barrier(barrier);
      EXPECT_FALSE(session.failed(1, 3).empty()) << barrier;
      EXPECT_EQ(session.device.barrier_sites().size(), 2u);
    }
  }
}

TEST(Simt, DoesNotMissABarrierThatIsNotNeeded) {
  const std::string needless = "\n    block_barrier();\n  }\n  output";
  std::string source = spike_list;
  source.replace(source.find("\n  }\n  output"), 13, needless);
  Session session(source);
  session.launch(4, 3);
  ASSERT_EQ(session.device.barrier_sites().size(), 3u);
  session.device.skip_barrier(2);
  session.launch(4, 3);
  EXPECT_EQ(session.output(), expected_hashes(4, 3));
  EXPECT_THROW(session.device.skip_barrier(3), std::out_of_range);
}

TEST(Simt, ChangesTheThreadOrderWithTheSeedAndInEachEpoch) {
  // Intentional races: the reports reveal the order.
  const std::string source = kernel(R"(
  SYNFIRE_SHARED(u32, last, 2);
  last(0) = thread;
  block_barrier();
  last(1) = thread;
)");
  std::vector<std::pair<std::uint32_t, std::uint32_t>> orders;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    Session session(source, 64, seed);
    const std::vector<Report> reports = session.failed();
    orders.emplace_back(reports.front().other.thread, reports.back().other.thread);
  }
  EXPECT_TRUE(std::any_of(orders.begin(), orders.end(), [&](const auto& o) { return o != orders.front(); }));
  EXPECT_TRUE(std::any_of(orders.begin(), orders.end(), [](const auto& o) { return o.first != o.second; }));
}

TEST(Simt, GivesTheSameReportsForTheSameSeed) {
  const std::string source = kernel("  output(0) = thread;\n");
  Session first(source, 64, 7), second(source, 64, 7);
  EXPECT_EQ(first.failed().front().thread, second.failed().front().thread);
}

TEST(Simt, CountsBallotsByLane) {
  const std::string source = kernel(R"(
  u32 sum = 0;
  for (u32 bit = 0; bit < 6u; ++bit) {
    sum = sum * 3u + warp_ballot(((thread >> bit) & 1u) != 0u);
  }
  output(thread) = sum;
)");
  Session session(source);
  session.launch();
  const std::uint32_t ballots[] = {0xaaaaaaaa, 0xcccccccc, 0xf0f0f0f0, 0xff00ff00, 0xffff0000};
  for (std::size_t warp = 0; warp < 2; ++warp) {
    std::uint32_t sum = 0;
    for (const std::uint32_t ballot : ballots) sum = sum * 3 + ballot;
    EXPECT_EQ(session.output()[warp * 32], sum * 3 + (warp == 0 ? 0u : 0xffffffffu));
  }
}

TEST(Simt, RunsPartialWarps) {
  Session session(kernel("  output(thread) = warp_ballot(true);\n  block_barrier();\n"), 40);
  session.launch();
  EXPECT_EQ(session.output()[31], 0xffffffffu);
  EXPECT_EQ(session.output()[39], 0xffu);
}

TEST(Simt, RunsBlocksOfEverySize) {
  for (const std::uint32_t threads : {1u, 2u, 33u, 1024u}) {
    Session session(kernel("  block_barrier();\n  if (thread + 1u == 1024u || thread == 0u) output(thread % "
                           "2u) = thread;\n"),
                    threads);
    session.launch(1);
    EXPECT_EQ(session.output()[0], 0u);
  }
}

TEST(Simt, FindsARaceOfAWriterAndAReader) {
  const std::string source = kernel(R"(
  SYNFIRE_SHARED(u32, cell, 8);
  if (thread == 5u) cell(3) = 1u;  // first write
  block_barrier();
  if (thread == 5u) cell(3) = 2u;  // write
  if (thread == 9u) output(0) = cell(3);  // read
)");
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    Session session(source, 64, seed);
    const Report report = session.failed().front();
    EXPECT_EQ(report.kind, ReportKind::race);
    EXPECT_EQ(report.view, "cell");
    EXPECT_EQ(report.index, 3u);
    Participant writer{0, 5, 1, line_with(source, "// write"), true};
    Participant reader{0, 9, 1, line_with(source, "// read"), false};
    if (!report.thread.write) std::swap(reader, writer);
    EXPECT_EQ(report.thread, writer);
    EXPECT_EQ(report.other, reader);
  }
}

TEST(Simt, FindsARaceWithTheSecondReader) {
  // In either order, thread 1 does not race with its own write.
  const std::string source = kernel(R"(
  if (thread < 2u) output(100u + thread) = static_cast<u32>(input(7));
  SYNFIRE_SHARED(u32, cell, 1);
  if (thread == 0u) cell(0) = 0u;
  block_barrier();
  if (thread < 2u) output(thread) = cell(0);
  if (thread == 1u) cell(0) = 1u;
)");
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const Report report = Session(source, 64, seed).failed().front();
    EXPECT_EQ(report.kind, ReportKind::race);
    EXPECT_EQ(report.thread.thread + report.other.thread, 1u);
  }
}

TEST(Simt, AllowsAThreadToReadAndWriteItsOwn) {
  Session session(kernel(R"(
  SYNFIRE_SHARED(u32, own, 64);
  own(thread) = thread;
  own(thread) += 2u;
  own(thread) -= 1u;
  own(thread) *= 4u;
  own(thread) |= 1u;
  own(thread) = own(thread);
  output(thread) = own(thread);
)"));
  session.launch();
  EXPECT_EQ(session.output()[9], 41u);
}

TEST(Simt, FindsARaceOfWritersInGlobalMemory) {
  const std::string source = kernel("  if (thread == 2u || thread == 40u) output(11) = 1u;\n");
  const Report report = Session(source).failed().front();
  EXPECT_EQ(report.kind, ReportKind::race);
  EXPECT_EQ(report.view, "output");
  EXPECT_EQ(report.index, 11u);
  EXPECT_EQ(report.thread.thread + report.other.thread, 42u);
}

TEST(Simt, AllowsABlockToReadGlobalMemoryThatItWrote) {
  Session session(kernel(R"(
  output(thread) = thread;
  block_barrier();
  const u32 mirrored = output(63u - thread);
  block_barrier();
  output(thread) = mirrored;
)"));
  session.launch();
  EXPECT_EQ(session.output()[3], 60u);
}

TEST(Simt, FindsRacesBetweenBlocks) {
  const std::string write = kernel("  if (thread == 0u) output(7) = 1u;  // access\n");
  const Report writers = Session(write).failed(2).front();
  EXPECT_EQ(writers.kind, ReportKind::race);
  EXPECT_EQ(writers.index, 7u);
  EXPECT_EQ(writers.thread, (Participant{1, 0, 0, line_with(write, "// access"), true}));
  EXPECT_EQ(writers.other, (Participant{0, 0, 0, line_with(write, "// access"), true}));

  const std::string read = kernel(R"(
  if (block_index() == 0u && thread == 3u) output(7) = 1u;
  block_barrier();
  if (block_index() == 1u && thread == 4u) output(8) = output(7);
)");
  const Report reader = Session(read).failed(2).front();
  EXPECT_EQ(reader.kind, ReportKind::race);
  EXPECT_FALSE(reader.thread.write);
  EXPECT_EQ(reader.thread.block, 1u);
  EXPECT_EQ(reader.thread.epoch, 1u);
  EXPECT_TRUE(reader.other.write);
  EXPECT_EQ(reader.other.block, 0u);
}

TEST(Simt, FindsABlockThatWritesWhatAnEarlierOneRead) {
  // Block 1 reads it too, before it writes: block 0's read must not be forgotten.
  const std::string source = kernel(R"(
  if (block_index() == 2u && thread < 1u) output(0) = 1u;
  if (thread == 0u && arguments.first_step == 0u && block_index() < 2u) bytes(block_index()) = 1;
  block_barrier();
  if (thread == 5u && block_index() == 0u) output(1) = static_cast<u32>(bytes(0));
  block_barrier();
  if (thread == 6u && block_index() == 1u) bytes(0) = 2;
)");
  const Report report = Session(source).failed(3).front();
  EXPECT_EQ(report.kind, ReportKind::race);
  EXPECT_EQ(report.view, "bytes");
  EXPECT_EQ(report.thread.block, 1u);
  EXPECT_EQ(report.other.block, 0u);
}

TEST(Simt, FindsAWriterAfterReadersInSeveralBlocks) {
  const std::string source = kernel(R"(
  if (arguments.last_step == 1u) {
    if (block_index() == 0u) output(thread) = thread;
    return;
  }
  if (thread == 0u) output(64u + block_index()) = output(9);
  if (block_index() == 2u && thread == 0u) output(9) = 1u;
)");
  Session session(source);
  session.launch(1, 1);
  session.launch(2, 2);
  const Report report = session.failed(3, 2).front();
  EXPECT_EQ(report.kind, ReportKind::race);
  EXPECT_EQ(report.index, 9u);
  EXPECT_EQ(report.thread.block, 2u);
  EXPECT_EQ(report.other.block, 0u);
}

TEST(Simt, FindsOverruns) {
  const std::string shared = kernel(R"(
  SYNFIRE_SHARED(float, cells, 63);
  cells(thread) = 1.0f;  // overrun
)");
  const Report write = Session(shared).failed().front();
  EXPECT_EQ(write.kind, ReportKind::out_of_bounds);
  EXPECT_EQ(write.view, "cells");
  EXPECT_EQ(write.index, 63u);
  EXPECT_EQ(write.extent, 63u);
  EXPECT_EQ(write.file, "kernel.cu");
  EXPECT_EQ(write.thread, (Participant{0, 63, 0, line_with(shared, "// overrun"), true}));

  const Report read = Session(kernel("  output(thread) = static_cast<u32>(input(thread + 193u));\n")).failed().front();
  EXPECT_EQ(read.kind, ReportKind::out_of_bounds);
  EXPECT_EQ(read.view, "input");
  EXPECT_EQ(read.index, 256u);
  EXPECT_EQ(read.thread.thread, 63u);
}

TEST(Simt, TakesANegativeIndexForAnOverrun) {
  const Report report = Session(kernel("  output(static_cast<i32>(thread) - 1) = 1u;\n")).failed().front();
  EXPECT_EQ(report.kind, ReportKind::out_of_bounds);
  EXPECT_EQ(report.thread.thread, 0u);
}

TEST(Simt, BoundsViewsByTheirMemory) {
  const std::string source = kernel(R"(
  const GlobalView<const float> tail{static_cast<const float*>(arguments.buffers[0]) + 250, whole_buffer, "tail"};
  if (thread < 7u) output(thread) = static_cast<u32>(tail(thread));
)");
  Session session(source);
  const Report report = session.failed().front();
  EXPECT_EQ(report.kind, ReportKind::out_of_bounds);
  EXPECT_EQ(report.index, 6u);
  EXPECT_EQ(report.extent, 6u);
  EXPECT_EQ(session.output()[5], 255u);
}

TEST(Simt, FindsAccessThroughANullPointer) {
  const Report report = Session(kernel(R"(
  const GlobalView<float> absent{nullptr, 10, "absent"};
  if (thread == 1u) absent(0) = 1.0f;
)"))
                            .failed()
                            .front();
  EXPECT_EQ(report.kind, ReportKind::out_of_bounds);
  EXPECT_EQ(report.view, "absent");
  EXPECT_EQ(report.extent, 0u);
}

TEST(Simt, FindsReadsOfWhatWasNotWritten) {
  const std::string shared = kernel(R"(
  SYNFIRE_SHARED(u32, cells, 64);
  if (thread != 12u) cells(thread) = thread;
  output(thread) = cells(thread);  // read
)");
  const Report report = Session(shared).failed().front();
  EXPECT_EQ(report.kind, ReportKind::unwritten_read);
  EXPECT_EQ(report.view, "cells");
  EXPECT_EQ(report.index, 12u);
  EXPECT_EQ(report.thread, (Participant{0, 12, 0, line_with(shared, "// read"), false}));

  const Report global = Session(kernel("  if (thread == 1u) output(200) += 1u;\n")).failed().front();
  EXPECT_EQ(global.kind, ReportKind::unwritten_read);
  EXPECT_EQ(global.index, 200u);
}

TEST(Simt, ForgetsSharedMemoryBetweenBlocks) {
  const std::string source = kernel(R"(
  SYNFIRE_SHARED(u32, cell, 1);
  if (thread == 0u && block_index() == 0u) cell(0) = 1u;
  if (thread == 0u) output(block_index()) = cell(0);
)");
  Session session(source);
  session.launch(1);
  const Report report = session.failed(2).front();
  EXPECT_EQ(report.kind, ReportKind::unwritten_read);
  EXPECT_EQ(report.thread.block, 1u);
}

TEST(Simt, FindsABarrierThatSomeThreadsNeverReach) {
  const std::string source = kernel(R"(
  if (thread == 17u) return;
  block_barrier();  // wait
)");
  const Report report = Session(source).failed().front();
  EXPECT_EQ(report.kind, ReportKind::divergent_barrier);
  EXPECT_EQ(report.thread.line, line_with(source, "// wait"));
  EXPECT_EQ(report.other, (Participant{0, 17, 0, 0, false}));
}

TEST(Simt, FindsBarriersAtDifferentLines) {
  const std::string source = kernel(R"(
  if (thread < 32u) {
    block_barrier();  // low
  } else {
    block_barrier();  // high
  }
)");
  const Report report = Session(source).failed().front();
  EXPECT_EQ(report.kind, ReportKind::divergent_barrier);
  EXPECT_EQ(report.thread.line + report.other.line, line_with(source, "// low") + line_with(source, "// high"));
}

TEST(Simt, FindsBallotsThatSomeLanesMiss) {
  const std::string source = kernel("  if (thread != 35u) output(thread) = warp_ballot(true);  // vote\n");
  const Report report = Session(source).failed().front();
  EXPECT_EQ(report.kind, ReportKind::divergent_ballot);
  EXPECT_EQ(report.thread.line, line_with(source, "// vote"));
  EXPECT_EQ(report.other.thread, 35u);

  const Report barrier = Session(kernel(R"(
  if (thread % 32u < 16u) {
    block_barrier();
  } else {
    warp_ballot(true);
  }
)"))
                             .failed()
                             .front();
  EXPECT_EQ(barrier.kind, ReportKind::divergent_ballot);
}

// ---- Warp barriers

// Exchange within warps, without any block barrier.
const std::string warp_exchange = kernel(R"(
  SYNFIRE_SHARED(u32, cells, 64);
  cells(thread) = thread;
  warp_barrier();  // exchange
  const u32 sum = cells(thread ^ 1u) + cells(thread ^ 16u);
  warp_barrier();  // reuse
  output(thread ^ 3u) = sum;
  warp_barrier();  // global
  const u32 mine = output(thread);
  warp_barrier();  // overwrite
  output(thread ^ 5u) = mine;
)");

TEST(SimtWarpBarrier, OrdersTheThreadsOfAWarp) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    Session session(warp_exchange, 64, seed);
    session.launch();
    for (std::uint32_t thread = 0; thread < 64; ++thread) {
      const std::uint32_t origin = thread ^ 5u ^ 3u;
      EXPECT_EQ(session.output()[thread], (origin ^ 1u) + (origin ^ 16u)) << "seed " << seed;
    }
  }
}

TEST(SimtWarpBarrier, IsMissedWhereverItIsRemoved) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    Session session(warp_exchange, 64, seed);
    session.launch();
    ASSERT_EQ(session.device.barrier_sites().size(), 4u);
    EXPECT_EQ(session.device.barrier_sites()[1].line, line_with(warp_exchange, "// reuse"));
    for (const std::size_t barrier : {0u, 2u, 3u}) {
      session.device.skip_no_barrier();
      session.launch();
      session.device.skip_barrier(barrier);
      EXPECT_FALSE(session.failed().empty()) << barrier << ", seed " << seed;
      EXPECT_EQ(session.device.barrier_sites().size(), 4u);
    }
    session.device.skip_no_barrier();
    session.launch();
    session.device.skip_barrier(1);  // nothing is used again
    EXPECT_NO_THROW(session.launch());
  }
}

TEST(SimtWarpBarrier, DoesNotOrderWarps) {
  const std::string source = kernel(R"(
  SYNFIRE_SHARED(u32, cells, 64);
  cells(thread ^ 32u) = 0u;
  block_barrier();
  cells(thread) = thread;
  warp_barrier();
  output(thread) = cells(thread ^ 32u);
)");
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const Report report = Session(source, 64, seed).failed().front();
    EXPECT_EQ(report.kind, ReportKind::race);
    EXPECT_NE(report.thread.thread / 32, report.other.thread / 32);
  }
}

TEST(SimtWarpBarrier, DoesNotHideReadersOfItsEpochBehindOlderOnes) {
  const std::string source = kernel(R"(
  SYNFIRE_SHARED(u32, cell, 1);
  if (thread == 0u) cell(0) = 7u;
  block_barrier();
  u32 seen = 0u;
  if (thread == 3u) seen += cell(0);
  warp_barrier();
  if (thread == 4u) seen += cell(0);
  warp_ballot(true);  // orders nothing, but thread 4 comes first
  if (thread == 5u) {
    seen += cell(0);
    cell(0) = 1u;
  }
  output(thread) = seen;
)");
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const Report report = Session(source, 64, seed).failed().front();
    EXPECT_EQ(report.kind, ReportKind::race);
    EXPECT_EQ(report.thread.thread, 5u);
    EXPECT_EQ(report.other.thread, 4u);
  }
}

TEST(SimtWarpBarrier, CountsBlockBarriersAloneInReports) {
  const std::string source = kernel(R"(
  for (u32 i = 0; i < 5u; ++i) warp_barrier();
  block_barrier();
  block_barrier();
  warp_barrier();
  output(0) = thread;
)");
  const Report report = Session(source).failed().front();
  EXPECT_EQ(report.thread.epoch, 2u);
  EXPECT_EQ(report.other.epoch, 2u);
}

TEST(SimtWarpBarrier, ThatSomeLanesMissIsFound) {
  const std::string returned = kernel("  if (thread != 35u) warp_barrier();  // wait\n");
  const Report report = Session(returned).failed().front();
  EXPECT_EQ(report.kind, ReportKind::divergent_warp_barrier);
  EXPECT_EQ(report.thread.line, line_with(returned, "// wait"));
  EXPECT_EQ(report.other, (Participant{0, 35, 0, 0, false}));

  const std::string elsewhere = kernel(R"(
  if (thread % 2u == 0u) {
    warp_barrier();  // even
  } else {
    warp_barrier();  // odd
  }
)");
  const Report lines = Session(elsewhere).failed().front();
  EXPECT_EQ(lines.kind, ReportKind::divergent_warp_barrier);
  EXPECT_EQ(lines.thread.line + lines.other.line, line_with(elsewhere, "// even") + line_with(elsewhere, "// odd"));
}

TEST(SimtWarpBarrier, IsNoBallotAndNoBlockBarrier) {
  for (const std::string other : {"warp_ballot(true)", "block_barrier()"}) {
    const std::string source = kernel("  if (thread % 32u < 16u) warp_barrier(); else " + other + ";\n");
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const ReportKind kind = Session(source, 64, seed).failed().front().kind;
      EXPECT_TRUE(kind == ReportKind::divergent_warp_barrier || kind == ReportKind::divergent_ballot) << other;
    }
  }
}

TEST(SimtWarpBarrier, RunsPartialWarps) {
  Session session(kernel(R"(
  SYNFIRE_SHARED(u32, cells, 64);
  cells(thread) = thread;
  warp_barrier();
  output(thread) = cells(thread / 8u * 8u);
)"),
                  40);
  session.launch();
  EXPECT_EQ(session.output()[39], 32u);
}

// ---- The shadow against the known races of a random program

// Four rounds in which each thread may access one cell, separated by a block or warp barrier; or by a ballot, which
// switches threads but orders nothing.
const std::string rounds = kernel(R"(
  SYNFIRE_SHARED(u32, cell, 1);
  if (thread == 0u) cell(0) = 0u;
  block_barrier();
  u32 seen = 0u;
  for (u32 round = 0; round < 4u; ++round) {
    const float access = input(thread * 4u + round);
    if (access == 1.0f) seen += cell(0);
    if (access == 2.0f) cell(0) = thread;
    const u32 barrier = (arguments.last_step >> (3u * round)) & 7u;
    if (barrier == 1u) warp_barrier();
    if (barrier == 2u) block_barrier();
    if (barrier == 3u && warp_index() == 0u) warp_barrier();
    if (barrier == 4u) warp_ballot(true);
  }
  output(thread) = seen;
)");

struct RandomRounds {
  struct Use {
    std::uint32_t thread, round;
    bool write;
  };
  std::vector<Use> uses;
  std::uint32_t barriers[4] = {};

  explicit RandomRounds(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::uint32_t& barrier : barriers) barrier = static_cast<std::uint32_t>(random() % 5);
    for (std::uint64_t n = 2 + random() % 11; n > 0; --n) {
      // Few threads, so that some occur twice, often in the same warp.
      const auto warp = static_cast<std::uint32_t>(seed % 3 == 0 ? random() % 2 : seed % 3 - 1);
      const auto thread = static_cast<std::uint32_t>(random() % 3) + 32 * warp;
      uses.push_back({thread, static_cast<std::uint32_t>(random() % 4), random() % 8 == 0});
    }
  }

  std::vector<float> input() {
    std::vector<float> values(Session::count, 0.0f);
    for (const Use& use : uses) values[use.thread * 4 + use.round] = use.write ? 2.0f : 1.0f;
    std::erase_if(uses, [&](const Use& use) {  // overwritten by a later one
      return values[use.thread * 4 + use.round] != (use.write ? 2.0f : 1.0f);
    });
    return values;
  }

  std::uint32_t code() const { return barriers[0] | barriers[1] << 3 | barriers[2] << 6 | barriers[3] << 9; }

  bool ordered(const Use& a, const Use& b) const {
    for (std::uint32_t round = std::min(a.round, b.round); round < std::max(a.round, b.round); ++round) {
      if (barriers[round] == 2) return true;
      if (a.thread / 32 != b.thread / 32) continue;
      if (barriers[round] == 1 || (barriers[round] == 3 && a.thread < 32)) return true;
    }
    return false;
  }

  bool race() const {
    for (const Use& a : uses) {
      for (const Use& b : uses) {
        if (a.thread != b.thread && (a.write || b.write) && !ordered(a, b)) return true;
      }
    }
    return false;
  }
};

TEST(SimtShadow, FindsARaceExactlyWhereThereIsOne) {
  int races = 0;
  for (std::uint64_t seed = 0; seed < 8000; ++seed) {
    RandomRounds program(seed);
    static Session session(rounds);
    session.device.set_seed(seed);
    session.set_input(program.input());
    bool found = false;
    try {
      session.launch(1, program.code());
    } catch (const RunError&) {
      found = true;
    }
    ASSERT_EQ(found, program.race()) << "seed " << seed;
    races += found ? 1 : 0;
  }
  EXPECT_GT(races, 1500);
  EXPECT_LT(races, 6500);
}

// ---- The schedule `step`

// Each of four kernels mixes the step into a number per thread; the second of a step reads a value written by another
// block of the first.
const std::string staged = R"(#include "platform.cuh"
#include "trial_arguments.cuh"
#include "view.cuh"
using namespace synfire::device;

#define VIEWS                                                                                          \
  const GlobalView<u32> output{static_cast<u32*>(arguments.buffers[1]), 256, "output"};                \
  const GlobalView<const u32> base{static_cast<const u32*>(arguments.buffers[2]), 1, "base"};          \
  const u32 step = base(0) + relative_step;                                                            \
  const u32 row = grid_row() * 128u;

SYNFIRE_KERNEL(64) begin(const TrialArguments<3> arguments, u32 relative_step)
{
  VIEWS
  output(row + thread_index()) = 1000u + step;
  output(row + 64u + thread_index()) = 0u;
}
SYNFIRE_KERNEL(32) first(const TrialArguments<3> arguments, u32 relative_step)
{
  VIEWS
  const u32 thread = block_index() * 32u + thread_index();
  output(row + 64u + thread) = static_cast<u32>(output(row + thread)) * 3u + step;  // first
}
SYNFIRE_KERNEL(32) second(const TrialArguments<3> arguments, u32 relative_step)
{
  VIEWS
  const u32 thread = block_index() * 32u + thread_index();
  output(row + thread) = output(row + 64u + (thread ^ 32u));  // second
}
SYNFIRE_KERNEL(64) end(const TrialArguments<3> arguments, u32 relative_step)
{
  VIEWS
  output(row + thread_index()) += 100000u * step;
}
SYNFIRE_KERNEL(32) clashing(const TrialArguments<3> arguments, u32 relative_step)
{
  VIEWS
  if (thread_index() == 0u && block_index() == 0u) output(200u) = step + row;  // clash
}
)";

contract::Entry staged_entry() {
  contract::Entry entry;
  entry.before = {{"begin", 1, 64}};
  entry.step = {{"first", 2, 32}, {"second", 2, 32}};
  entry.after = {{"end", 1, 64}};
  return entry;
}

TEST(SimtSteps, RunsTheStagesInOrder) {
  for (const std::uint32_t steps : {0u, 1u, 3u, 4u, 10u}) {
    Session session(staged, staged_entry(), 1);
    session.launch(2, 7 + steps, 7);
    std::uint32_t expected = 1007;
    for (std::uint32_t step = 7; step < 7 + steps; ++step) expected = expected * 3 + step;
    expected += 100000 * (7 + steps);
    for (const std::uint32_t thread : {0u, 63u, 128u, 191u}) EXPECT_EQ(session.output()[thread], expected) << steps;
    EXPECT_EQ(session.device.launches(), 2 + 2 * steps);
    EXPECT_EQ(contract::kernels_per_step(staged_entry()), 2u);
  }
}

TEST(SimtSteps, FindsARaceOfTwoRowsInOneKernel) {
  contract::Entry entry = staged_entry();
  entry.step.push_back({"clashing", 2, 32});
  const Report report = Session(staged, entry, 1).failed(2, 5).front();
  EXPECT_EQ(report.kind, ReportKind::race);
  EXPECT_EQ(report.thread, (Participant{0, 0, 0, line_with(staged, "// clash"), true, 1}));
  EXPECT_EQ(report.other, (Participant{0, 0, 0, line_with(staged, "// clash"), true, 0}));
}

TEST(SimtSteps, FindsARaceOfBlocksThatOneKernelWouldHave) {
  std::string source = staged;
  const std::string second = "= output(row + 64u + (thread ^ 32u));";
  source.replace(source.find(second), second.size(), "= output(row + (thread ^ 32u));");
  const Report report = Session(source, staged_entry(), 1).failed(1, 2).front();
  EXPECT_EQ(report.kind, ReportKind::race);
  EXPECT_EQ(report.thread.line, line_with(source, "// second"));
  EXPECT_NE(report.thread.block, report.other.block);
}

TEST(SimtSteps, SaysWhichKernelIsMissing) {
  contract::Entry entry = staged_entry();
  entry.after.push_back({"absent", 1, 32});
  try {
    Session session(staged, entry, 1);
    FAIL();
  } catch (const BuildError& error) {
    EXPECT_EQ(error.problems().front().given, "absent");
  }
}

TEST(Simt, FindsViewsOfDifferentElementSizesOnOneBuffer) {
  const Report report = Session(kernel(R"(
  const GlobalView<u16> halves{static_cast<u16*>(arguments.buffers[1]), 10, "halves"};
  halves(0) = 1;
)"))
                            .failed()
                            .front();
  EXPECT_EQ(report.kind, ReportKind::mixed_elements);
  EXPECT_EQ(report.view, "halves");
}

TEST(Simt, KeepsTheFirstTenReports) {
  std::string body = "  if (thread != 0u) return;\n";
  for (int i = 0; i < 20; ++i) body += "  output(300) = 1u;\n";
  EXPECT_EQ(Session(kernel(body)).failed().size(), 10u);
}

TEST(Simt, StopsAKernelThatGoesOnForever) {
  EXPECT_EQ(Session(kernel("  for (u32 i = 0;; ++i) output(300u + i) = 1u;\n")).failed().size(), 1u);
}

TEST(Simt, ReportsProblemsOfARun) {
  const std::string source = kernel("  if (thread == 0u) output(300) = 1u;\n");
  Session session(source, 64, 99);
  try {
    session.launch();
    FAIL();
  } catch (const RunError& error) {
    const Problem& problem = error.problems().front();
    EXPECT_EQ(problem.kind, ProblemKind::run_failed);
    EXPECT_EQ(problem.path, "output[300]");
    EXPECT_EQ(problem.place.line, line_with(source, "output(300)"));
    EXPECT_NE(problem.hint.find("SYNFIRE_SIMT_SEED=99"), std::string::npos);
  }
}

TEST(Simt, GivesTheCompilersLog) {
  try {
    compile_for_simt("this is not a kernel;\n");
    FAIL();
  } catch (const BuildError& error) {
    EXPECT_EQ(error.problems().front().kind, ProblemKind::build_failed);
    EXPECT_NE(error.problems().front().message.find("kernel.cu:1"), std::string::npos);
  }
}

TEST(Simt, OpensByName) {
  register_simt_device();
  const std::unique_ptr<runtime::Device> device = runtime::open_device("simt");
  EXPECT_EQ(device->name(), "simt");
  EXPECT_NE(dynamic_cast<SimtDevice*>(device.get()), nullptr);
}

TEST(Simt, ChecksCopies) {
  SimtDevice device;
  char bytes[16] = {};
  void* const memory = device.allocate(8, "memory");
  EXPECT_THROW(device.copy_to_device(memory, bytes, 16), DeviceError);
  EXPECT_THROW(device.copy_to_host(bytes, memory, 16), DeviceError);
  device.fill_zero(memory, 8);
  device.copy_to_host(bytes, memory, 8);
  device.release(memory);
  EXPECT_THROW(device.fill_zero(memory, 8), DeviceError);
}

TEST(Simt, RefusesMoreMemoryThanThereIs) {
  SimtDevice device;
  try {
    device.allocate(~std::size_t{0} - 1000, "everything");
    FAIL();
  } catch (const DeviceError& error) {
    EXPECT_EQ(error.problems().front().kind, ProblemKind::out_of_memory);
    EXPECT_EQ(error.problems().front().path, "everything");
  }
}

}  // namespace
}  // namespace synfire::simt
