// SPDX-License-Identifier: Apache-2.0
// Where an arrival ends a rise, the largest value is one at the time of the arrival and moves with it.
#include <gtest/gtest.h>

#include <cmath>

#include "synfire/models.hpp"
#include "training/derived_gradients.hpp"
#include "training/program_gradients.hpp"

namespace synfire::testing {
namespace {

constexpr double dt = 0.02;

// The second hidden neuron stops what the first has begun.
TrainingCase stopped_rise() {
  Network network;
  const auto input = network.add(SpikeInput{}, 2, {.name = "input"});
  const auto hidden =
      network.add(LeakyIntegrateFire{.v_reset = 0.1, .tau_mem = 10.0, .relative_reset = false, .scale_i = true}, 2,
                  {.name = "hidden"});
  const auto output =
      network.add(LeakyIntegrate{.tau_mem = 15.0, .scale_i = true}, 1, {.readout = "max_var", .name = "output"});
  const auto synapse = [](double tau) { return Exponential{.tau = tau, .scale_i = true}; };
  network.connect(input, hidden, OneToOne{Tensor<float>({2}, {7.0F, 8.5F})}, {.synapse = synapse(4), .name = "first"});
  network.connect(hidden, output, Dense{Tensor<float>({2, 1}, {2.0F, -9.0F})}, {.synapse = synapse(5), .name = "last"});
  network.connect(hidden, output, Dense{Tensor<float>({2, 1}, {0.7F, -2.0F})}, {.synapse = synapse(3), .name = "also"});
  TrainingCase learned;
  learned.network = network;
  learned.options.dt = dt;
  learned.options.nominal_dt = 1.0;
  learned.options.timesteps = 800;
  learned.training.losses = {{2, {.kind = codegen::LossKind::mean_square_error}}};
  return learned;
}

TEST(Extrema, MoveWithTheArrivalsThatMakeThem) {
  const TrainingCase learned = stopped_rise();
  codegen::ExampleData example;
  example.timesteps = learned.options.timesteps;
  example.spikes.resize(3);
  example.input.resize(3);
  for (const auto& [ms, neuron] : {std::pair(0.8, 0u), std::pair(2.4, 1u)})
    example.spikes[0].push_back({static_cast<std::uint32_t>(std::lround(ms / dt)), neuron, 1});
  example.targets.push_back({0, {0.0}});
  const DerivedGradients exact = exact_gradients(learned, {example});
  const codegen::ProgramGradients program = program_gradients(learned, "host", {example});
  const DerivedGradients grid = grid_gradients(learned, {example}, &program);
  EXPECT_LT(exact.weights.at("first.weight")[1], -0.005) << "through the time of the arrival alone";
  EXPECT_EQ(exact.weights.at("last.weight")[1], 0);
  for (const auto& [tensor, computed] : program.gradients) {
    EXPECT_LT(distance(computed, exact.weights.at(tensor)), 0.02 * norm(exact.weights.at(tensor))) << tensor;
    EXPECT_LT(distance(computed, grid.weights.at(tensor)), 1e-4 * norm(grid.weights.at(tensor))) << tensor;
  }
}

}  // namespace
}  // namespace synfire::testing
