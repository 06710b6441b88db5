// SPDX-License-Identifier: Apache-2.0
// A training program as required by codegen::check_gradients: spikes of all populations, and gradients by tensor.
#pragma once

#include <string>
#include <vector>

#include "gradients/training_run.hpp"
#include "synfire/codegen/gradcheck.hpp"

namespace synfire::testing {

// Results of the program of `learned` on `device` for the examples. `finished` is called with the run before it ends.
codegen::ProgramGradients program_gradients(TrainingCase learned, const std::string& device,
                                            const std::vector<codegen::ExampleData>& examples,
                                            const std::function<void(TrainingRun&)>& finished = {});

// The options that check the same network.
codegen::GradientCheckOptions check_options(const TrainingCase& learned);

}  // namespace synfire::testing
