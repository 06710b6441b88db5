// SPDX-License-Identifier: Apache-2.0
#include "files/random_description.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "synfire/models.hpp"
#include "synfire/registry.hpp"

namespace synfire::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

class Maker {
 public:
  explicit Maker(std::uint32_t seed) : random_(seed) {}

  Description description() {
    Description made;
    made.network = network();
    if (chance(0.7)) made.compile = settings();
    if (chance(0.3)) made.train = training();
    for (std::uint32_t i = below(3); i > 0; --i) made.inputs.push_back(preparation());
    return made;
  }

 private:
  std::uint32_t below(std::uint32_t count) { return static_cast<std::uint32_t>(random_() % count); }
  bool chance(double probability) { return below(1000) < 1000 * probability; }
  template <class T>
  T pick(std::initializer_list<T> options) {
    return *(options.begin() + below(static_cast<std::uint32_t>(options.size())));
  }

  // Any magnitude, with all digits.
  double any_number() {
    const double exponent = static_cast<double>(below(600)) - 300;
    const double mantissa = static_cast<double>(random_()) / static_cast<double>(std::mt19937_64::max()) - 0.5;
    return pick({0.0, -0.0, 1.0, 0.1, -2.5, 1e22, infinity, -infinity, std::numeric_limits<double>::max(),
                 std::numeric_limits<double>::denorm_min(), mantissa * std::pow(10.0, exponent), 9007199254740993.0,
                 mantissa});
  }

  // Valid names, and sometimes an invalid one.
  std::string name() {
    if (chance(0.1))
      return pick<std::string>({"", "a b", "größe", "\"\\/\n\t", std::string("a\0b", 3), "type", "model"});
    std::string text = pick<std::string>({"a", "B", "_", "7", "input", "cells"});
    for (std::uint32_t i = below(8); i > 0; --i) text += pick({'a', 'z', '_', '-', '.', '0', 'Q'});
    return text;
  }

  Tensor<float> array(Extents shape) {
    Tensor<float> tensor(std::move(shape));
    for (std::size_t i = 0; i < tensor.size(); ++i) {
      tensor[i] = std::bit_cast<float>(static_cast<std::uint32_t>(random_()));
      if (std::isnan(tensor[i])) tensor[i] = pick({0.1f, -0.0f, std::numeric_limits<float>::infinity()});
      if (chance(0.5)) tensor[i] = static_cast<float>(below(1000)) / 7;
    }
    return tensor;
  }

  Initializer initializer() {
    switch (below(5)) {
      case 0: return Constant{any_number()};
      case 1: return Normal{any_number(), any_number(), any_number(), any_number()};
      case 2: return Uniform{any_number(), any_number()};
      case 3: return Xavier{any_number(), pick({Distribution::uniform, Distribution::normal})};
      default: return Kaiming{any_number(), pick({Distribution::uniform, Distribution::normal})};
    }
  }

  Value content() {
    switch (below(8)) {
      case 0: return Value{};
      case 1: return chance(0.5);
      case 2: return initializer();
      case 3: return array({below(40)});
      case 4: return array(pick<Extents>({{2, 3}, {3, 0}, {0, 3}, {}, {2, 1, 2}, {5, 7}}));
      case 5: return pick<std::string>({"normal", "nromal", "kaiming", "größe", "infinity"});
      default: return any_number();
    }
  }

  Value value() {
    if (chance(0.2)) return frozen(content());
    if (chance(0.7)) return content();
    Trainable how{any_number(), any_number()};
    if (chance(0.5)) how.learning_rate = any_number();
    if (chance(0.2)) how.l1 = 1e-30;
    if (chance(0.2)) how.l2 = 1.0 / 3;
    if (chance(0.2)) how.sign = WeightSign::keep;
    how.keep_zeros = chance(0.2);
    if (chance(0.2)) how.max_norm = pick({1.0 / 3, 2.0});
    if (chance(0.2)) how.noise = 1.0 / 3;
    return trainable(content(), how);
  }

  std::vector<Assignment> assignments(const std::vector<std::string>& known) {
    std::vector<Assignment> made;
    for (const std::string& each : known) {
      if (chance(0.3)) made.push_back({each, value()});
    }
    if (chance(0.2)) made.push_back({name(), value()});
    if (chance(0.05) && !made.empty()) made.push_back({made.front().name, value()});
    return made;
  }

  std::vector<std::string> texts() {
    std::vector<std::string> made;
    for (std::uint32_t i = below(3); i > 0; --i) made.push_back(text());
    return made;
  }
  std::string text() {
    return pick<std::string>({"", "v = 0", "dv/dt = -v / tau", "x += weight\ny = 1", "v >= \"1\"", "# ü"});
  }

  template <class Model>
  void fill(Model& model) {
    model.name = pick<std::string>({"cell", "cell", "lif", "integrate_fire", "delta", "var"});
    for (std::uint32_t i = below(4); i > 0; --i) {
      model.parameters.push_back({.name = name(),
                                  .value = value(),
                                  .unit = pick({Unit::none, Unit::milliseconds}),
                                  .min = chance(0.5) ? -infinity : any_number(),
                                  .max = chance(0.5) ? infinity : any_number(),
                                  .exclusive_min = chance(0.5),
                                  .exclusive_max = chance(0.5)});
    }
    for (std::uint32_t i = below(3); i > 0; --i) model.state.push_back({name(), value()});
    if (chance(0.1)) model = model.with(assignments({"a"}));
    if (chance(0.1)) model.assigned = {"a", "tau"};
  }

  NeuronModel neuron() {
    NeuronModel model;
    fill(model);
    model.dynamics = texts();
    model.update = texts();
    model.threshold = text();
    model.reset = texts();
    if (chance(0.5)) model.refractory = Refractory{text(), texts(), text()};
    model.spike_sign = text();
    model.output = text();
    model.integrator = pick(
        {Integrator::automatic, Integrator::exact, Integrator::exponential_euler, Integrator::euler, Integrator::rk4});
    model.substeps = pick({1u, 0u, 8u, 0xFFFFFFFFu});
    return model;
  }

  SynapseModel synapse() {
    SynapseModel model;
    fill(model);
    model.dynamics = texts();
    model.update = texts();
    model.on_spike = texts();
    model.current = text();
    model.integrator = pick({Integrator::automatic, Integrator::rk4});
    model.substeps = pick({1u, 3u});
    return model;
  }

  ReadoutModel readout() {
    ReadoutModel model;
    fill(model);
    model.on_step = texts();
    model.on_spike = texts();
    model.value = text();
    return model;
  }

  // By name, registered or not, with values or without; or a user's own model.
  template <class Model>
  ModelChoice<Model> choice(const std::vector<std::string>& registered, const Model* (*find)(const std::string&),
                            Model (Maker::*make)(), const std::vector<std::string>& known) {
    if (chance(0.05)) return ModelChoice<Model>("nowhere");
    if (chance(0.4)) return ModelChoice<Model>((this->*make)());
    const std::string& name = registered[below(static_cast<std::uint32_t>(registered.size()))];
    if (chance(0.5)) return ModelChoice<Model>(name);
    ModelChoice<Model> made(find(name)->with(assignments(known)));
    if (chance(0.3)) made.assignments = assignments(known);
    return made;
  }

  Neuron any_neuron() {
    if (chance(0.2)) return LeakyIntegrateFire{.v_thresh = value(), .tau_mem = value()};
    return choice<NeuronModel>(neuron_names(), find_neuron, &Maker::neuron, {"v_thresh", "v", "tau_mem", "scale_i"});
  }
  Synapse any_synapse() {
    return choice<SynapseModel>(synapse_names(), find_synapse, &Maker::synapse, {"tau", "scale_i", "x"});
  }
  Readout any_readout() { return choice<ReadoutModel>(readout_names(), find_readout, &Maker::readout, {"tau", "sum"}); }

  DefaultParameters defaults() {
    DefaultParameters made;
    for (const char* model : {"leaky_integrate_fire", "exponential", "cell", "nowhere", "größe"}) {
      if (chance(0.3)) made[model] = assignments({"tau", "v_thresh", "scale_i", "tau_mem"});
    }
    return made;
  }

  Shape shape() {
    switch (below(6)) {
      case 0: return {};
      case 1: return {28, 28, 1};
      case 2: return Extents{};
      case 3: return {-3, 0};
      default: return below(1000);
    }
  }

  std::vector<std::uint32_t> indices() {
    std::vector<std::uint32_t> made(below(40));
    for (std::uint32_t& each : made) each = chance(0.1) ? 0xFFFFFFFFu : below(100);
    return made;
  }

  Size2D size() { return chance(0.3) ? below(9) : Size2D(below(9), pick({1u, 7u, 0xFFFFFFFFu})); }
  Padding padding() {
    switch (below(5)) {
      case 0: return "same";
      case 1: return below(4);
      case 2: return {below(4), 0xFFFFFFFFu};
      case 3: return pick<Padding>({{1, 2, 3, 4}, {1, 2, 3}, {}});
      default: return "valid";
    }
  }

  Connectivity kernel() {
    const std::uint32_t filters = below(99), groups = below(3);
    switch (below(7)) {
      case 0: return Conv2D{filters, size(), size(), padding(), size(), groups, value(), value()};
      case 1: return Conv1D{filters, below(9), below(3), padding(), below(3), groups, value(), value()};
      case 2: return Conv2DTranspose{filters, size(), size(), padding(), size(), groups, value(), value()};
      case 3: return AvgPool2D{size(), size(), padding(), value(), value()};
      case 4: return MaxPool2D{size(), size(), padding(), chance(0.3), value(), value()};
      case 5: return AvgPoolDense2D{size(), size(), value(), value()};
      default:
        return AvgPoolConv2D{size(), size(), filters, size(), size(), padding(), size(), groups, value(), value()};
    }
  }

  Connectivity connectivity() {
    if (chance(0.3)) return kernel();
    switch (below(6)) {
      case 0: return Dense{value(), value()};
      case 1: return OneToOne{value(), value()};
      case 2: return FixedProbability{any_number(), value(), value(), chance(0.5)};
      case 3: return FixedInputs{below(1000), value(), value(), chance(0.5), chance(0.5)};
      case 4: return FixedOutputs{0xFFFFFFFFu, value(), value(), chance(0.5), chance(0.5)};
      default: return Sparse{indices(), indices(), value(), value()};
    }
  }

  ConnectionOptions options() {
    ConnectionOptions made{.synapse = any_synapse()};
    if (chance(0.5)) made.name = name();
    if (chance(0.3)) made.max_delay = any_number();
    made.storage = pick({SynapseStorage::automatic, SynapseStorage::dense, SynapseStorage::rows,
                         SynapseStorage::procedural, SynapseStorage::kernel});
    made.round_delays = chance(0.5);
    made.latency = chance(0.5) ? 0 : 1;
    return made;
  }

  // An existing population, or a missing one.
  PopulationReference end(const Network& network) {
    if (chance(0.05)) return "nowhere";
    if (chance(0.05)) return PopulationId{0, 0};
    if (network.populations() == 0) return "nothing";
    return PopulationId{below(static_cast<std::uint32_t>(network.populations())), network.identity()};
  }

  Network network() {
    Network made{defaults()};
    for (std::uint32_t i = below(5); i > 0; --i) {
      PopulationOptions options;
      if (chance(0.5)) options.name = name();
      if (chance(0.4)) options.readout = any_readout();
      made.add(any_neuron(), shape(), options);
      if (chance(0.6)) made.connect(end(made), end(made), connectivity(), this->options());
    }
    return made;
  }

  CompileSettings settings() {
    CompileSettings made{.timesteps = 1 + below(1000),
                         .dt = 0.1,
                         .nominal_dt = 1.0 / 3,
                         .batch_size = 0xFFFFFFFFu,
                         .seed = random_(),
                         .carry_over = {chance(0.5), chance(0.5), chance(0.5)},
                         .streaming = chance(0.5),
                         .step_callbacks = chance(0.5),
                         .schedule = pick<std::string>({"", "trial", "step"}),
                         .threads_per_block = below(1024),
                         .synapse_memory = random_(),
                         .recording_memory = std::numeric_limits<std::size_t>::max()};
    for (std::uint32_t i = below(3); i > 0; --i) made.record.push_back({.population = name(), .variable = "spikes"});
    if (chance(0.3)) made.record.push_back({.connection = name(), .variable = "weight"});
    if (chance(0.5)) train(made);
    return made;
  }

  TrainSettings training() {
    TrainSettings made{.epochs = 1 + below(100), .validation_split = pick({0.0, 0.1, 1.0 / 3})};
    if (chance(0.5))
      made.early_stopping = EarlyStopping{.monitor = "validation." + name() + ".loss",
                                          .patience = 1 + below(9),
                                          .min_delta = pick({0.0, 0.01, 1.0 / 3}),
                                          .restore_best = chance(0.5)};
    if (chance(0.5))
      made.input_noise = {{.population = name(), .dropout = 1.0 / 3}, {.population = name(), .jitter = 2}};
    switch (below(3)) {
      case 0: made.class_weights.for_all = {1, 1.0 / 3, 0}; break;
      case 1: made.class_weights.list = {{.output = name(), .weights = {0.5, 5}}, {.output = name(), .weights = {1}}};
      default: break;
    }
    switch (below(3)) {
      case 0: made.metrics.for_all = "top_5_accuracy"; break;
      case 1:
        made.metrics.list = {{.output = name(), .metric = "confusion_matrix"}, {.output = name(), .metric = "none"}};
      default: break;
    }
    return made;
  }

  LossSetting loss() {
    switch (below(8)) {
      case 0: return SparseCategoricalCrossentropy{};
      case 1: return SparseCategoricalCrossentropy{0.5};
      case 2: return CategoricalCrossentropy{1e-3};
      case 3: return MeanSquareError{chance(0.5)};
      case 4: return RelativeMeanSquareError{pick({0.0, -1.5, 1.0 / 3, 3e38, 1.5e-45})};
      case 5: return TimeToFirstSpikeCrossentropy{0.1, 0.0};
      case 6:
        return {LossModel{.name = "own",
                          .parameters = {{"gap", pick({0.5, 1.0 / 3})}, {"flag", chance(0.5)}},
                          .targets = Targets::values,
                          .per_step = "flag",
                          .loss = "gap * sum((v - y)**2)"},
                pick({1.0, 0.0, 1.0 / 3})};
      default: return TimeToFirstSpikeCrossentropy{};
    }
  }

  SurrogateSetting surrogate() {
    switch (below(7)) {
      case 0: return FastSigmoid{};
      case 1: return FastSigmoid{.slope = 1.0 / 3};
      case 2: return Atan{.alpha = 4.0};
      case 3: return Triangle{.width = 1e-30, .scale = 0.3};
      case 4: return StraightThrough{};
      case 5: return Surrogate("boxcar");
      default:
        return Surrogate(SurrogateModel{.name = "own_surrogate",
                                        .parameters = {{"gap", pick({0.5, 1.0 / 3})}, {"flag", chance(0.5)}},
                                        .derivative = "max(0, gap - abs(x)) if flag else 1",
                                        .support = "gap"});
    }
  }

  void train_by_surrogate(CompileSettings& made) {
    made.compiler = "surrogate";
    made.allow_arrival_only = false;
    if (chance(0.7)) made.surrogate.for_all = surrogate();
    if (chance(0.4))
      made.surrogate = {.list = {{.population = name(), .surrogate = surrogate(), .detach_reset = chance(0.5)},
                                 {.population = name(), .surrogate = surrogate()}}};
    made.detach_reset = chance(0.5);
  }

  Optimizer optimizer() {
    switch (below(7)) {
      case 0: return "adam_w";
      case 1: return Adam{.learning_rate = 1.0 / 3, .beta1 = 0.0, .epsilon = 1e-30};
      case 2: return SGD{.learning_rate = StepDecay{.from = 0.1, .per = "update"}, .nesterov = true, .clip_norm = 1};
      case 3: return RMSprop{.learning_rate = CosineDecay{.to = 1e-5, .warm_up = 7}, .clip_value = 1.0 / 3};
      case 4: return Adam{.learning_rate = ReduceOnPlateau{.patience = 2, .monitor = "training.loss"}};
      case 5: return Optimizer(Adam::text().with({{"learning_rate", 0.5}}));
      default:
        return OptimizerModel{.name = "halving",
                              .parameters = {{"learning_rate", ExponentialDecay{}.from}, {"rate", 1.0 / 3}},
                              .state = {{"steps", 0.5}},
                              .update = {"steps += 1", "value -= learning_rate * rate * gradient / steps"}};
    }
  }

  void train(CompileSettings& made) {
    made.compiler = "event_prop";
    if (chance(0.7)) made.losses.for_all = loss();
    if (chance(0.4)) made.losses = {.list = {{.output = name(), .loss = loss()}, {.output = name(), .loss = loss()}}};
    if (chance(0.5)) made.optimizer = optimizer();
    if (chance(0.3)) made.regularizers.emplace_back(L1{1.0 / 3});
    if (chance(0.3)) made.regularizers.emplace_back(L2{1e-5});
    if (chance(0.3)) made.regularizers.emplace_back(FiringRateSetting{name(), 1.5, std::nullopt, 1e-3});
    if (chance(0.5)) made.gradient_slots = below(33);
    if (chance(0.5)) made.max_spikes = below(1000);
    made.allow_arrival_only = chance(0.5);
    if (chance(0.4)) train_by_surrogate(made);
  }

  InputPreparation preparation() {
    InputPreparation made{.population = name()};
    if (chance(0.5)) made.scale = any_number();
    if (chance(0.3)) made.encode = LinearLatency{.max_time = any_number(), .threshold = any_number()};
    if (chance(0.3)) made.encode = LogLatency{.tau_eff = any_number()};
    if (chance(0.3)) made.events = "auto,downsample=" + std::to_string(below(9));
    return made;
  }

  std::mt19937_64 random_;
};

}  // namespace

Description random_description(std::uint32_t seed) { return Maker(seed).description(); }

}  // namespace synfire::test
