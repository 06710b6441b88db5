// SPDX-License-Identifier: Apache-2.0
#include "gradients/derived_gradients.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <optional>

#include "gradients/program_gradients.hpp"
#include "reference/grid.hpp"
#include "support/devices.hpp"

namespace synfire::testing {
namespace {

using namespace codegen::reference;

ReferenceOptions options_of(const TrainingCase& learned) {
  const codegen::CompileOptions& options = learned.options;
  return {.dt = options.dt,
          .nominal_dt = options.nominal_dt,
          .timesteps = options.timesteps,
          .seed = options.seed,
          .losses = learned.training.losses,
          .surrogates = learned.training.surrogates,
          .rates = learned.training.rates};
}

DerivedGradients nothing(const auto& network) {
  DerivedGradients result;
  for (std::size_t p = 0; p < network.populations.size(); ++p)
    result.spikes.emplace_back(network.populations[p] ? network.neurons_of(p) : 0);
  return result;
}

void add_tensors(const auto& network, const Values& gradient, double share, DerivedGradients& to) {
  for (const TensorInfo& tensor : network.tensors) {
    if (!tensor.trainable) continue;
    std::vector<double>& sum = to.tensors[tensor.name];
    sum.resize(tensor.size);
    for (std::size_t i = 0; i < tensor.size; ++i) sum[i] += share * gradient_of(gradient, tensor, i);
  }
}

}  // namespace

DerivedGradients grid_gradients(const TrainingCase& learned, const std::vector<codegen::ExampleData>& examples,
                                const codegen::ProgramGradients* program) {
  const GridNetwork network = compile_grid(learned.network.resolve(), options_of(learned));
  DerivedGradients result = nothing(network);
  for (std::size_t e = 0; e < examples.size(); ++e) {
    codegen::ExampleData example = examples[e];
    if (program) example.spikes = program->spikes[e];  // including populations without an adjoint
    GridTrial trial(network, network.drawn.values, example, program ? &program->spikes[e] : nullptr);
    const GridOutcome outcome = trial.run_forward();
    for (std::size_t p = 0; p < result.spikes.size(); ++p) {
      if (!network.populations[p]) continue;
      for (const codegen::GivenSpike& spike : outcome.spikes[p]) ++result.spikes[p][spike.neuron];
    }
    result.loss += outcome.loss / static_cast<double>(examples.size());
    add_tensors(network, trial.run_backward(), 1 / static_cast<double>(examples.size()), result);
    result.triggered += trial.triggered();
    result.near_tangent += trial.near_tangent();
  }
  return result;
}

namespace {

void expect_near(const codegen::ProgramGradients& program, const DerivedGradients& grid) {
  EXPECT_EQ(program.gradients.size(), grid.tensors.size());
  double largest = 0;
  for (const auto& [tensor, derived] : grid.tensors) largest = std::max(largest, norm(derived));
  for (const auto& [tensor, derived] : grid.tensors) {
    const std::vector<double>& computed = program.gradients.at(tensor);
    ASSERT_EQ(computed.size(), derived.size()) << tensor;
    // A loss may not depend on a parameter, or almost not; what remains of its gradient are rounding errors.
    const bool is_weight = tensor.ends_with(".weight");
    const double floor = is_weight ? 0 : 0.1 * largest;
    const double error = distance(computed, derived) / (norm(derived) + floor);
    std::printf("%s: norm %.3g, error %.2g\n", tensor.c_str(), norm(derived), error);
    EXPECT_TRUE(norm(derived) > 0 || !is_weight) << tensor;
    EXPECT_LE(error, 1e-4) << tensor << ", norm " << norm(derived);
  }
}

}  // namespace

void expect_gradients_of_the_grid(const TrainingCase& learned, const std::vector<codegen::ExampleData>& examples) {
  // Optimization changes no bit and would dominate the run time.
  setenv("SYNFIRE_CXXFLAGS", "-O0", 0);
  std::optional<codegen::ProgramGradients> first;
  for (const std::string& device : devices()) {
    SCOPED_TRACE(device);
    const codegen::ProgramGradients program = program_gradients(learned, device, examples);
    if (first) {
      EXPECT_EQ(program.gradients, first->gradients) << "bits differ from those of " << devices().front();
      continue;
    }
    first = program;
    expect_near(program, grid_gradients(learned, examples, &program));
  }
}

DerivedGradients exact_gradients(const TrainingCase& learned, const std::vector<codegen::ExampleData>& examples) {
  const CompiledNetwork network = compile_reference(learned.network.resolve(), options_of(learned));
  DerivedGradients result = nothing(network);
  for (const codegen::ExampleData& example : examples) {
    Trial trial(network, network.drawn.values, example);
    const Outcome outcome = trial.run_forward();
    for (std::size_t p = 0; p < result.spikes.size(); ++p) {
      if (!network.populations[p]) continue;
      for (const std::uint32_t neuron : outcome.spike_neurons[p]) ++result.spikes[p][neuron];
    }
    result.loss += outcome.loss / static_cast<double>(examples.size());
    add_tensors(network, trial.run_backward(), 1 / static_cast<double>(examples.size()), result);
    result.triggered += std::accumulate(outcome.triggered.begin(), outcome.triggered.end(), std::size_t{0});
    result.near_tangent += trial.near_tangent();
  }
  return result;
}

double norm(const std::vector<double>& values) {
  return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

}  // namespace synfire::testing
