// SPDX-License-Identifier: Apache-2.0
// Small networks that learn, in which each two of the things that a network can have meet at least once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gradients/cases.hpp"
#include "gradients/covering_array.hpp"
#include "synfire/codegen/gradcheck.hpp"

namespace synfire::testing {

const std::vector<Factor>& network_factors();

// The covering array; the same at each call.
const std::vector<Combination>& network_combinations();
bool are_compatible(std::size_t factor, std::size_t level, std::size_t other, std::size_t other_level);

// "neuron alif, synapse alpha, …"
std::string to_string(const Combination& combination);

struct CoveringCase {
  TrainingCase learned;
  std::vector<codegen::ExampleData> examples;
};

// In place of the factor `dt`.
struct TimeStep {
  double dt = 1.0;       // ms
  double nominal = 0.0;  // ms; 0: dt
  std::uint32_t timesteps = 0;
};

// The network with weights that are `gain` times as large and drawn from the seed, and its examples.
CoveringCase covering_case(const Combination& combination, const TimeStep& time, double gain, std::uint64_t seed);
// What the factor `dt` says.
TimeStep time_step_of(const Combination& combination);

// A gain and the first seed from `seed` on with which every tensor has a gradient and neurons spike now and then. Throws
// std::logic_error where few seeds have none.
struct Liveliness {
  double gain = 1;
  std::uint64_t seed = 1;
};
Liveliness find_lively(const Combination& combination, const TimeStep& time, std::uint64_t seed = 1);

}  // namespace synfire::testing
