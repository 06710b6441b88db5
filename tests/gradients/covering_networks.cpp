// SPDX-License-Identifier: Apache-2.0
#include "gradients/covering_networks.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <random>
#include <stdexcept>

#include "adjoint/networks.hpp"
#include "gradients/derived_gradients.hpp"
#include "gradients/trained_models.hpp"
#include "synfire/models.hpp"

namespace synfire::testing {
namespace {

using codegen::ExampleData;
using codegen::GivenSpike;
using codegen::Loss;

enum Which {
  neuron,
  synapse,
  readout,
  loss,
  output,
  pattern,
  delays,
  wiring,
  time_step,
  batch,
  input,
  parameters,
  factors
};

constexpr std::uint32_t width = 6, outputs = 3;

// The models that validate the derivation, and users' models of other kinds.
std::vector<std::string> names_of_neurons() {
  std::vector<std::string> names = codegen::test::neuron_names();
  names.insert(names.end(), {"exponential rise", "by neuron"});
  return names;
}

NeuronModel model_of(const std::string& name) {
  if (name == "exponential rise")
    return {.name = "exponential_rise",
            .parameters = {{"tau", 12.0}, {"v_rest", 0.1}, {"v_reset", -0.1}, {"sharpness", 0.2}},
            .state = {{"v", 0.1}},
            .dynamics = {"dv/dt = (v_rest - v + sharpness * exp((v - 0.8) / sharpness)) / tau + per_step(I)"},
            .threshold = "v > 1.1",
            .reset = {"v = v_reset"},
            .refractory = Refractory{.period = "1.5", .hold = {"v"}}};
  if (name == "by neuron")
    return LeakyIntegrateFire::text().with(set_members(LeakyIntegrateFire{.v_thresh = Uniform{0.8, 1.1},
                                                                          .v_reset = Uniform{-0.1, 0.1},
                                                                          .tau_mem = Uniform{9, 25},
                                                                          .tau_refrac = 2.0,
                                                                          .relative_reset = false,
                                                                          .integrate_during_refrac = false}));
  return codegen::test::neuron_model(name);
}

std::vector<std::string> names_of_synapses() {
  std::vector<std::string> names = codegen::test::synapse_names();
  names.insert(names.end(), {"scaled", "beside a delta"});
  return names;
}

SynapseModel synapse_of(const std::string& name) {
  if (name == "scaled") return Exponential::text().with(set_members(Exponential{.tau = 4.0, .scale_i = true}));
  if (name == "beside a delta") return Exponential::text().with(set_members(Exponential{.tau = 3.0}));
  return codegen::test::synapse_model(name);
}

const std::string& level_of(const Combination& combination, Which factor) {
  return network_factors()[factor].levels[combination[factor]];
}

Loss loss_of(const std::string& name, const std::string& readout) {
  const double temperature = readout == "sum_var" ? 40 : readout == "first_spike_time" ? 3 : 1.5;
  if (name == "sparse crossentropy") return SparseCategoricalCrossentropy{.temperature = temperature};
  if (name == "crossentropy") return CategoricalCrossentropy{.temperature = temperature};
  if (name == "square") return MeanSquareError{};
  if (name == "square per step") return MeanSquareError{.per_step = true};
  if (name == "relative square") return RelativeMeanSquareError{.delta = 2};
  return TimeToFirstSpikeCrossentropy{.temperature = temperature, .alpha = 0.2};
}

class Builder {
 public:
  Builder(const Combination& combination, const TimeStep& time, double gain, std::uint64_t seed)
      : row_(combination),
        gain_(gain * (time.nominal != 0 ? time.nominal : time.dt)) {  // currents are per nominal step
    codegen::CompileOptions& options = case_.learned.options;
    options.dt = time.dt;
    options.nominal_dt = time.nominal;
    options.timesteps = time.timesteps;
    options.seed = seed;
  }

  CoveringCase run() {
    add_populations();
    connect_all();
    const std::uint32_t examples = of(batch) == "1" ? 1 : of(batch) == "3 in 2 slots" ? 3 : 5;
    case_.learned.options.batch_size = examples;
    case_.learned.training.slots = std::min(examples, of(batch) == "3 in 2 slots" ? 2u : 4u);
    for (std::uint32_t e = 0; e < examples; ++e) case_.examples.push_back(draw(e));
    return std::move(case_);
  }

 private:
  const std::string& of(Which factor) const { return level_of(row_, factor); }
  Network& network() { return case_.learned.network; }
  const codegen::CompileOptions& options() const { return case_.learned.options; }

  void add_populations() {
    if (of(input) == "spikes")
      first_ = network().add(SpikeInput{}, width, {.name = "input"});
    else if (of(input) == "frames")
      first_ = network().add(LeakyIntegrateFireInput{.v_thresh = 0.2,
                                                     .tau_refrac = 3.0,
                                                     .scale_i = true,
                                                     .input_frames = 3,
                                                     .input_frame_timesteps = options().timesteps / 3},
                             width, {.name = "input"});
    else
      first_ = network().add(BinarySpikeInput{.signed_spikes = true,
                                              .input_frames = static_cast<double>(options().timesteps) / 2,
                                              .input_frame_timesteps = 2},
                             width, {.name = "input"});
    hidden_ = network().add(neurons(), width, {.name = "hidden"});
    if (of(wiring) == "two hidden layers") deeper_ = network().add(neurons(), width, {.name = "deeper"});
    last_ = of(output) == "spiking"
                ? network().add(neurons(), outputs, {.readout = of(readout), .name = "output"})
                : network().add(
                      trained(LeakyIntegrate::text().with(set_members(LeakyIntegrate{.bias = 0.01, .tau_mem = 15.0})),
                              how()),
                      outputs, {.readout = of(readout), .name = "output"});
    case_.learned.training.losses.push_back({index_of(last_), loss_of(of(loss), of(readout))});
    if (of(wiring) != "two outputs") return;
    other_last_ =
        network().add(LeakyIntegrate{.tau_mem = 8.0, .scale_i = true}, 2, {.readout = "avg_var", .name = "other"});
    case_.learned.training.losses.push_back(
        {index_of(*other_last_), SparseCategoricalCrossentropy{.temperature = 0.5}});
  }

  Trained how() const {
    return of(parameters) == "shared"      ? Trained::shared
           : of(parameters) == "by neuron" ? Trained::by_neuron
                                           : Trained::nothing;
  }
  NeuronModel neurons() const { return trained(model_of(of(neuron)), how()); }

  std::uint32_t index_of(const PopulationId& id) { return static_cast<std::uint32_t>(network().index_of(id)); }

  void connect_all() {
    const PopulationId before_last = deeper_ ? *deeper_ : hidden_;
    connect(first_, hidden_, "first", 0.05, 0.4);
    if (deeper_) connect(hidden_, *deeper_, "middle", 0.05, 0.4);
    connect(before_last, last_, "last", -0.05, 0.35);
    if (of(wiring) == "recurrent") connect(hidden_, hidden_, "back", -0.12, 0.12);
    if (of(wiring) == "parallel")
      network().connect(first_, hidden_, Dense{Uniform{-0.1 * gain_, 0.15 * gain_}, 2.0},
                        {.synapse = Exponential{.tau = 9.0}, .name = "slow"});
    if (of(wiring) == "skip")
      network().connect(first_, last_, Dense{Uniform{-0.05 * gain_, 0.1 * gain_}},
                        {.synapse = Exponential{}, .name = "skip"});
    if (of(wiring) == "two inputs") {
      const auto second = network().add(SpikeInput{}, 4, {.name = "second"});
      network().connect(second, hidden_, Dense{Uniform{0, 0.15 * gain_}},
                        {.synapse = Exponential{.tau = 2.5}, .name = "aside"});
    }
    if (other_last_)
      network().connect(hidden_, *other_last_, Dense{Uniform{-1, 1}}, {.synapse = Exponential{}, .name = "other_last"});
  }

  void connect(PopulationId from, PopulationId to, const std::string& name, double low, double high) {
    const bool is_square = to != last_;
    add(from, to, name, trained(synapse_of(of(synapse)), how()), Uniform{low * gain_, high * gain_}, is_square);
    // Jumps small compared to the threshold trigger some of the spikes.
    if (of(synapse) == "beside a delta")
      add(from, to, name + "_jump", Delta{}, Uniform{0.2 * low * gain_, 0.3 * high * gain_}, is_square);
  }

  void add(PopulationId from, PopulationId to, const std::string& name, const Synapse& shape, const Value& weight,
           bool is_square) {
    ConnectionOptions connection{.synapse = shape, .name = name, .max_delay = 5};
    const std::string kind = of(delays).substr(0, of(delays).find(','));
    const Value fixed = kind == "none" ? Value(0.0) : kind == "shared" ? Value(2.0) : Value(Uniform{0, 4});
    const Value delay = how() == Trained::nothing ? fixed : trainable(fixed);
    if (kind != of(delays) && !(from == to)) connection.latency = 0;
    if (of(pattern) == "dense") connection.storage = SynapseStorage::automatic;
    if (of(pattern) == "dense in rows" || of(pattern) == "drawn rows") connection.storage = SynapseStorage::rows;
    if (of(pattern) == "one to one" && is_square)
      network().connect(from, to, OneToOne{weight, delay}, connection);
    else if (of(pattern) == "drawn rows")
      network().connect(from, to, FixedProbability{0.7, weight, delay}, connection);
    else if (of(pattern) == "list")
      network().connect(from, to, list(to == last_ ? outputs : width, weight, delay), connection);
    else
      network().connect(from, to, Dense{weight, delay}, connection);
  }

  static Sparse list(std::uint32_t targets, const Value& weight, const Value& delay) {
    Sparse synapses;
    synapses.weight = weight;
    synapses.delay = delay;
    for (std::uint32_t i = 0; i < width; ++i) {
      for (std::uint32_t j = 0; j < targets; ++j) {
        if ((i + 2 * j) % 3 == 0) continue;
        synapses.sources.push_back(i);
        synapses.targets.push_back(j);
      }
    }
    return synapses;
  }

  // Examples of different lengths.
  ExampleData draw(std::uint32_t number) {
    codegen::GradientCheckOptions drawn;
    drawn.timesteps = options().timesteps;
    drawn.losses = case_.learned.training.losses;
    const ir::Network resolved = network().resolve();
    ExampleData example = draw_example(resolved, drawn, 100 * options().seed + number);
    example.timesteps -= number * options().timesteps / 30;
    if (of(input) == "signed frames") sign_frames(example, number);
    return example;
  }

  // Values of −1, 0 and 1, mostly 0, and their spikes.
  void sign_frames(ExampleData& example, std::uint32_t number) const {
    std::mt19937 random(static_cast<std::mt19937::result_type>(7 * options().seed + number));
    example.spikes[0].clear();
    for (std::size_t i = 0; i < example.input[0].size(); ++i) {
      const bool any = random() % (options().timesteps / 4) == 0;
      const int sign = !any ? 0 : random() % 4 == 0 ? -1 : 1;
      example.input[0][i] = sign;
      const auto step = 2 * static_cast<std::uint32_t>(i / width);
      for (std::uint32_t n = step; n < step + 2 && sign != 0; ++n)
        example.spikes[0].push_back({n, static_cast<std::uint32_t>(i % width), sign});
    }
  }

  const Combination& row_;
  double gain_;
  CoveringCase case_;
  PopulationId first_, hidden_, last_;
  std::optional<PopulationId> deeper_, other_last_;
};

bool is_lively(const CoveringCase& each) {
  const DerivedGradients grid = grid_gradients(each.learned, each.examples);
  const auto& populations = each.learned.network.description().populations;
  for (std::size_t p = 0; p < populations.size(); ++p) {
    const std::vector<std::uint32_t>& spikes = grid.spikes[p];
    const double mean =
        std::accumulate(spikes.begin(), spikes.end(), 0.0) / static_cast<double>(spikes.size() * each.examples.size());
    if (!spikes.empty() && !populations[p].neuron.threshold.empty() && (mean < 0.3 || mean > 12)) return false;
  }
  return std::all_of(grid.tensors.begin(), grid.tensors.end(), [](const auto& tensor) {
    return !tensor.first.ends_with(".weight") || norm(tensor.second) > 2e-3;
  });
}

}  // namespace

const std::vector<Factor>& network_factors() {
  static const std::vector<Factor> all{
      {"neuron", names_of_neurons()},
      {"synapse", names_of_synapses()},
      {"readout", {"var", "sum_var", "avg_var", "avg_var_exp_weight", "max_var", "first_spike_time"}},
      {"loss",
       {"sparse crossentropy", "crossentropy", "square", "square per step", "relative square", "time crossentropy"}},
      {"output", {"leaky", "spiking"}},
      {"pattern", {"dense", "dense in rows", "one to one", "drawn rows", "list"}},
      {"delays", {"none", "shared", "by synapse", "none, latency 0", "shared, latency 0", "by synapse, latency 0"}},
      {"wiring", {"forward", "recurrent", "parallel", "skip", "two inputs", "two outputs", "two hidden layers"}},
      {"dt", {"1 ms", "0.5 ms", "0.25 ms, nominal 1 ms", "0.1 ms, nominal 0.5 ms"}},
      {"examples", {"1", "3 in 2 slots", "5 in 4 slots"}},
      {"input", {"spikes", "frames", "signed frames"}},
      {"parameters", {"fixed", "shared", "by neuron"}}};
  return all;
}

bool are_compatible(std::size_t factor, std::size_t level, std::size_t other, std::size_t other_level) {
  if (factor > other) return are_compatible(other, other_level, factor, level);
  const std::string& a = network_factors()[factor].levels[level];
  const std::string& b = network_factors()[other].levels[other_level];
  const bool times_a = a == "first_spike_time", times_b = b == "relative square" || b == "time crossentropy";
  if (factor == readout && other == loss) return times_a ? b != "square" : !times_b;
  if (factor == readout && other == output) return !times_a || b == "spiking";
  if (factor == loss && other == output) return (a != "relative square" && a != "time crossentropy") || b == "spiking";
  return true;
}

const std::vector<Combination>& network_combinations() {
  static const std::vector<Combination> all = cover_pairs(network_factors(), are_compatible);
  return all;
}

std::string to_string(const Combination& combination) {
  std::string text;
  for (std::size_t f = 0; f < combination.size(); ++f)
    text += (f == 0 ? "" : ", ") + network_factors()[f].name + " " + network_factors()[f].levels[combination[f]];
  return text;
}

TimeStep time_step_of(const Combination& combination) {
  static const std::vector<TimeStep> all{{1.0, 0.0, 30}, {0.5, 0.0, 60}, {0.25, 1.0, 100}, {0.1, 0.5, 200}};
  return all[combination[time_step]];
}

CoveringCase covering_case(const Combination& combination, const TimeStep& time, double gain, std::uint64_t seed) {
  return Builder(combination, time, gain, seed).run();
}

Liveliness find_lively(const Combination& combination, const TimeStep& time, std::uint64_t seed) {
  for (const std::uint64_t last = seed + 48; seed < last; ++seed) {
    for (const double gain : {1.0, 1.6, 0.6, 2.5, 0.4, 5.0, 10.0, 20.0, 0.3, 0.2}) {
      if (is_lively(covering_case(combination, time, gain, seed))) return {gain, seed};
    }
  }
  throw std::logic_error("no activity in " + to_string(combination));
}

}  // namespace synfire::testing
