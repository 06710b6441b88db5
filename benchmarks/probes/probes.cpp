// SPDX-License-Identifier: Apache-2.0
#include "probes.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <random>
#include <stdexcept>

namespace synfire::probes {
namespace {

constexpr std::size_t result_bytes = 64;

template <class Measure>
double median_of(int times, Measure&& measure) {
  std::vector<double> values(static_cast<std::size_t>(times));
  std::generate(values.begin(), values.end(), measure);
  std::nth_element(values.begin(), values.begin() + times / 2, values.end());
  return values[static_cast<std::size_t>(times / 2)];
}

std::uint32_t multiprocessors(const Gpu& gpu) {
  return static_cast<std::uint32_t>(gpu.properties().multiProcessorCount);
}

// A kernel's results, after a warm-up launch.
std::array<std::uint64_t, 3> results_of(Gpu& gpu, const std::string& kernel, const Launch& launch,
                                        Arguments arguments = {}) {
  const Memory results(gpu.stream(), result_bytes);
  arguments.buffers[0] = results.data();
  gpu.enqueue(kernel, launch, arguments);
  gpu.enqueue(kernel, launch, arguments);
  std::array<std::uint64_t, 3> values{};
  gpu.download(values.data(), results, sizeof values);
  return values;
}

double cycles_a_round(Gpu& gpu, const std::string& kernel, const Launch& launch, const Arguments& arguments = {}) {
  return static_cast<double>(results_of(gpu, kernel, launch, arguments)[0]) / launch.rounds;
}

// ---- Clocks

// The first launches wake up the GPU.
double gigahertz(Gpu& gpu, bool small) {
  const std::uint32_t rounds = small ? 100 : 5'000'000;
  std::array<std::uint64_t, 3> found{};
  for (int i = 0; i < (small ? 1 : 8); ++i) found = results_of(gpu, "clocks", {.rounds = rounds});
  if (found[1] == 0) throw std::runtime_error("the GPU's timer does not advance");
  return static_cast<double>(found[0]) / static_cast<double>(found[1]);
}

double number_of_multiprocessors(Gpu& gpu, bool /*small*/) { return multiprocessors(gpu); }

// ---- Launches

double launch(Gpu& gpu, bool small) {
  const int launches = small ? 10 : 2000;
  const auto all = [&] {
    for (int i = 0; i < launches; ++i) gpu.enqueue("nothing", {}, {});
  };
  all();
  return 1e6 * median_of(5, [&] { return gpu.seconds_of(all); }) / launches;
}

double launch_and_wait(Gpu& gpu, bool small) {
  return 1e6 * median_of(small ? 3 : 501, [&] { return gpu.seconds_of([&] { gpu.enqueue("nothing", {}, {}); }); });
}

double synchronize(Gpu& gpu, bool small) {
  const int times = small ? 10 : 2000;
  return 1e6 / times * gpu.seconds_of([&] {
    for (int i = 1; i < times; ++i) gpu.synchronize();
  });
}

double seconds_of_graph(Gpu& gpu, int nodes, int launches) {
  Graph graph(gpu, [&] {
    for (int i = 0; i < nodes; ++i) gpu.enqueue("nothing", {}, {});
  });
  const auto all = [&] {
    for (int i = 0; i < launches; ++i) graph.launch();
  };
  gpu.seconds_of(all);
  return median_of(5, [&] { return gpu.seconds_of(all); }) / launches;
}

// The cost of one more node.
double graph_node(Gpu& gpu, bool small) {
  const int few = 32, many = small ? 64 : 1056;
  return 1e6 * (seconds_of_graph(gpu, many, 1) - seconds_of_graph(gpu, few, 1)) / (many - few);
}

double graph_launch(Gpu& gpu, bool small) { return 1e6 * seconds_of_graph(gpu, 1, small ? 5 : 500); }

// Launched like programs of the schedule `step`.
double graph_of_32(Gpu& gpu, bool small) { return 1e6 * seconds_of_graph(gpu, 32, small ? 2 : 50) / 32; }

// ---- Barriers

double block_barrier(Gpu& gpu, bool small) {
  return cycles_a_round(gpu, "meet_in_block", {.rounds = small ? 16u : 4096u, .threads = 256});
}

double cluster_barrier(Gpu& gpu, bool small) {
  if (gpu.properties().major < 9) throw std::runtime_error("this GPU does not support clusters");
  const double cycles =
      cycles_a_round(gpu, "meet_in_cluster", {.rounds = small ? 16u : 4096u, .blocks = 2, .threads = 256});
  return 1e-3 * cycles / gigahertz(gpu, small);
}

double grid_barrier(Gpu& gpu, bool small) {
  const Launch launch{.rounds = small ? 16u : 2048u, .blocks = multiprocessors(gpu), .threads = 256};
  const Memory results(gpu.stream(), result_bytes), arrived(gpu.stream(), sizeof(std::uint32_t));
  Arguments arguments;
  arguments.header.examples = launch.blocks;
  arguments.buffers[0] = results.data();
  arguments.buffers[1] = arrived.data();
  std::array<std::uint64_t, 2> found{};
  for (int i = 0; i < 2; ++i) {
    gpu.clear(arrived, sizeof(std::uint32_t));
    gpu.enqueue("meet_in_grid", launch, arguments);
    gpu.download(found.data(), results, sizeof found);
  }
  if (found[1] != 0) throw std::runtime_error("blocks timed out waiting for each other: is the GPU shared?");
  return 1e-3 * static_cast<double>(found[0]) / launch.rounds;
}

// ---- Loads

// Addresses `stride` bytes apart, linked in random order into a ring: each holds the address of the next.
struct Ring {
  Memory memory;

  Ring(Gpu& gpu, std::size_t bytes, std::size_t stride) : memory(gpu.stream(), bytes) {
    std::vector<std::uint64_t> order(bytes / stride);
    std::iota(order.begin(), order.end(), 0);
    std::mt19937 random(1);
    std::shuffle(order.begin() + 1, order.end(), random);
    std::vector<std::uint64_t> words(bytes / sizeof(std::uint64_t));
    for (std::size_t i = 0; i < order.size(); ++i) {
      words[order[i] * stride / sizeof(std::uint64_t)] = memory.address() + order[(i + 1) % order.size()] * stride;
    }
    gpu.upload(memory, words.data(), bytes);
  }
};

double chase(Gpu& gpu, const std::string& kernel, const Ring& ring, std::uint32_t warm_up, std::uint32_t rounds) {
  Arguments arguments;
  arguments.header.load = warm_up;
  arguments.buffers[1] = ring.memory.data();
  return cycles_a_round(gpu, kernel, {.rounds = rounds}, arguments);
}

double l1_latency(Gpu& gpu, bool small) {
  const Ring ring(gpu, 16384, 32);
  return chase(gpu, "chase_l1", ring, 512, small ? 64 : 8192);
}

double l2_latency(Gpu& gpu, bool small) {
  const Ring ring(gpu, small ? 16384 : std::size_t{4} << 20, 128);
  return chase(gpu, "chase_l2", ring, small ? 128 : 32768, small ? 64 : 32768);
}

// Latency of lines never read before, after writing more other data than any L2 holds. Launched once: a second launch
// would hit the lines in L2.
double memory_latency(Gpu& gpu, bool small) {
  const std::size_t bytes = std::size_t{small ? 1u : 256u} << 20;
  const Ring ring(gpu, bytes, 256);
  const Memory other(gpu.stream(), bytes), results(gpu.stream(), result_bytes);
  Arguments arguments;
  arguments.buffers[0] = results.data();
  arguments.buffers[1] = ring.memory.data();
  const Launch launch{.rounds = small ? 64u : 16384u};
  gpu.enqueue("chase_l2", launch, arguments);
  std::uint64_t cycles = 0;
  gpu.download(&cycles, results, sizeof cycles);
  return static_cast<double>(cycles) / launch.rounds;
}

double shared_latency(Gpu& gpu, bool small) {
  return cycles_a_round(gpu, "chase_shared", {.rounds = small ? 64u : 8192u});
}

// ---- Atomic additions

double atomic_latency(Gpu& gpu, bool small) {
  const Memory number(gpu.stream(), sizeof(std::uint32_t));
  Arguments arguments;
  arguments.buffers[1] = number.data();
  return cycles_a_round(gpu, "add_in_turn", {.rounds = small ? 64u : 4096u}, arguments);
}

// Additions per nanosecond.
double atomics(Gpu& gpu, const std::string& kernel, std::uint32_t floats, std::uint32_t rounds) {
  const Memory values(gpu.stream(), floats * sizeof(float));
  Arguments arguments;
  arguments.header.last_step = floats - 1;
  arguments.buffers[1] = values.data();
  const Launch launch{.rounds = rounds, .blocks = 4 * multiprocessors(gpu), .threads = 256};
  gpu.enqueue(kernel, launch, arguments);
  const double seconds = median_of(3, [&] { return gpu.seconds_of([&] { gpu.enqueue(kernel, launch, arguments); }); });
  return 1e-9 * launch.rounds * launch.blocks * launch.threads / seconds;
}

double scattered_atomics(Gpu& gpu, bool small) {
  return atomics(gpu, "add_scattered", small ? 1u << 12 : 1u << 18, small ? 4 : 4096);
}

double atomics_to_one(Gpu& gpu, bool small) { return atomics(gpu, "add_to_one", 1, small ? 4 : 64); }

// ---- Memory

// Counts bytes read and written.
double bandwidth(Gpu& gpu, bool small) {
  const std::size_t bytes = std::size_t{small ? 64u : 512u << 10} << 10;
  const Memory to(gpu.stream(), bytes), from(gpu.stream(), bytes);
  Arguments arguments;
  arguments.header.examples = 8 * multiprocessors(gpu);
  arguments.header.last_step = static_cast<std::uint32_t>(bytes / 16);
  arguments.buffers[0] = to.data();
  arguments.buffers[1] = from.data();
  const Launch launch{.blocks = arguments.header.examples, .threads = 256};
  const int times = small ? 1 : 10;
  const auto all = [&] {
    for (int i = 0; i < times; ++i) gpu.enqueue("copy", launch, arguments);
  };
  all();
  return 1e-12 * 2 * times * static_cast<double>(bytes) / median_of(3, [&] { return gpu.seconds_of(all); });
}

// From unpinned memory, as the device `cuda` copies.
double upload(Gpu& gpu, bool small) {
  const std::size_t bytes = std::size_t{small ? 1u : 64u} << 20;
  const Memory to(gpu.stream(), bytes);
  const std::vector<std::byte> from(bytes, std::byte{1});
  return 1e-9 * static_cast<double>(bytes) /
         median_of(5, [&] { return gpu.seconds_of([&] { gpu.upload(to, from.data(), bytes); }); });
}

double small_download(Gpu& gpu, bool small) {
  const Memory from(gpu.stream(), result_bytes);
  std::uint32_t word = 0;
  return 1e6 *
         median_of(small ? 3 : 501, [&] { return gpu.seconds_of([&] { gpu.download(&word, from, sizeof word); }); });
}

}  // namespace

const std::vector<Probe>& all_probes() {
  static const std::vector<Probe> all{
      {"clock", "clock of a busy multiprocessor", "GHz", {1.7, 1.7}, gigahertz},
      {"multiprocessors", "multiprocessors", "", {132, 132}, number_of_multiprocessors},
      {"launch", "one of many launches in a stream", "µs", {2.2, 2.5}, launch},
      {"launch_and_wait", "a launch and the wait for it", "µs", {}, launch_and_wait},
      {"synchronize", "waiting for an idle stream", "µs", {}, synchronize},
      {"graph_node", "one more kernel in a graph", "µs", {1.3, 1.6}, graph_node},
      {"graph_of_32", "a kernel in a graph of 32, launched repeatedly", "µs", {}, graph_of_32},
      {"graph_launch", "a launch of a graph of one kernel", "µs", {}, graph_launch},
      {"grid_barrier", "a barrier of one block per multiprocessor", "µs", {1.3, 1.6}, grid_barrier},
      {"block_barrier", "a barrier of a block of 8 warps", "cycles", {25, 25}, block_barrier},
      {"cluster_barrier", "a barrier of a cluster of 2 blocks", "µs", {0.2, 0.2}, cluster_barrier},
      {"l1_latency", "a load from L1", "cycles", {}, l1_latency},
      {"l2_latency", "a load from L2", "cycles", {270, 270}, l2_latency},
      {"memory_latency", "a load from memory", "cycles", {}, memory_latency},
      {"shared_latency", "a read of shared memory by index", "cycles", {}, shared_latency},
      {"atomic_latency", "an atomic addition that returns the old value", "cycles", {}, atomic_latency},
      {"scattered_atomics", "atomic additions to rows of 1 MiB", "1/ns", {}, scattered_atomics},
      {"atomics_to_one", "atomic additions to one float", "1/ns", {}, atomics_to_one},
      {"bandwidth", "copying within GPU memory, bytes read and written", "TB/s", {3.35, 3.35}, bandwidth},
      {"upload", "copying to the GPU from unpinned memory", "GB/s", {}, upload},
      {"small_download", "copying 4 bytes from the GPU and waiting", "µs", {}, small_download},
  };
  return all;
}

}  // namespace synfire::probes
