// SPDX-License-Identifier: Apache-2.0
// Losses as texts: values and derivatives of the two independent evaluations, differences, and silent neurons.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "adjoint/loss_derivative.hpp"
#include "lower/symbolic.hpp"

namespace synfire::codegen {
namespace {

constexpr double duration = 20;

struct Readout {
  std::vector<double> values;
  LossTarget target;
  bool spike_times = false;
};

// The derived reductions and derivative, as programs compute them, but in double.
class Interpreter {
 public:
  Interpreter(const DerivedLoss& loss, const Readout& readout) : loss_(loss), readout_(readout) {}

  LossValue run() {
    for (const LossReduction& each : loss_.reductions) add(each);
    LossValue result{value_of(loss_.loss, 0), {}};
    for (const LossReduction& each : loss_.of_derivative) add(each);
    for (std::size_t k = 0; k < readout_.values.size(); ++k) result.derivative.push_back(value_of(loss_.derivative, k));
    return result;
  }

 private:
  std::size_t index_of(const std::string& index) const {
    if (index == "label") return readout_.target.label;
    const auto found = numbers_.find(index);
    return found == numbers_.end() ? std::stoul(index) : static_cast<std::size_t>(found->second);
  }

  double value_of(const language::Expression& e, std::size_t k) const {
    return symbolic::evaluate(e, [&](const std::string& name) -> double {
      if (name == "v") return readout_.values[k];
      if (name == "y") return readout_.target.values[k];
      if (name == "k") return static_cast<double>(k);
      if (name == "label") return readout_.target.label;
      if (name == "duration") return duration;
      if (const std::string value = name_of_silent(name); !value.empty())
        return (value == "v" ? readout_.values[k] : numbers_.at(value)) < silent_below;
      const std::string index = index_of_condition(name);
      return index.empty() ? numbers_.at(name) : k == index_of(index);
    });
  }

  void add(const LossReduction& reduction) {
    const std::size_t n = readout_.values.size();
    double result = reduction.kind == LossReduction::Kind::largest ? -1e308 : 0;
    switch (reduction.kind) {
      case LossReduction::Kind::sum:
        for (std::size_t k = 0; k < n; ++k) result += value_of(reduction.element, k);
        break;
      case LossReduction::Kind::largest:
        for (std::size_t k = 0; k < n; ++k) result = std::max(result, value_of(reduction.element, k));
        break;
      case LossReduction::Kind::first:
        for (std::size_t k = n; k-- > 0;)
          result = value_of(reduction.element, k) != 0 ? static_cast<double>(k) : result;
        break;
      case LossReduction::Kind::at: result = value_of(reduction.element, index_of(reduction.index)); break;
    }
    numbers_[reduction.name] = result;
  }

  const DerivedLoss& loss_;
  const Readout& readout_;
  std::map<std::string, double> numbers_;
};

LossModel text(const std::string& loss, Targets targets = Targets::label) {
  return {.name = "own", .parameters = {{"gap", 0.3}}, .targets = targets, .loss = loss};
}

std::vector<Loss> losses() {
  std::vector<Loss> all{SparseCategoricalCrossentropy{.temperature = 0.7},
                        CategoricalCrossentropy{.temperature = 1.3},
                        MeanSquareError{},
                        RelativeMeanSquareError{.delta = 0.4},
                        TimeToFirstSpikeCrossentropy{.temperature = 2.0, .alpha = 0.3},
                        SilentNeurons{.strength = 0.2, .threshold = 0.9}};
  for (const char* each :
       {"sum(max(0, gap + v - at(v, label)) if k != label else 0)", "max(v) - mean(v)",
        "log_sum_exp(v / gap) - at(v, label)", "sum((v - mean(v))**2)",
        "sum(abs(v - max(v)) * sin(v)) / (1 + at(v, 2)**2)", "-mean(log_softmax(v * at(v, 1)))",
        "sum(exp(log_softmax(2*v)) * v)", "-at(log_softmax(v), label) * at(log_softmax(-v), 0)",
        "sum(v * k) * n / duration", "max(sum(v * log_softmax(v)), max(v))", "sum(v if k == label else 0)**2 - label"})
    all.emplace_back(text(each));
  all.emplace_back(text("sum(y * v**2) / mean(exp(v - y))", Targets::values));
  all.emplace_back(Loss(text("max(v)**2"), 0.7));
  return all;
}

std::vector<Readout> readouts() {
  return {{{0.3, 1.4, -0.6, 0.8}, {1, {0.1, 0.4, 0.3, 0.2}}},
          {{0.31, 0.29, 0.7, 0.55}, {3, {0.5, 0, 0.5, 0}}},
          {{-3.5, -8.25, -2.0, -11.5}, {0, {0.25, 0.25, 0.1, 0.4}}, true}};
}

TEST(LossTexts, HaveTheirDerivatives) {
  for (const Loss& loss : losses()) {
    for (Readout readout : readouts()) {
      SCOPED_TRACE(loss.name + ": " + to_string(loss.text));
      const LossValue found = evaluate(loss, readout.values, readout.target, duration);
      const DerivedLoss derived = derive(loss, 4, 1.0, readout.spike_times);
      const LossValue derivation = Interpreter(derived, readout).run();
      EXPECT_NEAR(derivation.value, found.value, 1e-11 * std::max(1.0, std::abs(found.value)));
      for (std::size_t k = 0; k < 4; ++k) {
        const double slope = found.derivative[k], scale = std::max(1.0, std::abs(slope));
        EXPECT_NEAR(derivation.derivative[k], slope, 1e-11 * scale) << k;
        const double step = 1e-6, before = readout.values[k];
        readout.values[k] = before + step;
        const double above = evaluate(loss, readout.values, readout.target, duration).value;
        readout.values[k] = before - step;
        const double below = evaluate(loss, readout.values, readout.target, duration).value;
        readout.values[k] = before;
        EXPECT_NEAR((above - below) / (2 * step), slope, 1e-6 * std::max(scale, std::abs(found.value))) << k;
      }
    }
  }
}

TEST(LossTexts, LeaveSilentNeuronsOut) {
  constexpr double silent = -3.4028234663852886e38;
  for (const Loss& loss : std::vector<Loss>{SparseCategoricalCrossentropy{}, CategoricalCrossentropy{},
                                            RelativeMeanSquareError{}, TimeToFirstSpikeCrossentropy{.alpha = 0.3}}) {
    for (const std::uint32_t label : {0u, 1u}) {
      SCOPED_TRACE(loss.name);
      const Readout readout{{-3.0, silent, -4.5}, {label, {0.5, 0.2, 0.3}}, true};
      const LossValue found = evaluate(loss, readout.values, readout.target, duration);
      const LossValue derived = Interpreter(derive(loss, 3, 1.0, true), readout).run();
      EXPECT_NEAR(derived.value, found.value, 1e-9);
      EXPECT_EQ(found.derivative[1], 0);
      EXPECT_EQ(derived.derivative[1], 0);
      for (const std::size_t k : {0u, 2u}) EXPECT_NEAR(derived.derivative[k], found.derivative[k], 1e-12) << k;
      if (label == 0 || takes_values(loss)) {
        EXPECT_NE(found.derivative[2], 0);
      } else {
        EXPECT_EQ(found.derivative[0], 0);
      }
    }
  }
}

TEST(LossTexts, PerStepAreAConstantTimesASum) {
  const auto step = [](const std::string& text, Targets targets = Targets::values) {
    return step_text(Loss(LossModel{.name = "own", .targets = targets, .per_step = "true", .loss = text}), 4, 0.5);
  };
  const auto square = step("0.5 * sum((v - y)**2)");
  ASSERT_TRUE(square);
  EXPECT_EQ(square->factor, 0.5);
  EXPECT_EQ(to_string(square->element), "(v - y) ** 2");
  EXPECT_EQ(step("-mean(v) / 2")->factor, -0.125);
  EXPECT_EQ(step("sum(max(0, 1 - v))", Targets::none)->factor, 1);
  for (const char* text : {"sum(v)**2", "sum(v) + sum(v**2)", "sum(v * k)", "sum(v - mean(v))", "max(v)", "sum(v) + 1",
                           "-sum(y * log_softmax(v))"})
    EXPECT_FALSE(step(text)) << text;
}

TEST(LossTexts, IndexesAreNeurons) {
  for (const char* each : {"at(v, 4)", "at(v, -1)", "at(v, 0.5)", "at(v, duration)"})
    EXPECT_THROW(derive(text(each), 4, 1.0, false), ModelError) << each;
}

}  // namespace
}  // namespace synfire::codegen
