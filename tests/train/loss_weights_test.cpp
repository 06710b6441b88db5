// SPDX-License-Identifier: Apache-2.0
// Weights of losses: in programs, and as users give them.
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/scratch_folder.hpp"
#include "error/problems.hpp"
#include "gradients/training_run.hpp"
#include "support/devices.hpp"
#include "train/toy.hpp"

namespace synfire {
namespace {

using test::kind_of;
using test::problem_at;
using test::problems_of;
using test::ScratchFolder;
using ::testing::ElementsAre;
using testing::make_toy;
using testing::make_toy_network;
using testing::toy_compiler;
using testing::TrainingCase;
using ProgramRun = testing::TrainingRun;

// ---- Programs

// The weight of each element of the buffers of weights, from its example and its step.
using Weighing = std::function<float(std::size_t example, std::size_t step)>;

struct LossOfProgram {
  std::map<std::string, std::vector<float>> losses, gradients;
  bool operator==(const LossOfProgram&) const = default;
};

void set_weights(ProgramRun& run, const Weighing& weight) {
  for (const contract::TrainedOutput& output : run.training().outputs) {
    const std::size_t row = output.per_step ? run.manifest().timesteps : 1;
    std::vector<float> weights;
    for (std::size_t e = 0; e < run.examples(); ++e) {
      for (std::size_t t = 0; t < row; ++t) weights.push_back(weight(e, t));
    }
    run.set_values(output.weights, weights);
  }
}

LossOfProgram result_of(ProgramRun& run) {
  run.train();
  LossOfProgram result;
  for (const contract::TrainedOutput& output : run.training().outputs)
    result.losses[output.population] = run.values(output.losses);
  for (const contract::TrainedValue& value : run.training().values)
    result.gradients[value.connection] = run.gradient(value.name());
  return result;
}

LossOfProgram weighted_result(const TrainingCase& learned, const Weighing& weight, const std::string& device = "host") {
  ProgramRun run(learned, device);
  testing::give_data(run, 1);
  if (weight) set_weights(run, weight);
  return result_of(run);
}

LossOfProgram times(double factor, LossOfProgram result) {
  for (auto* const lists : {&result.losses, &result.gradients}) {
    for (auto& [name, values] : *lists) {
      for (float& each : values) each *= static_cast<float>(factor);
    }
  }
  return result;
}

void expect_near(const LossOfProgram& given, const LossOfProgram& expected, double tolerance) {
  for (const auto lists : {&LossOfProgram::losses, &LossOfProgram::gradients}) {
    for (const auto& [name, values] : given.*lists) {
      double largest = 0;
      for (const float each : (expected.*lists).at(name)) largest = std::max(largest, std::abs(double{each}));
      for (std::size_t i = 0; i < values.size(); ++i)
        EXPECT_NEAR(double{values[i]}, double{(expected.*lists).at(name)[i]}, tolerance * largest) << name << ' ' << i;
    }
  }
}

// Spikes, and outputs that spike or not, with a loss of every step.
TrainingCase per_step_case(const codegen::Loss& loss, bool spikes) {
  const Exponential exponential{.tau = 5.0, .scale_i = true};
  TrainingCase learned;
  Network& network = learned.network;
  const auto input = network.add(SpikeInput{}, 10, {.name = "input"});
  const auto hidden =
      network.add(LeakyIntegrateFire{.tau_mem = 20.0, .tau_refrac = 2.0, .scale_i = true}, 20, {.name = "hidden"});
  const auto output =
      spikes ? network.add(LeakyIntegrateFire{.v_thresh = 0.6, .tau_mem = 20.0, .tau_refrac = 2.0, .scale_i = true}, 3,
                           {.readout = "var", .name = "output"})
             : network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 3, {.readout = "var", .name = "output"});
  network.connect(input, hidden, Dense{Normal{1.0, 0.5}}, {.synapse = exponential, .name = "first"});
  network.connect(hidden, output, Dense{Normal{0.4, 0.5}}, {.synapse = exponential, .name = "second"});
  learned.options.timesteps = 30;
  learned.options.batch_size = 5;
  learned.options.seed = 3;
  learned.training.losses = {{2, loss}};
  learned.training.slots = 2;
  return learned;
}

const codegen::Loss squares{MeanSquareError{.per_step = true}};

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const testing::NamedCase& each : testing::training_cases()) names.push_back(each.name);
  return names;
}

class LossWeightsOfPrograms : public ::testing::TestWithParam<std::string> {
 protected:
  // A regularizer of firing rates has no weights.
  TrainingCase learned() const {
    TrainingCase own = testing::training_case(GetParam()).learned;
    own.training.rates.clear();
    return own;
  }
};

TEST_P(LossWeightsOfPrograms, OfOneChangeNothingAndOfTwoDoubleLossAndGradientToTheBit) {
  const LossOfProgram plain = weighted_result(learned(), nullptr);
  EXPECT_EQ(weighted_result(learned(), [](auto, auto) { return 1.0F; }), plain);
  EXPECT_EQ(weighted_result(learned(), [](auto, auto) { return 2.0F; }), times(2, plain));
}

TEST_P(LossWeightsOfPrograms, OfExamplesAndStepsThatComplementEachOtherAddUp) {
  const auto mask = [](std::size_t e, std::size_t t) { return (3 * e + 5 * t + t / 7) % 4 < 2 ? 1.0F : 0.0F; };
  const LossOfProgram plain = weighted_result(learned(), nullptr);
  LossOfProgram sum = weighted_result(learned(), mask);
  const LossOfProgram other =
      weighted_result(learned(), [&](std::size_t e, std::size_t t) { return 1.0F - mask(e, t); });
  EXPECT_NE(sum, plain);
  for (const auto lists : {&LossOfProgram::losses, &LossOfProgram::gradients}) {
    for (auto& [name, values] : sum.*lists) {
      for (std::size_t i = 0; i < values.size(); ++i) values[i] += (other.*lists).at(name)[i];
    }
  }
  expect_near(sum, plain, 2e-6);
}

TEST_P(LossWeightsOfPrograms, GiveTheSameBitsOnEveryDevice) {
  const auto weight = [](std::size_t e, std::size_t t) { return static_cast<float>((2 * e + 3 * t) % 5) / 4; };
  const LossOfProgram host = weighted_result(learned(), weight);
  for (const std::string& device : testing::devices()) {
    if (device == "host") continue;
    EXPECT_EQ(weighted_result(learned(), weight, device), host) << device;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, LossWeightsOfPrograms, ::testing::ValuesIn(case_names()),
                         [](const auto& test) { return test.param; });

// A loss that multiplies by its targets has the gradient that the weights should give, also at the spikes of an output.
TEST(LossWeights, OfStepsAreThoseOfTheStepWhoseLossIsMeant) {
  const auto weight = [](std::size_t e, std::size_t t) { return static_cast<float>((e + 3 * t) % 7) / 4; };
  for (const bool spikes : {false, true}) {
    for (const char* const text : {"(0.5 + v)**2", "sqrt(1 + v**2)"}) {
      SCOPED_TRACE(std::string(text) + (spikes ? ", spiking" : ""));
      const LossModel plain{
          .name = "plain", .targets = Targets::none, .per_step = "true", .loss = "sum(" + std::string(text) + ")"};
      LossModel product{.name = "product", .targets = Targets::values, .per_step = "true"};
      product.loss = "sum(y * " + std::string(text) + ")";
      ProgramRun run(per_step_case(codegen::Loss(product), spikes), "host");
      testing::give_data(run, 1);
      std::vector<float> targets;
      for (std::size_t e = 0; e < run.examples(); ++e) {
        for (std::size_t t = 0; t < run.manifest().timesteps; ++t) targets.insert(targets.end(), 3, weight(e, t));
      }
      run.set_values(run.training().outputs.front().targets, targets);
      expect_near(weighted_result(per_step_case(codegen::Loss(plain), spikes), weight), result_of(run), 2e-5);
    }
  }
}

TEST(LossWeights, OfAnOutputThatSpikesDoubleAndAddUp) {
  const TrainingCase learned = per_step_case(squares, true);
  const LossOfProgram plain = weighted_result(learned, nullptr);
  EXPECT_EQ(weighted_result(learned, [](auto, auto) { return 2.0F; }), times(2, plain));
  const auto weight = [](std::size_t e, std::size_t t) { return static_cast<float>((e + t) % 3) / 2; };
  const LossOfProgram host = weighted_result(learned, weight);
  for (const std::string& device : testing::devices())
    EXPECT_EQ(weighted_result(learned, weight, device), host) << device;
}

// Without spikes, the loss is smooth in the weights of the network.
TEST(LossWeights, OfStepsGiveTheGradientThatDifferencesOfTheLossGive) {
  const auto weight = [](std::size_t e, std::size_t t) { return static_cast<float>((e + 2 * t) % 5) / 2; };
  for (const codegen::Loss& loss :
       {squares, codegen::Loss(SparseCategoricalCrossentropy{.temperature = 0.5, .per_step = true})}) {
    SCOPED_TRACE(loss.name);
    TrainingCase learned;
    const auto input = learned.network.add(SpikeInput{}, 6, {.name = "input"});
    const auto output =
        learned.network.add(LeakyIntegrate{.tau_mem = 20.0, .scale_i = true}, 3, {.readout = "var", .name = "output"});
    learned.network.connect(input, output, Dense{Normal{0.5, 0.5}},
                            {.synapse = Exponential{.tau = 5.0, .scale_i = true}, .name = "weights"});
    learned.options.timesteps = 30;
    learned.options.batch_size = 5;
    learned.training.losses = {{1, loss}};
    learned.training.slots = 2;
    ProgramRun run(learned, "host");
    testing::give_data(run, 1);
    set_weights(run, weight);
    run.train();
    const std::vector<float> gradient = run.gradient("weights");
    const std::string& parameter = run.training().values.front().parameter;
    const std::vector<float> start = run.values(parameter);
    const auto loss_at = [&](std::size_t i, float shift) {
      std::vector<float> moved = start;
      moved[i] += shift;
      run.set_values(parameter, moved);
      run.train(false);
      return run.loss("output");
    };
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      constexpr float shift = 1.0F / 64;
      EXPECT_NEAR((loss_at(i, shift) - loss_at(i, -shift)) / (2 * double{shift}), double{gradient[i]}, 2e-4) << i;
    }
  }
}

// ---- Training

// Everything but times.
nlohmann::json outcome_of(const History& history) {
  nlohmann::json json = nlohmann::json::parse(history.json());
  for (auto& epoch : json["epochs"]) {
    epoch.erase("seconds");
    epoch.erase("validation_seconds");
  }
  return json;
}

// Measures losses only, with a rate of 0.
TrainOptions measuring() {
  return {.learning_rate = [](std::uint32_t, double) { return 0.0; }, .warn = [](const Problem&) {}};
}

// 14 examples of two classes, the last batch is short.
struct WeightedTask {
  testing::ToyNetwork toy = make_toy_network();
  testing::Toy data = make_toy(14);
  ScratchFolder folder;

  TrainingNetwork compile(const std::string& device = "host") const {
    EventPropCompiler compiler = toy_compiler(device, 4);
    compiler.gradient_slots = 3;
    compiler.losses = losses;
    return compiler.compile(toy.network);
  }
  History train(TrainingNetwork& model, TrainOptions options) const {
    options.warn = [](const Problem&) {};
    return model.train({{toy.input, data.spikes}}, {{toy.output, data.labels}}, options);
  }
  History train(const TrainOptions& options) const {
    TrainingNetwork model = compile();
    return train(model, options);
  }
  Losses losses = "sparse_categorical_crossentropy";
};

std::vector<float> some_weights(std::size_t examples) {
  std::vector<float> weights;
  for (std::size_t e = 0; e < examples; ++e) weights.push_back(static_cast<float>(e % 5) / 3);
  return weights;
}

TEST(LossWeights, OfZeroLeaveAnExampleOut) {
  const WeightedTask task;
  EventPropCompiler compiler = toy_compiler("host", 2);
  compiler.gradient_slots = 2;
  const testing::Toy one = make_toy(1), two = make_toy(2);
  TrainOptions options = measuring();
  TrainingNetwork alone = compiler.compile(task.toy.network), both = compiler.compile(task.toy.network);
  const double loss = alone.train({{"input", one.spikes}}, {{"output", one.labels}}, options).training().loss;
  options.shuffle = false;
  options.sample_weights = {1, 0};
  EXPECT_EQ(both.train({{"input", two.spikes}}, {{"output", two.labels}}, options).training().loss, loss / 2);
  compiler.optimizer = SGD{.learning_rate = 0.5};
  TrainingNetwork half = compiler.compile(task.toy.network);
  half.train({{"input", two.spikes}}, {{"output", two.labels}}, {.shuffle = false, .sample_weights = {1, 0}});
  compiler.optimizer = SGD{.learning_rate = 0.25};
  TrainingNetwork whole = compiler.compile(task.toy.network);
  whole.train({{"input", one.spikes}}, {{"output", one.labels}});
  EXPECT_EQ(half.network(), whole.network());
}

TEST(LossWeights, OfClassesAreWeightsOfTheirExamples) {
  const WeightedTask task;
  std::vector<double> of_examples;
  for (const int label : task.data.labels) of_examples.push_back(label == 0 ? 0.3 : 1.7);
  TrainingNetwork by_class = task.compile(), by_example = task.compile(), plain = task.compile();
  const History expected = task.train(by_example, {.epochs = 3, .sample_weights = of_examples});
  EXPECT_EQ(outcome_of(task.train(by_class, {.epochs = 3, .class_weights = {0.3, 1.7}})), outcome_of(expected));
  EXPECT_EQ(by_class.network(), by_example.network());
  EXPECT_NE(outcome_of(task.train(plain, {.epochs = 3})), outcome_of(expected));
  TrainingNetwork named = task.compile();
  const LossWeights list = {{"output", {0.3, 1.7}}};
  EXPECT_EQ(outcome_of(task.train(named, {.epochs = 3, .class_weights = list})), outcome_of(expected));
}

TEST(LossWeights, AreThoseOfTheirRowsInValidation) {
  const WeightedTask task;
  TrainOptions options = measuring();
  options.validation_split = 0.5;
  const EpochRecord plain = task.train(options).epochs.front();
  options.class_weights = {4, 4};
  options.sample_weights = std::vector<float>{1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2};
  const EpochRecord weighted = task.train(options).epochs.front();
  EXPECT_EQ(weighted.training[0].loss, 4 * plain.training[0].loss);
  EXPECT_EQ(weighted.validation[0].loss, 2 * plain.validation[0].loss);
  EXPECT_EQ(weighted.training[0].value, plain.training[0].value);
  EXPECT_EQ(weighted.validation[0].value, plain.validation[0].value);
}

TEST(LossWeights, OfValidationDataAreTheirOwn) {
  const WeightedTask task;
  const testing::Toy other = make_toy(6, 2);
  TrainOptions options = measuring();
  options.validation_inputs = {{task.toy.input, other.spikes}};
  options.validation_targets = {{task.toy.output, other.labels}};
  const EpochRecord plain = task.train(options).epochs.front();
  options.sample_weights = std::vector<float>(14, 8);
  options.class_weights = {1, 1};
  EXPECT_EQ(task.train(options).epochs.front().validation[0].loss, plain.validation[0].loss);
  options.validation_sample_weights = Tensor<float>({6}, std::vector<float>(6, 2));
  const EpochRecord weighted = task.train(options).epochs.front();
  EXPECT_EQ(weighted.training[0].loss, 8 * plain.training[0].loss);
  EXPECT_EQ(weighted.validation[0].loss, 2 * plain.validation[0].loss);
}

// A regularizer takes no data, so weights for all outputs are not for it.
TEST(LossWeights, AreForRegularizersThatAreNamed) {
  WeightedTask task;
  task.toy.network = Network{event_prop_defaults};
  Network& network = task.toy.network;
  task.toy.input = network.add(SpikeInput{}, 4, {.name = "input"});
  task.toy.hidden = network.add(LeakyIntegrateFire{}, 8, {.readout = "max_var", .name = "hidden"});
  task.toy.output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
  network.connect(task.toy.input, task.toy.hidden, Dense{Normal{0.3, 0.5}}, {.synapse = Exponential{}});
  network.connect(task.toy.hidden, task.toy.output, Dense{Normal{0.0, 1.0}}, {.synapse = Exponential{}});
  task.losses = {{"output", "sparse_categorical_crossentropy"}, {"hidden", "silent_neurons"}};
  const std::vector<float> fours(14, 4);
  TrainOptions options = measuring();
  const std::vector<OutputScore> plain = task.train(options).epochs.front().training;
  options.sample_weights = fours;
  const std::vector<OutputScore> shared = task.train(options).epochs.front().training;
  options.sample_weights = {{"hidden", fours}};
  const std::vector<OutputScore> named = task.train(options).epochs.front().training;
  ASSERT_EQ(plain[0].output, "hidden");
  EXPECT_GT(plain[0].loss, 0);
  EXPECT_EQ(shared[0].loss, plain[0].loss);
  EXPECT_EQ(shared[1].loss, 4 * plain[1].loss);
  EXPECT_EQ(named[0].loss, 4 * plain[0].loss);
  EXPECT_EQ(named[1].loss, plain[1].loss);
}

class WeightedData : public ::testing::TestWithParam<std::string> {};

// Noise of probability 0 changes nothing, but its inputs are read batch by batch, as those of files.
TEST_P(WeightedData, GiveTheSameBitsHeldStreamedAndGenerated) {
  WeightedTask task;
  task.losses = SparseCategoricalCrossentropy{.per_step = true};
  Tensor<float> of_steps({14, testing::toy_timesteps});
  for (std::size_t i = 0; i < of_steps.size(); ++i) of_steps[i] = static_cast<float>(i % 7) / 4;
  const std::vector<float> row(of_steps.begin(), of_steps.begin() + testing::toy_timesteps);
  for (const bool of_each : {true, false}) {
    for (const bool of_examples : {true, false}) {
      const LossWeights steps = of_each ? LossWeights(of_steps) : LossWeights(row);
      const LossWeights samples = of_examples ? LossWeights(some_weights(14)) : LossWeights();
      TrainOptions options{.epochs = 2, .sample_weights = samples, .class_weights = {1, 0.7}, .step_weights = steps};
      TrainingNetwork held = task.compile(GetParam()), streamed = task.compile(GetParam()),
                      generated = task.compile(GetParam());
      const nlohmann::json expected = outcome_of(task.train(held, options));
      const EpochGenerator generator = [&](std::uint32_t) {
        return EpochData{.inputs = {{"input", task.data.spikes}},
                         .targets = {{"output", task.data.labels}},
                         .sample_weights = samples,
                         .step_weights = steps};
      };
      EXPECT_EQ(outcome_of(generated.train(generator,
                                           {.epochs = 2, .class_weights = {1, 0.7}, .warn = [](const Problem&) {}})),
                expected);
      options.input_noise = {{"input", Dropout{.p = 0}}};
      EXPECT_EQ(outcome_of(task.train(streamed, options)), expected);
      EXPECT_EQ(streamed.network(), held.network());
      EXPECT_EQ(generated.network(), held.network());
    }
  }
}

SYNFIRE_ON_EVERY_DEVICE(WeightedData);

// The same weights for all examples are not written out for each unless a device holds the data; the loss is the same.
TEST(LossWeights, OfStepsForAllAreThoseOfEach) {
  WeightedTask task;
  task.losses = SparseCategoricalCrossentropy{.per_step = true};
  std::vector<float> row, each;
  for (std::size_t t = 0; t < testing::toy_timesteps; ++t) row.push_back(static_cast<float>(t % 3));
  for (std::size_t e = 0; e < 14; ++e) each.insert(each.end(), row.begin(), row.end());
  EXPECT_EQ(outcome_of(task.train({.epochs = 2, .step_weights = row})),
            outcome_of(task.train({.epochs = 2, .step_weights = Tensor<float>({14, testing::toy_timesteps}, each)})));
}

TEST(LossWeights, OfARunAreThoseWithWhichItIsResumed) {
  const WeightedTask task;
  const auto options = [&](const LossWeights& samples, const LossWeights& classes) {
    return TrainOptions{.epochs = 3,
                        .sample_weights = samples,
                        .class_weights = classes,
                        .resume = task.folder / "run.ckpt",
                        .callbacks = {Checkpoint{.path = task.folder / "run.ckpt", .every_updates = 2}}};
  };
  const std::vector<float> samples = some_weights(14);
  TrainingNetwork whole = task.compile(), cut = task.compile(), resumed = task.compile();
  const History expected = task.train(whole, {.epochs = 3, .sample_weights = samples, .class_weights = {0.3, 1.7}});
  TrainOptions first = options(samples, {0.3, 1.7});
  first.stop = [left = 6]() mutable { return left-- <= 0; };
  ASSERT_EQ(task.train(cut, first).end, TrainingEnd::stopped);
  for (const auto& [other, classes] : {std::pair{LossWeights(samples), LossWeights({0.3, 1.6})},
                                       std::pair{LossWeights(std::vector<float>(14, 1)), LossWeights({0.3, 1.7})},
                                       std::pair{LossWeights(), LossWeights()}}) {
    const TrainOptions changed = options(other, classes);
    EXPECT_EQ(kind_of<DataError>([&] { task.train(resumed, changed); }), "foreign_checkpoint");
  }
  EXPECT_EQ(outcome_of(task.train(resumed, options(samples, {0.3, 1.7}))), outcome_of(expected));
  EXPECT_EQ(resumed.network(), whole.network());
}

// ---- Errors

TEST(LossWeights, ThatDoNotFitAreErrors) {
  WeightedTask task;
  task.losses = {{"output", "sparse_categorical_crossentropy"}};
  const auto problems = [&](const TrainOptions& options) {
    return problems_of<DataError>([&] { task.train(options); });
  };
  const std::vector<float> ones(14, 1);
  EXPECT_THAT(problems({.sample_weights = {1, 2}}),
              ElementsAre(problem_at(ProblemKind::wrong_data_size, "sample_weights of \"output\"")));
  EXPECT_EQ(problems({.sample_weights = {1, 2}}).front().expected, "14");
  EXPECT_EQ(problems({.sample_weights = {1, 2}}).front().given, "2");
  std::vector<float> negative = ones, infinite = ones;
  negative[3] = -1;
  infinite[13] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(problems({.sample_weights = negative}),
              ElementsAre(problem_at(ProblemKind::invalid_value, "sample_weights of \"output\", example 3")));
  EXPECT_THAT(problems({.sample_weights = infinite}),
              ElementsAre(problem_at(ProblemKind::invalid_value, "sample_weights of \"output\", example 13")));
  EXPECT_THAT(problems({.class_weights = {1, 1e39}}),
              ElementsAre(problem_at(ProblemKind::invalid_value, "class_weights of \"output\", class 1")));
  EXPECT_THAT(problems({.class_weights = {1, 2, 3}}),
              ElementsAre(problem_at(ProblemKind::wrong_data_size, "class_weights of \"output\"")));
  EXPECT_THAT(problems({.step_weights = std::vector<float>(testing::toy_timesteps, 1)}),
              ElementsAre(problem_at(ProblemKind::surplus_data, "step_weights")));
  const LossWeights on_output = {{"output", {1, 2}}};
  EXPECT_THAT(problems({.step_weights = on_output}),
              ElementsAre(problem_at(ProblemKind::surplus_data, "step_weights of \"output\"")));
  const LossWeights several = {{"output", ones}, {"hidden", ones}, {"output", ones}, {"outputs", ones}};
  EXPECT_THAT(problems({.sample_weights = several, .class_weights = {-1, 1}}),
              ElementsAre(problem_at(ProblemKind::surplus_data, "sample_weights of \"hidden\""),
                          problem_at(ProblemKind::surplus_data, "sample_weights of \"output\""),
                          problem_at(ProblemKind::unknown_name, "sample_weights[3]"),
                          problem_at(ProblemKind::invalid_value, "class_weights of \"output\", class 0")));
  EXPECT_THAT(problems({.sample_weights = std::vector<float>(14, 1e30F), .class_weights = {1e30, 1}}),
              ElementsAre(problem_at(ProblemKind::invalid_value,
                                     "sample_weights, class_weights and step_weights of \"output\"")));
}

TEST(LossWeights, OfStepsThatDoNotFitAreErrors) {
  WeightedTask task;
  task.losses = SparseCategoricalCrossentropy{.per_step = true};
  const auto problems = [&](const LossWeights& weights) {
    return problems_of<DataError>([&] { task.train({.step_weights = weights}); });
  };
  EXPECT_THAT(problems(std::vector<float>(14, 1)),
              ElementsAre(problem_at(ProblemKind::wrong_data_size, "step_weights of \"output\"")));
  EXPECT_EQ(problems(std::vector<float>(14, 1)).front().expected, "30, or 14×30");
  Tensor<float> each({14, testing::toy_timesteps});
  each[2 * testing::toy_timesteps + 5] = -1;
  EXPECT_THAT(problems(each),
              ElementsAre(problem_at(ProblemKind::invalid_value, "step_weights of \"output\", example 2, step 5")));
  EXPECT_THAT(problems(Tensor<float>({testing::toy_timesteps, 14})),
              ElementsAre(problem_at(ProblemKind::wrong_data_size, "step_weights of \"output\"")));
}

TEST(LossWeights, OfValuesHaveNoClasses) {
  WeightedTask task;
  task.losses = "mean_square_error";
  const Tensor<float> targets({14, 2});
  TrainingNetwork model = task.compile();
  const auto problems = [&](const LossWeights& weights) {
    return problems_of<DataError>([&] {
      model.train({{"input", task.data.spikes}}, {{"output", targets}}, {.class_weights = weights});
    });
  };
  EXPECT_THAT(problems({1, 2}), ElementsAre(problem_at(ProblemKind::surplus_data, "class_weights")));
  EXPECT_THAT(problems({{"output", {1, 2}}}),
              ElementsAre(problem_at(ProblemKind::surplus_data, "class_weights of \"output\"")));
}

TEST(LossWeights, OfValidationNeedItsData) {
  const WeightedTask task;
  EXPECT_THAT(problems_of<DataError>([&] { task.train({.validation_split = 0.5, .validation_sample_weights = {1}}); }),
              ElementsAre(problem_at(ProblemKind::invalid_option, "validation_sample_weights")));
  EXPECT_THAT(problems_of<DataError>([&] { task.train({.validation_step_weights = {1}}); }),
              ElementsAre(problem_at(ProblemKind::invalid_option, "validation_step_weights")));
  const testing::Toy other = make_toy(6, 2);
  TrainOptions options{.validation_inputs = {{"input", other.spikes}},
                       .validation_targets = {{"output", other.labels}}};
  options.validation_sample_weights = {1, 1};
  EXPECT_THAT(problems_of<DataError>([&] { task.train(options); }),
              ElementsAre(problem_at(ProblemKind::wrong_data_size, "validation_sample_weights of \"output\"")));
}

TEST(LossWeights, OfGeneratedEpochsComeWithTheirData) {
  const WeightedTask task;
  TrainingNetwork model = task.compile();
  const EpochGenerator generator = [&](std::uint32_t) {
    return EpochData{.inputs = {{"input", task.data.spikes}}, .targets = {{"output", task.data.labels}}};
  };
  EXPECT_THAT(problems_of<ModelError>([&] { model.train(generator, {.sample_weights = {1}}); }),
              ElementsAre(problem_at(ProblemKind::invalid_option, "sample_weights")));
  EXPECT_THAT(problems_of<ModelError>([&] { model.train(generator, {.step_weights = {1}}); }),
              ElementsAre(problem_at(ProblemKind::invalid_option, "step_weights")));
}

// ---- Descriptions

Description with_class_weights(const std::string& class_weights) {
  return parse_description(R"({"format": "synfire-network", "version": 1, "populations": [
    {"name": "a", "shape": 2, "neuron": "leaky_integrate", "readout": "avg_var"}], "connections": [],
    "train": {"class_weights": )" +
                               class_weights + "}}",
                           {}, "net.json");
}

TEST(LossWeights, OfClassesMayBeInADescription) {
  for (const char* const text : {"[1, 0.1]", R"([{"output": "a", "weights": [1, 0.1]}])"}) {
    const Description description = with_class_weights(text);
    EXPECT_THAT(description.validate(), ElementsAre());
    const DescriptionText written = to_text(description);
    EXPECT_EQ(nlohmann::json::parse(written.json)["train"]["class_weights"], nlohmann::json::parse(text));
    EXPECT_TRUE(parse_description(written.json, written.tensors, "written.json") == description);
    const LossWeights weights = train_options(*description.train).class_weights;
    const WeightValues& values = weights.for_all() ? *weights.for_all() : weights.list().front().weights;
    EXPECT_EQ(values.values(), Tensor<float>({2}, {1, 0.1F}));
  }
}

TEST(LossWeights, OfADescriptionThatCannotBeAreErrors) {
  EXPECT_THAT(with_class_weights("[1, -1, 1e39]").validate(),
              ElementsAre(problem_at(ProblemKind::invalid_value, "train.class_weights[1]"),
                          problem_at(ProblemKind::invalid_value, "train.class_weights[2]")));
  const std::string twice = R"([{"output": "a", "weights": []}, {"output": "a", "weights": [1, 1, 1]},
                                {"output": "aa", "weights": [-1]}])";
  EXPECT_THAT(with_class_weights(twice).validate(),
              ElementsAre(problem_at(ProblemKind::invalid_value, "train.class_weights[0].weights"),
                          problem_at(ProblemKind::wrong_data_size, "train.class_weights[1].weights"),
                          problem_at(ProblemKind::duplicate_name, "train.class_weights[1]"),
                          problem_at(ProblemKind::unknown_name, "train.class_weights[2].output"),
                          problem_at(ProblemKind::invalid_value, "train.class_weights[2].weights[0]")));
  const auto refused = [](const std::string& text) {
    const std::vector<Problem> problems = problems_of<DataError>([&] { with_class_weights(text); });
    return problems.empty() ? "" : problems.front().path;
  };
  for (const char* const text : {"[]", "1", "\"a\"", "{}"}) EXPECT_EQ(refused(text), "train.class_weights");
  EXPECT_EQ(refused("[1, \"a\"]"), "train.class_weights[1]");
  EXPECT_EQ(refused("[{\"output\": \"a\"}]"), "train.class_weights[0]");
}

}  // namespace
}  // namespace synfire
