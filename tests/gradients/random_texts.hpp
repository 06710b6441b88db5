// SPDX-License-Identifier: Apache-2.0
// Small trainable networks of models with random texts: several statements and intermediates, conditionals, kinks, and
// resets, thresholds and readouts that read any variable.
#pragma once

#include <cstdint>
#include <vector>

#include "gradients/cases.hpp"
#include "property/random_network.hpp"
#include "synfire/codegen/gradcheck.hpp"

namespace synfire::testing {

using property::Case;

// Inputs of given spikes, neurons driven by them, an output with a readout; a few neurons each. Deterministic in the
// number. dt etc. are drawn from `settings`: networks with equal settings can be compiled together. All names begin
// with the number.
Case random_texts(std::uint32_t number, std::uint32_t settings);

// Networks of the same settings side by side in one; each behaves and learns as it does alone.
Case side_by_side(const std::vector<Case>& cases);

// A square-error loss for each readout.
TrainingCase training_case_of(const Case& given);
// Its trains, and targets drawn from its number.
std::vector<codegen::ExampleData> examples_of(const Case& given);

}  // namespace synfire::testing
