// SPDX-License-Identifier: Apache-2.0
// Gradients against those measured on the reference system (mlGeNN 2.3.1, GeNN 5.4.0), times the factors that it omits:
// 1 / tau_mem for all losses of voltages, a further 1 / T for sums. That system's adjoint runs a step behind its
// forward pass, ours is the transpose of the computed steps (tests/train/finite_difference_test.cpp): at a step of 1
// ms, gradients of the last layer differ by about a tenth. Before spiking layers its event terms are those of one end
// of the step, ours those of the change within it: there the two differ by up to a third.
#include <gtest/gtest.h>

#include <cmath>

#include "gradients/training_run.hpp"
#include "synfire/models.hpp"

namespace synfire::testing {
namespace {

constexpr double tau_mem = 20;

TrainingCase reference_case(const std::string& readout, double delay = 0) {
  TrainingCase learned;
  Network& network = learned.network;
  const auto input = network.add(SpikeInput{}, 2, {.name = "input"});
  const auto hidden = network.add(
      LeakyIntegrateFire{
          .tau_mem = tau_mem, .relative_reset = false, .integrate_during_refrac = false, .scale_i = true},
      2, {.name = "hidden"});
  const auto output =
      network.add(LeakyIntegrate{.tau_mem = tau_mem, .scale_i = true}, 2, {.readout = readout, .name = "output"});
  const Exponential synapse{.tau = 5.0, .scale_i = true};
  network.connect(input, hidden, Dense{{{1.6, 2.0}, {1.8, 1.1}}, delay}, {.synapse = synapse, .name = "first"});
  network.connect(hidden, output, Dense{{{0.8, -0.4}, {-0.3, 0.9}}}, {.synapse = synapse, .name = "second"});
  learned.options.timesteps = 20;
  learned.training.losses = {{2, {}}};
  return learned;
}

const Spikes input_spikes{{1, 0}, {2, 1}, {4, 0}, {6, 1}, {7, 1}};

void expect_near(const std::vector<float>& actual, const std::vector<double>& reference, double scale, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(actual.size(), reference.size());
  for (std::size_t i = 0; i < actual.size(); ++i)
    EXPECT_NEAR(static_cast<double>(actual[i]), scale * reference[i], tolerance * std::abs(scale * reference[i]))
        << what << ", entry " << i;
}

struct Reference {
  std::string readout;
  double delay;
  double scale;
  std::vector<double> first, second;
};

class ReferenceGradients : public ::testing::TestWithParam<Reference> {};

TEST_P(ReferenceGradients, AreThoseOfTheReferenceUpToAStep) {
  const Reference& reference = GetParam();
  TrainingRun run(reference_case(reference.readout, reference.delay), "host");
  run.set_spikes("input", {input_spikes});
  run.set_words(run.training().outputs[0].labels, {0});
  run.train();
  expect_near(run.gradient("second"), reference.second, reference.scale, 0.15, "second");
  if (reference.readout == "max_var") return;  // the first layer's gradient is a difference of nearly equal numbers
  expect_near(run.gradient("first"), reference.first, reference.scale, 0.35, "first");
}

INSTANTIATE_TEST_SUITE_P(Readouts, ReferenceGradients,
                         ::testing::Values(Reference{"avg_var",
                                                     0,
                                                     tau_mem,
                                                     {-3.963762e-4, 8.004080e-4, -3.863874e-4, 9.143325e-4},
                                                     {-1.470485e-3, 1.470485e-3, -1.274701e-3, 1.274701e-3}},
                                           Reference{"avg_var_exp_weight",
                                                     0,
                                                     tau_mem,
                                                     {-2.082974e-4, 3.998176e-4, -2.030483e-4, 4.567249e-4},
                                                     {-6.517128e-4, 6.517128e-4, -5.512682e-4, 5.512682e-4}},
                                           Reference{"sum_var",
                                                     0,
                                                     20 * tau_mem,
                                                     {-3.604374e-4, 7.278366e-4, -3.513544e-4, 8.314318e-4},
                                                     {-1.337158e-3, 1.337158e-3, -1.159125e-3, 1.159125e-3}},
                                           Reference{"max_var",
                                                     0,
                                                     20 * tau_mem,
                                                     {-3.298704e-6, 1.757930e-5, -3.215577e-6, 2.008141e-5},
                                                     {-1.960338e-4, 1.960338e-4, -1.931231e-4, 1.931231e-4}},
                                           Reference{"avg_var",
                                                     3,
                                                     tau_mem,
                                                     {-3.853881e-4, 7.450542e-4, -3.756763e-4, 8.511002e-4},
                                                     {-8.871759e-4, 8.871764e-4, -7.007113e-4, 7.007118e-4}}),
                         [](const auto& test) {
                           return test.param.readout + (test.param.delay != 0 ? "_delayed" : "");
                         });

}  // namespace
}  // namespace synfire::testing
