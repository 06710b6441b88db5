// SPDX-License-Identifier: Apache-2.0
// Small networks that learn, one feature of the backward pass each, with random data.
#pragma once

#include <string>
#include <vector>

#include "training/training_run.hpp"

namespace synfire::testing {

struct NamedCase {
  std::string name;
  TrainingCase learned;
};

const std::vector<NamedCase>& training_cases();
const NamedCase& training_case(const std::string& name);

// Fills what a case takes: spikes, values, labels and targets, and steps of different length, drawn from `seed`.
void give_data(TrainingRun& run, std::uint32_t seed);

}  // namespace synfire::testing
