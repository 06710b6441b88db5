// SPDX-License-Identifier: Apache-2.0
// A program that learns as codegen::check_gradients asks for it: spikes of all populations, and gradients by tensor.
#pragma once

#include <string>
#include <vector>

#include "gradients/training_run.hpp"
#include "synfire/codegen/gradcheck.hpp"

namespace synfire::testing {

// What the program of `learned` finds on `device` for the examples. `finished` sees the run before it ends.
codegen::ProgramGradients program_gradients(TrainingCase learned, const std::string& device,
                                            const std::vector<codegen::ExampleData>& examples,
                                            const std::function<void(TrainingRun&)>& finished = {});

// The options that check the same network.
codegen::GradientCheckOptions check_options(const TrainingCase& learned);

}  // namespace synfire::testing
