// SPDX-License-Identifier: Apache-2.0
// Penalties, constraints, noise and firing rates: each does what it says, holds after every update, and is the same on
// every device and in a run that is interrupted.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "base/scratch_folder.hpp"
#include "error/problems.hpp"
#include "support/devices.hpp"
#include "train/toy.hpp"

namespace synfire {
namespace {

using test::problems_of;
using test::thrown_by;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::make_toy;
using testing::Toy;
using testing::toy_compiler;

// 4-8-2 with every kind of weights: two matrices, one per neuron, a number for a list and one for a matrix.
struct RegularizedNetwork {
  Network network{event_prop_defaults};
  PopulationId input, hidden, output;

  struct How {
    Trainable in = {}, own = {}, out = {}, list = {}, same = {};
  };
  explicit RegularizedNetwork(const How& how) {
    input = network.add(SpikeInput{}, 4, {.name = "input"});
    hidden = network.add(LeakyIntegrateFire{.tau_mem = 10.0}, 8, {.name = "hidden"});
    output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
    Tensor<float> weights({4, 8});
    for (std::size_t i = 0; i < 32; ++i)
      weights[i] = i % 7 == 3 ? 0.0F : static_cast<float>(3 + std::sin(double(i))) * (i % 5 == 4 ? -0.3F : 1.0F);
    connect(input, hidden, Dense{trainable(weights, how.in)}, "in");
    connect(hidden, hidden, OneToOne{trainable(Normal{.mean = 0.1, .sd = 0.3}, how.own)}, "own");
    connect(hidden, output, Dense{trainable(Normal{.mean = 0.0, .sd = 1.0}, how.out)}, "out");
    connect(hidden, output, FixedProbability{.p = 0.5, .weight = trainable(0.25, how.list)}, "list");
    connect(hidden, output, Dense{trainable(0.1, how.same)}, "same");
  }

  void connect(PopulationId from, PopulationId to, Connectivity connectivity, const char* name) {
    network.connect(from, to, std::move(connectivity), {.synapse = Exponential{}, .name = name});
  }
};

using LearnedWeights = std::map<std::string, std::vector<float>>;

LearnedWeights learned_weights(const Network& network) {
  LearnedWeights weights;
  for (const ir::Connection& each : network.description().connections) {
    const Value& value = weight_of(each.connectivity);
    if (value.is_array()) weights[each.name].assign(value.array().begin(), value.array().end());
    if (value.is_number()) weights[each.name] = {static_cast<float>(value.number())};
  }
  return weights;
}

// Equal signs of zeros too.
bool same_bits(const LearnedWeights& a, const LearnedWeights& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one.first == other.first && one.second.size() == other.second.size() &&
           std::memcmp(one.second.data(), other.second.data(), one.second.size() * sizeof(float)) == 0;
  });
}

double norm_into(const std::vector<float>& matrix, std::size_t targets, std::size_t target) {
  double square = 0;
  for (std::size_t i = target; i < matrix.size(); i += targets) square += double(matrix[i]) * matrix[i];
  return std::sqrt(square);
}

const Trainable all_constraints{.max = 2.8, .sign = WeightSign::keep, .keep_zeros = true, .max_norm = 5.0};
const RegularizedNetwork::How constrained{.in = all_constraints,
                                          .own = {.sign = WeightSign::keep, .max_norm = 0.2},
                                          .out = {.sign = WeightSign::keep, .max_norm = 1.5},
                                          .list = {.sign = WeightSign::keep, .max_norm = 0.4},
                                          .same = {.max_norm = 0.5}};

class Regularization : public ::testing::TestWithParam<std::string> {};

TEST_P(Regularization, PenaltiesAreAddedToTheGradient) {
  const RegularizedNetwork subject({.in = {.l1 = 0.5}, .out = {.l1 = 0, .l2 = 0}, .list = {.l2 = 0.3}});
  const Toy data = make_toy(8);
  for (const double limit : {0.0, 0.05}) {
    EventPropCompiler compiler = toy_compiler(GetParam());
    compiler.optimizer = SGD{.learning_rate = 0.1, .clip_norm = limit};
    compiler.regularizers = {L1{0.02}, L2{0.1}};
    TrainingNetwork model = compiler.compile(subject.network);
    const std::map<std::string, std::pair<double, double>> strengths{
        {"in", {0.5, 0.1}}, {"own", {0.02, 0.1}}, {"out", {0, 0}}, {"list", {0.02, 0.3}}, {"same", {0.02, 0.1}}};
    for (int update = 0; update < 3; ++update) {
      const std::vector<NamedData> x{{subject.input, data.spikes}}, y{{subject.output, data.labels}};
      const LearnedWeights before = learned_weights(model.network());
      std::map<std::string, std::vector<double>> slopes;
      double square = 0;
      for (const auto& [path, values] : model.batch_gradients(x, y)) {
        const std::string name = path.substr(0, path.find('.'));
        const auto [l1, l2] = strengths.at(name);
        for (std::size_t i = 0; i < values.size(); ++i) {
          const double w = before.at(name)[i];
          slopes[name].push_back(values[i] + l2 * w + l1 * (w > 0 ? 1 : w < 0 ? -1 : 0));
          square += slopes[name].back() * slopes[name].back();
        }
      }
      const double factor = limit > 0 ? std::min(1.0, limit / std::sqrt(square)) : 1;
      model.train(x, y, {.shuffle = false});
      const LearnedWeights now = learned_weights(model.network());
      for (const auto& [name, values] : before) {
        for (std::size_t i = 0; i < values.size(); ++i)
          EXPECT_NEAR(now.at(name)[i], values[i] - 0.1 * factor * slopes.at(name)[i], 2e-6) << name << ' ' << i;
      }
    }
  }
}

// What is left of the gradient is limited as if the kept weights did not exist.
TEST_P(Regularization, KeptZerosHaveNoPartInTheNorm) {
  const RegularizedNetwork subject({.in = {.keep_zeros = true}});
  const Toy data = make_toy(8);
  const std::vector<NamedData> x{{subject.input, data.spikes}}, y{{subject.output, data.labels}};
  EventPropCompiler compiler = toy_compiler(GetParam());
  constexpr double limit = 0.01;
  compiler.optimizer = SGD{.learning_rate = 0.1, .clip_norm = limit};
  TrainingNetwork model = compiler.compile(subject.network);
  const LearnedWeights before = learned_weights(model.network());
  double square = 0, square_of_zeros = 0;
  const auto gradients = model.batch_gradients(x, y);
  for (const auto& [path, values] : gradients) {
    const std::string name = path.substr(0, path.find('.'));
    for (std::size_t i = 0; i < values.size(); ++i)
      (name == "in" && before.at(name)[i] == 0 ? square_of_zeros : square) += double(values[i]) * values[i];
  }
  ASSERT_GT(square_of_zeros, 5e-4 * square);  // which moves weights by 5e-7
  ASSERT_GT(std::sqrt(square), limit);
  model.train(x, y, {.shuffle = false});
  const LearnedWeights now = learned_weights(model.network());
  for (const auto& [path, values] : gradients) {
    const std::string name = path.substr(0, path.find('.'));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float old = before.at(name)[i];
      const bool kept = name == "in" && old == 0;
      EXPECT_NEAR(now.at(name)[i], kept ? 0 : old - 0.1 * limit / std::sqrt(square) * values[i], 2e-7) << path << i;
    }
  }
}

// Lists, stored in another order on each kind of device: more targets than a warp has, several synapses between two
// neurons, and a number that all synapses share.
struct ListedNetwork {
  static constexpr std::uint32_t hidden_size = 70;
  Network network{event_prop_defaults};
  PopulationId input, hidden, output;

  ListedNetwork(const Trainable& drawn, const Trainable& shared) {
    input = network.add(SpikeInput{}, 4, {.name = "input"});
    hidden = network.add(LeakyIntegrateFire{.tau_mem = 10.0}, hidden_size, {.name = "hidden"});
    output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
    Sparse list;
    std::vector<float> weights, delays;
    for (std::uint32_t i = 0; i < 4 * hidden_size; ++i) {
      if (i % 5 == 1) continue;
      list.sources.push_back(i / hidden_size);
      list.targets.push_back(i % hidden_size);
      weights.push_back(i % 7 == 3 ? 0.0F : static_cast<float>(3 + std::sin(double(i))));
      delays.push_back(static_cast<float>(i % 3));
    }
    const std::size_t synapses = weights.size();
    list.weight = trainable(Tensor<float>({synapses}, std::move(weights)), drawn);
    list.delay = Tensor<float>({synapses}, std::move(delays));
    network.connect(input, hidden, std::move(list), {.synapse = Exponential{}, .name = "drawn"});
    network.connect(hidden, output, FixedProbability{.p = 0.5, .weight = trainable(0.25, shared)},
                    {.synapse = Exponential{}, .name = "shared"});
  }

  // Of the weights into each target of a list.
  static std::vector<double> norms(const ir::Connection& connection) {
    const auto& list = std::get<Sparse>(connection.connectivity);
    std::vector<double> norms(hidden_size);
    for (std::size_t i = 0; i < list.targets.size(); ++i) {
      const double weight = list.weight.is_array() ? list.weight.array()[i] : list.weight.number();
      norms[list.targets[i]] += weight * weight;
    }
    for (double& each : norms) each = std::sqrt(each);
    return norms;
  }
};

TEST_P(Regularization, ConstraintsOfListsAreThoseOfTheirSynapses) {
  const Toy data = make_toy(8);
  const auto learn = [&](const std::string& device) {
    const ListedNetwork subject({.keep_zeros = true, .max_norm = 4.0}, {.max_norm = 0.9});
    EventPropCompiler compiler = toy_compiler(device);
    compiler.optimizer = Adam{.learning_rate = 0.1};
    compiler.gradient_slots = 3;
    TrainingNetwork model = compiler.compile(subject.network);
    const LearnedWeights first = learned_weights(model.network());
    for (int update = 0; update < 3; ++update)
      model.train({{subject.input, data.spikes}}, {{subject.output, data.labels}}, {.shuffle = false});
    const Network trained = model.network();
    LearnedWeights now = learned_weights(trained);
    bool reached = false;
    for (const ir::Connection& each : trained.description().connections) {
      const double limit = each.name == "drawn" ? 4.0 : 0.9;
      for (const double norm : ListedNetwork::norms(each)) {
        EXPECT_LE(norm, limit * (1 + 1e-6)) << each.name;
        reached = reached || norm > limit * (1 - 1e-6);
      }
    }
    EXPECT_TRUE(reached);
    EXPECT_EQ(first.at("drawn").size(), now.at("drawn").size());
    for (std::size_t i = 0; i < now.at("drawn").size(); ++i)
      EXPECT_EQ(now.at("drawn")[i] == 0, first.at("drawn")[i] == 0) << i;
    return now;
  };
  EXPECT_TRUE(same_bits(learn(GetParam()), learn("host")));
}

TEST_P(Regularization, ConstraintsHoldAfterEveryUpdate) {
  const RegularizedNetwork subject(constrained);
  const LearnedWeights first = learned_weights(subject.network);
  const Toy data = make_toy(8);
  bool came_back = false;
  for (const Optimizer& optimizer : {Optimizer(Adam{.learning_rate = 0.3}), Optimizer(SGD{.learning_rate = 20}),
                                     Optimizer(AdamW{.learning_rate = 0.3, .clip_norm = 1}),
                                     Optimizer(RMSprop{.learning_rate = 0.2, .momentum = 0.5})}) {
    EventPropCompiler compiler = toy_compiler(GetParam());
    compiler.optimizer = optimizer;
    TrainingNetwork model = compiler.compile(subject.network);
    const LearnedWeights drawn = learned_weights(model.network());
    LearnedWeights earlier = drawn;
    std::set<std::string> stopped, regrown;
    for (int update = 0; update < 12; ++update) {
      model.train({{subject.input, data.spikes}}, {{subject.output, data.labels}}, {.shuffle = false});
      const LearnedWeights now = learned_weights(model.network());
      for (const char* name : {"in", "own", "out", "list"}) {
        for (std::size_t i = 0; i < drawn.at(name).size(); ++i) {
          const float old = drawn.at(name)[i], value = now.at(name)[i];
          EXPECT_EQ(std::signbit(old), std::signbit(value)) << name << ' ' << i << ": " << old << ", " << value;
          if (value == 0 && old != 0) stopped.insert(name);
          if (earlier.at(name)[i] == 0 && value != 0) regrown.insert(name);
        }
      }
      for (std::size_t i = 0; i < drawn.at("in").size(); ++i) {
        EXPECT_EQ(now.at("in")[i] == 0 || first.at("in")[i] != 0, true) << i;
        EXPECT_LE(now.at("in")[i], 2.8F);
      }
      for (std::size_t j = 0; j < 8; ++j) EXPECT_LE(norm_into(now.at("in"), 8, j), 5 * (1 + 1e-6)) << j;
      for (std::size_t j = 0; j < 2; ++j) EXPECT_LE(norm_into(now.at("out"), 2, j), 1.5 * (1 + 1e-6)) << j;
      for (const float each : now.at("own")) EXPECT_LE(std::abs(each), 0.2F);
      for (const float each : now.at("same")) EXPECT_LE(std::abs(each) * std::sqrt(8.0), 0.5 * (1 + 1e-6));
      earlier = now;
    }
    EXPECT_FALSE(stopped.empty()) << optimizer.model().name;
    came_back = came_back || !regrown.empty();
  }
  EXPECT_TRUE(came_back);  // a weight that was 0
}

// Everything at once.
RegularizedNetwork::How noisy() {
  RegularizedNetwork::How how = constrained;
  for (Trainable* each : {&how.in, &how.own, &how.out, &how.list, &how.same}) each->noise = 0.05;
  how.out.l1 = 1e-3;
  return how;
}

EventPropCompiler regularizing_compiler(const RegularizedNetwork& subject, const std::string& device) {
  EventPropCompiler compiler = toy_compiler(device);
  compiler.optimizer = Adam{.learning_rate = 0.05, .clip_norm = 1};
  compiler.regularizers = {L1{1e-4}, L2{1e-3}, FiringRate{subject.hidden, {.lower = 1, .upper = 2, .strength = 0.01}}};
  compiler.gradient_slots = 3;
  return compiler;
}

const std::vector<InputNoise> input_noise{{"input", Dropout{.p = 0.2}}, {"input", SpikeJitter{.sd = 1.5}}};

TEST_P(Regularization, IsTheSameOnEveryDevice) {
  const RegularizedNetwork subject(noisy());
  const Toy data = make_toy(22);
  const auto learn = [&](const std::string& device) {
    TrainingNetwork model = regularizing_compiler(subject, device).compile(subject.network);
    model.train({{subject.input, data.spikes}}, {{subject.output, data.labels}},
                {.epochs = 2, .input_noise = input_noise});
    return learned_weights(model.network());
  };
  EXPECT_TRUE(same_bits(learn(GetParam()), learn("host")));
}

// An example in the middle has more spikes than the tape has room for: the batch runs again with the same noise.
TEST_P(Regularization, NoiseOfWeightsIsThatOfTheUpdate) {
  const RegularizedNetwork subject(noisy());
  const Toy data = make_toy(24);
  const auto learn = [&](std::uint32_t max_spikes) {
    EventPropCompiler compiler = regularizing_compiler(subject, GetParam());
    compiler.max_spikes = max_spikes;
    TrainingNetwork model = compiler.compile(subject.network);
    const History history = model.train({{subject.input, data.spikes}}, {{subject.output, data.labels}},
                                        {.epochs = 2, .warn = [](const Problem&) {}});
    std::size_t replays = 0;
    for (const EpochRecord& each : history.epochs) replays += each.replays;
    EXPECT_EQ(replays > 0, max_spikes == 1);
    return learned_weights(model.network());
  };
  EXPECT_TRUE(same_bits(learn(1), learn(0)));
}

SYNFIRE_ON_EVERY_DEVICE(Regularization);

TEST(RegularizedKernels, AreCompiledByNvrtc) {
  const RegularizedNetwork subject(noisy());
  EventPropCompiler compiler = regularizing_compiler(subject, "cuda");
  compiler.cache_folder = "-";
  try {
    EXPECT_FALSE(compiler.build(subject.network, "cuda", "sm_90").binaries.front().bytes.empty());
  } catch (const BuildError& error) {
    if (error.problems().front().path != "nvrtc") throw;
    GTEST_SKIP() << error.what();
  }
}

// The zeros to keep are those of the network as it was compiled.
TEST(KeptZeros, CannotBeSetToAnythingElse) {
  Network network;
  const auto input = network.add(SpikeInput{}, 2, {.name = "in"});
  const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "out"});
  network.connect(input, output,
                  Dense{trainable(Tensor<float>({2, 2}, {0.0F, 1.0F, 2.0F, 0.0F}), {.keep_zeros = true})},
                  {.synapse = Exponential{}, .name = "w"});
  TrainingNetwork model = toy_compiler("host").compile(network);
  EXPECT_NO_THROW(model.set("w", "weight", Tensor<float>({2, 2}, {0.0F, 3.0F, 0.0F, 0.0F})));
  EXPECT_THROW(model.set("w", "weight", Tensor<float>({2, 2}, {0.5F, 3.0F, 0.0F, 0.0F})), ModelError);
}

TEST(WeightNoise, DisturbsOnlyWhatIsLearnedFrom) {
  RegularizedNetwork::How how;
  how.in.noise = how.list.noise = 0.5;
  const RegularizedNetwork clean({}), subject(how);
  const Toy data = make_toy(24);
  const auto losses = [&](const RegularizedNetwork& of, bool learns) {
    EventPropCompiler compiler = toy_compiler();
    compiler.optimizer = SGD{.learning_rate = learns ? 0.05 : 0.0};
    compiler.warn = [](const Problem&) {};
    TrainingNetwork model = compiler.compile(of.network);
    const LearnedWeights before = learned_weights(model.network());
    const std::vector<NamedData> x{{of.input, data.spikes}}, y{{of.output, data.labels}};
    const History history = model.train(x, y, {.epochs = 2, .validation_inputs = x, .validation_targets = y});
    EXPECT_EQ(same_bits(before, learned_weights(model.network())), !learns);
    return std::pair(history.training().loss, history.validation().loss);
  };
  EXPECT_NE(losses(subject, false).first, losses(clean, false).first);
  EXPECT_EQ(losses(subject, false).second, losses(clean, false).second);
  EXPECT_NE(losses(subject, true).second, losses(clean, true).second);
}

TEST(RegularizedRuns, AreResumedToTheBit) {
  const RegularizedNetwork subject(noisy());
  const Toy data = make_toy(24);
  const test::ScratchFolder folder;
  const auto learn = [&](TrainOptions options) {
    TrainingNetwork model = regularizing_compiler(subject, "host").compile(subject.network);
    options.epochs = 4;
    options.input_noise = input_noise;
    model.train({{subject.input, data.spikes}}, {{subject.output, data.labels}}, options);
    return learned_weights(model.network());
  };
  const LearnedWeights whole = learn({});
  int batches = 0;
  const std::filesystem::path path = folder / "run.ckpt";
  learn({.stop = [&] { return ++batches > 5; }, .callbacks = {Checkpoint{.path = path, .every_updates = 2}}});
  EXPECT_TRUE(same_bits(learn({.resume = path}), whole));
  EXPECT_THAT(problems_of<DataError>([&] {
                TrainingNetwork model = regularizing_compiler(subject, "host").compile(subject.network);
                model.train({{subject.input, data.spikes}}, {{subject.output, data.labels}}, {.resume = path});
              })
                  .front()
                  .message,
              HasSubstr("input_noise"));
}

// ---- Firing rates

TEST(FiringRates, AreDrawnIntoTheirBand) {
  const RegularizedNetwork subject({});
  const Toy data = make_toy(24);
  const auto rate = [&](const RateBand& band, int epochs) {
    EventPropCompiler compiler = toy_compiler();
    compiler.optimizer = Adam{.learning_rate = 0.02};
    if (band.strength > 0) compiler.regularizers = {FiringRate{subject.hidden, band}};
    const History history = compiler.compile(subject.network)
                                .train({{subject.input, data.spikes}}, {{subject.output, data.labels}},
                                       {.epochs = static_cast<std::uint32_t>(epochs)});
    for (const PopulationActivity& each : history.epochs.back().activity) {
      if (each.population == "hidden") return static_cast<double>(each.spikes) / (24 * 8);
    }
    return 0.0;
  };
  const double at_first = rate({}, 1);
  const double free = rate({}, 60);
  const double fewer = rate({.upper = 0.5 * at_first, .strength = 0.1}, 60);
  const double more = rate({.lower = 2 * at_first, .strength = 0.1}, 60);
  std::printf("spikes per neuron: %.3f at first, free %.3f, fewer %.3f, more %.3f\n", at_first, free, fewer, more);
  EXPECT_LT(fewer, 0.7 * at_first);
  EXPECT_GT(more, 1.5 * at_first);
}

TEST(FiringRates, AreRefusedWhereTheyHaveNoEffect) {
  const RegularizedNetwork subject({});
  EventPropCompiler compiler = toy_compiler();
  compiler.regularizers = {FiringRate{subject.input, {.upper = 1, .strength = 1}},
                           FiringRate{subject.output, {.upper = 1, .strength = 1}},
                           FiringRate{subject.hidden, {.lower = 2, .upper = 1, .strength = -1}},
                           FiringRate{"hiden", {.upper = 1}},
                           L1{-1},
                           L1{0}};
  std::vector<std::string> found;
  for (const Problem& each : thrown_by([&] { compiler.generate(subject.network, "host"); }))
    found.push_back(each.path + ": " + each.message);
  EXPECT_THAT(found, ElementsAre(HasSubstr("[0]"), HasSubstr("[1]"), HasSubstr("[2].strength"),
                                 HasSubstr("[3].population: "), HasSubstr("[4].strength"), HasSubstr("given twice")));
}

TEST(Constraints, AreCheckedAndRefused) {
  const auto problems = [](const RegularizedNetwork::How& how) {
    return thrown_by([&] { toy_compiler().generate(RegularizedNetwork(how).network, "host"); });
  };
  EXPECT_THAT(problems({.in = {.min = 0.1, .sign = WeightSign::keep}}).front().message, HasSubstr("exclude 0"));
  EXPECT_EQ(problems({.in = {.l1 = -1, .l2 = NAN, .max_norm = 0, .noise = -1}}).size(), 4u);
}

// Signs of zeros survive in files, in the text and in tensors.
TEST(Constraints, RememberTheSignsOfZerosInFiles) {
  const test::ScratchFolder folder;
  for (const std::size_t targets : {2u, 30u}) {
    Network network;
    const auto from = network.add(SpikeInput{}, 2, {.name = "from"});
    const auto to = network.add(LeakyIntegrateFire{}, targets, {.name = "to"});
    Tensor<float> weights({2, targets});
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = i % 2 == 0 ? 0.0F : -0.0F;
    network.connect(from, to, Dense{trainable(weights, {.sign = WeightSign::keep})}, {.name = "all"});
    network.save(folder / "zeros.json");
    EXPECT_TRUE(same_bits(learned_weights(Network::load(folder / "zeros.json")), learned_weights(network)));
  }
}

// ---- Noise on inputs

struct Drive {
  Network network{event_prop_defaults};
  PopulationId drive, output;
  Drive() {
    drive = network.add(LeakyIntegrateFireInput{}, 3, {.name = "drive"});
    output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
    network.connect(drive, output, Dense{Normal{.sd = 1.0}}, {.name = "weights"});
  }
};

TEST(InputNoises, DependOnNothingButTheirNumbers) {
  const RegularizedNetwork subject({});
  const Toy data = make_toy(24);
  struct Trains final : SpikeSource {
    const SpikeTrains& trains;
    explicit Trains(const SpikeTrains& from) : trains(from) {}
    std::size_t examples() const override { return trains.examples(); }
    std::size_t neurons() const override { return trains.neurons(); }
    std::size_t most_spikes() const override { return trains.spikes(); }
    SpikeTrains read(std::span<const std::uint32_t> list) const override {
      SpikeTrains some(trains.neurons());
      for (const std::uint32_t e : list) {
        const auto begin = static_cast<std::ptrdiff_t>(trains.offsets()[e]);
        const auto end = static_cast<std::ptrdiff_t>(trains.offsets()[e + 1]);
        some.add_example({trains.spike_neurons().begin() + begin, trains.spike_neurons().begin() + end},
                         {trains.spike_times().begin() + begin, trains.spike_times().begin() + end});
      }
      return some;
    }
  };
  const Trains streamed(data.spikes);
  const auto learn = [&](const DataView& spikes, const TrainOptions& options, std::uint32_t batch_size = 8) {
    EventPropCompiler compiler = toy_compiler("host", batch_size);
    compiler.optimizer = SGD{.learning_rate = batch_size == 8 ? 0.1 : 0.0};
    compiler.warn = [](const Problem&) {};
    TrainingNetwork model = compiler.compile(subject.network);
    return model.train({{subject.input, spikes}}, {{subject.output, data.labels}}, options).training().loss;
  };
  const double whole = learn(data.spikes, {.epochs = 3, .input_noise = input_noise});
  EXPECT_EQ(whole, learn(streamed, {.epochs = 3, .input_noise = input_noise, .data_memory = 0}));
  EXPECT_NE(whole, learn(data.spikes, {.epochs = 3}));
  const TrainOptions one{.input_noise = input_noise};
  EXPECT_NEAR(learn(data.spikes, one, 3), learn(data.spikes, one, 24), 1e-6);
  TrainOptions split{.validation_split = 0.25, .input_noise = input_noise};
  EventPropCompiler still = toy_compiler();
  still.optimizer = SGD{.learning_rate = 0};
  still.warn = [](const Problem&) {};
  const auto validation = [&](const TrainOptions& options) {
    return still.compile(subject.network)
        .train({{subject.input, data.spikes}}, {{subject.output, data.labels}}, options)
        .validation()
        .loss;
  };
  EXPECT_EQ(validation(split), validation({.validation_split = 0.25}));
}

TEST(InputNoises, AreForTheRightInputs) {
  const Drive subject;
  const Tensor<float> values({4, 3}, std::vector<float>(12, 0.5F));
  const std::vector<int> labels{0, 1, 0, 1};
  TrainingNetwork model = toy_compiler().compile(subject.network);
  const auto learn = [&](const std::vector<InputNoise>& noise) {
    return model.train({{subject.drive, values}}, {{subject.output, labels}}, {.input_noise = noise}).training().loss;
  };
  learn({{subject.drive, GaussianNoise{.sd = 0.5}}, {"drive", Dropout{.p = 0.5}}});
  EXPECT_THAT(thrown_by([&] {
                learn({{"drive", SpikeJitter{}}, {"output", Dropout{}}, {"drve", Dropout{}}, {"drive", Dropout{1}}});
              }),
              ::testing::SizeIs(4));
}

}  // namespace
}  // namespace synfire
