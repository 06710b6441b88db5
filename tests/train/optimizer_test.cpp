// SPDX-License-Identifier: Apache-2.0
// Optimizers: each text does what its paper says, to rounding, and the same on every device.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

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

// Lion (Chen et al. 2023), as a user would write it.
OptimizerModel lion() {
  return {.name = "lion",
          .parameters = {{"learning_rate", 1e-2}, {"b1", 0.9}, {"b2", 0.99}},
          .state = {{"m", 0.0}},
          .update = {"value -= learning_rate * sign(b1*m + (1 - b1)*gradient)", "m = b2*m + (1 - b2)*gradient"}};
}

// A dense connection, and one whose synapses share a number.
struct Subject {
  Network network{event_prop_defaults};
  PopulationId input, hidden, output;

  explicit Subject(const Value& first = Normal{.mean = 3.0, .sd = 1.5}) {
    input = network.add(SpikeInput{}, 4, {.name = "input"});
    hidden = network.add(LeakyIntegrateFire{.tau_mem = 10.0}, 8, {.name = "hidden"});
    output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
    network.connect(input, hidden, Dense{first}, {.synapse = Exponential{}, .name = "in"});
    network.connect(hidden, output, Dense{Normal{.mean = 0.0, .sd = 1.0}}, {.synapse = Exponential{}, .name = "out"});
    network.connect(hidden, output, FixedProbability{.p = 0.5, .weight = 0.25},
                    {.synapse = Exponential{}, .name = "shared"});
  }
};

using Weights = std::map<std::string, std::vector<double>>;

Weights weights_of(const Network& network) {
  Weights weights;
  for (const ir::Connection& each : network.description().connections) {
    const Value& value = weight_of(each.connectivity);
    std::vector<double>& all = weights[each.name];
    if (value.is_array()) all.assign(value.array().begin(), value.array().end());
    if (value.is_number()) all = {value.number()};
  }
  return weights;
}

// One number and its state, in double.
using State = std::vector<double>;
using Rule = std::function<void(double& w, State& s, double g, double t)>;

// The largest difference between the weights and those of the rule, over some updates of whole batches.
double error_of(const std::string& device, const Optimizer& optimizer, const Rule& rule,
                const std::function<void(Weights& gradients)>& limit = {}) {
  const Subject subject;
  const Toy data = make_toy(8);
  EventPropCompiler compiler = toy_compiler(device);
  compiler.optimizer = optimizer;
  TrainingNetwork model = compiler.compile(subject.network);
  std::map<std::string, std::vector<State>> states;
  double error = 0;
  for (int update = 1; update <= 5; ++update) {
    const std::vector<NamedData> x{{subject.input, data.spikes}}, y{{subject.output, data.labels}};
    Weights expected = weights_of(model.network()), gradients;
    for (const auto& [name, values] : model.batch_gradients(x, y))
      gradients[name.substr(0, name.find('.'))].assign(values.begin(), values.end());
    if (limit) limit(gradients);
    model.train(x, y, {.shuffle = false});
    const Weights now = weights_of(model.network());
    for (auto& [name, values] : expected) {
      states[name].resize(values.size(), State(3));
      EXPECT_EQ(gradients.at(name).size(), values.size()) << name;
      for (std::size_t i = 0; i < values.size(); ++i) {
        rule(values[i], states[name][i], gradients.at(name)[i], update);
        error = std::max(error, std::abs(values[i] - now.at(name)[i]));
      }
    }
  }
  return error;
}

class Optimizers : public ::testing::TestWithParam<std::string> {};

Rule adam_rule(double rate, double decay) {
  return [=](double& w, State& s, double g, double t) {
    s[0] = 0.9 * s[0] + 0.1 * g;
    s[1] = 0.999 * s[1] + 0.001 * g * g;
    w -= rate * (decay * w + s[0] / (1 - std::pow(0.9, t)) / (std::sqrt(s[1] / (1 - std::pow(0.999, t))) + 1e-8));
  };
}

TEST_P(Optimizers, DoWhatTheirPapersSay) {
  EXPECT_LT(error_of(GetParam(), "adam", adam_rule(1e-3, 0)), 2e-6);
  EXPECT_LT(error_of(GetParam(), AdamW{.learning_rate = 0.1, .weight_decay = 0.3}, adam_rule(0.1, 0.3)), 2e-5);
  EXPECT_LT(error_of(GetParam(), SGD{.learning_rate = 0.5}, [](double& w, State&, double g, double) { w -= 0.5 * g; }),
            2e-6);
  const auto with_momentum = [](bool nesterov) -> Rule {
    return [nesterov](double& w, State& s, double g, double) {
      g += 0.01 * w;
      s[0] = 0.9 * s[0] + g;
      w -= 0.5 * (nesterov ? g + 0.9 * s[0] : s[0]);
    };
  };
  for (const bool nesterov : {false, true}) {
    const SGD sgd{.learning_rate = 0.5, .momentum = 0.9, .nesterov = nesterov, .weight_decay = 0.01};
    EXPECT_LT(error_of(GetParam(), sgd, with_momentum(nesterov)), 5e-6);
  }
  EXPECT_LT(error_of(GetParam(), RMSprop{.learning_rate = 0.01, .momentum = 0.5},
                     [](double& w, State& s, double g, double) {
                       s[0] = 0.9 * s[0] + 0.1 * g * g;
                       s[1] = 0.5 * s[1] + g / (std::sqrt(s[0]) + 1e-8);
                       w -= 0.01 * s[1];
                     }),
            2e-5);
  EXPECT_LT(error_of(GetParam(), lion(),
                     [](double& w, State& s, double g, double) {
                       const double c = 0.9 * s[0] + 0.1 * g;
                       w -= 1e-2 * (c > 0 ? 1 : (c < 0 ? -1 : 0));
                       s[0] = 0.99 * s[0] + 0.01 * g;
                     }),
            2e-6);
}

TEST_P(Optimizers, LimitGradients) {
  const Rule descent = [](double& w, State&, double g, double) { w -= g; };
  EXPECT_LT(error_of(GetParam(), SGD{.learning_rate = 1, .clip_value = 1e-3}, descent,
                     [](Weights& gradients) {
                       for (auto& [name, values] : gradients) {
                         for (double& each : values) each = std::clamp(each, -1e-3, 1e-3);
                       }
                     }),
            1e-6);
  for (const double limit : {1e-2, 1e6}) {
    EXPECT_LT(error_of(GetParam(), SGD{.learning_rate = 1, .clip_norm = limit}, descent,
                       [&](Weights& gradients) {
                         double square = 0;
                         for (const auto& [name, values] : gradients) {
                           for (const double each : values) square += each * each;
                         }
                         const double factor = std::min(1.0, limit / std::sqrt(square));
                         for (auto& [name, values] : gradients) {
                           for (double& each : values) each *= factor;
                         }
                       }),
              1e-6);
  }
}

// Every kind of state, term and limit, to the last bit.
TEST_P(Optimizers, AreTheSameOnEveryDevice) {
  const OptimizerModel odd{.name = "odd",
                           .parameters = {{"learning_rate", 0.03}, {"slow", true}, {"unused", 1.0}},
                           .state = {{"total", 0.5}, {"scratch", 0.0}},
                           .update = {"scratch = gradient * min(1, step / 3)",
                                      "if slow and step < 4 { total += abs(scratch) } else { total = 0.9*total }",
                                      "value -= learning_rate * tanh(scratch) / (sqrt(total) + sqrt(step)**3)"}};
  for (const Optimizer& optimizer :
       {Optimizer(AdamW{.learning_rate = 0.05, .clip_value = 0.1, .clip_norm = 0.02}),
        Optimizer(SGD{.learning_rate = CosineDecay{.from = 0.5, .warm_up = 3}, .momentum = 0.9, .nesterov = true}),
        Optimizer(odd, {.learning_rate = ExponentialDecay{.from = 0.1, .per = "update"}, .clip_norm = 0.1})}) {
    const Subject subject(trainable(Normal{.mean = 3.0, .sd = 1.5}, {.max = 4, .learning_rate = 0.2}));
    const Toy data = make_toy(22);
    const auto learn = [&](const std::string& device) {
      EventPropCompiler compiler = toy_compiler(device);
      compiler.optimizer = optimizer;
      compiler.gradient_slots = 3;
      TrainingNetwork model = compiler.compile(subject.network);
      model.train({{subject.input, data.spikes}}, {{subject.output, data.labels}}, {.epochs = 2});
      return model.network();
    };
    EXPECT_EQ(learn(GetParam()), learn("host"));
  }
}

SYNFIRE_ON_EVERY_DEVICE(Optimizers);

// ---- What the update needs

contract::Training training_of(const Optimizer& optimizer) {
  EventPropCompiler compiler = toy_compiler();
  compiler.optimizer = optimizer;
  return *compiler.generate(Subject().network, "host").manifest.training;
}

TEST(OptimizerState, IsOnlyWhatUpdatesRead) {
  EXPECT_TRUE(training_of("sgd").optimizer_state.empty());
  EXPECT_TRUE(training_of("sgd").values[0].state.empty());
  EXPECT_EQ(training_of(SGD{.momentum = 0.5}).optimizer_state.size(), 1u);
  EXPECT_EQ(training_of("rmsprop").optimizer_state.size(), 1u);
  EXPECT_EQ(training_of("adam").optimizer_state.size(), 2u);
  EXPECT_FALSE(training_of("adam").limits_norm);
  EXPECT_TRUE(training_of(Adam{.clip_norm = 1}).limits_norm);
}

TEST(OptimizerState, HasTermsOfTheStep) {
  const contract::Training adam = training_of("adam");
  ASSERT_EQ(adam.step_terms.size(), 2u);
  for (const std::uint64_t step : {1u, 2u, 1000u}) {
    EXPECT_EQ(contract::evaluate(adam.step_terms[0], step), 1 / (1 - std::pow(0.9, step)));
    EXPECT_EQ(contract::evaluate(adam.step_terms[1], step), 1 / (1 - std::pow(0.999, step)));
  }
  EXPECT_TRUE(training_of("sgd").step_terms.empty());
}

TEST(OptimizerState, OfCheckpointsFitsTheOptimizer) {
  const Subject subject;
  const Toy data = make_toy(8);
  const test::ScratchFolder folder;
  for (const Optimizer& optimizer : {Optimizer("sgd"), Optimizer(lion()), Optimizer("adam")}) {
    EventPropCompiler compiler = toy_compiler();
    compiler.optimizer = optimizer;
    TrainingNetwork model = compiler.compile(subject.network), other = compiler.compile(subject.network);
    const auto learn = [&](TrainingNetwork& network) {
      network.train({{subject.input, data.spikes}}, {{subject.output, data.labels}}, {.epochs = 3});
    };
    learn(model);
    model.save(folder / "state.ckpt");
    other.load(folder / "state.ckpt");
    learn(model);
    learn(other);
    EXPECT_EQ(model.network(), other.network());
    compiler.optimizer = RMSprop{.momentum = 0.5};
    TrainingNetwork foreign = compiler.compile(subject.network);
    EXPECT_THAT(problems_of<DataError>([&] { foreign.load(folder / "state.ckpt"); }),
                ElementsAre(::testing::Field(&Problem::kind, ProblemKind::foreign_checkpoint)));
  }
}

// ---- Mistakes

std::vector<Problem> problems_with(const Optimizer& optimizer) { return problems_of(optimizer, "optimizer"); }

TEST(OptimizerErrors, AreReportedTogether) {
  OptimizerModel model = lion();
  model.parameters = {{"b1", 0.9}, {"t", 1.0}};
  model.update = {"value -= learning_rte * gradient", "b1 = 2", "m = v +"};
  std::vector<std::string> messages;
  for (const Problem& each : problems_with(model)) messages.push_back(each.path + ": " + each.message);
  EXPECT_THAT(messages, ElementsAre(HasSubstr("\"t\" is reserved"), HasSubstr("update 1, column 10: unknown name"),
                                    HasSubstr("update 2, column 1: \"b1\" is not a state variable"),
                                    HasSubstr("update 3, column"), HasSubstr("needs the parameter learning_rate")));
}

TEST(OptimizerErrors, OfValues) {
  EXPECT_THAT(problems_with(Optimizer(Adam::text().with({{"beta", 0.5}, {"beta1", Tensor<float>({2})}}))).size(), 2u);
  EXPECT_EQ(problems_with("adm").front().expected, "adam");
  EXPECT_EQ(problems_with(SGD{.clip_norm = -1}).front().path, "optimizer.clip_norm");
  EXPECT_EQ(problems_with(SGD{.clip_value = NAN}).front().path, "optimizer.clip_value");
  EXPECT_EQ(problems_with(SGD{.nesterov = 1.0}).front().path, "optimizer.nesterov");
  OptimizerModel idle = lion();
  idle.update = {"m = gradient"};
  EXPECT_THAT(problems_with(idle).front().message, HasSubstr("never changes a value"));
  EXPECT_EQ(problems_with(SGD{.learning_rate = StepDecay{.every = 0}}).front().path, "optimizer.learning_rate.every");
  EXPECT_EQ(problems_with(SGD{.learning_rate = CosineDecay{.per = "epch"}}).front().expected, "epoch");
}

TEST(OptimizerErrors, TooManyTermsOfTheStep) {
  OptimizerModel model{.name = "many", .parameters = {{"learning_rate", 0.1}}, .update = {"value -= gradient"}};
  for (int i = 0; i < 9; ++i) model.update.front() += " * (1 / (step + " + std::to_string(i) + "))";
  EventPropCompiler compiler = toy_compiler();
  compiler.optimizer = model;
  EXPECT_THAT(thrown_by([&] { compiler.generate(Subject().network, "host"); }),
              ElementsAre(::testing::Field(&Problem::given, "9")));
}

// ---- Schedules

TEST(LearningRates, FollowTheirFormulas) {
  TrainingPosition place{.updates = 50, .updates_of_run = 100, .epochs = 5, .epochs_of_run = 10};
  EXPECT_EQ(rate_at(0.5, place), 0.5);
  EXPECT_DOUBLE_EQ(rate_at(StepDecay{.from = 1, .factor = 0.5, .every = 2}, place), 0.25);
  EXPECT_DOUBLE_EQ(rate_at(ExponentialDecay{.from = 1, .factor = 0.9, .every = 10, .per = "update"}, place),
                   std::pow(0.9, 5));
  EXPECT_DOUBLE_EQ(rate_at(CosineDecay{.from = 1, .to = 0.5}, place), 0.75);
  EXPECT_DOUBLE_EQ(rate_at(CosineDecay{.from = 1, .to = 0.5, .over = 5, .per = "epoch"}, place), 0.5);
  EXPECT_DOUBLE_EQ(rate_at(StepDecay{.from = 1, .factor = 1, .warm_up = 100}, place), 0.51);
  EXPECT_DOUBLE_EQ(rate_at(StepDecay{.from = 1, .factor = 1, .warm_up = 50}, place), 1);
  place.reductions = 2;
  EXPECT_DOUBLE_EQ(rate_at(ReduceOnPlateau{.from = 1}, place), 0.01);
  EXPECT_DOUBLE_EQ(rate_at(ReduceOnPlateau{.from = 1, .least = 0.05}, place), 0.05);
}

// The rate of each epoch's first update is in the history; a plateau is one that the history shows.
TEST(LearningRates, AreThoseOfTheHistory) {
  const Subject subject;
  const Toy data = make_toy(24);
  const auto rates = [&](const LearningRate& rate, const TrainOptions& options) {
    EventPropCompiler compiler = toy_compiler();
    compiler.optimizer = SGD{.learning_rate = rate};
    std::vector<double> all;
    TrainingNetwork model = compiler.compile(subject.network);
    for (const EpochRecord& each :
         model.train({{subject.input, data.spikes}}, {{subject.output, data.labels}}, options).epochs)
      all.push_back(each.learning_rate);
    return all;
  };
  using ::testing::DoubleNear;
  EXPECT_THAT(
      rates(StepDecay{.from = 0.1, .every = 2}, {.epochs = 4}),
      ElementsAre(DoubleNear(0.1, 1e-12), DoubleNear(0.1, 1e-12), DoubleNear(0.01, 1e-12), DoubleNear(0.01, 1e-12)));
  // Three updates are an epoch.
  EXPECT_THAT(rates(ExponentialDecay{.from = 1, .factor = 0.5, .every = 3, .per = "update"}, {.epochs = 3}),
              ElementsAre(DoubleNear(1, 1e-12), DoubleNear(0.5, 1e-12), DoubleNear(0.25, 1e-12)));
  // No loss improves by that much.
  const ReduceOnPlateau plateau{.from = 0.1, .patience = 2, .min_delta = 1e9, .monitor = "training.loss"};
  EXPECT_THAT(rates(plateau, {.epochs = 6}),
              ElementsAre(DoubleNear(0.1, 1e-12), DoubleNear(0.1, 1e-12), DoubleNear(0.1, 1e-12),
                          DoubleNear(0.01, 1e-12), DoubleNear(0.01, 1e-12), DoubleNear(0.001, 1e-12)));
}

TEST(LearningRates, ContinueWithTheRun) {
  const Subject subject;
  const Toy data = make_toy(24);
  const test::ScratchFolder folder;
  for (const LearningRate& rate :
       {LearningRate(CosineDecay{.from = 0.2, .warm_up = 4}),
        LearningRate(ReduceOnPlateau{.from = 0.1, .patience = 1, .min_delta = 1e9, .monitor = "training.loss"})}) {
    EventPropCompiler compiler = toy_compiler();
    compiler.optimizer = Adam{.learning_rate = rate};
    const auto learn = [&](TrainingNetwork& model, TrainOptions options) {
      options.epochs = 5;
      model.train({{subject.input, data.spikes}}, {{subject.output, data.labels}}, options);
      return model.network();
    };
    TrainingNetwork whole = compiler.compile(subject.network);
    const Network expected = learn(whole, {});
    const auto path = folder / "run.ckpt";
    std::filesystem::remove(path);
    int batches = 0;
    TrainingNetwork cut = compiler.compile(subject.network);
    learn(cut, {.stop = [&] { return ++batches == 7; }, .callbacks = {Checkpoint{.path = path, .every_updates = 1}}});
    TrainingNetwork resumed = compiler.compile(subject.network);
    EXPECT_EQ(learn(resumed, {.resume = path}), expected);
  }
}

TEST(LearningRates, OfTheLengthOfTheRunRefuseAnotherLength) {
  const Subject subject;
  const Toy data = make_toy(24);
  const test::ScratchFolder folder;
  EventPropCompiler compiler = toy_compiler();
  compiler.optimizer = SGD{.learning_rate = CosineDecay{.from = 0.2}};
  TrainingNetwork model = compiler.compile(subject.network);
  const std::vector<NamedData> x{{subject.input, data.spikes}}, y{{subject.output, data.labels}};
  model.train(x, y, {.epochs = 2, .callbacks = {Checkpoint{.path = folder / "run.ckpt"}}});
  EXPECT_THAT(problems_of<DataError>([&] { model.train(x, y, {.epochs = 3, .resume = folder / "run.ckpt"}); }),
              ElementsAre(::testing::Field(&Problem::kind, ProblemKind::foreign_checkpoint)));
  EXPECT_THAT(thrown_by([&] { model.train(x, y, {.learning_rate = [](std::uint32_t, double r) { return r; }}); }),
              ElementsAre(::testing::Field(&Problem::path, "learning_rate")));
  model.set_learning_rate(0.125);
  EXPECT_EQ(model.train(x, y, {}).epochs[0].learning_rate, 0.125);
}

}  // namespace
}  // namespace synfire
