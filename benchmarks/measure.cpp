// SPDX-License-Identifier: Apache-2.0
#include "measure.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <memory>
#include <utility>

namespace synfire::benchmarks {
namespace {

constexpr int warm_up_passes = 2;
bool wrong_result = false;

double seconds_of(const std::function<void()>& pass) {
  const auto start = std::chrono::steady_clock::now();
  pass();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// On a busy machine the minimum is more informative than the mean.
double least(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }

// The current measurement; only one is held, since data and buffers are large.
Prepared& prepared(const std::string& name, const std::function<Prepared()>& prepare) {
  static std::string current;
  static std::unique_ptr<Prepared> held;
  if (held && current == name) return *held;
  held.reset();
  current = name;
  held = std::make_unique<Prepared>(prepare());
  for (int i = 0; i < warm_up_passes; ++i) held->pass();
  return *held;
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
  if (work.synaptic_operations == 0) return;
  state.counters["synaptic_ops_per_s"] = work.synaptic_operations / seconds_per_pass;
  state.counters["weight_bytes_per_s"] = work.synaptic_operations * sizeof(float) / seconds_per_pass;
}

void measure(benchmark::State& state, const std::string& name, const std::function<Prepared()>& prepare) {
  try {
    Prepared& measured = prepared(name, prepare);
    double seconds = 0;
    for ([[maybe_unused]] auto _ : state) {
      const double once = seconds_of(measured.pass);
      state.SetIterationTime(once);
      seconds += once;
    }
    if (measured.check) measured.check();
    report(state, measured, seconds / static_cast<double>(state.iterations()));
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
