// SPDX-License-Identifier: Apache-2.0
// A network with sparse, recurrent connections (workload B10): Vogels and Abbott's balanced network with current-based
// synapses, at its published size and with a hundred million synapses.
#include <memory>
#include <synfire/synfire.hpp>

#include "export.hpp"
#include "measure.hpp"
#include "memory.hpp"
#include "workloads.hpp"

namespace synfire::benchmarks {
namespace {

constexpr double dt = 0.1;  // ms

// Identical on every device, in both schedules, with any number of threads.
struct Recorded {
  std::uint64_t synapses = 0;
  std::uint64_t spikes = 0;
  std::uint64_t counts = 0;  // fingerprint of the spike counts of both populations
};

struct Size {
  const char* name;
  std::uint32_t neurons;
  double p;
  std::uint32_t steps;
  std::vector<std::string> schedules;
  Recorded recorded;
  // Fewer or more inputs per neuron, with weights scaled to the same mean current.
  double weight(double published) const { return published * 4000 / neurons * 0.02 / p; }
};

const std::vector<Size>& sizes() {
  static const std::vector<Size> all{
      {.name = "4k",
       .neurons = 4000,
       .p = 0.02,
       .steps = 10000,
       .schedules = {"trial", "step"},
       .recorded = {.synapses = 320063, .spikes = 22114, .counts = 125974858631849695}},
      {.name = "100k",
       .neurons = 100000,
       .p = 0.01,
       .steps = 1000,
       .schedules = {"step"},
       .recorded = {.synapses = 99998635, .spikes = 22539, .counts = 13808683927270906469u}},
  };
  return all;
}

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

VogelsAbbottNetwork make_network(const Size& size) {
  VogelsAbbottNetwork made;
  Network& network = made.network;
  made.excitatory = network.add(cell(), size.neurons / 5 * 4, {.readout = "spike_count", .name = "excitatory"});
  made.inhibitory = network.add(cell(), size.neurons / 5, {.readout = "spike_count", .name = "inhibitory"});
  for (const PopulationId target : {made.excitatory, made.inhibitory}) {
    network.connect(made.excitatory, target, FixedProbability{.p = size.p, .weight = size.weight(1.62)},
                    {.synapse = Exponential{.tau = 5.0, .scale_i = true}});
    network.connect(made.inhibitory, target, FixedProbability{.p = size.p, .weight = size.weight(-9.0)},
                    {.synapse = Exponential{.tau = 10.0, .scale_i = true}});
  }
  return made;
}

// Results of the last pass.
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

Prepared prepare(const Options& options, const Size& size, unsigned threads, const std::string& schedule) {
  const VogelsAbbottNetwork made = make_network(size);
  const Recorded& recorded = size.recorded;
  InferenceCompiler compiler{
      .timesteps = size.steps, .dt = dt, .seed = common_seed, .device = options.device, .threads = threads};
  compiler.schedule = schedule;
  const auto model = std::make_shared<CompiledNetwork>(compiler.compile(made.network));
  const auto results = std::make_shared<Results>();
  const std::uint64_t synapses = synapses_of(model->manifest());
  const double passing = static_cast<double>(recorded.spikes) * static_cast<double>(recorded.synapses) / size.neurons;
  return {.pass =
              [=] {
                const Predictions predictions = model->predict(1);
                *results = {predictions[made.excitatory], predictions[made.inhibitory]};
              },
          .check =
              [=, &recorded] {
                require_equal({{"synapses", recorded.synapses, synapses},
                               {"spikes", recorded.spikes, results->spikes()},
                               {"fingerprint of spike counts", recorded.counts, results->counts()}});
              },
          .work = {.examples = 1, .steps = static_cast<double>(size.steps), .synaptic_operations = passing},
          .also = {{"load_ms", model->load_milliseconds()},
                   {"rate_hz", static_cast<double>(recorded.spikes) / size.neurons / (size.steps * dt * 1e-3)},
                   {"launches_per_step", static_cast<double>(model->manifest().entry.step.size())}},
          .device = &model->device(),
          .device_bytes = [=] { return program_bytes(model->manifest(), model->device()); },
          .threads = threads};
}

}  // namespace

Exported vogels_abbott_4k() {
  const Size& size = sizes().front();
  return {.network = make_network(size).network, .steps = size.steps, .dt = dt, .seed = common_seed};
}

void add_vogels_abbott(const Options& options) {
  for (const Size& size : sizes()) {
    for (const unsigned threads : thread_counts(options)) {
      for (const std::string& schedule : size.schedules) {
        if (threads > 1 && schedule == "trial") continue;  // an example runs on one thread
        const std::string name = std::string("run/vogels_abbott_") + size.name + "/schedule:" + schedule;
        add_measurement(name + threads_suffix(options, threads),
                        [=, &size] { return prepare(options, size, threads, schedule); });
      }
    }
  }
}

}  // namespace synfire::benchmarks
