// SPDX-License-Identifier: Apache-2.0
// The balanced network of Vogels and Abbott with conductance-based synapses (COBA): the effect of a spike depends on
// how far the membrane is from the synapse's reversal potential. docs/validation.md compares it with Brian2.
#include "balanced_network.hpp"
#include "simulation.hpp"

namespace {

using namespace synfire;

Network build(double) {
  const NeuronModel cell{
      .name = "coba_cell",
      .parameters =
          {{"tau_m", 20.0}, {"e_l", -60.0}, {"v_threshold", -50.0}, {"v_reset", -60.0}, {"tau_refractory", 5.0}},
      .state = {{"v", Normal{-65.0, 5.0}}},
      .dynamics = {"dv/dt = (e_l - v + I) / tau_m"},
      .threshold = "v > v_threshold",
      .reset = {"v = v_reset"},
      .refractory = Refractory{.period = "tau_refractory", .hold = {"v"}},
  };
  // g is in units of the leak conductance; `v` is the target neuron's.
  const SynapseModel conductance{
      .name = "conductance",
      .parameters = {{"tau", 5.0}, {"reversal", 0.0}},
      .state = {{"g", 0.0}},
      .dynamics = {"dg/dt = -g / tau"},
      .on_spike = {"g += weight"},
      .current = "step_mean(g) * (reversal - v)",
  };
  return examples::balanced_network(
      cell, {conductance.with({{"tau", 5.0}, {"reversal", 0.0}, {"g", Normal{4.0, 1.5}}}), 0.6},
      {conductance.with({{"tau", 10.0}, {"reversal", -80.0}, {"g", Normal{20.0, 12.0}}}), 6.7});
}

}  // namespace

int main(int argc, char** argv) {
  return synfire::examples::run_example(
      argc, argv,
      {.name = "coba", .title = "Vogels and Abbott, COBA, 4000 neurons", .raster_milliseconds = 200, .build = build});
}
