// SPDX-License-Identifier: Apache-2.0
// Small networks that learn, of models whose texts are of random make: several statements and intermediates, choices, kinks,
// resets, thresholds and readouts that read whatever there is.
#pragma once

#include <cstdint>
#include <vector>

#include "gradients/cases.hpp"
#include "property/random_network.hpp"
#include "synfire/codegen/gradcheck.hpp"

namespace synfire::testing {

using property::Case;

// Inputs of given spikes, neurons that they drive, an output with a readout; a few neurons each. The same from the same number.
// dt and the like are drawn from `settings`, so that networks with the same can be compiled together. All names begin with the
// number.
Case random_texts(std::uint32_t number, std::uint32_t settings);

// Networks of the same settings side by side as one, in which each does and learns what it does alone.
Case side_by_side(const std::vector<Case>& cases);

// A square error of each readout.
TrainingCase training_case_of(const Case& given);
// Its trains, and targets drawn from its number.
std::vector<codegen::ExampleData> examples_of(const Case& given);

}  // namespace synfire::testing
