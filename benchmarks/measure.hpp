// SPDX-License-Identifier: Apache-2.0
// How everything is measured: warm-up, then passes that are timed one by one, then the correctness gate. A
// figure whose results are wrong is not reported.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "synfire/tensor.hpp"

namespace synfire::benchmarks {

// Results are not what they must be.
struct WrongResult : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What one pass does; figures are per unit of it.
struct Work {
  double examples = 0;
  double steps = 0;                // of an example
  double synaptic_operations = 0;  // of all examples: each spike that arrives adds one weight to each target
};

// A measurement ready to be timed.
struct Prepared {
  std::function<void()> pass;               // what is timed: synchronised when it returns
  std::function<void()> check = {};         // throws WrongResult when the last pass gave wrong results
  Work work = {};                           // no examples: only the time is reported
  std::map<std::string, double> also = {};  // further figures to report
  std::function<std::map<std::string, double>()> report = {};  // the same, of the last pass
};

// Adds a measurement to Google Benchmark's list. `prepare` is called when its turn comes, and again only if
// another measurement came between.
void add_measurement(const std::string& name, std::function<Prepared()> prepare);

// Whether some measurement had wrong results.
bool any_wrong_result();

// A number that a run must give.
struct Expectation {
  std::string what;
  std::uint64_t expected = 0;
  std::uint64_t given = 0;
};

// Throws WrongResult with all that differ.
void require_equal(const std::vector<Expectation>& expectations);

// A number that changes when any bit of any value does (FNV-1a).
std::uint64_t fingerprint(const Tensor<float>& values);

// The sum of counts, which are whole numbers below 2^24.
std::uint64_t total(const Tensor<float>& counts);

}  // namespace synfire::benchmarks
