// SPDX-License-Identifier: Apache-2.0
// The measuring procedure: warm-up, individually timed passes, then the correctness gate. Figures of wrong results are
// not reported.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "synfire/runtime/device.hpp"
#include "synfire/tensor.hpp"

namespace synfire::benchmarks {

inline constexpr std::uint64_t common_seed = 1234;  // of all networks and data
inline constexpr int warm_up_passes = 2;

// Results differ from the recorded ones.
struct WrongResult : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Work of one pass; figures are per unit of it.
struct Work {
  double examples = 0;
  double steps = 0;                // per example
  double synaptic_operations = 0;  // of all examples: each spike that arrives adds one weight to each target
};

// A measurement ready to be timed. What it points to belongs to its functions.
struct Prepared {
  std::function<void()> pass;                                  // the timed part; synchronized when it returns
  std::function<void()> check = {};                            // throws WrongResult if the last pass gave wrong results
  Work work = {};                                              // no examples: only the time is reported
  std::map<std::string, double> also = {};                     // further figures to report
  std::function<std::map<std::string, double>()> report = {};  // the same, of the last pass
  std::function<void()> before = {};                           // before each pass, not timed
  std::function<double()> synaptic_operations = {};            // of the last pass, where `work` cannot know them
  runtime::Device* device = nullptr;                           // runs the passes: launches and kernel times are its own
  std::function<std::size_t()> device_bytes = {};              // that the program holds on the device
  unsigned threads = 0;  // of the host: operations are compared with the ceiling of as many; 0: with none
};

// Adds a measurement to Google Benchmark's list. `prepare` is called when the measurement starts, and again only if
// another measurement ran in between.
void add_measurement(const std::string& name, std::function<Prepared()> prepare);

// Reports the memory that each measurement takes on this device, which other programs may use too. Null: none.
void watch_memory_of(std::shared_ptr<runtime::Device> device);

// Whether any measurement had wrong results.
bool any_wrong_result();

// A number that a run must produce.
struct Expectation {
  std::string what;
  std::uint64_t expected = 0;
  std::uint64_t given = 0;
};

// Throws WrongResult listing all that differ.
void require_equal(const std::vector<Expectation>& expectations);

// A hash of all bits of all values (FNV-1a).
std::uint64_t fingerprint(const Tensor<float>& values);

// The sum of counts, which are whole numbers below 2^24.
std::uint64_t total(const Tensor<float>& counts);

}  // namespace synfire::benchmarks
