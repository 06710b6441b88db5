// SPDX-License-Identifier: Apache-2.0
// Generated updates, evaluated in double, against the solutions of the equations.
#include "lower/integrate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "lower/symbolic.hpp"
#include "synfire/error.hpp"
#include "synfire/language/parse.hpp"

namespace synfire::codegen {
namespace {

using ::testing::ElementsAre;
using State = std::map<std::string, double>;

Flow flow_of(const std::vector<std::string>& texts, const IntegrationOptions& options,
             const std::set<std::string, std::less<>>& constants = {}) {
  std::vector<language::Equation> equations;
  for (const std::string& text : texts) {
    language::Equation equation = language::parse_equation(text);
    equation.derivative = symbolic::fold(equation.derivative);
    equations.push_back(equation);
  }
  return integrate(equations, constants, options);
}

IntegrationOptions with(Integrator integrator, double dt = 1.0, double nominal_dt = 0.0) {
  return {integrator, dt, nominal_dt > 0 ? nominal_dt : dt, "model"};
}
IntegrationOptions automatic(double dt = 1.0) { return with(Integrator::automatic, dt); }

using Names = std::set<std::string, std::less<>>;

State advanced(State state, const std::vector<Flow::Definition>& locals, const std::vector<Flow::Definition>& updates,
               const Names& held) {
  const auto value_of = [&](const std::string& name) { return state.at(name); };
  for (const auto& local : locals) state[local.name] = symbolic::evaluate(local.value, value_of);
  State next = state;
  for (const auto& update : updates) {
    if (held.count(update.name) != 0) continue;
    const bool rests = !held.empty() && update.resting;
    next[update.name] = symbolic::evaluate(rests ? update.resting : update.value, value_of);
  }
  return next;
}

// One step with some states held.
State stepped(const Flow& flow, State state, const Names& held = {}) {
  state = advanced(state, flow.locals, {}, held);
  for (std::uint32_t part = 0; part < flow.parts; ++part)
    state = advanced(state, flow.part.locals, flow.part.updates, held);
  return advanced(state, {}, flow.updates, held);
}

State after(const Flow& flow, State state, int steps) {
  for (int i = 0; i < steps; ++i) state = stepped(flow, state);
  return state;
}

TEST(Exact, DecaysALeakyMembrane) {
  const Flow flow = flow_of({"dv/dt = (I - v) / 20"}, automatic(0.5));
  const double alpha = std::exp(-0.5 / 20);
  EXPECT_DOUBLE_EQ(stepped(flow, {{"v", 3}, {"I", 0.25}}).at("v"), alpha * 3 + (1 - alpha) * 0.25);
  EXPECT_THAT(flow.notes, ElementsAre("v: exact"));
}

TEST(Exact, IntegratesWithoutALeak) {
  const Flow flow = flow_of({"dv/dt = I + 2"}, automatic(0.5));
  EXPECT_DOUBLE_EQ(stepped(flow, {{"v", 3}, {"I", 4}}).at("v"), 6);
}

TEST(Exact, LeavesAStateWithoutDriveAlone) {
  EXPECT_EQ(stepped(flow_of({"dv/dt = 0"}, automatic()), {{"v", 3}}).at("v"), 3);
}

// dx/dt = −x/τ, dg/dt = (x − g)/τ from x = 1: g = (t/τ)·e^(−t/τ); equal time constants need no special case.
TEST(Exact, FollowsAnAlphaFunction) {
  const Flow flow = flow_of({"dx/dt = -x / 5", "dg/dt = (x - g) / 5"}, automatic(0.5));
  const State state = after(flow, {{"x", 1}, {"g", 0}}, 30);
  EXPECT_NEAR(state.at("x"), std::exp(-3.0), 1e-14);
  EXPECT_NEAR(state.at("g"), 3 * std::exp(-3.0), 1e-14);
  EXPECT_THAT(flow.notes, ElementsAre("x, g: exact"));
}

TEST(Exact, TakesEqualAndDifferentTimeConstants) {
  for (const double tau : {5.0, 5.0 + 1e-9, 20.0}) {
    const std::string synapse = "di/dt = -i / " + std::to_string(tau);
    const Flow flow = flow_of({"dv/dt = (i - v) / 5", synapse}, automatic(1));
    const State state = after(flow, {{"v", 0}, {"i", 1}}, 7);
    const double expected = std::abs(tau - 5) < 1e-6 ? 7 / 5.0 * std::exp(-7 / 5.0)
                                                     : tau / (tau - 5) * (std::exp(-7 / tau) - std::exp(-7 / 5.0));
    EXPECT_NEAR(state.at("v"), expected, 1e-12) << tau;
  }
}

TEST(Exact, LeavesOutWhatHasNoEffect) {
  const Flow flow = flow_of({"dx/dt = -x / 5", "dg/dt = (x - g) / 5"}, automatic());
  EXPECT_FALSE(symbolic::mentions(flow.updates.at(0).value, {"g"}));
}

TEST(Exact, KeepsSeparateSystemsApart) {
  const Flow flow = flow_of({"dv/dt = -v / 20", "da/dt = a * a"}, automatic());
  EXPECT_THAT(flow.notes, ElementsAre("v: exact", "a: rk4"));
}

TEST(Exact, TakesParametersOfEachNeuron) {
  const Flow flow = flow_of({"dv/dt = (I - v) / tau"}, automatic(2), {"tau"});
  const double alpha = std::exp(-2 / 8.0);
  EXPECT_DOUBLE_EQ(stepped(flow, {{"v", 3}, {"I", 1}, {"tau", 8}}).at("v"), alpha * 3 + (1 - alpha));
}

TEST(Exact, DampedOscillator) {
  // x″ = −x: after dt, a rotation.
  const Flow flow = flow_of({"dx/dt = p", "dp/dt = -x"}, with(Integrator::exact, 0.7));
  const State state = stepped(flow, {{"x", 1}, {"p", 0}});
  EXPECT_NEAR(state.at("x"), std::cos(0.7), 1e-14);
  EXPECT_NEAR(state.at("p"), -std::sin(0.7), 1e-14);
}

// A ring in which each state drives the next: the contents of one state spread like a Poisson distribution.
TEST(Exact, FollowsManyCoupledStates) {
  constexpr int count = 60;
  std::vector<std::string> texts;
  State state;
  const auto name_of = [](int i) { return "s" + std::to_string((i + count) % count); };
  for (int i = 0; i < count; ++i) {
    texts.push_back("d" + name_of(i) + "/dt = " + name_of(i - 1) + " - " + name_of(i));
    state[name_of(i)] = i == 0 ? 1 : 0;
  }
  const double dt = 2.5;
  state = stepped(flow_of(texts, with(Integrator::exact, dt)), state);
  double expected = std::exp(-dt);
  for (int i = 0; i < count; ++i) {
    EXPECT_NEAR(state.at(name_of(i)), expected, 1e-14) << i;
    expected *= dt / (i + 1);
  }
}

TEST(ExponentialEuler, IsExactInItsOwnVariable) {
  // Linear in v with a coefficient that changes from step to step.
  const Flow flow = flow_of({"dv/dt = -g * v + I"}, automatic(0.5));
  EXPECT_THAT(flow.notes, ElementsAre("v: exponential_euler"));
  const double alpha = std::exp(-0.5 * 2);
  EXPECT_DOUBLE_EQ(stepped(flow, {{"v", 3}, {"g", 2}, {"I", 1}}).at("v"), alpha * 3 + (1 - alpha) / 2);
  EXPECT_DOUBLE_EQ(stepped(flow, {{"v", 3}, {"g", 0}, {"I", 1}}).at("v"), 3.5);  // no leak
}

TEST(ExponentialEuler, HoldsTheOtherVariables) {
  const Flow flow = flow_of({"dm/dt = (1 - m) * v - m", "dv/dt = -m * v"}, automatic(0.1));
  EXPECT_THAT(flow.notes, ElementsAre("m, v: exponential_euler"));
  const State state = stepped(flow, {{"m", 0.5}, {"v", 2}});
  EXPECT_DOUBLE_EQ(state.at("v"), 2 * std::exp(-0.05));
  const double rate = -3;
  EXPECT_NEAR(state.at("m"), 0.5 * std::exp(0.1 * rate) + 2 * std::expm1(0.1 * rate) / rate, 1e-15);
}

TEST(Euler, IsWhatItSays) {
  const Flow flow = flow_of({"dv/dt = -v * v + u", "du/dt = v"}, with(Integrator::euler, 0.5));
  const State state = stepped(flow, {{"v", 2}, {"u", 1}});
  EXPECT_DOUBLE_EQ(state.at("v"), 2 + 0.5 * (-4 + 1));
  EXPECT_DOUBLE_EQ(state.at("u"), 1 + 0.5 * 2);
  EXPECT_THAT(flow.notes, ElementsAre("v, u: euler"));
}

// dv/dt = −v² from 1: v = 1/(1 + t). dx/dt = x·p, dp/dt = −p from (1, 1): x = exp(1 − e^(−t)).
double error_of(Integrator integrator, int steps) {
  const double dt = 1.0 / steps;
  const Flow flow = flow_of({"dv/dt = -v * v", "dx/dt = x * p", "dp/dt = -p"}, with(integrator, dt));
  const State state = after(flow, {{"v", 1}, {"x", 1}, {"p", 1}}, steps);
  return std::max(std::abs(state.at("v") - 0.5), std::abs(state.at("x") - std::exp(1 - std::exp(-1.0))));
}

TEST(Order, OfRk4IsFour) {
  const double order = std::log2(error_of(Integrator::rk4, 16) / error_of(Integrator::rk4, 32));
  EXPECT_NEAR(order, 4, 0.2);
}

TEST(Order, OfEulerIsOne) {
  const double order = std::log2(error_of(Integrator::euler, 256) / error_of(Integrator::euler, 512));
  EXPECT_NEAR(order, 1, 0.1);
}

TEST(Automatic, TakesRk4WhereNothingElseApplies) {
  EXPECT_THAT(flow_of({"dv/dt = v * v"}, automatic()).notes, ElementsAre("v: rk4"));
}

TEST(PerStep, AddsOnceForEachNominalStep) {
  const Flow nominal = flow_of({"dv/dt = per_step(I)"}, with(Integrator::automatic, 1));
  EXPECT_DOUBLE_EQ(stepped(nominal, {{"v", 1}, {"I", 3}}).at("v"), 4);
  const Flow refined = flow_of({"dv/dt = per_step(I)"}, with(Integrator::automatic, 0.25, 1));
  EXPECT_DOUBLE_EQ(after(refined, {{"v", 1}, {"I", 3}}, 4).at("v"), 4);
}

TEST(PerStep, ComesAfterTheFlow) {
  const Flow flow = flow_of({"dv/dt = -v / 4 + per_step(I)"}, automatic());
  EXPECT_DOUBLE_EQ(stepped(flow, {{"v", 2}, {"I", 3}}).at("v"), 2 * std::exp(-0.25) + 3);
}

// The added term may be a constant or a parameter per neuron (regression: the bias of leaky_integrate was lost).
TEST(PerStep, TakesConstants) {
  const Flow number = flow_of({"dv/dt = -v / 4 + per_step(0.5)"}, automatic());
  EXPECT_DOUBLE_EQ(stepped(number, {{"v", 2}}).at("v"), 2 * std::exp(-0.25) + 0.5);
  const Flow parameter = flow_of({"dv/dt = per_step(I) - per_step(bias)"}, automatic(), {"bias"});
  EXPECT_DOUBLE_EQ(stepped(parameter, {{"v", 2}, {"I", 3}, {"bias", 0.5}}).at("v"), 4.5);
}

TEST(PerStep, TakesChoicesOfEachStep) {
  const Flow flow = flow_of({"dv/dt = per_step(I) if v > 0 else -v + per_step(2)"}, automatic(1));
  EXPECT_DOUBLE_EQ(stepped(flow, {{"v", 1}, {"I", 3}}).at("v"), 4);
}

TEST(Draws, AreHeldOverTheStep) {
  const Flow flow = flow_of({"dv/dt = -v * v + normal()"}, with(Integrator::rk4));
  int draws = 0;
  for (const auto& local : flow.locals) draws += language::calls(local.value, "normal") ? 1 : 0;
  EXPECT_EQ(draws, 1);
  for (const auto& update : flow.updates) EXPECT_FALSE(language::calls(update.value, "normal"));
}

double mean_of(const std::string& text, const Flow& flow, const IntegrationOptions& options, const State& state) {
  const auto expanded = expand_step_mean(language::parse_expression(text), flow, {}, options);
  return symbolic::evaluate(expanded, [&](const std::string& name) { return state.at(name); });
}

TEST(StepMean, OfAnExponential) {
  const auto options = automatic(0.5);
  const Flow flow = flow_of({"dx/dt = -x / 5"}, options);
  EXPECT_NEAR(mean_of("2 * step_mean(x)", flow, options, {{"x", 3}}), 2 * 3 * 5 / 0.5 * -std::expm1(-0.1), 1e-14);
}

TEST(StepMean, OfAnAlphaFunction) {
  const auto options = automatic(1);
  const Flow flow = flow_of({"dx/dt = -x / 5", "dg/dt = (x - g) / 5"}, options);
  // ∫ (s/τ)·e^(−s/τ) ds = τ − (t + τ)·e^(−t/τ), from x = 1, g = 0.
  EXPECT_NEAR(mean_of("step_mean(g)", flow, options, {{"x", 1}, {"g", 0}}), 5 - 6 * std::exp(-0.2), 1e-13);
}

TEST(StepMean, OfWhatDoesNotFlowIsItself) {
  const auto options = automatic(1);
  EXPECT_EQ(mean_of("step_mean(arriving)", flow_of({"dx/dt = -x / 5"}, options), options, {{"arriving", 3}}), 3);
}

// ---- Sub-steps

// ---- A current that arrives immediately

IntegrationOptions arriving_in(double dt, Integrator integrator = Integrator::automatic) {
  IntegrationOptions options = with(integrator, dt, 1.0);
  options.arriving = "c";
  return options;
}

// The contribution of an arriving 2 to the variable, beside a held current of 3.
double added(const std::vector<std::string>& texts, const IntegrationOptions& options, const State& state,
             const std::string& variable, const Names& held = {}) {
  const Flow flow = flow_of(texts, options);
  State with = state, without = state;
  with["I"] = without["I"] = 3;
  with["c"] = 2;
  without["c"] = 0;
  return stepped(flow, with, held).at(variable) - stepped(flow, without, held).at(variable);
}

TEST(Arriving, JumpsByWhatANominalStepWouldHaveAdded) {
  for (const double dt : {1.0, 0.25, 0.01}) {
    EXPECT_NEAR(added({"dv/dt = -v / 4 + per_step(I)"}, arriving_in(dt), {{"v", 1}}, "v"), 2, 1e-12);
    EXPECT_NEAR(added({"dv/dt = (I - v) / 4"}, arriving_in(dt), {{"v", 1}}, "v"), -2 * std::expm1(-0.25), 1e-12);
    // In a step of nominal length an arriving current acts like a held one.
    const std::vector<std::string> two{"dv/dt = (u - v) / 5", "du/dt = (I - u) / 3"};
    const State start{{"u", 0.3}, {"v", 0.1}};
    const Flow whole = flow_of(two, automatic(1));
    State more = start, less = start;
    more["I"] = 5;
    less["I"] = 3;
    for (const char* each : {"u", "v"})
      EXPECT_NEAR(added(two, arriving_in(dt), start, each),
                  stepped(whole, more).at(each) - stepped(whole, less).at(each), 1e-12);
  }
}

TEST(Arriving, IsTheDifferenceOfRatesWhereTheseAreNotLinear) {
  const State start{{"v", 0.5}};
  EXPECT_NEAR(added({"dv/dt = -v * v + I / 4"}, arriving_in(0.1), start, "v"), 0.5, 1e-12);
  EXPECT_NEAR(added({"dv/dt = I * I - v"}, arriving_in(0.1), start, "v"), (25 - 9) * -std::expm1(-1.0), 1e-12);
  EXPECT_NEAR(added({"dv/dt = -v + I"}, arriving_in(0.1, Integrator::euler), start, "v"), 2, 1e-12);
  EXPECT_NEAR(added({"dv/dt = per_step(max(I, 4))"}, arriving_in(0.1), start, "v"), 1, 1e-12);
}

TEST(Arriving, LeavesWhatIsHeld) {
  IntegrationOptions options = arriving_in(0.1);
  options.held = {"v"};
  const std::vector<std::string> texts{"dv/dt = (I - v) / 4", "du/dt = v - u + I"};
  EXPECT_DOUBLE_EQ(added(texts, options, {{"v", 1}, {"u", 0}}, "v", {"v"}), 0);
  EXPECT_GT(added(texts, options, {{"v", 1}, {"u", 0}}, "u", {"v"}), 1);
}

TEST(Arriving, ComesAfterSubSteps) {
  IntegrationOptions options = arriving_in(0.1, Integrator::rk4);
  options.substeps = 3;
  EXPECT_NEAR(added({"dv/dt = v * v + I"}, options, {{"v", 0.2}}, "v"), 2, 1e-12);
}

TEST(Arriving, MayBeAllThereIs) {
  IntegrationOptions options = arriving_in(0.25);
  options.only_arrives = true;
  const Flow flow = flow_of({"dv/dt = (I - v) / 4"}, options);
  EXPECT_NEAR(stepped(flow, {{"v", 1}, {"c", 2}}).at("v"), std::exp(-0.0625) - 2 * std::expm1(-0.25), 1e-12);
}

TEST(Arriving, IsSplitFromWhatIsHeld) {
  const auto split = [](const char* text) {
    const SplitCurrent parts = split_current(language::parse_expression(text));
    return language::to_string(parts.held) + " and " + language::to_string(parts.arriving);
  };
  EXPECT_EQ(split("arriving"), "0 and arriving");
  EXPECT_EQ(split("x + 0.5 * arriving"), "x and 0.5 * arriving");
  EXPECT_EQ(split("g * (e - v)"), "g * (e - v) and 0");
  EXPECT_EQ(split("arriving * (e - v)"), "0 and (e - v) * arriving");
  EXPECT_EQ(split("x + max(arriving, 1)"), "x + 1 and x + max(arriving, 1) - (x + 1)");
}

IntegrationOptions in_parts(Integrator integrator, std::uint32_t substeps, double dt = 1.0, double nominal_dt = 1.0) {
  IntegrationOptions options = with(integrator, dt, nominal_dt);
  options.substeps = substeps;
  return options;
}

TEST(Substeps, AreStepsOfTheirOwn) {
  const std::vector<std::string> equations{"dv/dt = -v * u + I", "du/dt = v - u * u"};
  for (const Integrator integrator : {Integrator::euler, Integrator::exponential_euler, Integrator::rk4}) {
    const bool linear = integrator == Integrator::exponential_euler;
    const std::vector<std::string> texts{equations[0], linear ? "du/dt = v - u * v" : equations[1]};
    const Flow parts = flow_of(texts, in_parts(integrator, 5, 0.5));
    const Flow whole = flow_of(texts, with(integrator, 0.1));
    const State start{{"v", 2}, {"u", 1}, {"I", 0.5}};
    EXPECT_NEAR(stepped(parts, start).at("v"), after(whole, start, 5).at("v"), 1e-15);
    EXPECT_NEAR(stepped(parts, start).at("u"), after(whole, start, 5).at("u"), 1e-15);
    EXPECT_THAT(parts.notes, ElementsAre("v, u: " + std::string(to_string(integrator)) + ", 5 sub-steps"));
  }
}

TEST(Substeps, ChangeNothingWhereTheSolutionIsExact) {
  const std::vector<std::string> texts{"dx/dt = -x / 5", "dg/dt = (x - g) / 5 + per_step(x)"};
  const Flow parts = flow_of(texts, in_parts(Integrator::automatic, 7));
  const Flow whole = flow_of(texts, automatic());
  const State start{{"x", 1}, {"g", 2}};
  EXPECT_EQ(parts.parts, 0u);
  EXPECT_EQ(stepped(parts, start).at("g"), stepped(whole, start).at("g"));
  EXPECT_THAT(parts.notes, ElementsAre("x, g: exact, in one step (sub-steps would change nothing)"));
}

TEST(Substeps, JumpOnceAfterThemAllAsOfTheStepsBeginning) {
  const Flow flow = flow_of({"dv/dt = -v + per_step(v + 1)"}, in_parts(Integrator::euler, 2, 1.0, 2.0));
  EXPECT_DOUBLE_EQ(stepped(flow, {{"v", 4}}).at("v"), 4 * 0.25 + 0.5 * 5);
}

// An exact variable's jump reads a variable that sub-steps move: its value before them.
TEST(Substeps, OfOneSystemDoNotShowInAnother) {
  const Flow flow = flow_of({"dv/dt = -v * v", "dw/dt = per_step(v)"}, in_parts(Integrator::automatic, 4));
  EXPECT_THAT(flow.notes, ElementsAre("v: rk4, 4 sub-steps", "w: exact, in one step (sub-steps would change nothing)"));
  EXPECT_DOUBLE_EQ(stepped(flow, {{"v", 3}, {"w", 1}}).at("w"), 4);
}

TEST(Substeps, DrawOnce) {
  const Flow flow = flow_of({"dv/dt = -v * v + normal()"}, in_parts(Integrator::rk4, 8));
  int draws = 0;
  for (const auto& local : flow.locals) draws += language::calls(local.value, "normal") ? 1 : 0;
  EXPECT_EQ(draws, 1);
  for (const auto& local : flow.part.locals) EXPECT_FALSE(language::calls(local.value, "normal"));
}

// ---- Held states

// While v is held, w decays to it: it does not see v flow.
TEST(Held, StandStillForTheOthers) {
  for (const Integrator integrator :
       {Integrator::automatic, Integrator::exponential_euler, Integrator::euler, Integrator::rk4}) {
    for (const std::uint32_t substeps : {1u, 3u}) {
      IntegrationOptions options = in_parts(integrator, substeps, 0.5);
      options.held = {"v"};
      const Flow flow = flow_of({"dv/dt = (10 - v) / 4", "dw/dt = (v - w) / 8"}, options);
      options.held = {};
      const Flow alone = flow_of({"dw/dt = (v - w) / 8"}, options);
      const State start{{"v", 2}, {"w", 1}};
      EXPECT_NEAR(stepped(flow, start, {"v"}).at("w"), stepped(alone, start).at("w"), 1e-15);
      const bool sees_v_flow = integrator == Integrator::automatic || integrator == Integrator::rk4 || substeps > 1;
      EXPECT_EQ(stepped(flow, start).at("w") > stepped(flow, start, {"v"}).at("w") + 1e-3, sees_v_flow);
    }
  }
}

TEST(Held, CostNothingWhereNobodyReadsThem) {
  IntegrationOptions options = automatic();
  options.held = {"v"};
  const Flow flow = flow_of({"dv/dt = (w - v) / 4", "dw/dt = -w / 8"}, options);
  for (const auto& update : flow.updates) EXPECT_EQ(update.resting, nullptr) << update.name;
}

// ---- Refusals

Problem refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const ModelError& error) {
    EXPECT_EQ(error.problems().size(), 1u);
    return error.problems().front();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

void expect_unsupported(const std::function<void()>& action) {
  const Problem problem = refusal(action);
  EXPECT_EQ(problem.kind, ProblemKind::unsupported);
  EXPECT_EQ(problem.path, "model");
  EXPECT_FALSE(problem.hint.empty());
}

TEST(Refusal, ExactOfNonlinearEquations) {
  expect_unsupported([] { flow_of({"dv/dt = v * v"}, with(Integrator::exact)); });
  expect_unsupported([] { flow_of({"dv/dt = -g * v"}, with(Integrator::exact)); });
}

TEST(Refusal, ExponentialEulerOfNonlinearEquations) {
  expect_unsupported([] { flow_of({"dv/dt = v * v"}, with(Integrator::exponential_euler)); });
}

TEST(Refusal, MeanOfADrivenVariable) {
  const auto options = automatic(1);
  const Flow driven = flow_of({"dx/dt = (y - x) / 5"}, options);
  expect_unsupported([&] { mean_of("step_mean(x)", driven, options, {}); });
}

TEST(Refusal, MeanOfANonlinearExpression) {
  const auto options = automatic(1);
  const Flow flow = flow_of({"dx/dt = -x / 5"}, options);
  expect_unsupported([&] { mean_of("step_mean(x * x)", flow, options, {}); });
}

TEST(Refusal, MeanOfANonlinearVariable) {
  const auto options = automatic(1);
  expect_unsupported([&] { mean_of("step_mean(x)", flow_of({"dx/dt = -x * x"}, options), options, {}); });
}

}  // namespace
}  // namespace synfire::codegen
