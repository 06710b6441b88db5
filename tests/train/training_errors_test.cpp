// SPDX-License-Identifier: Apache-2.0
// Invalid arguments of the compiler and of train().
#include <gmock/gmock.h>

#include <limits>

#include "base/scratch_folder.hpp"
#include "error/problems.hpp"
#include "support/devices.hpp"
#include "train/toy.hpp"

namespace synfire {
namespace {

using test::problem_at;
using test::problems_of;
using test::thrown_by;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::make_toy;
using testing::make_toy_network;
using testing::Toy;
using testing::toy_compiler;
using testing::ToyNetwork;

std::vector<Problem> compile_problems(const EventPropCompiler& compiler) {
  return thrown_by([&] { compiler.compile(make_toy_network().network); });
}

TEST(TrainingErrors, Losses) {
  EventPropCompiler compiler = toy_compiler();
  compiler.losses = "sparse_categorical_crossentropie";
  auto problems = compile_problems(compiler);
  EXPECT_THAT(problems, ElementsAre(problem_at(ProblemKind::unknown_name, "compiler.losses")));
  EXPECT_EQ(problems.at(0).expected, "sparse_categorical_crossentropy");
  compiler.losses = SparseCategoricalCrossentropy{.temperature = 0};
  EXPECT_THAT(compile_problems(compiler),
              ElementsAre(problem_at(ProblemKind::invalid_value, "compiler.losses.temperature")));
  compiler.losses = TimeToFirstSpikeCrossentropy{.temperature = 1, .alpha = -1};
  EXPECT_THAT(compile_problems(compiler), ElementsAre(problem_at(ProblemKind::invalid_value, "compiler.losses.alpha")));
  compiler.losses = {{"output", "mean_square_error"},
                     {"hidden", "mean_square_error"},
                     {"output", "mean_square_error"},
                     {"nobody", "mean_square_error"}};
  EXPECT_THAT(compile_problems(compiler),
              ElementsAre(problem_at(ProblemKind::missing_variable, "compiler.losses[1] \"hidden\""),
                          problem_at(ProblemKind::invalid_option, "compiler.losses[2]"),
                          problem_at(ProblemKind::unknown_name, "compiler.losses[3]")));
}

// Only a plain number may have been meant to be one weight per synapse.
TEST(TrainingErrors, ANumberThatAllSynapsesShareIsAWarning) {
  const auto warned = [](const Connectivity& connectivity) {
    ToyNetwork toy = make_toy_network();
    toy.network.connect(toy.hidden, toy.hidden, connectivity, {.synapse = Exponential{}, .name = "recurrent"});
    std::vector<Problem> warnings;
    EventPropCompiler compiler = toy_compiler();
    compiler.warn = [&](const Problem& problem) { warnings.push_back(problem); };
    compiler.check(toy.network);
    return warnings;
  };
  const std::vector<Problem> found = warned(Dense{0.25});
  EXPECT_THAT(found, ElementsAre(problem_at(ProblemKind::shared_weight, "connection \"recurrent\".weight")));
  EXPECT_EQ(found.at(0).severity, Severity::warning);
  EXPECT_THAT(found.at(0).message, ::testing::HasSubstr("0.25"));
  EXPECT_THAT(warned(OneToOne{0.25}),
              ElementsAre(problem_at(ProblemKind::shared_weight, "connection \"recurrent\".weight")));
  EXPECT_THAT(warned(Dense{trainable(0.25)}), ElementsAre());
  EXPECT_THAT(warned(Dense{frozen(0.25)}), ElementsAre());
  EXPECT_THAT(warned(Dense{Normal{.mean = 0.25}}), ElementsAre());
}

TEST(TrainingErrors, Adam) {
  EventPropCompiler compiler = toy_compiler();
  compiler.optimizer =
      Adam{.learning_rate = -1, .beta1 = 1, .beta2 = std::numeric_limits<double>::quiet_NaN(), .epsilon = 0};
  compiler.gradient_slots = 33;
  EXPECT_THAT(compile_problems(compiler),
              ElementsAre(problem_at(ProblemKind::invalid_value, "compiler.optimizer.beta1"),
                          problem_at(ProblemKind::invalid_value, "compiler.optimizer.beta2"),
                          problem_at(ProblemKind::invalid_value, "compiler.optimizer.epsilon"),
                          problem_at(ProblemKind::invalid_value, "compiler.optimizer.learning_rate"),
                          problem_at(ProblemKind::invalid_value, "compiler.gradient_slots")));
}

// Programs hold all of these in single precision.
TEST(TrainingErrors, NumbersBeyondSinglePrecision) {
  const auto refuses = [](auto&& change, const std::string& path) {
    EventPropCompiler compiler = toy_compiler();
    change(compiler);
    EXPECT_THAT(compile_problems(compiler), Contains(::testing::Field(&Problem::path, path)));
  };
  for (const double number : {1e39, 1e-46}) {
    refuses([&](auto& c) { c.optimizer.learning_rate = number; }, "compiler.optimizer.learning_rate");
    refuses([&](auto& c) { c.optimizer = Adam{.epsilon = number}; }, "compiler.optimizer.epsilon");
    refuses([&](auto& c) { c.nominal_dt = number; }, "compiler.nominal_dt");
    refuses([&](auto& c) { c.losses = SparseCategoricalCrossentropy{number}; }, "compiler.losses.temperature");
    refuses([&](auto& c) { c.losses = CategoricalCrossentropy{number}; }, "compiler.losses.temperature");
    refuses([&](auto& c) { c.losses = TimeToFirstSpikeCrossentropy{number}; }, "compiler.losses.temperature");
    refuses([&](auto& c) { c.losses = TimeToFirstSpikeCrossentropy{1, number}; }, "compiler.losses.alpha");
    refuses([&](auto& c) { c.losses = RelativeMeanSquareError{number}; }, "compiler.losses.delta");
  }
  refuses([](auto& c) { c.optimizer = Adam{.beta1 = 0.9999999999}; }, "compiler.optimizer.beta1");
  refuses([](auto& c) { c.optimizer = Adam{.beta2 = 0.99999999999}; }, "compiler.optimizer.beta2");
  const auto weight = [](const Value& value, const ConnectionOptions& options) {
    Network network{event_prop_defaults};
    const auto input = network.add(SpikeInput{}, 4, {.name = "input"});
    const auto output = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "output"});
    network.connect(input, output, Dense{value}, options);
    return thrown_by([&] { toy_compiler().compile(network); });
  };
  const std::string path = "connections[0] \"input_output\".";
  for (const Trainable& how : {Trainable{.max = 1e39}, Trainable{.min = -1e39}, Trainable{.learning_rate = 1e39},
                               Trainable{.learning_rate = 1e-46}})
    EXPECT_THAT(weight(trainable(0.1, how), {.synapse = Exponential{}}),
                ElementsAre(problem_at(ProblemKind::invalid_value, path + "weight")));
  EXPECT_THAT(weight(0.1, {.synapse = Exponential{}, .max_delay = 1e39}),
              ElementsAre(problem_at(ProblemKind::invalid_value, path + "max_delay")));
}

TEST(TrainingErrors, ANetworkWithoutOutputs) {
  Network network;
  network.add(SpikeInput{}, 4, {.name = "input"});
  const auto problems = thrown_by([&] { toy_compiler().compile(network); });
  EXPECT_THAT(problems, ElementsAre(problem_at(ProblemKind::missing_variable, "compiler.losses")));
}

TEST(TrainingErrors, Data) {
  const ToyNetwork toy = make_toy_network();
  const Toy data = make_toy(8);
  TrainingNetwork model = toy_compiler().compile(toy.network);
  const auto train = [&](const std::vector<NamedData>& inputs, const std::vector<NamedData>& targets,
                         const TrainOptions& options = {}) {
    return problems_of<DataError>([&] { model.train(inputs, targets, options); });
  };
  const std::vector<NamedData> inputs{{toy.input, data.spikes}}, targets{{toy.output, data.labels}};
  const std::vector<int> wrong{0, 1, 2, 0, 1, 0, 1, 0};
  EXPECT_THAT(train(inputs, {{toy.output, wrong}}),
              ElementsAre(problem_at(ProblemKind::label_out_of_range, "targets[0] \"output\", example 2")));
  const Tensor<float> values({8, 2});
  EXPECT_THAT(train(inputs, {{toy.output, values}}),
              ElementsAre(problem_at(ProblemKind::wrong_data_size, "targets[0] \"output\"")));
  EXPECT_THAT(train(inputs, {}), Contains(problem_at(ProblemKind::missing_data, "populations[2] \"output\"")));
  EXPECT_THAT(train(inputs, {{toy.hidden, data.labels}, {toy.output, data.labels}}),
              ElementsAre(problem_at(ProblemKind::surplus_data, "targets[0] \"hidden\"")));
  EXPECT_THAT(train(inputs, targets, {.validation_split = 1}),
              ElementsAre(problem_at(ProblemKind::invalid_value, "validation_split")));
  EXPECT_THAT(
      train(inputs, targets, {.validation_split = 0.5, .validation_inputs = inputs, .validation_targets = targets}),
      ElementsAre(problem_at(ProblemKind::invalid_option, "validation_split")));
  EXPECT_THAT(train(inputs, targets, {.validation_inputs = inputs, .validation_targets = {{toy.output, wrong}}}),
              ElementsAre(problem_at(ProblemKind::label_out_of_range, "validation_targets[0] \"output\", example 2")));
  const Toy nothing = make_toy(0);
  EXPECT_THAT(train({{toy.input, nothing.spikes}}, {{toy.output, nothing.labels}}),
              ElementsAre(problem_at(ProblemKind::missing_data, "inputs")));
  EXPECT_EQ(model.updates(), 0u) << "nothing runs before all checks pass";
}

TEST(TrainingErrors, GradientsAreThoseOfOneBatch) {
  const ToyNetwork toy = make_toy_network();
  const Toy data = make_toy(9);
  TrainingNetwork model = toy_compiler("host", 8).compile(toy.network);
  EXPECT_THAT(problems_of<DataError>([&] {
                model.batch_gradients({{toy.input, data.spikes}}, {{toy.output, data.labels}});
              }),
              ElementsAre(problem_at(ProblemKind::wrong_data_size, "inputs")));
  EXPECT_THAT(thrown_by([&] { model.set_learning_rate(-1); }),
              ElementsAre(problem_at(ProblemKind::invalid_value, "learning_rate")));
}

}  // namespace
}  // namespace synfire
