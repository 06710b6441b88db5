// SPDX-License-Identifier: Apache-2.0
#include "measure.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <memory>
#include <utility>

#include "ceilings.hpp"
#include "memory.hpp"

namespace synfire::benchmarks {
namespace {

bool wrong_result = false;
std::shared_ptr<runtime::Device> watched;

double seconds_of(const std::function<void()>& pass) {
  const auto start = std::chrono::steady_clock::now();
  pass();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// On a busy machine the minimum is more informative than the mean.
double least(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }

struct Current {
  Prepared prepared;
  std::size_t free_before = 0;  // bytes of the watched device
};

void run_once(const Prepared& prepared) {
  if (prepared.before) prepared.before();
  prepared.pass();
}

// The current measurement; only one is held, since data and buffers are large.
Current& current(const std::string& name, const std::function<Prepared()>& prepare) {
  static std::string held_name;
  static std::unique_ptr<Current> held;
  if (held && held_name == name) return *held;
  held.reset();
  held_name = name;
  const std::size_t free_before = watched ? watched->free_bytes() : 0;
  held = std::make_unique<Current>(Current{prepare(), free_before});
  reset_host_peak();
  for (int i = 0; i < warm_up_passes; ++i) run_once(held->prepared);
  return *held;
}

// One more pass, whose launches are timed: events between launches would disturb the others.
void report_kernel_time(benchmark::State& state, const Prepared& measured) {
  if (measured.device == nullptr || !measured.device->time_kernels(true)) return;
  run_once(measured);
  if (const auto seconds = measured.device->kernel_seconds()) state.counters["kernel_ms"] = 1e3 * *seconds;
  measured.device->time_kernels(false);
}

void report_memory(benchmark::State& state, const Current& measured) {
  if (const auto peak = host_peak_bytes()) state.counters["host_peak_mib"] = mebibytes(*peak);
  if (measured.prepared.device_bytes) state.counters["device_peak_mib"] = mebibytes(measured.prepared.device_bytes());
  if (!watched) return;
  const std::size_t free = watched->free_bytes();
  state.counters["device_used_mib"] = free < measured.free_before ? mebibytes(measured.free_before - free) : 0;
}

void report(benchmark::State& state, const Prepared& measured, double seconds_per_pass) {
  for (const auto& [name, value] : measured.also) state.counters[name] = value;
  if (measured.report) {
    for (const auto& [name, value] : measured.report()) state.counters[name] = value;
  }
  const Work& work = measured.work;
  if (work.examples == 0) return;
  state.counters["us_per_example"] = 1e6 * seconds_per_pass / work.examples;
  if (work.steps == 0) return;
  state.counters["ns_per_example_step"] = 1e9 * seconds_per_pass / (work.examples * work.steps);
  const double operations = measured.synaptic_operations ? measured.synaptic_operations() : work.synaptic_operations;
  if (operations == 0) return;
  const double rate = operations / seconds_per_pass;
  state.counters["ns_per_synaptic_op"] = 1e9 / rate;
  state.counters["synaptic_ops_per_s"] = rate;
  state.counters["weight_bytes_per_s"] = rate * sizeof(float);
  if (measured.threads != 0) state.counters["of_add_ceiling"] = rate / add_ceiling(measured.threads);
}

void measure(benchmark::State& state, const std::string& name, const std::function<Prepared()>& prepare) {
  try {
    Current& held = current(name, prepare);
    const Prepared& measured = held.prepared;
    const auto launches = [&] { return measured.device != nullptr ? measured.device->launches() : 0; };
    const std::uint64_t launches_before = launches();
    double seconds = 0;
    for ([[maybe_unused]] auto _ : state) {
      if (measured.before) measured.before();
      const double once = seconds_of(measured.pass);
      state.SetIterationTime(once);
      seconds += once;
    }
    if (measured.check) measured.check();
    const auto passes = static_cast<double>(state.iterations());
    if (measured.device != nullptr)
      state.counters["launches"] = static_cast<double>(launches() - launches_before) / passes;
    report_memory(state, held);
    report_kernel_time(state, measured);
    report(state, measured, seconds / passes);
  } catch (const WrongResult& error) {
    wrong_result = true;
    state.SkipWithError(error.what());
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
  }
}

}  // namespace

void add_measurement(const std::string& name, std::function<Prepared()> prepare) {
  const auto body = [name, prepare = std::move(prepare)](benchmark::State& state) { measure(state, name, prepare); };
  benchmark::RegisterBenchmark(name.c_str(), body)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond)
      ->ComputeStatistics("min", least);
}

void watch_memory_of(std::shared_ptr<runtime::Device> device) { watched = std::move(device); }

bool any_wrong_result() { return wrong_result; }

void require_equal(const std::vector<Expectation>& expectations) {
  std::string text;
  for (const auto& [what, expected, given] : expectations) {
    if (expected == given) continue;
    text += (text.empty() ? "wrong result: " : ", ") + what + " " + std::to_string(given) + " instead of " +
            std::to_string(expected);
  }
  if (!text.empty()) throw WrongResult(text);
}

std::uint64_t fingerprint(const Tensor<float>& values) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const float value : values.values()) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) hash = (hash ^ ((bits >> shift) & 0xffu)) * 0x100000001b3;
  }
  return hash;
}

std::uint64_t total(const Tensor<float>& counts) {
  std::uint64_t sum = 0;
  for (const float count : counts.values()) sum += static_cast<std::uint64_t>(count);
  return sum;
}

}  // namespace synfire::benchmarks
