// SPDX-License-Identifier: Apache-2.0
// Compiled networks against the reference simulator, to the last bit.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "property/random_network.hpp"
#include "reference_simulator/simulator.hpp"

namespace synfire::testing::property {

// Device and schedule of a run.
struct Setting {
  std::string device = "host";
  std::string schedule = "trial";  // or "step"
};

std::vector<reference::ExampleResult> run_reference(const Case& given);

// Runs the case and describes the first difference from `expected`: example, step, population, neuron, variable. Empty
// if there is none.
std::optional<std::string> first_difference(const Case& given, const Setting& setting,
                                            const std::vector<reference::ExampleResult>& expected);
// The same from the reference simulator; a failure to compile or run is a difference too.
std::optional<std::string> difference(const Case& given, const Setting& setting);

// A smaller case for which `fails` still holds.
Case shrink(Case given, const std::function<bool(const Case&)>& fails);

// Empty if the case agrees with the reference; else a full report, of a smaller case if possible.
std::optional<std::string> report(const Case& given, const Setting& setting);

}  // namespace synfire::testing::property
