// SPDX-License-Identifier: Apache-2.0
// Texts that random generation seldom produces, on every device against the reference simulator.
#include <gtest/gtest.h>

#include "property/comparison.hpp"

namespace synfire::testing::property {
namespace {

class Corners : public ::testing::TestWithParam<std::string> {
 protected:
  // A single population with a per-neuron parameter p and a number q.
  static Case case_of(NeuronModel model, std::optional<ReadoutModel> readout = std::nullopt) {
    Case given;
    given.timesteps = 12;
    given.examples = 2;
    given.batch_size = 2;
    given.seed = 5;
    model.name = "corner";
    model.parameters.push_back({"p", Tensor<float>({5}, {-1, 0, 0.5F, 1, 2})});
    model.parameters.push_back({"q", 0.7});
    model.parameters.push_back({"off", false});
    model.state.push_back({"v", 0.1});
    model.state.push_back({"w", Normal{}});
    PopulationCase population{.name = "corner", .neuron = {}, .count = 5};
    population.neuron.spikes = !model.threshold.empty();
    population.neuron.model = std::move(model);
    population.readout = std::move(readout);
    given.populations = {population};
    return given;
  }
  static void expect_agreement(const Case& given) {
    const auto found = report(given, {.device = GetParam()});
    EXPECT_FALSE(found) << *found;
  }
};
INSTANTIATE_TEST_SUITE_P(Devices, Corners, ::testing::ValuesIn(devices()),
                         [](const auto& device) { return device.param; });

TEST_P(Corners, DrawsOfOneEquationAreInOrderOfTheText) {
  expect_agreement(case_of({.name = "", .dynamics = {"dv/dt = normal() - v*uniform() + 0.1*normal()*uniform()"}}));
  expect_agreement(case_of({.name = "",
                            .dynamics = {"dv/dt = max(normal(), 2*normal()) - (v if uniform() < 0.5 else uniform())",
                                         "dw/dt = normal() - w"}}));
}

TEST_P(Corners, DrawsOfBranchesThatAreNotTakenAreMade) {
  expect_agreement(case_of({.name = "",
                            .update = {"if v > p { v = uniform(); w = normal() } else { v += 0.1*normal() }",
                                       "w = normal() if v > 0 else uniform() ** 2"},
                            .threshold = "uniform() < 0.2 or uniform() > v",
                            .reset = {"v = uniform()"}}));
}

TEST_P(Corners, WhatIsLeftOutDrawsNothing) {
  expect_agreement(case_of({.name = "",
                            .update = {"v = normal() if off else uniform()", "v += 0*normal()",
                                       "if off { w = normal() } else { w = uniform() }"},
                            .threshold = "off and uniform() < 0.5 or v > 0.5"}));
}

TEST_P(Corners, ConditionsOfParametersAlone) {
  expect_agreement(
      case_of({.name = "",
               .update = {"v += 0.3 if not (p > 0.2) else q", "if p > 0 and not (p == 1) { w = 1 / (p + 2) }"},
               .threshold = "v > 1 and not (p < 0)",
               .reset = {"v = p*q - 1 if p >= 0.5 or off else -q"},
               .spike_sign = "p"}));
}

TEST_P(Corners, ConstantsThatVanish) {
  expect_agreement(
      case_of({.name = "", .dynamics = {"dv/dt = p*v + 0*w + q - q + (0 - w)*p", "dw/dt = -0.1*w*1 + p*0 + p"}}));
  expect_agreement(case_of({.name = "", .dynamics = {"dv/dt = p*(w - v) - v*0.2", "dw/dt = p*p - p"}}));
}

TEST_P(Corners, PowersOfAllKinds) {
  expect_agreement(case_of({.name = "",
                            .update = {"v = sin(0.3*t + p)", "w = v**2 + v^3 - v**4 + abs(v)**0.5 + v**1 + v**0",
                                       "w += pow(abs(v), p) + pow(v, 3) + pow(v, 1) + abs(p)**q + 2**v + v**-1"}}));
}

TEST_P(Corners, FunctionsOfConstantsAndOfStates) {
  std::vector<std::string> update{"v = 1.7*sin(t + p)"};
  for (const char* function :
       {"abs", "ceil", "cos", "exp", "expm1", "floor", "round", "sign", "sin", "tanh", "sigmoid"}) {
    const std::string call = std::string(function) + '(';
    update.push_back("w = 0.5*w + " + call + "v) + " + call + "p) - " + call + "q)");
  }
  update.push_back("w = 0.5*w + log(abs(v) + 1e-3) + log1p(abs(p)) + sqrt(abs(v)) + max(v, p) - min(q, v) + max(p, q)");
  expect_agreement(case_of({.name = "", .update = update}));
}

TEST_P(Corners, PeriodsOfOneNeuronMayBeZero) {
  expect_agreement(case_of({.name = "",
                            .dynamics = {"dv/dt = 0.4 - v / 8"},
                            .threshold = "v > 0.5",
                            .reset = {"v = 0"},
                            .refractory = Refractory{.period = "max(p, 0) * 2", .hold = {"v"}, .hold_if = "not off"}}));
}

TEST_P(Corners, ReadoutsReadTheTime) {
  const ReadoutModel readout{.name = "timed",
                             .parameters = {{"k", 0.5}},
                             .state = {{"s", 0.0}},
                             .on_step = {"s += t*x"},
                             .value = "s / duration + k * t"};
  expect_agreement(case_of({.name = "", .update = {"v += 0.1"}}, readout));
}

TEST_P(Corners, SmallAndSubnormalNumbers) {
  expect_agreement(case_of({.name = "", .dynamics = {"dv/dt = -40*v"}, .update = {"w *= 1e-6"}}));
}

}  // namespace
}  // namespace synfire::testing::property
