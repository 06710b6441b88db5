// SPDX-License-Identifier: Apache-2.0
// The balanced network of Vogels and Abbott with current-based synapses (CUBA): irregular activity at about 5.5 Hz
// without external drive. docs/validation.md compares it with Brian2.
#include "balanced_network.hpp"
#include "simulation.hpp"

namespace {

using namespace synfire;

Network build(double) {
  const NeuronModel cell{
      .name = "cuba_cell",
      .parameters =
          {{"tau_m", 20.0}, {"e_l", -49.0}, {"v_threshold", -50.0}, {"v_reset", -60.0}, {"tau_refractory", 5.0}},
      .state = {{"v", Uniform{-60.0, -50.0}}},
      .dynamics = {"dv/dt = (I - (v - e_l)) / tau_m"},
      .threshold = "v > v_threshold",
      .reset = {"v = v_reset"},
      .refractory = Refractory{.period = "tau_refractory", .hold = {"v"}},
  };
  // scale_i: the neuron receives the mean of the decaying current over the step.
  return examples::balanced_network(cell, {Exponential{.tau = 5.0, .scale_i = true}, 1.62},
                                    {Exponential{.tau = 10.0, .scale_i = true}, -9.0});
}

}  // namespace

int main(int argc, char** argv) {
  return synfire::examples::run_example(
      argc, argv, {.name = "vogels_abbott", .title = "Vogels and Abbott, CUBA, 4000 neurons", .build = build});
}
