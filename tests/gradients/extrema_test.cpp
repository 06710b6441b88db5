// SPDX-License-Identifier: Apache-2.0
// If an arrival ends a rise, the maximum is at the time of the arrival and moves with it.
#include <gtest/gtest.h>

#include <cmath>

#include "gradients/derived_gradients.hpp"
#include "gradients/program_gradients.hpp"
#include "synfire/codegen/gradcheck.hpp"
#include "synfire/models.hpp"

namespace synfire::testing {
namespace {

constexpr double dt = 0.02;

TrainingCase learning(const Network& network) {
  TrainingCase learned;
  learned.network = network;
  learned.options.dt = dt;
  learned.options.nominal_dt = 1.0;
  learned.options.timesteps = 800;
  learned.training.losses = {{2, MeanSquareError{}}};
  return learned;
}

// The second hidden neuron stops the rise that the first has started.
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
  return learning(network);
}

// Spikes kick the output itself: the maximum is just after the kick of the second neuron, or just before it if that
// kick opposes the rise that the first has started.
TrainingCase kicked(double second, const Neuron& last, const Readout& readout = "max_var") {
  Network network;
  const auto input = network.add(SpikeInput{}, 2, {.name = "input"});
  const auto hidden =
      network.add(LeakyIntegrateFire{.v_reset = 0.1, .tau_mem = 10.0, .relative_reset = false, .scale_i = true}, 2,
                  {.name = "hidden"});
  const auto output = network.add(last, 1, {.readout = readout, .name = "output"});
  network.connect(input, hidden, OneToOne{Tensor<float>({2}, {7.0F, 8.5F})},
                  {.synapse = Exponential{.tau = 4.0, .scale_i = true}, .name = "first"});
  network.connect(hidden, output, Dense{Tensor<float>({2, 1}, {2.0F, 0.1F})},
                  {.synapse = Exponential{.tau = 5.0, .scale_i = true}, .name = "last"});
  network.connect(hidden, output, Dense{Tensor<float>({2, 1}, {0.05F, static_cast<float>(second)})}, {.name = "kick"});
  return learning(network);
}

codegen::ExampleData two_spikes(const TrainingCase& learned, double first, double second) {
  codegen::ExampleData example;
  example.timesteps = learned.options.timesteps;
  example.spikes.resize(3);
  example.input.resize(3);
  for (const auto& [ms, neuron] : {std::pair(first, 0u), std::pair(second, 1u)})
    example.spikes[0].push_back({static_cast<std::uint32_t>(std::lround(ms / dt)), neuron, 1});
  example.targets.push_back({0, {0.0}});
  return example;
}

// Checks that the gradient with exact spike times (returned) is the derivative, and that the programs' gradient is
// close to it and to that of the grid. The distance to exact spike times falls with dt, which is short enough for 3 %.
DerivedGradients expect_exact(const TrainingCase& learned, const codegen::ExampleData& example) {
  const codegen::GradientCheck check =
      codegen::check_gradients(learned.network.resolve(), {.dt = dt,
                                                           .nominal_dt = learned.options.nominal_dt,
                                                           .timesteps = learned.options.timesteps,
                                                           .losses = learned.training.losses,
                                                           .examples = {example},
                                                           .entries_per_tensor = 0,
                                                           .on_grid = false});
  for (const codegen::CheckedEntry& entry : check.entries)
    EXPECT_TRUE(!entry.kink && entry.error <= 1)
        << entry.tensor << entry.index << ": " << entry.derived << ", difference " << entry.finite_difference;
  DerivedGradients exact = exact_gradients(learned, {example});
  for (const char* const device : {"host", "simt"}) {
    SCOPED_TRACE(device);
    const codegen::ProgramGradients program = program_gradients(learned, device, {example});
    const DerivedGradients grid = grid_gradients(learned, {example}, &program);
    for (const auto& [tensor, computed] : program.gradients) {
      EXPECT_LT(distance(computed, exact.tensors.at(tensor)), 0.03 * norm(exact.tensors.at(tensor))) << tensor;
      EXPECT_LT(distance(computed, grid.tensors.at(tensor)), 1e-4 * norm(grid.tensors.at(tensor))) << tensor;
    }
  }
  return exact;
}

TEST(Extrema, MoveWithTheArrivalsThatMakeThem) {
  const TrainingCase learned = stopped_rise();
  const DerivedGradients exact = expect_exact(learned, two_spikes(learned, 0.8, 2.4));
  EXPECT_LT(exact.tensors.at("first.weight")[1], -0.005) << "through the time of the arrival alone";
  EXPECT_EQ(exact.tensors.at("last.weight")[1], 0);
}

TEST(Extrema, MoveWithTheJumpsThatMakeThem) {
  const LeakyIntegrate leaky{.tau_mem = 15.0, .scale_i = true};
  for (const double kick : {8.0, -9.0}) {
    SCOPED_TRACE(kick);
    const TrainingCase learned = kicked(kick, leaky);
    const DerivedGradients exact = expect_exact(learned, two_spikes(learned, 0.8, 2.4));
    EXPECT_GT(std::abs(exact.tensors.at("first.weight")[1]), 1e-3) << "through the time of the arrival alone";
    EXPECT_EQ(exact.tensors.at("kick.weight")[1] == 0, kick < 0);
  }
}

// The kick lifts the output over its threshold.
TEST(Extrema, MoveWithTheSpikesThatAreSetOff) {
  const TrainingCase learned = kicked(9.0, LeakyIntegrateFire{.v_thresh = 0.9, .tau_mem = 15.0, .scale_i = true});
  const DerivedGradients exact = expect_exact(learned, two_spikes(learned, 0.8, 2.4));
  EXPECT_EQ(exact.triggered, 1u);
  EXPECT_GT(std::abs(exact.tensors.at("first.weight")[1]), 1e-3);
}

// The readout depends explicitly on time.
TEST(Extrema, OfWhatReadsTheTime) {
  const ReadoutModel peak{.name = "peak",
                          .parameters = {{"pace", 0.1}},
                          .state = {{"y", 0.0}},
                          .on_step = {"y = max(y, x * (1 + pace * t))"},
                          .value = "y"};
  const TrainingCase learned = kicked(9.0, LeakyIntegrate{.tau_mem = 15.0, .scale_i = true}, peak);
  expect_exact(learned, two_spikes(learned, 0.8, 2.4));
}

}  // namespace
}  // namespace synfire::testing
