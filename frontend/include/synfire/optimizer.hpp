// SPDX-License-Identifier: Apache-2.0
// Optimizers, which update trainable values from their gradients: texts in the model language, like neurons
// (docs/model-language.md). Built-in ones are in synfire/optimizers/; users can write their own.
//
//   .optimizer = "adam"                                  // with defaults
//   .optimizer = Adam{.learning_rate = CosineDecay{.from = 1e-2}, .clip_norm = 1}
//   .optimizer = Optimizer{lion.with({{"b1", 0.95}}), {.learning_rate = 1e-4}}
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "synfire/learning_rate.hpp"
#include "synfire/model.hpp"

namespace synfire {

inline constexpr const char* learning_rate_name = "learning_rate";  // the parameter

// `update` runs for each element of each trainable value, after each batch.
//
// Names: parameters, of which one is `learning_rate`; state variables, one number for each element, which begin with
// their initial values; `value`, which may be assigned; `gradient`, of the mean loss over the batch; `step`, the number
// of the update, from 1. Parameters are numbers and flags. Parts that contain `step`, and besides it only parameters
// other than `learning_rate`, are computed in double, once per update; everything else in single precision.
struct OptimizerModel {
  std::string name;
  std::vector<Parameter> parameters = {};
  std::vector<StateVariable> state = {};
  std::vector<std::string> update = {};

  OptimizerModel with(std::vector<Assignment> assignments) const;
  std::vector<Assignment> surplus = {};
  std::vector<std::string> assigned = {};

  bool operator==(const OptimizerModel&) const = default;
};

std::string to_string(const OptimizerModel& model);

// What every optimizer has beside its text.
struct OptimizerOptions {
  // Of values without one of their own (`trainable`); unset: the parameter `learning_rate` of the text. A schedule also
  // scales the rates of the others.
  std::optional<LearningRate> learning_rate = std::nullopt;
  // Gradients are limited before the text reads them. 0: not at all.
  double clip_value = 0;  // each element to [−clip_value, clip_value]; then
  double clip_norm = 0;   // all of them together, by one factor, to this Euclidean norm
  bool operator==(const OptimizerOptions&) const = default;
};

// A struct whose members are an optimizer's parameters and options.
template <class T>
concept OptimizerStruct = requires(const T& optimizer) {
  { T::text() } -> std::convertible_to<OptimizerModel>;
  { T::members() } -> std::convertible_to<std::vector<Member<T>>>;
  { optimizer.learning_rate } -> std::convertible_to<std::optional<LearningRate>>;
  { optimizer.clip_value } -> std::convertible_to<double>;
  { optimizer.clip_norm } -> std::convertible_to<double>;
};

// The optimizer of a compiler: a name in the registry, a text or a struct, and options.
struct Optimizer : OptimizerOptions {
  ModelChoice<OptimizerModel> choice = "adam";

  Optimizer() = default;
  Optimizer(const char* name) : choice(name) {}                  // NOLINT(google-explicit-constructor)
  Optimizer(std::string name) : choice(std::move(name)) {}       // NOLINT(google-explicit-constructor)
  Optimizer(OptimizerModel model) : choice(std::move(model)) {}  // NOLINT(google-explicit-constructor)
  Optimizer(ModelChoice<OptimizerModel> model, OptimizerOptions options)
      : OptimizerOptions(std::move(options)), choice(std::move(model)) {}
  template <OptimizerStruct T>
  Optimizer(const T& optimizer)  // NOLINT(google-explicit-constructor)
      : OptimizerOptions{optimizer.learning_rate, optimizer.clip_value, optimizer.clip_norm}, choice(optimizer) {}

  // The text with its values; only the name, if the registry does not know it.
  OptimizerModel model() const;
  // Its options, or else the default of the text.
  LearningRate rate() const;
  // Whether both have the same text, values and options.
  bool operator==(const Optimizer& other) const;
};

// All problems of the optimizer: its name, its values, its texts, its options. Their paths begin with `path`.
std::vector<Problem> problems_of(const Optimizer& optimizer, const std::string& path);

}  // namespace synfire
