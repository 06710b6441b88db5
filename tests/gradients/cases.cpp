// SPDX-License-Identifier: Apache-2.0
#include "gradients/cases.hpp"

#include <stdexcept>

#include "gradients/trained_models.hpp"
#include "synfire/language/parse.hpp"
#include "synfire/models.hpp"

namespace synfire::testing {
namespace {

using codegen::Loss;

const LeakyIntegrateFire hard_reset{
    .tau_mem = 20.0, .relative_reset = false, .integrate_during_refrac = false, .scale_i = true};
const Exponential synapse{.tau = 5.0, .scale_i = true};

TrainingCase with(Network network, std::vector<codegen::OutputLoss> losses, std::uint32_t timesteps = 30) {
  TrainingCase learned;
  learned.network = std::move(network);
  learned.options.timesteps = timesteps;
  learned.options.batch_size = 5;
  learned.options.seed = 3;
  learned.training.losses = std::move(losses);
  learned.training.slots = 2;
  return learned;
}

codegen::OutputLoss loss(std::uint32_t population, const Loss& of = {}) { return {population, of}; }

// An ordinary network: input, hidden neurons, leaky outputs.
TrainingCase feed_forward() {
  Network network;
  const auto input = network.add(SpikeInput{}, 12, {.name = "input"});
  const auto hidden = network.add(hard_reset, 40, {.name = "hidden"});
  const auto output =
      network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 3, {.readout = "avg_var", .name = "output"});
  network.connect(input, hidden, Dense{Normal{0.9, 0.5}}, {.synapse = synapse, .name = "first"});
  network.connect(hidden, output, Dense{Normal{0.1, 0.5}}, {.synapse = synapse, .name = "second"});
  return with(network, {loss(2)});
}

// Recurrence over several delays, relative reset, a frozen connection, one neuron more than a warp has lanes.
TrainingCase recurrent() {
  Network network;
  const auto input = network.add(SpikeInput{}, 12, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{.v_thresh = 0.9, .v_reset = 0.1, .tau_mem = 15.0, .scale_i = true},
                                  33, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{.tau_mem = 10.0}, 4, {.readout = "sum_var", .name = "output"});
  network.connect(input, hidden, Dense{Normal{0.8, 0.5}, 2.0}, {.synapse = synapse, .name = "drive"});
  network.connect(hidden, hidden, Dense{Normal{0, 0.3}}, {.synapse = Exponential{.tau = 3.0}, .name = "recurrence"});
  network.connect(hidden, hidden, Dense{frozen(Normal{0, 0.2}), 3.0}, {.synapse = synapse, .name = "fixed"});
  network.connect(hidden, hidden, OneToOne{-0.2, 1.0}, {.synapse = synapse, .name = "adaptation"});
  network.connect(hidden, output, Dense{Normal{0, 0.1}, 1.0}, {.synapse = Exponential{.tau = 4.0}, .name = "second"});
  return with(network, {loss(2)});
}

// Rows of synapses with individual delays, states held while refractory, parameters per neuron.
TrainingCase sparse() {
  Network network;
  std::vector<float> thresholds(37);
  for (std::size_t i = 0; i < thresholds.size(); ++i) thresholds[i] = 0.7F + 0.01F * static_cast<float>(i);
  const auto input = network.add(SpikeInput{}, 20, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{.v_thresh = thresholds,
                                                     .tau_mem = 20.0,
                                                     .tau_refrac = 3.0,
                                                     .relative_reset = false,
                                                     .integrate_during_refrac = false,
                                                     .scale_i = true},
                                  37, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 3,
                                  {.readout = "avg_var_exp_weight", .name = "output"});
  network.connect(input, hidden, FixedProbability{.p = 0.4, .weight = Normal{1.5, 0.8}, .delay = Uniform{0, 4}},
                  {.synapse = synapse, .name = "first", .storage = SynapseStorage::rows});
  network.connect(hidden, hidden, FixedProbability{.p = 0.3, .weight = Normal{0, 0.5}, .delay = Uniform{1, 3}},
                  {.synapse = synapse, .name = "recurrence", .storage = SynapseStorage::rows});
  network.connect(hidden, output, FixedProbability{.p = 0.5, .weight = 0.4},
                  {.synapse = synapse, .name = "second", .storage = SynapseStorage::rows});
  return with(network, {loss(2)});
}

// Adaptation, and a readout that needs the time of its maximum.
TrainingCase adaptive() {
  Network network;
  const auto input = network.add(SpikeInput{}, 10, {.name = "input"});
  const auto hidden =
      network.add(AdaptiveLeakyIntegrateFire{.beta = 0.1, .tau_mem = 20.0, .tau_adapt = 50.0}, 20, {.name = "hidden"});
  const auto output =
      network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 3, {.readout = "max_var", .name = "output"});
  network.connect(input, hidden, Dense{Normal{0.15, 0.1}}, {.synapse = synapse, .name = "first"});
  network.connect(hidden, output, Dense{Normal{0, 0.5}}, {.synapse = synapse, .name = "second"});
  TrainingCase learned = with(network, {loss(2, CategoricalCrossentropy{.temperature = 0.5})});
  return learned;
}

// Trained parameters of neurons, synapses and a readout, and initial values: one number for all neurons, or one each.
// Coefficients are scalars, elements of matrices, and powers.
TrainingCase parameters() {
  const ReadoutModel weighted{.name = "weighted",
                              .parameters = {{"rate", trainable(0.05)}, {"gain", trainable(Uniform{0.8, 1.2})}},
                              .state = {{"s", 0.0}},
                              .on_step = {"s = s + exp(-rate * t) * x"},
                              .value = "gain * s"};
  const SynapseModel alpha{.name = "alpha",
                           .parameters = {{"tau", trainable(Uniform{3, 5}, {.min = 1.0})}, {"order", trainable(1.5)}},
                           .state = {{"a", 0.0}, {"g", trainable(0.02)}},
                           .dynamics = {"da/dt = -a / tau", "dg/dt = (a - g) / tau"},
                           .on_spike = {"a += weight * order ** 1.7"},
                           .current = "g"};
  Network network;
  const auto input = network.add(SpikeInput{}, 12, {.name = "input"});
  const auto hidden = network.add(LeakyIntegrateFire{.v_thresh = trainable(Uniform{0.8, 1.0}),
                                                     .v_reset = trainable(0.05),
                                                     .v = trainable(0.1),
                                                     .tau_mem = trainable(Uniform{10, 30}, {.min = 2.0}),
                                                     .tau_refrac = 3.0,
                                                     .relative_reset = false,
                                                     .integrate_during_refrac = false,
                                                     .scale_i = true},
                                  35, {.name = "hidden"});
  const auto adaptive = network.add(trained(AdaptiveLeakyIntegrateFire::text().with(set_members(
                                                AdaptiveLeakyIntegrateFire{.beta = 0.1, .tau_adapt = 50.0})),
                                            Trained::shared),
                                    8, {.name = "adaptive"});
  const auto output = network.add(LeakyIntegrate{.bias = trainable(0.01), .tau_mem = trainable(20.0), .scale_i = true},
                                  3, {.readout = weighted, .name = "output"});
  network.connect(input, hidden, Dense{Normal{8, 4}}, {.synapse = alpha, .name = "first"});
  network.connect(hidden, adaptive, Dense{Normal{0.06, 0.06}},
                  {.synapse = Exponential{.tau = trainable(5.0)}, .name = "middle"});
  network.connect(adaptive, output, Dense{Normal{0, 0.5}}, {.synapse = synapse, .name = "last"});
  return with(network, {loss(3, MeanSquareError{})}, 50);
}

// Trained delays: of every synapse, one for all, from given values, over a list, with and without latency.
TrainingCase delays() {
  Network network;
  std::vector<float> given(35);
  for (std::size_t i = 0; i < given.size(); ++i) given[i] = 0.37F * static_cast<float>(i % 9);
  Sparse list{.sources = {0, 2, 3, 7, 11, 11}, .targets = {4, 30, 4, 34, 0, 1}};
  list.weight = frozen(0.6);
  list.delay = trainable(std::vector<float>{0.2F, 1.0F, 2.6F, 3.3F, 0.0F, 4.9F});
  const auto input = network.add(SpikeInput{}, 12, {.name = "input"});
  const auto hidden = network.add(hard_reset, 35, {.name = "hidden"});
  const auto output = network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 3,
                                  {.readout = "avg_var_exp_weight", .name = "output"});
  network.connect(input, hidden, Dense{Normal{0.9, 0.5}, trainable(Uniform{0, 5})},
                  {.synapse = synapse, .name = "first", .max_delay = 6});
  network.connect(input, hidden, list, {.synapse = synapse, .name = "list", .max_delay = 5});
  network.connect(hidden, hidden, OneToOne{-0.3, trainable(given)},
                  {.synapse = synapse, .name = "own", .max_delay = 4});
  network.connect(hidden, output, Dense{Normal{0.1, 0.5}, trainable(1.0, {.max = 2})},
                  {.synapse = synapse, .name = "second", .max_delay = 3, .latency = 0});
  return with(network, {loss(2)});
}

// A loss of first spike times.
TrainingCase spike_times() {
  Network network;
  const auto input = network.add(SpikeInput{}, 10, {.name = "input"});
  const auto hidden = network.add(hard_reset, 20, {.name = "hidden"});
  const auto output = network.add(hard_reset, 4, {.readout = "first_spike_time", .name = "output"});
  network.connect(input, hidden, Dense{Normal{1.0, 0.5}}, {.synapse = synapse, .name = "first"});
  network.connect(hidden, output, Dense{Normal{0.5, 0.6}}, {.synapse = synapse, .name = "second"});
  TrainingCase learned = with(network, {loss(2, TimeToFirstSpikeCrossentropy{.alpha = 0.3})}, 40);
  return learned;
}

// Conductances have nonlinear equations: the backward pass needs the states. The optimizer has limits.
TrainingCase conductance() {
  const NeuronModel neuron{.name = "conductance_neuron",
                           .state = {{"v", 0.0}},
                           .dynamics = {"dv/dt = (I - v) / 20"},
                           .threshold = "v >= 1",
                           .reset = {"v = 0"}};
  const SynapseModel conductance{.name = "conductance",
                                 .state = {{"g", 0.0}},
                                 .dynamics = {"dg/dt = -g / 5"},
                                 .on_spike = {"g += weight"},
                                 .current = "g * (4 - v)"};
  Network network;
  const auto input = network.add(SpikeInput{}, 10, {.name = "input"});
  const auto hidden = network.add(neuron, 20, {.name = "hidden"});
  const auto output =
      network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 3, {.readout = "var", .name = "output"});
  network.connect(input, hidden, Dense{Normal{0.4, 0.2}}, {.synapse = conductance, .name = "first"});
  network.connect(hidden, hidden, Dense{Normal{0.0, 0.1}, 1.0}, {.synapse = conductance, .name = "recurrence"});
  network.connect(hidden, output, Dense{Normal{0, 0.5}}, {.synapse = synapse, .name = "second"});
  TrainingCase learned = with(network, {loss(2, MeanSquareError{})});
  learned.training.optimizer = SGD::text().with({{"momentum", 0.9}, {"nesterov", true}});
  learned.training.clip_value = 0.5;
  learned.training.clip_norm = 1;
  return learned;
}

// Delta synapses beside shaped ones: some spikes are triggered by arrivals. A loss of every step.
TrainingCase triggered() {
  Network network;
  const auto input = network.add(SpikeInput{}, 10, {.name = "input"});
  const auto hidden = network.add(hard_reset, 20, {.name = "hidden"});
  const auto second = network.add(LeakyIntegrateFire{.tau_mem = 20.0, .scale_i = true}, 15, {.name = "deeper"});
  const auto output =
      network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 2, {.readout = "var", .name = "output"});
  network.connect(input, hidden, Dense{Normal{1.0, 0.5}}, {.synapse = synapse, .name = "first"});
  network.connect(hidden, second, Dense{Normal{3.0, 2.0}}, {.synapse = Delta{}, .name = "jumps"});
  network.connect(hidden, second, Dense{Normal{0.5, 0.5}}, {.synapse = synapse, .name = "shaped"});
  network.connect(second, output, Dense{Normal{0, 0.5}}, {.synapse = synapse, .name = "last"});
  TrainingCase learned = with(network, {loss(3, MeanSquareError{.per_step = true})});
  return learned;
}

// A user's loss beside a regularizer of the hidden membranes, which takes no data, with weights.
TrainingCase user_losses() {
  const LossModel margin{.name = "margin",
                         .parameters = {{"gap", 0.5}},
                         .loss = "sum(max(0, gap + v - at(v, label)) if k != label else 0) + 0.1 * max(v)"};
  Network network;
  const auto input = network.add(SpikeInput{}, 10, {.name = "input"});
  const auto hidden = network.add(hard_reset, 20, {.readout = "avg_var", .name = "hidden"});
  const auto output =
      network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 4, {.readout = "avg_var", .name = "output"});
  network.connect(input, hidden, Dense{Normal{1.0, 0.5}}, {.synapse = synapse, .name = "first"});
  network.connect(hidden, output, Dense{Normal{0, 0.5}}, {.synapse = synapse, .name = "second"});
  return with(network, {{1, Loss(SilentNeurons::text(), 0.05)}, {2, Loss(margin, 0.7)}});
}

// A user's loss of each step that is not a square, and takes no targets.
TrainingCase user_steps() {
  const LossModel calm{.name = "calm",
                       .parameters = {{"bound", 0.1}},
                       .targets = Targets::none,
                       .per_step = "true",
                       .loss = "2 * mean(sqrt(1 + (v - bound)**2) + max(0, v - bound))"};
  Network network;
  const auto input = network.add(SpikeInput{}, 10, {.name = "input"});
  const auto hidden = network.add(hard_reset, 20, {.name = "hidden"});
  const auto output =
      network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 3, {.readout = "var", .name = "output"});
  network.connect(input, hidden, Dense{Normal{1.0, 0.5}}, {.synapse = synapse, .name = "first"});
  network.connect(hidden, output, Dense{Normal{0.3, 0.5}}, {.synapse = synapse, .name = "second"});
  return with(network, {{2, Loss(calm)}});
}

// Losses of each step that join neurons: of a label, of targets of each step, and a user's.
TrainingCase joint_steps() {
  const LossModel apart{.name = "apart",
                        .parameters = {{"gap", 0.5}},
                        .targets = Targets::none,
                        .per_step = "true",
                        .loss = "sum((v - mean(v) + 0.1 * k)**2) + max(v) / (1 + at(v, 0)**2)"};
  Network network;
  const auto input = network.add(SpikeInput{}, 10, {.name = "input"});
  const auto hidden = network.add(hard_reset, 20, {.name = "hidden"});
  network.connect(input, hidden, Dense{Normal{1.0, 0.5}}, {.synapse = synapse, .name = "first"});
  for (const char* name : {"class", "shares", "spread"}) {
    const auto output = network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 4, {.name = name});
    network.connect(hidden, output, Dense{Normal{0, 0.5}}, {.synapse = synapse});
  }
  return with(network, {{2, SparseCategoricalCrossentropy{.temperature = 0.5, .per_step = true}},
                        {3, Loss(model_of(CategoricalCrossentropy{.per_step = true}), 0.5)},
                        {4, Loss(apart)}});
}

// Values instead of spikes: an image that is shown in all steps (one frame) or changes, a bias, and a sine wave for
// each neuron; matrices, single weights, a pattern that is not trained, delays.
TrainingCase graded(int frames) {
  Network network;
  const auto image =
      network.add(GradedInput{.input_frames = frames, .input_frame_timesteps = 4}, 12, {.name = "image"});
  const auto bias = network.add(NeuronModel{.name = "bias", .graded = "1"}, 1, {.name = "bias"});
  const auto waves = network.add(
      NeuronModel{.name = "wave", .parameters = {{"phase", Uniform{0, 6}}}, .graded = "sin(0.3 * t + phase)"}, 40,
      {.name = "waves"});
  const auto hidden = network.add(hard_reset, 40, {.name = "hidden"});
  const auto output =
      network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 3, {.readout = "avg_var", .name = "output"});
  network.connect(image, hidden, Dense{Normal{0.2, 0.2}}, {.synapse = synapse, .name = "first"});
  network.connect(bias, hidden, Dense{Normal{0.1, 0.3}, 2.0}, {.synapse = Exponential{.tau = 3.0}, .name = "shift"});
  network.connect(waves, hidden, OneToOne{Normal{0.3, 0.1}, 1.0}, {.synapse = synapse, .name = "sway"});
  network.connect(waves, output, Dense{frozen(0.05)}, {.synapse = synapse, .name = "beat"});
  network.connect(image, output, FixedProbability{0.4, frozen(Normal{0, 0.2}), 3.0}, {.name = "shortcut"});
  network.connect(hidden, output, Dense{Normal{0.1, 0.5}}, {.synapse = synapse, .name = "second"});
  return with(network, {loss(4)});
}

// A kernel that all neurons share, windows whose spikes pass once in a step or in all, a pool fused with what follows.
TrainingCase convolution() {
  Network network;
  const auto input = network.add(SpikeInput{}, {7, 6, 2}, {.name = "input"});
  const auto maps = network.add(hard_reset, {}, {.name = "maps"});
  const auto pooled = network.add(LeakyIntegrateFire{.v_thresh = 0.6, .tau_mem = 10.0}, {}, {.name = "pooled"});
  const auto early = network.add(LeakyIntegrateFire{.v_thresh = 0.6, .tau_mem = 10.0}, {}, {.name = "early"});
  const auto output =
      network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 3, {.readout = "avg_var", .name = "output"});
  network.connect(input, maps,
                  Conv2D{.filters = 6, .kernel = 3, .padding = "same", .groups = 2, .weight = Normal{1.0, 0.6}},
                  {.synapse = synapse, .name = "first"});
  network.connect(maps, early, MaxPool2D{.pool = 2, .first_spike = true, .delay = 2.0},
                  {.synapse = Exponential{.tau = 4.0}, .name = "earliest"});
  network.connect(early, output, Dense{Normal{0.2, 0.5}}, {.synapse = synapse, .name = "third"});
  network.connect(maps, pooled, MaxPool2D{.pool = {3, 2}, .strides = 2, .delay = 1.0},
                  {.synapse = Exponential{.tau = 4.0}, .name = "windows"});
  network.connect(pooled, output, AvgPoolDense2D{.pool = {1, 2}, .weight = Normal{0.1, 0.5}},
                  {.synapse = synapse, .name = "second"});
  return with(network, {loss(4)});
}

// Values that pass through kernels: constant ones and others, forwards and transposed.
TrainingCase graded_convolution() {
  Network network;
  const auto image =
      network.add(NeuronModel{.name = "image", .parameters = {{"level", Uniform{0, 1}}}, .graded = "level"}, {5, 6, 2},
                  {.name = "image"});
  const auto wave = network.add(
      NeuronModel{.name = "wave", .parameters = {{"phase", Uniform{0, 6}}}, .graded = "sin(0.3 * t + phase)"},
      {3, 3, 4}, {.name = "wave"});
  const auto maps = network.add(hard_reset, {5, 6, 4}, {.name = "maps"});
  const auto output =
      network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 3, {.readout = "avg_var", .name = "output"});
  network.connect(image, maps,
                  Conv2D{.filters = 4, .kernel = 3, .padding = "same", .groups = 2, .weight = Normal{0.3, 0.5}},
                  {.synapse = synapse, .name = "still"});
  network.connect(wave, maps,
                  Conv2DTranspose{.filters = 4,
                                  .kernel = {2, 3},
                                  .strides = 2,
                                  .padding = {0, 1, 0, 1},
                                  .weight = Normal{0.0, 0.5},
                                  .delay = 1.0},
                  {.synapse = synapse, .name = "moving"});
  network.connect(maps, output, Dense{Normal{0.1, 0.3}}, {.synapse = synapse, .name = "second"});
  return with(network, {loss(3)});
}

TrainingCase by_surrogate(TrainingCase learned, const char* derivative, std::optional<double> support,
                          bool detach_reset) {
  learned.training.surrogates.assign(learned.network.populations(),
                                     {language::parse_expression(derivative), support, detach_reset});
  return learned;
}

// What only surrogate gradients have: counts of spikes. Spikes with a sign, surrogates that differ, a rate.
TrainingCase surrogate_counts() {
  const NeuronModel both_ways{.name = "both_ways",
                              .state = {{"v", 0.0}},
                              .dynamics = {"dv/dt = (I - v) / 15"},
                              .threshold = "abs(v) >= 0.5",
                              .reset = {"v = 0.2 * v"},
                              .spike_sign = "v"};
  Network network;
  const auto input = network.add(SpikeInput{}, 12, {.name = "input"});
  const auto first = network.add(both_ways, 20, {.name = "first"});
  const auto second = network.add(both_ways, 10, {.name = "second"});
  const auto output = network.add(LeakyIntegrateFire{.tau_mem = 20.0, .tau_refrac = 2.0}, 3,
                                  {.readout = "spike_count", .name = "output"});
  network.connect(input, first, Dense{Normal{0.1, 1.0}}, {.synapse = synapse, .name = "drive"});
  network.connect(first, second, Dense{Normal{0.1, 0.5}, 1.0}, {.synapse = synapse, .name = "middle"});
  network.connect(second, output, Dense{Normal{0.3, 0.5}}, {.synapse = Delta{}, .name = "last"});
  TrainingCase learned = with(network, {loss(3, MeanSquareError{})});
  const codegen::SurrogateRule wide{language::parse_expression("1 / (1 + 2 * abs(x))**2"), std::nullopt, false};
  const codegen::SurrogateRule narrow{language::parse_expression("0.8"), 0.3, true};
  learned.training.surrogates = {wide, wide, narrow, wide};
  learned.training.rates = {{1, {.lower = 1.0, .upper = 3.0, .strength = 0.02}}, {2, {.upper = 1.0, .strength = 0.01}}};
  return learned;
}

// A loss of every step that joins output neurons which spike.
TrainingCase surrogate_steps() {
  Network network;
  const auto input = network.add(SpikeInput{}, 12, {.name = "input"});
  const auto output = network.add(hard_reset, 4, {.name = "output"});
  network.connect(input, output, Dense{Normal{0.8, 0.8}}, {.synapse = synapse, .name = "only"});
  return by_surrogate(with(network, {loss(1, SparseCategoricalCrossentropy{.temperature = 0.5, .per_step = true})}),
                      "max(0, 1 - abs(x))", 1.0, false);
}

}  // namespace

const std::vector<NamedCase>& training_cases() {
  static const std::vector<NamedCase> all{
      {"feed_forward", feed_forward()},
      {"recurrent", recurrent()},
      {"sparse", sparse()},
      {"adaptive", adaptive()},
      {"parameters", parameters()},
      {"delays", delays()},
      {"spike_times", spike_times()},
      {"conductance", conductance()},
      {"triggered", triggered()},
      {"user_losses", user_losses()},
      {"user_steps", user_steps()},
      {"joint_steps", joint_steps()},
      {"graded", graded(1)},
      {"graded_frames", graded(5)},
      {"convolution", convolution()},
      {"graded_convolution", graded_convolution()},
      {"surrogate_convolution", by_surrogate(convolution(), "1 / (1 + 5 * abs(x))**2", std::nullopt, false)},
      {"surrogate_delays", by_surrogate(delays(), "1 / (1 + 5 * abs(x))**2", std::nullopt, false)},
      {"surrogate_parameters", by_surrogate(parameters(), "1 / (1 + 5 * abs(x))**2", std::nullopt, false)},
      {"surrogate_parameters_nearby", by_surrogate(parameters(), "max(0, 1 - 2 * abs(x))", 0.5, false)},
      {"surrogate_everywhere", by_surrogate(recurrent(), "1 / (1 + 5 * abs(x))**2", std::nullopt, false)},
      {"surrogate_nearby", by_surrogate(sparse(), "max(0, 1 - 2 * abs(x))", 0.5, true)},
      {"surrogate_counts", surrogate_counts()},
      {"surrogate_steps", surrogate_steps()},
      {"surrogate_graded", by_surrogate(graded(3), "max(0, 1 - 2 * abs(x))", 0.5, true)}};
  return all;
}

const NamedCase& training_case(const std::string& name) {
  for (const NamedCase& each : training_cases()) {
    if (each.name == name) return each;
  }
  throw std::out_of_range("no case " + name);
}

}  // namespace synfire::testing
