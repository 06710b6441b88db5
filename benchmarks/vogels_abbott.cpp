// SPDX-License-Identifier: Apache-2.0
// One network of 4,000 neurons with sparse, recurrent connections (workload B10): Vogels and Abbott's balanced network with
// synapses that are currents.
#include <memory>
#include <synfire/synfire.hpp>

#include "measure.hpp"
#include "workloads.hpp"

namespace synfire::benchmarks {
namespace {

constexpr std::uint32_t steps = 10000;  // a second
constexpr double dt = 0.1;              // ms
constexpr std::uint32_t neurons = 4000;

// The same on every device, in both schedules, on any number of threads.
struct Recorded {
  std::uint64_t synapses = 0;
  std::uint64_t spikes = 0;
  std::uint64_t counts = 0;  // fingerprint of the spike counts of both populations
};
constexpr Recorded recorded{.synapses = 320063, .spikes = 22114, .counts = 125974858631849695};

NeuronModel cell() {
  return {.name = "cuba_cell",
          .parameters = {{"tau_m", 20.0}, {"e_l", -49.0}, {"v_threshold", -50.0}, {"v_reset", -60.0}},
          .state = {{"v", Uniform{-60.0, -50.0}}},
          .dynamics = {"dv/dt = (I - (v - e_l)) / tau_m"},
          .threshold = "v > v_threshold",
          .reset = {"v = v_reset"},
          .refractory = Refractory{.period = "5", .hold = {"v"}}};
}

struct VogelsAbbottNetwork {
  Network network;
  PopulationId excitatory, inhibitory;
};

VogelsAbbottNetwork make_network() {
  VogelsAbbottNetwork made;
  Network& network = made.network;
  made.excitatory = network.add(cell(), neurons * 4 / 5, {.readout = "spike_count", .name = "excitatory"});
  made.inhibitory = network.add(cell(), neurons / 5, {.readout = "spike_count", .name = "inhibitory"});
  for (const PopulationId target : {made.excitatory, made.inhibitory}) {
    network.connect(made.excitatory, target, FixedProbability{.p = 0.02, .weight = 1.62},
                    {.synapse = Exponential{.tau = 5.0, .scale_i = true}});
    network.connect(made.inhibitory, target, FixedProbability{.p = 0.02, .weight = -9.0},
                    {.synapse = Exponential{.tau = 10.0, .scale_i = true}});
  }
  return made;
}

// What the last pass gave.
struct Results {
  Tensor<float> excitatory, inhibitory;
  std::uint64_t spikes() const { return total(excitatory) + total(inhibitory); }
  std::uint64_t counts() const { return fingerprint(excitatory) ^ (fingerprint(inhibitory) << 1); }
};

std::uint64_t synapses_of(const contract::Manifest& manifest) {
  std::uint64_t synapses = 0;
  for (const contract::ConnectionInfo& connection : manifest.connections) synapses += connection.synapses;
  return synapses;
}

Prepared prepare(const Options& options, unsigned threads, const std::string& schedule) {
  const VogelsAbbottNetwork made = make_network();
  InferenceCompiler compiler{.timesteps = steps, .dt = dt, .seed = 1234, .device = options.device, .threads = threads};
  compiler.schedule = schedule;
  const auto model = std::make_shared<CompiledNetwork>(compiler.compile(made.network));
  const auto results = std::make_shared<Results>();
  const std::uint64_t synapses = synapses_of(model->manifest());
  const double passing = static_cast<double>(recorded.spikes) * static_cast<double>(recorded.synapses) / neurons;
  return {.pass =
              [=] {
                const Predictions predictions = model->predict(1);
                *results = {predictions[made.excitatory], predictions[made.inhibitory]};
              },
          .check =
              [=] {
                require_equal({{"synapses", recorded.synapses, synapses},
                               {"spikes", recorded.spikes, results->spikes()},
                               {"fingerprint of spike counts", recorded.counts, results->counts()}});
              },
          .work = {.examples = 1, .steps = steps, .synaptic_operations = passing},
          .also = {{"load_ms", model->load_milliseconds()},
                   {"rate_hz", static_cast<double>(recorded.spikes) / neurons / (steps * dt * 1e-3)},
                   {"launches_per_step", static_cast<double>(model->manifest().entry.step.size())}}};
}

}  // namespace

void add_vogels_abbott(const Options& options) {
  for (const unsigned threads : thread_counts(options)) {
    for (const char* schedule : {"trial", "step"}) {
      if (threads > 1 && std::string(schedule) == "trial") continue;  // one example has one thread
      add_measurement("run/vogels_abbott_4k/schedule:" + std::string(schedule) + threads_suffix(options, threads),
                      [=] { return prepare(options, threads, schedule); });
    }
  }
}

}  // namespace synfire::benchmarks
