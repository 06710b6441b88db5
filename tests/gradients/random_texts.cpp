// SPDX-License-Identifier: Apache-2.0
#include "gradients/random_texts.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include "gradients/trained_models.hpp"
#include "property/comparison.hpp"

namespace synfire::testing {
namespace {

using property::Choices;
using property::ConnectionCase;
using property::PopulationCase;

// Expressions whose values stay moderate, and that are differentiable except at kinks.
class Terms {
 public:
  Terms(Choices& choices, std::vector<std::string> names) : choices_(choices), names_(std::move(names)) {}

  std::string bounded(int depth) {
    switch (choices_.below(4)) {
      case 0: return "sin(" + term(depth) + ')';
      case 1: return "max(-1, min(1, " + term(depth) + "))";
      default: return "tanh(" + term(depth) + ')';
    }
  }

  std::string term(int depth) {
    if (depth == 0) return leaf();
    const auto part = [&] { return term(static_cast<int>(choices_.below(static_cast<std::uint32_t>(depth)))); };
    switch (choices_.below(9)) {
      case 0: return '(' + part() + " + " + part() + ')';
      case 1: return '(' + part() + " - " + part() + ')';
      case 2: return '(' + part() + " * " + part() + ')';
      case 3: return '(' + part() + " / (1.5 + abs(" + part() + ")))";
      case 4: return choices_.pick({"max", "min"}) + std::string("(") + part() + ", " + part() + ')';
      case 5: return "abs(" + part() + " - 0.3)";
      case 6: return "(tanh(" + part() + ")) ** " + choices_.pick({"2", "3"});
      case 7: return '(' + part() + " if " + choices_.pick({"f", "a > 0.4", "not f"}) + " else " + part() + ')';
      default: return choices_.pick({"sigmoid", "cos", "tanh"}) + std::string("(") + part() + ')';
    }
  }

 private:
  std::string leaf() {
    if (choices_.chance(0.2)) return choices_.pick({"0.5", "1.5", "dt", "0.05 * t"});
    return names_[choices_.below(static_cast<std::uint32_t>(names_.size()))];
  }

  Choices& choices_;
  std::vector<std::string> names_;
};

// ---- Neurons

class RandomNeuronText {
 public:
  RandomNeuronText(Choices& choices, std::uint32_t count)
      : choices_(choices), count_(count), states_(choices, {"v", "u", "a", "b"}), all_(choices, {"v", "u", "I", "a"}) {}

  NeuronModel make() {
    model_ = {.name = "random",
              .parameters = {{"a", choices_.per_neuron(count_, 0.1F, 0.9F)},
                             {"b", choices_.round_number(0.1, 0.8)},
                             {"th", choices_.per_neuron(count_, 0.6F, 1.0F)},
                             {"tau", choices_.per_neuron(count_, 6, 25)},
                             {"rest", choices_.per_neuron(count_, 0.5F, 4)},
                             {"f", choices_.chance(0.5)}},
              .state = {{"v", choices_.per_neuron(count_, -0.1F, 0.4F)}, {"u", choices_.pick({0.0, 0.1})}}};
    add_dynamics();
    model_.threshold = threshold();
    model_.reset = reset();
    model_.spike_sign = choices_.pick({"", "", "", "", "0.4 - u"});
    model_.output = choices_.pick({"", "v", "v", "u"});
    if (choices_.chance(0.45)) {
      model_.refractory =
          Refractory{.period = choices_.pick({"rest", "2", "0.5 * rest + b"}),
                     .hold = choices_.pick({std::vector<std::string>{"v"}, std::vector<std::string>{"u", "v"}}),
                     .hold_if = choices_.pick({"f", "true", "not f"})};
    }
    if (choices_.chance(0.15)) model_.substeps = choices_.between(2, 4);
    return model_;
  }

 private:
  void add_dynamics() {
    switch (choices_.below(8)) {
      case 0: model_.dynamics = {"dv/dt = (I - v) / tau", "du/dt = (b * v - u) / (2 * tau)"}; break;
      case 1: model_.dynamics = {"dv/dt = -v / tau + per_step(I)", "du/dt = -u / tau"}; break;
      case 2:
        model_.dynamics = {"dv/dt = (b - v) / tau - a * u / tau + per_step(I if f else 0.8 * I)",
                           "du/dt = a * (v - u) / tau"};
        break;
      case 3:
        model_.dynamics = {"dv/dt = -v / tau + 0.03 * " + states_.bounded(3) + " + per_step(I)",
                           "du/dt = 0.02 * " + states_.bounded(2) + " - u / tau"};
        break;
      case 4:
        model_.dynamics = {"dv/dt = (0.1 + 0.5 * I - v) * (1 + 0.3 * " + states_.bounded(2) + ") / tau",
                           "du/dt = (max(v, 0.2) - u) / tau"};
        break;
      case 5:
        model_.dynamics = {"dv/dt = 0.15 * v * (min(v, 2) - 0.4) - u + per_step(0.8 * I)", "du/dt = b * (0.2 * v - u)"};
        break;
      case 6:
        model_.update = {"u = 0.9 * u + 0.1 * " + all_.bounded(2), "v = 0.9 * v + I",
                         "if v > 0.5 { v -= 0.05 * u; u = u + 0.1 * (v - 0.5) }"};
        break;
      default:
        model_.dynamics = {"dv/dt = -v / tau + per_step(0.7 * I)"};
        model_.update = {"u += 0.1 * (v - u)"};
        break;
    }
  }

  std::string threshold() {
    if (choices_.chance(0.04)) return choices_.pick({"v >= th and u > -5", "v >= (th if u < 0.3 else 0.9)"});
    return choices_.pick({"v >= th", "v >= th", "v > th + 0.1 * a", "th <= v", "not (v < th)", "v + 0.2 * u >= th",
                          "v >= th + 0.003 * t", "max(v, 0.5 * (u + v)) >= th", "v + 0.02 * I >= th",
                          "crosses(v >= th)"});
  }

  std::vector<std::string> reset() {
    switch (choices_.below(8)) {
      case 0: return {"v = 0"};
      case 1: return {"v -= th"};
      case 2: return {"u += 0.1", "v = 0.2 * u", "u = u - 0.5 * v"};
      case 3: return {"v = 0.2 * " + states_.bounded(2), "u = 0.5 * u + 0.1 * v"};
      case 4: return {"if u > 0.1 { v = 0.1 * a; u -= 0.1 } else { v = 0; u += 0.05 }"};
      case 5: return {"v = -0.1 * I", "v += 0.1"};
      case 6: return {"v -= 0.8 + 0.002 * t", "u += 0.05 * v", "v = v - 0.1 * u"};
      default: return {"v = v - th", "v = 0.5 * v - 0.05"};
    }
  }

  Choices& choices_;
  std::uint32_t count_;
  Terms states_, all_;
  NeuronModel model_;
};

// ---- Synapses

SynapseModel synapse_text(Choices& choices, std::uint32_t count) {
  SynapseModel model{.name = "random",
                     .parameters = {{"tau", choices.per_neuron(count, 2, 7)}, {"e", 2.5}},
                     .state = {{"x", 0.0}, {"y", 0.0}},
                     .dynamics = {"dx/dt = -x / tau", "dy/dt = (x - y) / tau"},
                     .on_spike = {"x += weight"}};
  switch (choices.below(9)) {
    case 0:
      return Exponential::text().with({{"tau", choices.per_neuron(count, 2, 7)}, {"scale_i", choices.chance(0.5)}});
    case 1: return Delta::text();
    case 2: model.current = choices.pick({"1.5 * y", "step_mean(y)", "0.5 * x + y"}); break;
    case 3: model.current = choices.pick({"0.4 * x * (e - v)", "0.3 * step_mean(x) * (e - v)"}); break;
    case 4:
      model.on_spike = {"y += 0.5 * weight * (1 - 0.2 * x)", "x += 0.5 * weight", "x += 0.3 * weight"};
      model.current = "x + 0.3 * y";
      break;
    case 5:
      model.on_spike = {"x += weight * (1 + 0.3 * tanh(y))"};
      model.dynamics = {"dx/dt = -x / tau - 0.05 * x * abs(x)", "dy/dt = 0.2 * x - y / 8"};
      model.current = "x";
      break;
    case 6:
      model.current = choices.pick({"max(x, 0.5 * y)", "x * (1 + 0.2 * sin(0.3 * t))", "0.8 * x + 0.1 * arriving"});
      break;
    case 7:
      model.on_spike = {"x += weight * (1 + 0.01 * t)", "y += 0.2 * weight"};
      model.current = "x + 0.5 * tanh(y)";
      break;
    default:
      model.dynamics.clear();
      model.update = {"x = 0.8 * x", "y = 0.9 * y + 0.1 * x"};
      model.current = "x + y";
      break;
  }
  return model;
}

// ---- Readouts

ReadoutModel readout_text(Choices& choices, std::uint32_t count, bool spikes) {
  ReadoutModel model{.name = "random",
                     .parameters = {{"k", choices.per_neuron(count, 0.3F, 1.2F)}},
                     .state = {{"s", 0.0}, {"m", 0.0}},
                     .value = "s / (duration / dt)"};
  switch (choices.below(9)) {
    case 0: model.on_step = {"s += x", "s += 0.5 * x"}; break;
    case 1: model.on_step = {"m = x * x", "m = k * m + x", "s += m"}; break;
    case 2: model.on_step = {"s += x * dt * exp(-t / 20)"}; break;
    case 3:
      model.on_step = {"m = max(x, m)", "s += x"};
      model.value = "s / (duration / dt) + k * m";
      break;
    case 4:
      model.on_step = {"m = min(m, x * (1 - 0.01 * t))", "s += tanh(k * x)"};
      model.value = "tanh(s / (duration / dt)) - m";
      break;
    case 5:
      model.on_step = {"m = x", "m = m + k * tanh(m)"};
      model.value = "m";
      break;
    case 6: model.on_step = {"if k > 0.6 { s += k * x } else { s += x; s += 0.1 * x * x }"}; break;
    case 7:
      model.on_step = {"s = 0.9 * s + x", "if s > 2 { s -= 0.1 }"};
      model.value = "s";
      break;
    default:
      model.on_step = {"s += abs(x)", "m = x"};
      model.value = "s / (duration / dt) + 0.1 * x";
      break;
  }
  if (spikes && choices.chance(0.4))
    model.on_spike = choices.pick<std::vector<std::string>>(
        {{"s += exp(-t / 10)"}, {"s += 2 * x", "s -= k * x * x"}, {"s += 0.1 * t", "s += 0.2"}});
  return model;
}

// ---- Networks

class Builder {
 public:
  Builder(std::uint32_t number, std::uint32_t settings) : choices_(number) {
    case_.number = number;
    Choices drawn(settings);
    case_.dt = drawn.pick({1.0, 1.0, 0.5, 0.5});
    if (drawn.chance(0.3)) case_.nominal_dt = 1.0;
    case_.timesteps = static_cast<std::uint32_t>(24 / case_.dt);
    case_.seed = settings;
  }

  Case run() {
    add_input();
    const std::size_t input = case_.populations.size() - 1;
    const std::size_t hidden = add("hidden", 3, true);
    const std::size_t output = add("output", 2, choices_.chance(0.4));
    case_.populations[output].readout = readout_text(choices_, 2, case_.populations[output].neuron.spikes);
    connect(input, hidden);
    connect(hidden, output);
    if (choices_.chance(0.3)) connect(hidden, hidden, 0.4);
    if (choices_.chance(0.2)) connect(input, output, 0.5);
    if (choices_.chance(0.2)) connect(input, hidden, 0.5);
    enliven();
    return std::move(case_);
  }

 private:
  void add_input() {
    PopulationCase input{.name = named("input"), .neuron = {.model = SpikeInput::text()}, .count = 3};
    input.neuron.is_input = input.neuron.replays_spikes = true;
    input.neuron.has_output = false;
    SpikeTrains trains(input.count);
    std::vector<std::uint32_t> who;
    std::vector<float> when;
    // In separate steps: two at once are a kink of some models.
    for (std::uint32_t n = 1 + choices_.below(3); n < case_.timesteps * 4 / 5; n += choices_.between(1, 4)) {
      who.push_back(choices_.below(input.count));
      when.push_back(static_cast<float>(n * case_.dt));
    }
    trains.add_example(who, when);
    input.trains = trains;
    case_.populations.push_back(std::move(input));
  }

  std::size_t add(const std::string& name, std::uint32_t count, bool spikes) {
    PopulationCase population{.name = named(name), .neuron = {}, .count = count};
    NeuronModel& model = population.neuron.model;
    population.neuron.spikes = spikes;
    if (!spikes && choices_.chance(0.6)) {
      model = property::neuron_of(LeakyIntegrate{.bias = 0.02, .tau_mem = choices_.per_neuron(count, 6, 20)});
    } else {
      model = RandomNeuronText(choices_, count).make();
      if (!spikes) {
        model.threshold.clear();
        model.reset.clear();
        model.spike_sign.clear();
        model.refractory.reset();
      }
    }
    case_.populations.push_back(std::move(population));
    return case_.populations.size() - 1;
  }

  void connect(std::size_t source, std::size_t target, double strength = 1) {
    const std::uint32_t from = case_.populations[source].count, to = case_.populations[target].count;
    ConnectionCase connection{.name = named("c" + std::to_string(case_.connections.size())),
                              .source = source,
                              .target = target,
                              .connectivity = {}};
    connection.synapse = synapse_text(choices_, to);
    const Tensor<float> weight =
        choices_.tensor({from, to}, static_cast<float>(-0.05 * strength), static_cast<float>(0.45 * strength));
    const double delay = case_.dt * choices_.pick({0U, 0U, 1U, 3U});
    connection.connectivity = Dense{weight, delay};
    case_.connections.push_back(std::move(connection));
  }

  void scale_weights(float factor) {
    for (ConnectionCase& connection : case_.connections) {
      auto& dense = std::get<Dense>(connection.connectivity);
      Tensor<float> weight = dense.weight.array();
      for (std::size_t i = 0; i < weight.size(); ++i) weight[i] *= factor;
      dense.weight = weight;
    }
  }

  std::string named(const std::string& what) const { return "n" + std::to_string(case_.number) + '_' + what; }
  std::size_t hidden_spikes() const { return property::run_reference(case_)[0].spikes[1].size(); }

  // Weights for which hidden neurons spike occasionally, if any.
  void enliven() {
    for (int attempt = 0; attempt < 10; ++attempt) {
      const std::size_t spikes = hidden_spikes();
      if (spikes >= 3 && spikes <= case_.timesteps) return;
      scale_weights(spikes < 3 ? 1.6F : 0.7F);
    }
  }

  Choices choices_;
  Case case_;
};

}  // namespace

// A third of the networks train one value of each parameter, a third one for each neuron.
Case random_texts(std::uint32_t number, std::uint32_t settings) {
  Case made = Builder(number, settings).run();
  const Trained how = number % 3 == 0 ? Trained::shared : number % 3 == 1 ? Trained::by_neuron : Trained::nothing;
  for (PopulationCase& population : made.populations) {
    if (population.neuron.is_input) continue;
    population.neuron.model = trained(population.neuron.model, how);
    if (population.readout) population.readout = trained(*population.readout, how);
  }
  for (ConnectionCase& connection : made.connections) connection.synapse = trained(connection.synapse, how);
  return made;
}

Case side_by_side(const std::vector<Case>& cases) {
  Case all = cases.front();
  for (std::size_t i = 1; i < cases.size(); ++i) {
    const std::size_t first = all.populations.size();
    all.populations.insert(all.populations.end(), cases[i].populations.begin(), cases[i].populations.end());
    for (ConnectionCase connection : cases[i].connections) {
      connection.source += first;
      connection.target += first;
      all.connections.push_back(std::move(connection));
    }
  }
  return all;
}

TrainingCase training_case_of(const Case& given) {
  TrainingCase result;
  result.network = property::build(given);
  result.options.dt = given.dt;
  result.options.nominal_dt = given.nominal_dt;
  result.options.timesteps = given.timesteps;
  result.options.seed = given.seed;
  result.options.batch_size = 1;
  result.training.slots = 1;
  result.training.allow_arrival_only = true;
  for (std::uint32_t p = 0; p < given.populations.size(); ++p) {
    if (given.populations[p].readout) result.training.losses.push_back({p, MeanSquareError{}});
  }
  return result;
}

std::vector<codegen::ExampleData> examples_of(const Case& given) {
  codegen::ExampleData example;
  example.timesteps = given.timesteps;
  for (const PopulationCase& population : given.populations) {
    example.spikes.emplace_back();
    example.input.emplace_back();
    if (!population.neuron.replays_spikes) continue;
    const SpikeTrains& trains = population.trains;
    for (std::size_t i = trains.offsets()[0]; i < trains.offsets()[1]; ++i) {
      const auto step =
          static_cast<std::uint32_t>(std::lround(static_cast<double>(trains.spike_times()[i]) / given.dt));
      example.spikes.back().push_back({step, trains.spike_neurons()[i], 1});
    }
  }
  for (const PopulationCase& population : given.populations) {
    if (!population.readout) continue;
    codegen::LossTarget target;
    for (std::uint32_t i = 0; i < population.count; ++i) target.values.push_back(0.3 + 0.4 * i);
    example.targets.push_back(std::move(target));
  }
  return {example};
}

}  // namespace synfire::testing
