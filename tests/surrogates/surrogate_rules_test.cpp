// SPDX-License-Identifier: Apache-2.0
// What a SurrogateCompiler asks the code generator for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <synfire/synfire.hpp>

#include "error/problems.hpp"
#include "training_options.hpp"

namespace synfire {
namespace {

using test::problem_at;
using test::thrown_by;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Layers {
  Network network{event_prop_defaults};
  PopulationId input = network.add(SpikeInput{}, 3, {.name = "input"});
  PopulationId hidden = network.add(LeakyIntegrateFire{}, 4, {.name = "hidden"});
  PopulationId output = network.add(LeakyIntegrateFire{}, 2, {.readout = "avg_var", .name = "output"});
  PopulationId silent = network.add(LeakyIntegrate{}, 2, {.readout = "avg_var", .name = "silent"});
};

// `derivative [support] detached`
std::vector<std::string> rules_of(const TrainingCompiler& compiler, const Network& network) {
  std::vector<std::string> texts;
  for (const codegen::SurrogateRule& each : training_options(compiler, network).surrogates) {
    std::string text = language::to_string(each.derivative);
    if (each.support) text += " [" + to_string(Value(*each.support)) + ']';
    texts.push_back(each.detach_reset ? text + " detached" : text);
  }
  return texts;
}

const std::string standard = "1 / (1 + 25 * abs(x)) ** 2";

TEST(SurrogateRules, OneForAllPopulations) {
  const Layers layers;
  EXPECT_THAT(rules_of(SurrogateCompiler{}, layers.network), ElementsAre(standard, standard, standard, standard));
  const SurrogateCompiler compiler{.surrogate = Boxcar{.width = 0.25}, .detach_reset = true};
  const std::string boxcar = "1 if abs(x) < 0.25 else 0 [0.25] detached";
  EXPECT_THAT(rules_of(compiler, layers.network), ElementsAre(boxcar, boxcar, boxcar, boxcar));
}

TEST(SurrogateRules, PopulationsOfTheListHaveTheirOwn) {
  const Layers layers;
  const SurrogateModel own{.name = "own", .parameters = {{"height", 3.0}}, .derivative = "height"};
  SurrogateCompiler compiler{.surrogate = {{layers.output, own, false}, {"hidden", "straight_through"}},
                             .detach_reset = true};
  EXPECT_THAT(rules_of(compiler, layers.network),
              ElementsAre(standard + " detached", "1 detached", "3", standard + " detached"));
  compiler.surrogate = {{layers.hidden, Triangle{.width = 2.0, .scale = 0.3}, true}};
  compiler.detach_reset = false;
  EXPECT_THAT(rules_of(compiler, layers.network),
              ElementsAre(standard, "0.3 * max(0, 1 - abs(x) / 2) [2] detached", standard, standard));
}

TEST(SurrogateRules, ExactGradientsHaveNone) {
  const Layers layers;
  EXPECT_THAT(rules_of(EventPropCompiler{}, layers.network), IsEmpty());
}

TEST(SurrogateRules, OtherOptionsAreThoseOfEventProp) {
  const Layers layers;
  const auto options_of = [&](auto compiler) {
    compiler.timesteps = 7;
    compiler.dt = 0.5;
    compiler.nominal_dt = 2;
    compiler.batch_size = 5;
    compiler.seed = 9;
    compiler.threads_per_block = 64;
    compiler.losses = {{layers.output, "sparse_categorical_crossentropy", 0.5}};
    compiler.optimizer = SGD{.learning_rate = 0.25, .clip_value = 2, .clip_norm = 3};
    compiler.regularizers = {L1{0.1}, L2{0.2}};
    compiler.gradient_slots = 3;
    return std::pair(compile_options(compiler), training_options(compiler, layers.network));
  };
  const auto [compile, training] = options_of(SurrogateCompiler{});
  const auto [exact_compile, exact] = options_of(EventPropCompiler{});
  EXPECT_EQ(std::tuple(compile.timesteps, compile.dt, compile.nominal_dt, compile.batch_size, compile.seed,
                       compile.threads_per_block),
            std::tuple(exact_compile.timesteps, exact_compile.dt, exact_compile.nominal_dt, exact_compile.batch_size,
                       exact_compile.seed, exact_compile.threads_per_block));
  EXPECT_EQ(compile.timesteps, 7u);
  EXPECT_EQ(training.slots, 3u);
  EXPECT_EQ(training.optimizer, exact.optimizer);
  EXPECT_EQ(std::tuple(training.clip_value, training.clip_norm, training.l1, training.l2), std::tuple(2, 3, 0.1, 0.2));
  ASSERT_EQ(training.losses.size(), 1u);
  EXPECT_EQ(language::to_string(training.losses[0].loss.text), language::to_string(exact.losses[0].loss.text));
}

TEST(SurrogateRules, MistakesAreReportedTogether) {
  const Layers layers;
  const auto problems = [&](const SurrogateCompiler& compiler) {
    return thrown_by([&] { training_options(compiler, layers.network); });
  };
  using enum ProblemKind;
  const std::string path = "compiler.surrogate";
  EXPECT_THAT(problems({.surrogate = "atann"}), ElementsAre(problem_at(unknown_name, path)));
  EXPECT_EQ(problems({.surrogate = "atann"}).at(0).expected, "atan");
  EXPECT_THAT(problems({.surrogate = Atan{.alpha = 0.0}}), ElementsAre(problem_at(invalid_value, path + ".alpha")));
  EXPECT_THAT(problems({.surrogate = SurrogateModel{.name = "own", .derivative = "max(0, x)", .support = "0"}}),
              ElementsAre(problem_at(invalid_value, path + " \"own\", support")));
  EXPECT_THAT(
      problems({.surrogate = {{"hidden", "boxcar"},
                              {"nowhere", "boxcar"},
                              {layers.hidden, "atann"},
                              {layers.silent, "boxcar"},
                              {"input", Boxcar{.width = -1.0}}}}),
      ElementsAre(problem_at(unknown_name, path + "[1].population"), problem_at(unknown_name, path + "[2].surrogate"),
                  problem_at(duplicate_name, path + "[2]"), problem_at(unsupported, path + "[3].population"),
                  problem_at(invalid_value, path + "[4].surrogate.width"),
                  problem_at(unsupported, path + "[4].population")));
}

TEST(SurrogateRules, CannotBeCheckedAgainstTheLoss) {
  const Layers layers;
  EXPECT_THAT(thrown_by([&] { check_gradients(layers.network, SurrogateCompiler{}); }),
              ElementsAre(problem_at(ProblemKind::unsupported, "compiler.surrogate")));
}

}  // namespace
}  // namespace synfire
