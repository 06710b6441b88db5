// SPDX-License-Identifier: Apache-2.0
#include "reference_simulator/simulator.hpp"

#include <algorithm>
#include <cmath>

#include "reference_simulator/population.hpp"
#include "reference_simulator/wiring.hpp"

namespace synfire::testing::reference {
namespace {

// What neurons send in a step, ascending: (neuron, the sign of its spike, or its graded value).
using Sent = std::vector<std::pair<std::uint32_t, float>>;

double parameter(const NeuronModel& model, const std::string& name, double otherwise) {
  for (const Parameter& each : model.parameters) {
    if (each.name == name) return each.value.number();
  }
  return otherwise;
}

// The first step n with n·dt ≥ time; a time that exceeds n·dt by no more than a few roundings counts as n·dt.
double due_step(float time, double dt) {
  const double later = std::ceil(static_cast<double>(time) / dt);
  return later > 0 && time - (later - 1) * dt < time * 0x1p-22 ? later - 1 : later;
}

// The spikes of one example, by step: spikes of a neuron due in the same step queue, one per step.
std::vector<Sent> given_spikes(const SpikeTrains& trains, std::size_t example, double dt, std::uint32_t steps) {
  std::vector<double> next(trains.neurons());  // the first step in which the neuron is free
  std::vector<Sent> result(steps);
  for (std::size_t i = trains.offsets()[example]; i < trains.offsets()[example + 1]; ++i) {
    const std::uint32_t neuron = trains.spike_neurons()[i];
    const double step = std::max(due_step(trains.spike_times()[i], dt), next[neuron]);
    next[neuron] = step + 1;
    if (step < steps) result[static_cast<std::size_t>(step)].emplace_back(neuron, 1.0F);
  }
  for (Sent& spikes : result) std::sort(spikes.begin(), spikes.end());
  return result;
}

class Simulation {
 public:
  Simulation(const ir::Network& network, const std::vector<Input>& inputs, const Options& options)
      : network_(network), options_(options), inputs_(network.populations.size()) {
    for (const Input& input : inputs) inputs_[input.population] = input;
    std::vector<Drive> driven(network.populations.size());
    for (const ir::Connection& connection : network.connections) {
      synapses_.emplace_back(network, connection, options);
      const Drive drive = synapses_.back().drive();
      Drive& all = driven[connection.target];
      all = {all.held || drive.held, all.arriving || drive.arriving};
      wiring_.push_back(wire(network, connection, options.seed, options.dt));
    }
    for (std::size_t p = 0; p < network.populations.size(); ++p)
      populations_.emplace_back(network.populations[p], options, driven[p]);
    history_.resize(network.populations.size());
    find_order();
  }

  std::vector<ExampleResult> run() {
    std::vector<ExampleResult> results;
    std::vector<Place> places(options_.batch_size);
    for (std::size_t e = 0; e < options_.examples; ++e) {
      Place& place = places[e % options_.batch_size];
      begin(place);
      results.push_back(run_example(e));
      end(place);
    }
    return results;
  }

 private:
  // Each population after those from which spikes reach it in the same step.
  void find_order() {
    std::vector<bool> done(populations_.size());
    while (order_.size() < populations_.size()) {
      for (std::size_t p = 0; p < populations_.size(); ++p) {
        const bool waits = std::any_of(network_.connections.begin(), network_.connections.end(), [&](const auto& each) {
          return each.latency == 0 && each.target == p && !done[each.source];
        });
        if (done[p] || waits) continue;
        order_.push_back(p);
        done[p] = true;
      }
    }
  }

  // The state that one place of the batch carries from one example to the next.
  struct Place {
    bool used = false;
    std::vector<std::vector<std::vector<float>>> neurons, synapses;
    std::vector<std::vector<std::uint32_t>> refractory;
    std::vector<std::vector<Sent>> history;
  };

  void begin(const Place& place) {
    for (std::size_t p = 0; p < populations_.size(); ++p) {
      NeuronPopulation& population = populations_[p];
      population.model().reset();
      population.refractory().assign(population.size(), 0);
      if (population.readout() != nullptr) population.readout()->model().reset();
      history_[p].clear();
      if (!place.used) continue;
      if (options_.carry_neurons) population.model().load(place.neurons[p]);
      if (options_.carry_neurons) population.refractory() = place.refractory[p];
      if (options_.carry_spikes) history_[p] = place.history[p];
    }
    for (std::size_t c = 0; c < synapses_.size(); ++c) {
      synapses_[c].model().reset();
      if (place.used && options_.carry_synapses) synapses_[c].model().load(place.synapses[c]);
    }
  }

  void end(Place& place) {
    place = {};
    place.used = true;
    place.history = history_;
    for (NeuronPopulation& population : populations_) {
      place.neurons.push_back(population.model().save());
      place.refractory.push_back(population.refractory());
    }
    for (SynapsePopulation& synapses : synapses_) place.synapses.push_back(synapses.model().save());
  }

  // A time is a number of steps times dt, in single precision.
  Quantity time(std::uint32_t steps) const {
    return runtime(static_cast<float>(steps) * static_cast<float>(options_.dt));
  }

  ExampleResult run_example(std::size_t example) {
    const std::uint32_t steps =
        options_.example_timesteps.empty() ? options_.timesteps : options_.example_timesteps[example];
    ExampleResult result;
    result.spikes.resize(populations_.size());
    given_.assign(populations_.size(), {});
    for (std::size_t p = 0; p < populations_.size(); ++p) {
      if (inputs_[p].spikes != nullptr) given_[p] = given_spikes(*inputs_[p].spikes, example, options_.dt, steps);
    }
    for (std::uint32_t step = 0; step < steps; ++step) {
      run_step({static_cast<std::uint32_t>(example), step, time(step), time(steps)}, result);
    }
    read_out(time(steps), result);
    return result;
  }

  void run_step(const NeuronPopulation::Moment& moment, ExampleResult& result) {
    std::vector<Sent>& sent = sent_;
    sent.assign(populations_.size(), {});
    for (const std::size_t p : order_) {
      NeuronPopulation& population = populations_[p];
      if (population.parsed().replays_spikes) {
        if (!given_[p].empty()) sent[p] = given_[p][moment.step];
      } else if (population.parsed().is_graded()) {
        for (std::uint32_t i = 0; i < population.size(); ++i)
          sent[p].emplace_back(i, population.value(i, moment, input(p, i, moment)));
        continue;
      } else {
        const std::vector<Currents> current = currents(p, moment.t);
        for (std::uint32_t i = 0; i < population.size(); ++i) {
          const StepResult done = population.step(i, moment, input(p, i, moment), current[i]);
          if (done.spiked) sent[p].emplace_back(i, done.negative ? -1.0F : 1.0F);
        }
      }
      for (const auto& [neuron, sign] : sent[p]) result.spikes[p].push_back({moment.step, neuron, sign < 0});
    }
    for (std::size_t p = 0; p < populations_.size(); ++p) history_[p].push_back(std::move(sent[p]));
    record(result);
  }

  // The values presented to a neuron: frame by frame, the last one until the end.
  float input(std::size_t population, std::uint32_t neuron, const NeuronPopulation::Moment& moment) const {
    const Tensor<float>* values = inputs_[population].values;
    if (values == nullptr) return 0.0F;
    const NeuronModel& model = network_.populations[population].neuron;
    const auto frames = static_cast<std::size_t>(parameter(model, "input_frames", 1));
    const auto frame_steps = static_cast<std::size_t>(parameter(model, "input_frame_timesteps", 1));
    const std::size_t frame = std::min(moment.step / frame_steps, frames - 1);
    return (*values)[(moment.example * frames + frame) * populations_[population].size() + neuron];
  }

  // The summed currents of all connections, in their order.
  std::vector<Currents> currents(std::size_t population, const Quantity& t) {
    std::vector<Currents> total(populations_[population].size());
    const auto add = [](Quantity& to, const Quantity& current, bool is_first) {
      to = runtime(is_first ? current.single() : to.single() + current.single());
    };
    Drive driven;
    for (std::size_t c = 0; c < synapses_.size(); ++c) {
      if (network_.connections[c].target != population) continue;
      const Drive drive = synapses_[c].drive();
      const std::vector<float> arriving = arrivals(c);
      for (std::size_t i = 0; i < total.size(); ++i) {
        const Currents given = synapses_[c].step(i, arriving[i], t, populations_[population].model()[i]);
        if (drive.held) add(total[i].held, given.held, !driven.held);
        if (drive.arriving) add(total[i].arriving, given.arriving, !driven.arriving);
      }
      driven = {driven.held || drive.held, driven.arriving || drive.arriving};
    }
    return total;
  }

  // Weights arriving now are summed from 0: longest delay first, then by source.
  std::vector<float> arrivals(std::size_t connection) {
    const ir::Connection& about = network_.connections[connection];
    std::vector<float> sums(populations_[about.target].size(), 0.0F);
    const std::vector<Sent>& history = history_[about.source];
    for (const auto& [delay, rows] : wiring_[connection]) {
      const std::size_t age = std::size_t{delay} + about.latency;
      if (history.size() < age) continue;
      for (const auto& [source, factor] : age == 0 ? sent_[about.source] : history[history.size() - age]) {
        for (const Synapse& synapse : rows[source]) sums[synapse.target] += synapse.weight * factor;
      }
    }
    return sums;
  }

  void record(ExampleResult& result) {
    const auto append = [](std::vector<float>& to, const std::vector<float>& values) {
      to.insert(to.end(), values.begin(), values.end());
    };
    for (std::size_t p = 0; p < populations_.size(); ++p) {
      for (const std::string& state : populations_[p].model().states())
        append(result.neuron_states[{p, state}], populations_[p].model().values(state));
    }
    for (std::size_t c = 0; c < synapses_.size(); ++c) {
      for (const std::string& state : synapses_[c].model().states())
        append(result.synapse_states[{c, state}], synapses_[c].model().values(state));
    }
  }

  void read_out(const Quantity& duration, ExampleResult& result) {
    for (NeuronPopulation& population : populations_) {
      std::vector<float>& values = result.readouts.emplace_back();
      if (population.readout() == nullptr) continue;
      for (std::size_t i = 0; i < population.size(); ++i)
        values.push_back(population.readout()->value(i, duration, duration, population.output(i)));
    }
  }

  const ir::Network& network_;
  const Options& options_;
  std::vector<Input> inputs_;  // by population
  std::vector<NeuronPopulation> populations_;
  std::vector<SynapsePopulation> synapses_;  // by connection
  std::vector<Wiring> wiring_;
  std::vector<std::size_t> order_;
  std::vector<Sent> sent_;                  // by population, in this step
  std::vector<std::vector<Sent>> history_;  // by population, all steps before
  std::vector<std::vector<Sent>> given_;    // by population and step
};

}  // namespace

std::vector<ExampleResult> simulate(const ir::Network& network, const std::vector<Input>& inputs,
                                    const Options& options) {
  return Simulation(network, inputs, options).run();
}

}  // namespace synfire::testing::reference
