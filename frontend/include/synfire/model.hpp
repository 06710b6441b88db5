// SPDX-License-Identifier: Apache-2.0
// Models of neurons, synapses and readouts as data: parameters, state and short programs in the model
// language (docs/model-language.md). Built-in models are written in it too; the code generator knows none by
// name.
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

// Unit of a parameter. Times are in ms throughout; everything else is dimensionless or the user's affair.
enum class Unit { none, milliseconds };

// A parameter with its default and its valid range. A parameter whose default is `true` or `false` is a flag:
// it is known when the network is compiled and chooses between variants of the model.
struct Parameter {
  std::string name;
  Value value;
  Unit unit = Unit::none;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool exclusive_min = false;  // value > min rather than ≥
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

// How `dynamics` become the update of one step.
enum class Integrator {
  automatic,          // exact where the system is linear with constant coefficients, exponential Euler where each
                      // equation is linear in its own variable, else RK4
  exact,              // matrix exponential; inputs are held over the step
  exponential_euler,  // exact in the own variable, the others held over the step
  euler,              // explicit, first order
  rk4,                // explicit, fourth order (Kutta 1901)
};

std::string_view to_string(Integrator integrator);

// After a spike, a neuron cannot spike for `period` (an expression of parameters, in ms; the shortest
// interval between spikes is max(1, ceil(period / dt)) steps), and the states in `hold` do not flow, if
// `hold_if` (an expression of flags) is true. A period that is the constant 0 switches refractoriness off.
struct Refractory {
  std::string period;
  std::vector<std::string> hold = {};
  std::string hold_if = "true";
  bool operator==(const Refractory&) const = default;
};

// A neuron. Each step: `dynamics` flow over dt, then `update` is done, then `threshold` is tested; where it
// is true the neuron spikes (with the sign of `spike_sign`) and `reset` is done.
//
// Names: parameters, state variables, `I` (sum of the currents of all incoming connections in this step),
// `input` (the value presented to an input population), `dt`, `t` (ms since the example began), functions and
// `uniform()`, `normal()`. `per_step(x)` in a derivative adds x once per nominal step, after the flow (the
// rate x / dt0).
struct NeuronModel {
  std::string name;
  std::vector<Parameter> parameters = {};
  std::vector<StateVariable> state = {};
  std::vector<std::string> dynamics = {};
  std::vector<std::string> update = {};
  std::string threshold = {};  // empty: never spikes; `input_spike`: replays spike trains; `crosses(x)`: only on entry
  std::vector<std::string> reset = {};
  std::optional<Refractory> refractory = std::nullopt;
  std::string spike_sign = {};  // empty: always positive; else a spike is negative where this is < 0
  std::string output = {};      // what readouts read; empty: the first state variable
  Integrator integrator = Integrator::automatic;

  // A copy with other values. An unknown name is reported by Network::validate.
  NeuronModel with(std::vector<Assignment> assignments) const;
  // What `with` could not place, for Network::validate: unknown names, and flags given for numbers or numbers
  // for flags.
  std::vector<Assignment> surplus = {};
  // The names that `with` set: they outrank a network's defaults. Empty in a network.
  std::vector<std::string> assigned = {};

  // 1 … 10000: `dynamics` flow in so many equal parts of dt, all with the same inputs: `I`, `input`, `t` and draws are
  // held over the whole step, `per_step` is added once, after the last part, and `update`, `threshold` and `reset` come
  // once, after that. `dt` is the whole step. Equations that are solved exactly flow in one go, whatever this says.
  std::uint32_t substeps = 1;

  bool operator==(const NeuronModel&) const = default;
};

// A synapse: postsynaptic state per target neuron, shared by all synapses of a connection onto it. Each step:
// spikes that arrive are added (`on_spike`, with `weight` the sum of the weights of the arriving spikes, so
// it must be linear in `weight`), `current` is read and held over the step, then `dynamics` flow and `update`
// is done.
//
// Names: parameters, state variables, `weight` in `on_spike`, `arriving` (the sum of arriving weights) in
// `current`, the target neuron's state variables in `current` (so conductances work), `dt`, `t`.
// `step_mean(x)` in `current` is the mean of x over the step as it flows.
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

  std::uint32_t substeps = 1;  // as that of a neuron; arrivals are added and `current` is read once, before the first

  bool operator==(const SynapseModel&) const = default;
};

// A readout: accumulates over an example what a neuron does. `on_step` runs after integration and before the
// reset, `on_spike` after it in steps with a spike (of either sign), `value` is read after the last step
// (after reset).
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

// One member of a struct that stands for a model: its name in the model and where it is.
template <class Model>
struct Member {
  const char* name;
  Value Model::*value;
};

// A struct whose members name a model's parameters and initial values: `static NeuronModel text()` gives the
// model, `static std::vector<Member<T>> members()` the members. The built-in models are such structs and so
// may a user's be.
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

// The members of a model struct that are set.
template <class T>
std::vector<Assignment> set_members(const T& model) {
  std::vector<Assignment> assignments;
  for (const auto& member : T::members()) {
    if ((model.*member.value).is_set()) assignments.push_back({member.name, model.*member.value});
  }
  return assignments;
}

// A model as `Network::add` and `connect` take it: a name to look up in the registry, or a model value, with
// the values that the user gave explicitly (network defaults rank below these, the model's text lowest).
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

}  // namespace synfire
