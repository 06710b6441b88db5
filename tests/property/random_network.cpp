// SPDX-License-Identifier: Apache-2.0
#include "property/random_network.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

namespace synfire::testing::property {
namespace {

// ---- Connections

// The connectivity of one connection, with weights and delays of valid forms.
class RandomConnectivity {
 public:
  RandomConnectivity(Choices& choices, std::uint32_t sources, std::uint32_t targets, bool recurrent, double dt,
                     std::uint32_t timesteps)
      : choices_(choices),
        sources_(sources),
        targets_(targets),
        recurrent_(recurrent),
        dt_(dt),
        most_delay_(random_most_delay(timesteps)) {}

  void set(ConnectionCase& connection) {
    const std::uint32_t kinds = sources_ == targets_ ? 8 : 7;
    switch (choices_.below(kinds)) {
      case 0:
      case 1: connection.connectivity = dense(); break;
      case 2:
      case 3: connection.connectivity = fixed_probability(); break;
      case 4: connection.connectivity = fixed_inputs(); break;
      case 5: connection.connectivity = fixed_outputs(); break;
      case 6: connection.connectivity = sparse(); break;
      default: connection.connectivity = one_to_one(); break;
    }
    const Value& delay = delay_of(connection.connectivity);
    const bool drawn = delay.is_initializer();
    if (drawn) connection.options.max_delay = dt_ * most_delay_;
    connection.options.round_delays = drawn && choices_.chance(0.5);
    connection.options.storage = storage(connection.connectivity);
  }

 private:
  static constexpr std::uint32_t longest_delay = 4000;

  std::uint32_t random_most_delay(std::uint32_t timesteps) {
    switch (choices_.below(8)) {
      case 0:
      case 1:
      case 2: return 0;
      case 3: return choices_.between(0, timesteps);
      case 4: return choices_.chance(0.2) ? choices_.between(timesteps, longest_delay) : choices_.between(0, 3);
      default: return choices_.between(0, 20);
    }
  }

  SynapseStorage storage(const Connectivity& connectivity) {
    const bool pairs = std::holds_alternative<OneToOne>(connectivity);
    const bool can_draw_again =
        (std::holds_alternative<Dense>(connectivity) || std::holds_alternative<FixedProbability>(connectivity)) &&
        !weight_of(connectivity).is_array() && !delay_of(connectivity).is_array();
    switch (choices_.below(5)) {
      case 0: return SynapseStorage::rows;
      case 1: return !pairs && delay_of(connectivity).is_number() ? SynapseStorage::dense : SynapseStorage::automatic;
      case 2: return can_draw_again ? SynapseStorage::procedural : SynapseStorage::automatic;
      default: return SynapseStorage::automatic;
    }
  }

  // Strong enough to propagate spikes, weak enough not to fill every step.
  Value drawn_weight(double fan_in) {
    const double scale = 1.0 / std::sqrt(std::max(fan_in, 1.0));
    switch (choices_.below(5)) {
      case 0: return choices_.round_number(0.3, 1.0) * scale;
      case 1: return Uniform{-0.4 * scale, 1.4 * scale};
      case 2: return Normal{.mean = 0.4 * scale, .sd = scale, .min = -2 * scale, .max = 3 * scale};
      case 3: return choices_.chance(0.5) ? Value(Xavier{.gain = 2.0}) : Value(Kaiming{});
      default: return Normal{.mean = 0.4 * scale, .sd = 1.2 * scale};
    }
  }
  Value weight(double fan_in, const Extents& form) {
    const float scale = 1.0F / std::sqrt(std::max(static_cast<float>(fan_in), 1.0F));
    return choices_.chance(0.3) ? Value(choices_.tensor(form, -0.6F * scale, 1.6F * scale)) : drawn_weight(fan_in);
  }

  Value drawn_delay() {
    const double most = dt_ * most_delay_;
    switch (choices_.below(4)) {
      case 0: return Uniform{0, most};
      case 1: return Normal{.mean = most / 2, .sd = most / 3, .min = 0, .max = most};
      default: return most;
    }
  }
  Value delay(const Extents& form) {
    if (most_delay_ == 0 || choices_.chance(0.7)) return drawn_delay();
    Tensor<float> delays(form);
    for (std::size_t i = 0; i < delays.size(); ++i)
      delays[i] = static_cast<float>(dt_ * choices_.between(0, most_delay_));
    return delays;
  }

  Connectivity dense() {
    const Extents form{sources_, targets_};
    const Value weights = weight(sources_, form);
    return Dense{weights, delay(form)};
  }
  Connectivity one_to_one() {
    const Value weights = weight(1, {sources_});
    return OneToOne{weights, delay({sources_})};
  }
  Connectivity fixed_probability() {
    const double p = choices_.pick({0.02, 0.1, 0.3, 0.5, 0.9, 1.0, 0.0});
    const Value weights = drawn_weight(p * sources_);
    const Value delays = drawn_delay();
    return FixedProbability{p, weights, delays, choices_.chance(0.5)};
  }

  struct Drawn {
    std::uint32_t number;
    bool self, repeats;
  };
  Drawn some_of(std::uint32_t neurons) {
    Drawn drawn{0, choices_.chance(0.5), choices_.chance(0.3)};
    const std::uint32_t candidates = neurons - (recurrent_ && !drawn.self ? 1 : 0);
    drawn.number = candidates == 0 ? 0 : choices_.between(0, std::min(candidates, 12U));
    if (drawn.repeats && candidates != 0 && choices_.chance(0.3)) drawn.number += 5;
    return drawn;
  }
  Connectivity fixed_inputs() {
    const Drawn drawn = some_of(sources_);
    const Value weights = drawn_weight(drawn.number);
    const Value delays = drawn_delay();
    return FixedInputs{drawn.number, weights, delays, drawn.self, drawn.repeats};
  }
  Connectivity fixed_outputs() {
    const Drawn drawn = some_of(targets_);
    const Value weights = drawn_weight(static_cast<double>(drawn.number) * sources_ / targets_);
    const Value delays = drawn_delay();
    return FixedOutputs{drawn.number, weights, delays, drawn.self, drawn.repeats};
  }

  Connectivity sparse() {
    Sparse list;
    const std::uint32_t number = choices_.between(1, std::min(3 * (sources_ + targets_), 200U));
    for (std::uint32_t k = 0; k < number; ++k) {
      const bool again = k > 0 && choices_.chance(0.1);  // the same two neurons
      list.sources.push_back(again ? list.sources.back() : choices_.below(sources_));
      list.targets.push_back(again ? list.targets.back() : choices_.below(targets_));
    }
    list.weight = weight(static_cast<double>(number) / targets_, {number});
    list.delay = delay({number});
    return list;
  }

  Choices& choices_;
  std::uint32_t sources_, targets_;
  bool recurrent_;
  double dt_;
  std::uint32_t most_delay_;
};

// ---- Networks

class Builder {
 public:
  explicit Builder(std::uint32_t number) : choices_(number) { case_.number = number; }

  Case build() {
    choose_settings();
    for (std::uint32_t i = 0, count = choices_.between(1, 3); i < count; ++i) add_input();
    for (std::uint32_t i = 0, count = choices_.between(1, 3); i < count; ++i) add_driven(true);
    if (choices_.chance(0.7)) add_driven(false);
    connect_all();
    return std::move(case_);
  }

 private:
  void choose_settings() {
    case_.dt = choices_.pick({1.0, 1.0, 1.0, 0.5, 0.1, 0.25, 2.0, 0.3});
    if (choices_.chance(0.2)) case_.nominal_dt = choices_.pick({1.0, 0.5, 0.3});
    case_.timesteps = choices_.chance(0.1) ? choices_.between(1, 4) : choices_.between(10, 60);
    case_.examples = choices_.between(1, 6);
    case_.batch_size = choices_.between(1, 7);
    case_.threads = choices_.between(1, 3);
    if (choices_.chance(0.4)) {
      for (std::size_t e = 0; e < case_.examples; ++e)
        case_.example_timesteps.push_back(choices_.between(1, case_.timesteps));
    }
    if (choices_.chance(0.3)) {
      case_.carry_over = {choices_.chance(0.6), choices_.chance(0.6), choices_.chance(0.6)};
    }
    case_.seed = (std::uint64_t{choices_.below(0xFFFFFFFF)} << 32) + choices_.below(0xFFFFFFFF);
    if (choices_.chance(0.3)) case_.run_seed = choices_.below(1000);
    case_.records_states = choices_.chance(0.8);
    if (choices_.chance(0.2)) case_.recording_memory = choices_.between(1, 4000);
  }

  std::uint32_t size() {
    return choices_.chance(0.4) ? choices_.pick<std::uint32_t>({1, 2, 8, 16, 31, 32, 33, 64, 65, 100})
                                : choices_.between(1, 40);
  }

  std::string name(const std::string& kind) { return kind + std::to_string(case_.populations.size()); }

  void add_driven(bool hidden) {
    PopulationCase population{.name = name(hidden ? "hidden" : "output"), .neuron = {}, .count = size()};
    population.neuron = hidden ? random_hidden(choices_, population.count) : random_output(choices_, population.count);
    if (!hidden || choices_.chance(0.5))
      population.readout = random_readout(choices_, population.neuron, population.count);
    case_.populations.push_back(std::move(population));
  }

  void add_input() {
    PopulationCase population{.name = name("input"), .neuron = {}, .count = size()};
    population.neuron = random_input(choices_, population.count);
    if (population.neuron.replays_spikes) {
      population.trains = random_trains(population.count);
    } else {
      population.values = choices_.tensor({case_.examples, population.neuron.frames, population.count}, -0.4F, 0.8F);
      if (!population.neuron.is_graded && choices_.chance(0.3))
        population.readout = random_readout(choices_, population.neuron, population.count);
    }
    case_.populations.push_back(std::move(population));
  }

  // Spikes on steps and between them, several of a neuron in one step, some too late.
  SpikeTrains random_trains(std::uint32_t neurons) {
    SpikeTrains trains(neurons);
    const double duration = case_.dt * case_.timesteps;
    const double rate = choices_.pick({0.02, 0.1, 0.3});
    for (std::size_t e = 0; e < case_.examples; ++e) {
      std::vector<std::uint32_t> who;
      std::vector<float> when;
      const auto count = static_cast<std::uint32_t>(rate * neurons * case_.timesteps);
      for (std::uint32_t k = 0; k < count && !choices_.chance(0.001); ++k) {
        const bool again = k > 0 && choices_.chance(0.1);
        const float time = choices_.uniform(0, static_cast<float>(1.1 * duration));
        const float on_step = static_cast<float>(case_.dt * std::floor(static_cast<double>(time) / case_.dt));
        who.push_back(again ? who.back() : choices_.below(neurons));
        when.push_back(again ? when.back() : choices_.chance(0.7) ? on_step : time);
        if (trains.spikes() == 0 && k == 0) when.back() = 0;  // trains without any spike in time are refused
      }
      trains.add_example(who, when);
    }
    return trains;
  }

  void connect_all() {
    std::vector<std::size_t> sources, targets;
    for (std::size_t p = 0; p < case_.populations.size(); ++p) {
      if (case_.populations[p].neuron.sends()) sources.push_back(p);
      if (!case_.populations[p].neuron.is_input) targets.push_back(p);
    }
    const auto any = [&](const std::vector<std::size_t>& of) {
      return of[choices_.below(static_cast<std::uint32_t>(of.size()))];
    };
    for (const std::size_t target : targets) {
      const auto before = static_cast<std::uint32_t>(target);
      for (std::size_t source = choices_.below(before); source < target; source += 1 + choices_.below(before)) {
        if (case_.populations[source].neuron.sends() && choices_.chance(0.9)) connect(source, target);
      }
    }
    for (std::uint32_t extra = choices_.below(4); extra > 0; --extra) connect(any(sources), any(targets));
    if (choices_.chance(0.4)) {
      const std::size_t self = any(targets);
      if (case_.populations[self].neuron.spikes) connect(self, self);
    }
  }

  void connect(std::size_t source, std::size_t target) {
    ConnectionCase connection{.name = "c" + std::to_string(case_.connections.size()),
                              .source = source,
                              .target = target,
                              .connectivity = Dense{}};
    const std::uint32_t sources = case_.populations[source].count, targets = case_.populations[target].count;
    connection.synapse = random_synapse(choices_, targets);
    RandomConnectivity(choices_, sources, targets, source == target, case_.dt, case_.timesteps).set(connection);
    if (case_.populations[source].neuron.is_graded) {
      const double delay = case_.dt * choices_.below(3);
      std::visit([&](auto& each) { each.delay = delay; }, connection.connectivity);
      connection.options = {};
    }
    if (source < target && (case_.number + case_.connections.size()) % 3 == 0) connection.options.latency = 0;
    case_.connections.push_back(std::move(connection));
  }

  Choices choices_;
  Case case_;
};

}  // namespace

Case random_case(std::uint32_t number) { return Builder(number).build(); }

Network build(const Case& given) {
  Network network;
  std::vector<PopulationId> ids;
  for (const PopulationCase& population : given.populations) {
    PopulationOptions options{.name = population.name};
    if (population.readout) options.readout = *population.readout;
    ids.push_back(network.add(population.neuron.model, population.count, options));
  }
  for (const ConnectionCase& connection : given.connections) {
    ConnectionOptions options = connection.options;
    options.synapse = connection.synapse;
    options.name = connection.name;
    network.connect(ids[connection.source], ids[connection.target], connection.connectivity, options);
  }
  return network;
}

std::string to_string(const Case& given) {
  std::ostringstream text;
  text << "case " << given.number << ": dt " << given.dt << ", nominal_dt " << given.nominal_dt << ", timesteps "
       << given.timesteps << ", examples " << given.examples << ", batch_size " << given.batch_size << ", threads "
       << given.threads << ", seed " << given.seed;
  if (given.run_seed) text << ", run seed " << *given.run_seed;
  if (given.carry_over.neurons) text << ", carries neurons";
  if (given.carry_over.synapses) text << ", carries synapses";
  if (given.carry_over.spikes) text << ", carries spikes";
  if (given.recording_memory < 100000) text << ", recording memory " << given.recording_memory;
  if (!given.example_timesteps.empty()) text << ", steps";
  for (const std::uint32_t steps : given.example_timesteps) text << ' ' << steps;
  text << '\n' << ir::to_string(build(given).description());
  for (const ConnectionCase& connection : given.connections)
    text << connection.name << " is stored as " << synfire::to_string(connection.options.storage) << '\n';
  return text.str();
}

}  // namespace synfire::testing::property
