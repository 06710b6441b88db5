// SPDX-License-Identifier: Apache-2.0
#include "execution/random_network.hpp"

#include <cmath>
#include <initializer_list>
#include <utility>

namespace synfire::testing {
namespace {

class Builder {
 public:
  Builder(std::uint32_t seed, std::size_t examples, std::uint32_t timesteps) : random_(seed), timesteps_(timesteps) {
    result_.examples = examples;
  }

  RandomNetwork build() {
    for (std::uint32_t kind = 0; kind < 4; ++kind) {
      if (kind == 0 || random_.below(2) == 0) add_input(kind);
    }
    if (chance(0.4f)) add_graded();
    const std::uint32_t count = 2 + random_.below(2);
    for (std::uint32_t i = 0; i < count; ++i) add_hidden();
    add_output(LeakyIntegrate{.tau_mem = pick({10.0, 25.0})}, pick({"avg_var", "max_var", "avg_var_exp_weight"}));
    add_output(LeakyIntegrateFire{.v_thresh = 0.5}, pick({"spike_count", "first_spike_time", "sum_var"}));
    connect_all();
    return std::move(result_);
  }

 private:
  struct Made {
    PopulationId id;
    std::uint32_t size;
  };

  template <class T>
  T pick(std::initializer_list<T> options) {
    return *(options.begin() + random_.below(static_cast<std::uint32_t>(options.size())));
  }
  bool chance(float probability) { return random_.uniform(0, 1) < probability; }
  std::uint32_t size() { return pick<std::uint32_t>({1, 7, 32, 33, 64, 100}); }

  Value per_neuron(std::uint32_t count, float low, float high) {
    switch (random_.below(3)) {
      case 0: return random_.uniform(low, high);
      case 1: return random_.tensor({count}, low, high);
      default: return Uniform{low, high};
    }
  }

  void add_input(std::uint32_t kind) {
    const std::uint32_t count = size();
    Made made{{}, count};
    if (kind == 0) {
      made.id = result_.network.add(SpikeInput{}, count);
      result_.spikes.push_back(random_.spikes(result_.examples, count, timesteps_, random_.uniform(0.05f, 0.3f)));
      result_.inputs.push_back({made.id, result_.spikes.back()});
    } else {
      made.id = result_.network.add(value_input(kind, count), count);
      result_.values.push_back(random_.tensor({result_.examples, count}, -0.4f, 0.4f));
      result_.inputs.push_back({made.id, result_.values.back()});
      result_.spiking.push_back(made.id);
    }
    result_.record.push_back({made.id, "spikes"});
    inputs_.push_back(made);
  }

  void add_graded() {
    const NeuronModel waves{.name = "waves", .parameters = {{"gain", 0.5}}, .graded = "gain * input * sin(0.5 * t)"};
    const std::uint32_t count = size();
    const Made made{result_.network.add(chance(0.5f) ? Neuron(GradedInput{}) : Neuron(waves), count), count};
    result_.values.push_back(random_.tensor({result_.examples, count}, -0.2f, 0.4f));
    result_.inputs.push_back({made.id, result_.values.back()});
    inputs_.push_back(made);
  }

  Neuron value_input(std::uint32_t kind, std::uint32_t count) {
    if (kind == 1) return PoissonInput{.signed_spikes = true};
    if (kind == 2) return BinarySpikeInput{.signed_spikes = chance(0.5f)};
    return LeakyIntegrateFireInput{.v_thresh = per_neuron(count, 0.5f, 1.0f), .tau_mem = 15.0};
  }

  Neuron spiking_neuron(std::uint32_t count) {
    switch (random_.below(4)) {
      case 0: return IntegrateFire{.v_thresh = per_neuron(count, 0.8f, 1.5f), .v = per_neuron(count, 0, 0.7f)};
      case 1:
        return LeakyIntegrateFire{.tau_mem = per_neuron(count, 5, 40),
                                  .tau_refrac = pick({0, 1, 3}),
                                  .relative_reset = chance(0.5f),
                                  .integrate_during_refrac = chance(0.5f)};
      case 2: return AdaptiveLeakyIntegrateFire{.beta = per_neuron(count, 0, 0.4f), .tau_adapt = 30.0};
      default: return noisy_neuron().with({{"a", per_neuron(count, 0.1f, 0.3f)}});
    }
  }

  // Features that no built-in model has: noise, functions of all kinds, signed spikes, its own integrator.
  static NeuronModel noisy_neuron() {
    return {.name = "noisy",
            .parameters = {{"a", 0.2}, {.name = "rest", .value = 2.0, .unit = Unit::milliseconds}},
            .state = {{"v", 0.1}, {"w", Normal{.sd = 0.1}}},
            .dynamics = {"dv/dt = v - v*v*v/3 - w + 0.2*I + 0.05*normal()", "dw/dt = a*(tanh(v) + 0.4 - 0.6*w)"},
            .update = {"if abs(v) > 4 { v = 4*sign(v) } else { w += 0.001*sin(t) }"},
            .threshold = "crosses(abs(v) >= 1)",
            .reset = {"w = w + 0.05*exp(-abs(w))"},
            .refractory = Refractory{.period = "rest"},
            .spike_sign = "v",
            .integrator = Integrator::rk4};
  }

  void add_hidden() {
    const std::uint32_t count = hidden_.empty() || chance(0.5f) ? size() : hidden_.back().size;
    const Made made{result_.network.add(spiking_neuron(count), count, {.readout = pick({"spike_count", "sum_var"})}),
                    count};
    hidden_.push_back(made);
    result_.outputs.push_back(made.id);
    watch_spiking(made.id);
  }

  void add_output(const Neuron& neuron, const char* readout) {
    const std::uint32_t count = 1 + random_.below(12);
    outputs_.push_back({result_.network.add(neuron, count, {.readout = readout}), count});
    result_.outputs.push_back(outputs_.back().id);
    if (outputs_.size() == 2)
      watch_spiking(outputs_.back().id);
    else
      result_.record.push_back({outputs_.back().id, "v"});
  }

  void watch_spiking(PopulationId id) {
    result_.spiking.push_back(id);
    result_.record.push_back({id, "spikes"});
    result_.record.push_back({id, "v"});
  }

  void connect_all() {
    for (std::size_t i = 0; i < inputs_.size(); ++i) connect(inputs_[i], hidden_[i % hidden_.size()]);
    for (std::size_t i = 0; i < hidden_.size(); ++i) {
      if (i > 0) connect(hidden_[i - 1], hidden_[i]);
      if (chance(0.6f)) connect(hidden_[i], hidden_[i]);
      if (i > 0 && chance(0.4f)) connect(hidden_[i], hidden_[i - 1]);
      connect(hidden_[i], outputs_[i % 2]);
      if (chance(0.3f)) connect(hidden_[i], outputs_[i % 2]);  // a second connection between the pair
    }
    connect(hidden_.back(), outputs_[0]);
    connect(inputs_.front(), outputs_[1]);
  }

  void connect(const Made& source, const Made& target) {
    const double delay = pick({0.0, 0.0, 1.0, 3.0});
    const ConnectionOptions options{.synapse = synapse()};
    if (source.size == target.size && chance(0.6f)) {
      result_.network.connect(source.id, target.id, OneToOne{per_neuron(target.size, 0.2f, 1.2f), delay}, options);
      return;
    }
    const double scale = 1.0 / std::sqrt(static_cast<double>(source.size));
    const Value weight = chance(0.2f) ? Value(0.5 * scale) : Value(Normal{.mean = 0.4 * scale, .sd = 1.2 * scale});
    result_.network.connect(source.id, target.id, Dense{weight, delay}, options);
  }

  Synapse synapse() {
    switch (random_.below(5)) {
      case 0: return Exponential{.tau = random_.uniform(2, 8)};
      case 1: return Exponential{.tau = 4.0, .scale_i = true};
      case 2:
        return SynapseModel{.name = "alpha",
                            .parameters = {{"tau", 3.0}},
                            .state = {{"x", 0.0}, {"g", 0.0}},
                            .dynamics = {"dx/dt = -x / tau", "dg/dt = (x - g) / tau"},
                            .on_spike = {"x += weight"},
                            .current = "g * (2 - v)"};
      default: return Delta{};
    }
  }

  Random random_;
  std::uint32_t timesteps_;
  RandomNetwork result_;
  std::vector<Made> inputs_, hidden_, outputs_;
};

}  // namespace

RandomNetwork random_network(std::uint32_t seed, std::size_t examples, std::uint32_t timesteps) {
  return Builder(seed, examples, timesteps).build();
}

}  // namespace synfire::testing
