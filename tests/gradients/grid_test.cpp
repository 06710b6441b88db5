// SPDX-License-Identifier: Apache-2.0
// Gradients of programs against the derived adjoint on the same grid, evaluated in double by the interpreter.
#include <gtest/gtest.h>

#include "gradients/cases.hpp"
#include "gradients/program_gradients.hpp"
#include "support/devices.hpp"

namespace synfire::testing {
namespace {

class OnTheGrid : public ::testing::TestWithParam<std::string> {};

TEST_P(OnTheGrid, ProgramsHaveTheDerivedGradient) {
  const TrainingCase& learned = training_case(GetParam()).learned;
  codegen::GradientCheckOptions options = check_options(learned);
  options.entries_per_tensor = 1;
  const ir::Network network = learned.network.resolve();
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    options.examples.push_back(draw_example(network, options, seed));
    options.examples.back().timesteps -= static_cast<std::uint32_t>(seed);
  }
  std::size_t triggered = 0;
  options.program = [&](const std::vector<codegen::ExampleData>& examples) {
    return program_gradients(learned, "host", examples, [&](TrainingRun& run) {
      for (const contract::EventCounts& counts : run.training().counts) {
        const auto words = run.words(counts.buffer);
        for (std::size_t i = 0; i < words.size(); ++i) {
          const std::size_t row = i / counts.neurons % contract::event_rows;
          if (row == 0) triggered += words[i];
          EXPECT_TRUE(row != 2 || words[i] == 0) << counts.population << " is not finite";
        }
      }
    });
  };
  const codegen::GradientCheck check = check_gradients(network, options);
  EXPECT_GT(check.tensors.size(), 0u);
  for (const codegen::CheckedTensor& tensor : check.tensors) {
    EXPECT_GT(tensor.norm, 0) << tensor.name;
    ASSERT_TRUE(tensor.program_error) << tensor.name;
    EXPECT_LT(*tensor.program_error, 1e-4) << tensor.name << ", norm " << tensor.norm;
  }
  EXPECT_TRUE(triggered > 0 || GetParam() != "triggered");
}

std::vector<std::string> grid_cases() {
  std::vector<std::string> all;
  for (const NamedCase& each : training_cases()) {
    if (each.learned.training.surrogates.empty()) all.push_back(each.name);  // else: surrogate_test.cpp
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Cases, OnTheGrid, ::testing::ValuesIn(grid_cases()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace synfire::testing
