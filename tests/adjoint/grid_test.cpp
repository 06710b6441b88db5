// SPDX-License-Identifier: Apache-2.0
// Grid mode: for fixed spikes it is the exact derivative of the discrete steps; with spikes shared between two steps,
// that of the shared program; as dt decreases it converges to the adjoint with exact spike times.
#include "reference/grid.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "adjoint/networks.hpp"
#include "adjoint/shared_lif.hpp"
#include "synfire/models.hpp"

namespace synfire::codegen::reference {
namespace {

// Difference quotient of the loss in one entry, with all spikes fixed.
double difference(const GridNetwork& network, const Example& example,
                  const std::vector<std::vector<GivenSpike>>& trains, const TensorInfo& tensor, std::size_t entry) {
  Values values = network.drawn.values;
  const double at = value_of(values, tensor, entry);
  const double step = 1e-5 * std::max(std::abs(at), 0.1);
  double loss[2];
  for (const int side : {0, 1}) {
    set_value(values, tensor, entry, side == 0 ? at - step : at + step);
    loss[side] = GridTrial(network, values, example, &trains).run_forward().loss;
  }
  return (loss[1] - loss[0]) / (2 * step);
}

// For fixed spikes the gradient is just the transpose of the steps.
TEST(Grid, TransposesTheStep) {
  std::size_t checked = 0;
  for (const std::string& synapse : test::synapse_names()) {
    for (const char* readout : {"avg_var_exp_weight", "max_var", "var"}) {
      const test::Case which{
          "lif absolute", synapse, "delayed", {readout, SparseCategoricalCrossentropy{.temperature = 0.5}}, 5};
      const ir::Network resolved = test::network_of(which);
      const GradientCheckOptions options = test::options_of(which);
      const GridNetwork network =
          compile_grid(resolved, {.timesteps = options.timesteps, .seed = options.seed, .losses = options.losses});
      const Example example = draw_example(resolved, options, options.seed);
      GridTrial trial(network, network.drawn.values, example);
      const GridOutcome outcome = trial.run_forward();
      EXPECT_GT(outcome.spikes[1].size(), 3u);
      const Values gradient = trial.run_backward(false);
      for (const TensorInfo& tensor : network.tensors) {
        if (tensor.id.kind == TensorId::Kind::delay) continue;
        for (std::size_t e = 0; e < std::min<std::size_t>(tensor.size, 3); ++e, ++checked)
          EXPECT_NEAR(gradient_of(gradient, tensor, e), difference(network, example, outcome.spikes, tensor, e), 1e-7)
              << test::to_string(which) << ": " << tensor.name << e;
      }
    }
  }
  EXPECT_GT(checked, 100u);
}

// Gradients of the program whose spikes are shared between two steps, against its own differences.
TEST(Grid, DifferentiatesSpikesBetweenTwoSteps) {
  using Cause = test::SharedLif::Cause;
  std::size_t spikes = 0, rests = 0, of_spikes = 0, of_taken_up = 0, of_jumps = 0;
  for (const test::SharedOptions& options : test::shared_options()) {
    for (std::uint32_t seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE(test::to_string(options) + ", seed " + std::to_string(seed));
      test::SharedLif shared(options, seed);
      const GridNetwork network = compile_grid(shared.network(), shared.reference_options());
      const Example example = shared.example();
      const Values values = shared.values(network);
      GridTrial trial(network, values, example);
      const GridOutcome outcome = trial.run_forward();
      EXPECT_NEAR(outcome.loss, shared.record(), 1e-12 * std::max(1.0, outcome.loss));
      ASSERT_EQ(outcome.spikes[1], shared.spikes());
      spikes += outcome.spikes[1].size();
      rests += shared.ended_rests();
      of_spikes += shared.count(Cause::spike);
      of_taken_up += shared.count(Cause::taken_up);
      of_jumps += shared.count(Cause::jump);
      const Values gradient = trial.run_backward();
      EXPECT_EQ(trial.triggered(), shared.triggered());
      for (std::size_t i = 0; i < shared.entries(); ++i)
        EXPECT_NEAR(shared.entry_of(network, gradient, i), shared.difference(i), 3e-8 * std::max(1.0, outcome.loss))
            << shared.name_of(i);
    }
  }
  EXPECT_GT(spikes, 100u);
  for (const std::size_t each : {rests, of_spikes, of_taken_up, of_jumps}) EXPECT_GT(each, 10u);
}

// Whether the gradient without a term differs from that of the shared program, for some network at the usual dt of 1.
bool is_missed(GridTerm term) {
  for (const test::SharedOptions& options : test::shared_options()) {
    if (options.dt != 1) continue;
    for (std::uint32_t seed = 1; seed <= 4; ++seed) {
      test::SharedLif shared(options, seed);
      const GridNetwork network = compile_grid(shared.network(), shared.reference_options());
      const Example example = shared.example();
      const Values values = shared.values(network);
      GridTrial trial(network, values, example);
      trial.leave_out(term);
      const double loss = trial.run_forward().loss;
      shared.record();
      const Values gradient = trial.run_backward();
      for (std::size_t i = 0; i < shared.entries(); ++i) {
        const double off = std::abs(shared.entry_of(network, gradient, i) - shared.difference(i));
        if (off > 1e-3 * std::max(1.0, loss)) return true;
      }
    }
  }
  return false;
}

// The terms of extrema are covered by tests/gradients/extrema_test.cpp.
TEST(Grid, NeedsEachTerm) {
  for (int term = 0; term < static_cast<int>(GridTerm::turned_extremum); ++term)
    EXPECT_TRUE(is_missed(static_cast<GridTerm>(term))) << "term " << term << " of GridTerm";
}

// A program matches a gradient of 0 if it deviates only by rounding.
TEST(Grid, ProgramsAreGivenAFloor) {
  Network described;
  const auto input = described.add(SpikeInput{}, 3, {.name = "input"});
  const auto hidden = described.add(LeakyIntegrateFire{.scale_i = true}, 2, {.name = "hidden"});
  const auto output = described.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
  const Exponential synapse{.scale_i = true};
  described.connect(input, hidden, Dense{4.0}, {.synapse = synapse, .name = "in"});
  described.connect(hidden, output, Dense{0.0}, {.synapse = synapse, .name = "out"});
  const ir::Network network = described.resolve();
  GradientCheckOptions options{.timesteps = 40, .losses = {{2, {}}}, .entries_per_tensor = 1};
  const GridNetwork steps = compile_grid(network, {.timesteps = 40, .losses = options.losses});
  for (const double rounding : {1e-8, 1e-5}) {
    options.program = [&](const std::vector<ExampleData>& examples) {
      ProgramGradients found;
      found.spikes.push_back(GridTrial(steps, steps.drawn.values, examples[0]).run_forward().spikes);
      found.gradients["in.weight"] = {rounding};
      return found;
    };
    const GradientCheck check = check_gradients(network, options);
    EXPECT_GT(check.grid_spikes, 0u);
    ASSERT_EQ(check.tensors[0].name, "in.weight");
    EXPECT_EQ(check.tensors[0].norm, 0);
    ASSERT_TRUE(check.tensors[0].program_error);
    EXPECT_EQ(*check.tensors[0].program_error <= 1e-4, rounding < 1e-6) << to_string(check);
  }
}

// Spike times in ms and the nominal step stay fixed.
TEST(Grid, TendsToExactSpikeTimes) {
  for (const char* neuron : {"lif held", "alif", "lif flowing", "quadratic"}) {
    const test::Case which{
        neuron, "exponential", "recurrent", {"avg_var", SparseCategoricalCrossentropy{.temperature = 0.5}}, 9};
    const ir::Network network = test::network_of(which);
    GradientCheckOptions options = test::options_of(which);
    const ExampleData coarse = draw_example(network, options, 4);
    std::vector<double> errors;
    for (const unsigned parts : {5u, 40u}) {
      options.dt = 1.0 / parts;
      options.nominal_dt = 1.0;
      options.timesteps = 30 * parts;
      options.entries_in_all = 1;
      options.on_grid = true;
      ExampleData fine = coarse;
      fine.timesteps = 0;
      for (auto& train : fine.spikes) {
        for (GivenSpike& each : train) each.step *= parts;
      }
      options.examples = {fine};
      const GradientCheck check = check_gradients(network, options);
      double square = 0, total = 0;
      for (const CheckedTensor& each : check.tensors) {
        if (each.name.find("weight") == std::string::npos) continue;
        square += each.to_exact * each.to_exact * each.norm * each.norm;
        total += each.norm * each.norm;
      }
      errors.push_back(std::sqrt(square / total));
    }
    EXPECT_LT(errors[1], 0.2) << neuron << ", at 0.2 ms " << errors[0];
    EXPECT_LT(errors[1], errors[0] / 3) << neuron;
  }
}

}  // namespace
}  // namespace synfire::codegen::reference
