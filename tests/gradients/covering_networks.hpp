// SPDX-License-Identifier: Apache-2.0
// Small trainable networks that cover every pair of network features.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gradients/cases.hpp"
#include "gradients/covering_array.hpp"
#include "synfire/codegen/gradcheck.hpp"

namespace synfire::testing {

const std::vector<Factor>& network_factors();

// The covering array; deterministic.
const std::vector<Combination>& network_combinations();
bool are_compatible(std::size_t factor, std::size_t level, std::size_t other, std::size_t other_level);

// "neuron alif, synapse alpha, …"
std::string to_string(const Combination& combination);

struct CoveringCase {
  TrainingCase learned;
  std::vector<codegen::ExampleData> examples;
};

// Replaces the factor `dt`.
struct TimeStep {
  double dt = 1.0;       // ms
  double nominal = 0.0;  // ms; 0: dt
  std::uint32_t timesteps = 0;
};

// The network with weights drawn from the seed and scaled by `gain`, and its examples.
CoveringCase covering_case(const Combination& combination, const TimeStep& time, double gain, std::uint64_t seed);
// The time step of the factor `dt`.
TimeStep time_step_of(const Combination& combination);

// A gain and the first seed, from `seed` on, for which every tensor has a gradient and neurons spike occasionally.
// Throws std::logic_error if several seeds have none.
struct Liveliness {
  double gain = 1;
  std::uint64_t seed = 1;
};
Liveliness find_lively(const Combination& combination, const TimeStep& time, std::uint64_t seed = 1);

}  // namespace synfire::testing
