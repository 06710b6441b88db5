// SPDX-License-Identifier: Apache-2.0
// Models of neurons, synapses, readouts and losses as data: parameters, state and short programs in the model language
// (docs/model-language.md). Built-in models use it too; the code generator knows no model by name.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "synfire/value.hpp"

namespace synfire {

// Unit of a parameter. Times are in ms throughout; everything else is dimensionless or in units that the user chooses.
enum class Unit { none, milliseconds };

// A parameter with its default and its valid range. A parameter whose default is `true` or `false` is a flag: it is
// known when the network is compiled and selects a variant of the model.
struct Parameter {
  std::string name;
  Value value;
  Unit unit = Unit::none;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool exclusive_min = false;  // value > min rather than ≥
  bool exclusive_max = false;  // value < max rather than ≤
  bool operator==(const Parameter&) const = default;
};

struct StateVariable {
  std::string name;
  Value initial = 0.0;
  bool operator==(const StateVariable&) const = default;
};

// A new value for a parameter or for the initial value of a state variable.
struct Assignment {
  std::string name;
  Value value;
  bool operator==(const Assignment&) const = default;
};

// How `dynamics` are integrated over one step.
enum class Integrator {
  automatic,          // exact where the system is linear with constant coefficients, exponential Euler where each
                      // equation is linear in its own variable, else RK4
  exact,              // matrix exponential; inputs are held over the step
  exponential_euler,  // exact in each equation's own variable, with the others held over the step
  euler,              // explicit, first order
  rk4,                // explicit, fourth order (Kutta 1901)
};

std::string_view to_string(Integrator integrator);

// After a spike, a neuron cannot spike for `period` (an expression of parameters, in ms; the shortest interval between
// spikes is max(1, ceil(period / dt)) steps), and the states in `hold` are not integrated if `hold_if` (an expression
// of flags) is true. A period that is the constant 0 switches refractoriness off.
struct Refractory {
  std::string period;
  std::vector<std::string> hold = {};
  std::string hold_if = "true";
  bool operator==(const Refractory&) const = default;
};

// A neuron. In each step, `dynamics` are integrated over dt, `update` runs, and `threshold` is tested; if it is true,
// the neuron spikes (with the sign of `spike_sign`) and `reset` runs.
//
// Names: parameters, state variables, `I` (sum of the currents of all incoming connections in this step), `input` (the
// value presented to an input population), `dt`, `t` (ms since the example began), functions and `uniform()`,
// `normal()`. `per_step(x)` in a derivative adds x once per nominal step, after integration (the rate x / dt0).
//
// A graded neuron sends a value in each step instead of spikes: connections multiply it by their weights. Without
// state, its only text is `graded`, over parameters, `input`, `t` and `dt`. With state it may have `dynamics`, `update`
// and `output` too, and `graded`, over the state as well, is what it sends after its step: like a spike of that step it
// arrives after the latency and the delay. Networks in which such a neuron sends are not trained.
struct NeuronModel {
  std::string name;
  std::vector<Parameter> parameters = {};
  std::vector<StateVariable> state = {};
  std::vector<std::string> dynamics = {};
  std::vector<std::string> update = {};
  std::string threshold = {};  // empty: never spikes; `input_spike`: replays spike trains; `crosses(x)`: only on entry
  std::vector<std::string> reset = {};
  std::optional<Refractory> refractory = std::nullopt;
  std::string spike_sign = {};  // empty: always positive; else a spike is negative if this is < 0
  std::string output = {};      // what readouts read; empty: the first state variable
  std::string graded = {};      // what the neuron sends in each step; empty: spikes
  Integrator integrator = Integrator::automatic;

  bool is_graded() const { return !graded.empty(); }

  // A copy with other values. An unknown name is reported by Network::validate.
  NeuronModel with(std::vector<Assignment> assignments) const;
  // Assignments that `with` could not make, for Network::validate: unknown names, flags given for numbers, and numbers
  // given for flags.
  std::vector<Assignment> surplus = {};
  // The names that `with` set, which override a network's defaults. Empty in a network.
  std::vector<std::string> assigned = {};

  // 1 … 10000: the number of equal parts of dt in which `dynamics` are integrated, all with the same inputs: `I`,
  // `input`, `t` and draws are held over the whole step, `per_step` is added once, after the last part, and then
  // `update`, `threshold` and `reset` run once. `dt` is the whole step. Equations that are solved exactly are always
  // integrated in one part.
  std::uint32_t substeps = 1;

  bool operator==(const NeuronModel&) const = default;
};

// A synapse: postsynaptic state per target neuron, shared by all synapses of a connection onto it. In each step,
// arriving spikes are added (`on_spike`, where `weight` is the sum of their weights, so it must be linear in `weight`),
// `current` is evaluated and held over the step, then `dynamics` are integrated and `update` runs.
//
// Names: parameters, state variables, `weight` in `on_spike`, `arriving` (the sum of arriving weights) in `current`,
// the target neuron's state variables in `current` (for conductances), `dt`, `t`. `step_mean(x)` in `current` is the
// mean of x over the step as it evolves.
struct SynapseModel {
  std::string name;
  std::vector<Parameter> parameters = {};
  std::vector<StateVariable> state = {};
  std::vector<std::string> dynamics = {};
  std::vector<std::string> update = {};
  std::vector<std::string> on_spike = {};
  std::string current = {};
  Integrator integrator = Integrator::automatic;

  SynapseModel with(std::vector<Assignment> assignments) const;
  std::vector<Assignment> surplus = {};
  std::vector<std::string> assigned = {};

  // As for a neuron; arrivals are added and `current` is evaluated once, before the first part.
  std::uint32_t substeps = 1;

  bool operator==(const SynapseModel&) const = default;
};

// A readout: accumulates the activity of a neuron over an example. `on_step` runs after integration and before the
// reset, `on_spike` after it in steps with a spike (of either sign), `value` is evaluated after the last step (after
// the reset).
//
// Names: parameters, state variables, `x` (the neuron's output variable), `t` (ms, of the step), `dt`,
// `duration` (ms, of the example).
struct ReadoutModel {
  std::string name;
  std::vector<Parameter> parameters = {};
  std::vector<StateVariable> state = {};
  std::vector<std::string> on_step = {};
  std::vector<std::string> on_spike = {};
  std::string value = {};

  ReadoutModel with(std::vector<Assignment> assignments) const;
  std::vector<Assignment> surplus = {};
  std::vector<std::string> assigned = {};

  bool operator==(const ReadoutModel&) const = default;
};

// What a loss is told about an example, beside the readout.
enum class Targets {
  none,    // nothing: a regularizer
  label,   // the index of a neuron: the class
  values,  // one value per neuron
};

std::string_view to_string(Targets targets);

// A loss: one number for the readout of an output population in one example. Training minimizes its mean over the
// examples of a batch; the derivative is derived from the text.
//
// Names: parameters, which are numbers or flags, `v` (readout value of neuron k), `y` (its target), `k` (its index,
// from 0), `n` (number of neurons), `label`, `duration` (ms, of the example), `dt`. `v`, `y` and `k` differ between
// neurons and stand inside a reduction: `sum(e)`, `mean(e)`, `max(e)`, `log_sum_exp(e)`, `at(e, index)`;
// `log_softmax(e)` is one value per neuron too. Reductions may be nested. `silent(e)`: e is the first spike time of a
// neuron without a spike, which has no derivative and no part in a softmax.
struct LossModel {
  std::string name;
  std::vector<Parameter> parameters = {};
  Targets targets = Targets::label;
  // An expression of flags; true: `v` is the output variable in each step, values `y` have a row per step, and the loss
  // is the mean over the steps of the example. If output neurons spike, the text must then be a constant times one sum
  // or mean of `v`, `y` and parameters.
  std::string per_step = "false";
  std::string readout = {};  // the readout that it needs, by name; empty: any
  std::string loss = {};     // an expression

  LossModel with(std::vector<Assignment> assignments) const;
  std::vector<Assignment> surplus = {};
  std::vector<std::string> assigned = {};

  bool operator==(const LossModel&) const = default;
};

// The definition without its values: a heading, and each equation on a line with the member that it stands in.
std::string to_string(const NeuronModel& model);
std::string to_string(const SynapseModel& model);
std::string to_string(const ReadoutModel& model);
std::string to_string(const LossModel& model);

// One member of a model struct: its name in the model and a pointer to it.
template <class Model>
struct Member {
  const char* name;
  Value Model::*value;
};

// A struct whose members are a model's parameters and initial values: `static NeuronModel text()` returns the
// definition, `static std::vector<Member<T>> members()` the members. Built-in models are such structs; users can write
// their own.
template <class T>
concept NeuronStruct = requires {
  { T::text() } -> std::convertible_to<NeuronModel>;
  { T::members() } -> std::convertible_to<std::vector<Member<T>>>;
};
template <class T>
concept SynapseStruct = requires {
  { T::text() } -> std::convertible_to<SynapseModel>;
  { T::members() } -> std::convertible_to<std::vector<Member<T>>>;
};
template <class T>
concept ReadoutStruct = requires {
  { T::text() } -> std::convertible_to<ReadoutModel>;
  { T::members() } -> std::convertible_to<std::vector<Member<T>>>;
};

template <class T>
concept LossStruct = requires {
  { T::text() } -> std::convertible_to<LossModel>;
  { T::members() } -> std::convertible_to<std::vector<Member<T>>>;
};

// The members of a model struct that are set.
template <class T>
std::vector<Assignment> set_members(const T& model) {
  std::vector<Assignment> assignments;
  for (const auto& member : T::members()) {
    if ((model.*member.value).is_set()) assignments.push_back({member.name, model.*member.value});
  }
  return assignments;
}

// A model as `Network::add` and `connect` accept it: a name in the registry or a model, with explicit values (which
// override the network's defaults, which override those of the definition).
template <class Model>
struct ModelChoice {
  std::string name;  // registry name; empty when `model` is given
  std::optional<Model> model;
  std::vector<Assignment> assignments;  // explicit

  ModelChoice() = default;
  ModelChoice(const char* registered_name) : name(registered_name) {}
  ModelChoice(std::string registered_name) : name(std::move(registered_name)) {}
  ModelChoice(Model value) : model(std::move(value)) {}
  template <class T>
  requires requires {
    { T::text() } -> std::convertible_to<Model>;
    T::members();
  }
  ModelChoice(const T& value) : model(T::text()), assignments(set_members(value)) {}
};

using Neuron = ModelChoice<NeuronModel>;
using Synapse = ModelChoice<SynapseModel>;
using Readout = ModelChoice<ReadoutModel>;
using Loss = ModelChoice<LossModel>;

}  // namespace synfire
