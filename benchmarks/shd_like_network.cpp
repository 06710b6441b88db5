// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <synfire/synfire.hpp>

#include "shd_data.hpp"
#include "workloads.hpp"

namespace synfire::benchmarks {

ShdLikeNetwork make_shd_like_network(const ShdLikeOptions& options) {
  const Exponential synapse{.tau = 5.0, .scale_i = true};
  const LeakyIntegrateFire neuron{.v_thresh = 1.0, .tau_mem = 20.0, .relative_reset = false, .scale_i = true};
  const auto counted = options.count_spikes ? std::optional<Readout>("spike_count") : std::nullopt;

  ShdLikeNetwork made;
  Network& network = made.network;
  made.input = network.add(SpikeInput{}, shd_channels, {.name = "input"});
  made.hidden = network.add(neuron, options.hidden, {.readout = counted, .name = "hidden"});
  made.output = network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, shd_classes,
                            {.readout = "avg_var_exp_weight", .name = "output"});
  const auto connect = [&](PopulationId source, PopulationId target, double mean, double sd, const char* name) {
    network.connect(source, target, Dense{Normal{.mean = mean, .sd = sd}}, {.synapse = synapse, .name = name});
  };
  connect(made.input, made.hidden, 0.03, 0.01, "input_hidden");
  connect(made.hidden, made.hidden, 0.0, 0.02, "recurrent");
  connect(made.hidden, made.output, 0.0, 0.03, "hidden_output");
  return made;
}

}  // namespace synfire::benchmarks
