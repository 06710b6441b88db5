// SPDX-License-Identifier: Apache-2.0
#include "ceilings.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <synfire/codegen/backend.hpp>
#include <synfire/runtime/device_buffer.hpp>
#include <vector>

#include "measure.hpp"

namespace synfire::benchmarks {
namespace {

// Each thread works on floats of its own. The header is a trial's, with other meanings: `load` is the task,
// `first_step` the number of rounds, `last_step` the floats of a thread.
const char* const ceilings_source = R"(#include "team.cuh"
#include "trial_arguments.cuh"

using namespace synfire::device;

#if defined(__AVX512F__)
enum : u32 { lanes = 16 };
#elif defined(__AVX__)
enum : u32 { lanes = 8 };
#else
enum : u32 { lanes = 4 };
#endif
typedef float Vector __attribute__((vector_size(lanes * sizeof(float))));
enum : u32 { sums = 8 };

static void forget() { __asm__ volatile("" ::: "memory"); }

static void copy(float* __restrict to, const float* __restrict from, u32 floats, u32 rounds) {
  for (u32 round = 0u; round < rounds; ++round) {
    for (u32 i = 0u; i < floats; ++i) to[i] = from[i];
    forget();
  }
}

// The sum of all floats, each round.
static void add(float* result, const float* from, u32 floats, u32 rounds) {
  const Vector* const vectors = reinterpret_cast<const Vector*>(from);
  Vector sum[sums] = {};
  for (u32 round = 0u; round < rounds; ++round) {
    for (u32 i = 0u; i < floats / lanes; i += sums) {
#pragma GCC unroll 8
      for (u32 k = 0u; k < sums; ++k) sum[k] += vectors[i + k];
    }
    forget();
  }
  float total = 0.0f;
  for (u32 k = 0u; k < sums; ++k) {
    for (u32 lane = 0u; lane < lanes; ++lane) total += sum[k][lane];
  }
  *result = total;
}

static void meet(float* result, void* team, u32 workers, u32 rounds) {
  for (u32 round = 0u; round < rounds; ++round) team_barrier(team, workers);
  *result = __atomic_load_n(static_cast<u32*>(team) + team_stride, __ATOMIC_ACQUIRE);
}

extern "C" void synfire_steps(const TrialArguments<2>* arguments, u32 worker, u32 workers, void*, void* team) {
  const u32 rounds = arguments->first_step, floats = arguments->last_step;
  const float* const from = static_cast<const float*>(arguments->buffers[0]) + static_cast<u64>(worker) * floats;
  float* const to = static_cast<float*>(arguments->buffers[1]) + static_cast<u64>(worker) * floats;
  if (arguments->load == 0u) copy(to, from, floats, rounds);
  if (arguments->load == 1u) add(to, from, floats, rounds);
  if (arguments->load == 2u) meet(to, team, workers, rounds);
}
)";

enum class Task : std::uint32_t { copy = 0, add = 1, meet = 2 };

struct Probe {
  const char* name;
  Task task;
  std::uint32_t floats;  // of a thread
  std::uint32_t rounds;
};

std::size_t cache_bytes(int level, std::size_t otherwise) {
  const long bytes = sysconf(level);
  return bytes > 0 ? static_cast<std::size_t>(bytes) : otherwise;
}

// Arrays of several times the last cache, which machines may share and misreport: at most 256 MiB in all.
std::uint32_t floats_in_memory(unsigned threads) {
  const std::size_t last = cache_bytes(_SC_LEVEL3_CACHE_SIZE, std::size_t{32} << 20);
  const std::size_t bytes = std::clamp(4 * last, std::size_t{64} << 20, std::size_t{128} << 20);
  return static_cast<std::uint32_t>(bytes / sizeof(float) / threads / 64 * 64);
}

std::uint32_t floats_in_l2() {
  return static_cast<std::uint32_t>(cache_bytes(_SC_LEVEL2_CACHE_SIZE, std::size_t{512} << 10) / 4 / sizeof(float) /
                                    64 * 64);
}

Probe memory_probe(unsigned threads) { return {"copy_memory", Task::copy, floats_in_memory(threads), 1}; }
Probe l2_probe() { return {"copy_l2", Task::copy, floats_in_l2(), 4000}; }
Probe add_probe() { return {"add", Task::add, 2048, 8000}; }
Probe barrier_probe() { return {"barrier", Task::meet, 64, 4000}; }

// A probe with its program, threads and arrays.
class Running {
 public:
  Running(const Probe& probe, unsigned threads)
      : probe_(probe),
        threads_(threads),
        device_(runtime::open_device("host", {.threads = threads})),
        floats_(std::size_t{probe.floats} * threads),
        from_(device_, floats_ * sizeof(float), "ones"),
        to_(device_, floats_ * sizeof(float), "results") {
    from_.copy_from(std::span<const float>(std::vector<float>(floats_, 1.0f)));
    entry_.parts = threads;
    const contract::Binary binary = codegen::find_backend("host").build(ceilings_source, {.architecture = "native"});
    program_ = device_->load(binary, entry_);
  }

  void run() {
    struct {
      contract::TrialHeader header{};
      std::array<void*, 2> buffers{};
    } arguments;
    arguments.header.load = static_cast<std::uint32_t>(probe_.task);
    arguments.header.first_step = probe_.rounds;
    arguments.header.last_step = probe_.floats;
    arguments.buffers = {from_.data(), to_.data()};
    device_->launch(*program_, entry_, std::as_bytes(std::span(&arguments, 1)), 1);
  }

  // Floats copied or added by all threads, or barriers.
  double work() const {
    const double rounds = probe_.rounds;
    return probe_.task == Task::meet ? rounds : rounds * probe_.floats * threads_;
  }

  // What every thread left in its part: the copy, the sum of its ones, or the barriers it met at.
  void check() const {
    const float expected = probe_.task == Task::copy ? 1.0f
                           : probe_.task == Task::add
                               ? static_cast<float>(probe_.rounds) * static_cast<float>(probe_.floats)
                               : static_cast<float>(probe_.rounds);
    const std::size_t stride = probe_.task == Task::copy ? 1 : probe_.floats;
    const std::span<const float> results(static_cast<const float*>(to_.data()), floats_);
    for (std::size_t i = 0; i < floats_; i += stride) {
      if (results[i] != expected) throw WrongResult(std::string("wrong result: the ceiling ") + probe_.name);
    }
  }

  double best_seconds(int repetitions) {
    double best = std::numeric_limits<double>::infinity();
    run();
    for (int i = 0; i < repetitions; ++i) {
      const auto start = std::chrono::steady_clock::now();
      run();
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    check();
    return best;
  }

 private:
  Probe probe_;
  unsigned threads_;
  std::shared_ptr<runtime::Device> device_;
  std::size_t floats_;
  runtime::DeviceBuffer from_, to_;
  contract::Entry entry_;
  std::unique_ptr<runtime::LoadedProgram> program_;
};

constexpr int repetitions = 10;

Prepared prepare(const Probe& probe, unsigned threads) {
  const auto running = std::make_shared<Running>(probe, threads);
  return {.pass = [=] { running->run(); },
          .check = [=] { running->check(); },
          .report =
              [=] {
                const double seconds = running->best_seconds(repetitions);
                const double rate = running->work() / seconds;
                if (probe.task == Task::meet) return std::map<std::string, double>{{"ns_per_barrier", 1e9 / rate}};
                if (probe.task == Task::add) return std::map<std::string, double>{{"adds_per_s", rate}};
                return std::map<std::string, double>{{"bytes_per_s", 2 * sizeof(float) * rate}};
              }};
}

}  // namespace

double add_ceiling(unsigned threads) {
  static std::map<unsigned, double> measured;
  double& adds = measured[threads];
  if (adds == 0) {
    Running running(add_probe(), threads);
    adds = running.work() / running.best_seconds(repetitions);
  }
  return adds;
}

void add_ceilings(const Options& options) {
  if (options.device != "host") return;
  for (const unsigned threads : thread_counts(options)) {
    for (const Probe& probe : {memory_probe(threads), l2_probe(), add_probe(), barrier_probe()}) {
      if (probe.task == Task::meet && threads == 1) continue;
      add_measurement(std::string("ceilings/") + probe.name + threads_suffix(options, threads),
                      [=] { return prepare(probe, threads); });
    }
  }
}

}  // namespace synfire::benchmarks
