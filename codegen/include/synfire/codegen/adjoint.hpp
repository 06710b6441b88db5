// SPDX-License-Identifier: Apache-2.0
// Exact gradients, derived: a population as a hybrid system (smooth flow ẋ = f(x, p), events, jumps x⁺ = r(x⁻, t, p)) read
// from the texts of its models, and the adjoint of that system (Wunderlich & Pehle 2021, generalised). Everything is
// continuous: an unscaled held input e is the rate e / dt₀, an arriving impulse is a jump. docs/adjoint.md has the equations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "synfire/codegen/losses.hpp"
#include "synfire/language/expression.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen {

// Whose a variable or parameter is.
enum class HybridOwner { neuron, synapse, readout };

// A component of x: states of the neuron, of the synapses of each incoming connection (in the order of the network), of the
// readout.
struct HybridVariable {
  std::string name;  // in expressions: `v`, `input_hidden.x` (connection and state), `readout.s`
  HybridOwner owner = HybridOwner::neuron;
  std::string variable;          // as its model calls it
  std::uint32_t connection = 0;  // of a synapse: index in the network
  bool held = false;             // f is 0 while the neuron is refractory
};

// A component of p: what stays a name in expressions. Named like variables: `tau_mem`, `input_hidden.tau`, `readout.k`.
struct HybridParameter {
  std::string name;
  HybridOwner owner = HybridOwner::neuron;
  std::string parameter;         // as its model calls it
  std::uint32_t connection = 0;  // of a synapse: index in the network
};

// What a spike does that arrives over one connection, for its weight w (negative for a negative spike): x⁺ = x⁻ + w·jump(x⁻).
struct HybridArrival {
  std::uint32_t connection = 0;                // index in the network
  std::string name;                            // of the connection
  std::vector<language::Expression> on_spike;  // by variable: the jump of the connection's own states
  std::vector<language::Expression> direct;    // by variable: the jump of the neuron's states (delta synapses)
  std::vector<language::Expression> jump;      // their sum
  language::Expression current;                // c₀: its part of `I` between arrivals
  language::Expression current_of_arriving;    // c₁: `I` for each unit of weight in the step of arrival
};

// A state of the readout that is the largest, or smallest, value that an expression takes in an example.
struct RunningExtremum {
  std::size_t variable = 0;
  bool maximum = true;
  language::Expression of;
};

// A state of the readout that is what an expression is at the end of the example, or in its last step.
struct LastValue {
  std::size_t variable = 0;
  language::Expression of;
};

// All expressions are over the names of `variables`, those of `parameters`, `t` and `input`, and in `value` `duration`, in ms.
struct HybridSystem {
  std::string population;
  std::vector<HybridVariable> variables;
  std::vector<HybridParameter> parameters;
  std::vector<language::Expression> flow;   // f, by variable; per ms; `I` put in
  std::vector<language::Expression> reset;  // r, by variable, of a spike: of the readout's states its on_spike
  language::Expression threshold;           // g: the neuron spikes when it reaches 0 from below; null: it never spikes
  bool crosses = false;                     // only where g becomes ≥ 0, not where it is so after a reset
  language::Expression refractory_period;   // ms, of parameters; null: none
  language::Expression spike_sign;          // null: always positive
  std::vector<HybridArrival> arrivals;      // by incoming connection
  std::vector<RunningExtremum> extrema;
  std::vector<LastValue> last_values;
  language::Expression value;  // of the readout at the end; null: no readout
  // Why the texts have no equations in continuous time, such as an `update`. Then names of variables, parameters and arrivals
  // are as above; flow, jumps and reset are 0 or incomplete.
  std::vector<Problem> problems;

  bool has_equations() const { return problems.empty(); }
  // Index of a variable; throws std::out_of_range.
  std::size_t index_of(const std::string& variable_name) const;
  bool holds() const;  // whether something is held in refractoriness
};

struct DerivationOptions {
  double dt = 1.0;            // ms
  double nominal_dt = 0.0;    // ms, dt₀; 0: dt
  bool keep_numbers = false;  // parameters that are numbers stay names, trainable or not
};

// Reads a population of a resolved network, as far as it has equations.
HybridSystem read_hybrid_system(const ir::Network& network, std::size_t population,
                                const DerivationOptions& options = {});
// Throws ModelError with the problems, where there are any.
HybridSystem hybrid_system(const ir::Network& network, std::size_t population, const DerivationOptions& options = {});

// By variable, then by variable or by parameter. Zeros are the number 0.
using ExpressionMatrix = std::vector<std::vector<language::Expression>>;

struct ArrivalDerivatives {
  ExpressionMatrix jump_x, jump_p;
  std::vector<language::Expression> jump_t;
  // Composed, of the state before the arrival, λ after it and the weight `w`.
  language::Expression by_weight;   // dL/dw: λ⁺·jump
  language::Expression event_time;  // η: λ⁺·((1 + w jump_x) f⁻ + w jump_t − f⁺); to the spike, and dL/dd
};

// Partial derivatives of a hybrid system, and what is composed of them. λ of variable `v` is the name `λ_v`.
struct Adjoint {
  HybridSystem system;
  ExpressionMatrix f_x, f_p;
  ExpressionMatrix r_x, r_p;
  std::vector<language::Expression> r_t;
  std::vector<language::Expression> g_x, g_p;
  language::Expression g_t;
  std::vector<language::Expression> period_p;
  std::vector<ArrivalDerivatives> arrivals;
  ExpressionMatrix extremum_x, extremum_p;  // by extremum
  std::vector<language::Expression> extremum_t;
  ExpressionMatrix last_x, last_p;                     // by last value
  std::vector<language::Expression> value_x, value_p;  // empty without a readout

  // Composed, of the state before the spike and λ after it. f⁺ is taken at r(x⁻), with held states standing still.
  std::vector<language::Expression> minus_lambda_rate;  // −dλ/dt = f_xᵀ λ
  std::vector<language::Expression> parameter_rate;     // dL/dp accumulates its integral: λ·f_p
  language::Expression threshold_rate;                  // ġ = g_x f⁻ + g_t; null without a threshold
  language::Expression event_time;                      // η of a spike; events that it schedules add to it as `Ση`
  std::vector<language::Expression> lambda_before;      // case (a): r_xᵀ λ⁺ − g_xᵀ κ, with κ as a name
};

Adjoint adjoint_of(HybridSystem system);

// Name of the adjoint of a variable: `λ_v`.
std::string adjoint_name(const std::string& variable);

// The equations, to read.
std::string to_string(const HybridSystem& system);
std::string to_string(const Adjoint& adjoint);
// The adjoints of all populations that training passes through, and why some have none: the stage `adjoint` of a compilation.
std::string print_adjoints(const ir::Network& network, const DerivationOptions& options = {});

struct TrainingCheck {
  double dt = 1.0;
  double nominal_dt = 0.0;
  std::vector<OutputLoss> losses = {};
  // Train populations that can reach their threshold only at arrivals although their spike times then have no weight
  // derivative.
  bool allow_arrival_only = false;
  // Of all populations that have a trainable parameter or state; false: only weights and delays are trained.
  bool everything = false;  // derive for all parameters, trainable or not
};

// Whether a population's spikes can depend on something that is trained: only these are differentiated. By population.
std::vector<bool> depends_on_training(const ir::Network& network, bool everything = false);

// Whether, as the model's text shows, g cannot rise by the flow alone, so that only arrivals can make the population spike.
bool reaches_threshold_only_at_arrivals(const HybridSystem& system, const ir::Network& network);

// Everything that stands against training the network with programs, which transpose their own steps, by name, with the
// reason and a remedy; empty where nothing does. Equations in continuous time are not asked for.
std::vector<Problem> check_training(const ir::Network& network, const TrainingCheck& options);

}  // namespace synfire::codegen
