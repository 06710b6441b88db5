// SPDX-License-Identifier: Apache-2.0
// The derived adjoint of trained values, on the grid and with exact spike times, without differences of the loss.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gradients/cases.hpp"
#include "synfire/codegen/gradcheck.hpp"

namespace synfire::testing {

struct DerivedGradients {
  std::map<std::string, std::vector<double>> tensors;  // of each trained value: mean over the examples
  std::vector<std::vector<std::uint32_t>> spikes;      // by simulated population and neuron; over all examples
  std::size_t triggered = 0, near_tangent = 0;
  double loss = 0;  // mean over the examples
};

// On the grid, with a program's spikes, or with those of the interpreter itself.
DerivedGradients grid_gradients(const TrainingCase& learned, const std::vector<codegen::ExampleData>& examples,
                                const codegen::ProgramGradients* program = nullptr);

// With exact spike times.
DerivedGradients exact_gradients(const TrainingCase& learned, const std::vector<codegen::ExampleData>& examples);

double norm(const std::vector<double>& values);
// ‖a − b‖; both have the same size.
double distance(const std::vector<double>& a, const std::vector<double>& b);

// A test: on the first device each tensor of the program is within 1e-4 of its norm, which is not 0, of grid mode on
// the program's own spikes; on the others its bits are the same.
void expect_gradients_of_the_grid(const TrainingCase& learned, const std::vector<codegen::ExampleData>& examples);

}  // namespace synfire::testing
