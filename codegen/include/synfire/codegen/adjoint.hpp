// SPDX-License-Identifier: Apache-2.0
// Exact gradients by derivation: a population as a hybrid system (smooth flow ẋ = f(x, p), events, jumps
// x⁺ = r(x⁻, t, p)) read from the code of its models, and the adjoint of that system (Wunderlich & Pehle 2021,
// generalized). Everything is continuous: an unscaled held input e is the rate e / dt₀, an arriving impulse is a jump.
// docs/adjoint.md has the equations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "synfire/codegen/losses.hpp"
#include "synfire/language/expression.hpp"
#include "synfire/network.hpp"

namespace synfire::codegen {

// The owner of a variable or parameter.
enum class HybridOwner { neuron, synapse, readout };

// A component of x: a state of the neuron, of the synapses of an incoming connection (in network order) or of the
// readout.
struct HybridVariable {
  std::string name;  // in expressions: `v`, `input_hidden.x` (connection and state), `readout.s`
  HybridOwner owner = HybridOwner::neuron;
  std::string variable;          // its name in the model
  std::uint32_t connection = 0;  // of a synapse: index in the network
  bool held = false;             // f is 0 while the neuron is refractory
};

// A component of p: a parameter that stays a name in expressions. Named like variables: `tau_mem`, `input_hidden.tau`,
// `readout.k`.
struct HybridParameter {
  std::string name;
  HybridOwner owner = HybridOwner::neuron;
  std::string parameter;         // its name in the model
  std::uint32_t connection = 0;  // of a synapse: index in the network
};

// The effect of a spike that arrives over one connection with weight w (negative for a negative spike):
// x⁺ = x⁻ + w·jump(x⁻).
struct HybridArrival {
  std::uint32_t connection = 0;                // index in the network
  std::string name;                            // of the connection
  std::vector<language::Expression> on_spike;  // by variable: the jump of the connection's own states
  std::vector<language::Expression> direct;    // by variable: the jump of the neuron's states (delta synapses)
  std::vector<language::Expression> jump;      // their sum
  language::Expression current;                // c₀: its contribution to `I` between arrivals
  language::Expression current_of_arriving;    // c₁: `I` per unit of weight in the step of arrival
};

// A readout state that is the largest or smallest value of an expression over an example.
struct RunningExtremum {
  std::size_t variable = 0;
  bool maximum = true;
  language::Expression of;
};

// A readout state that is the value of an expression at the end of the example, or in its last step.
struct LastValue {
  std::size_t variable = 0;
  language::Expression of;
};

// Expressions are over the names of `variables` and `parameters`, `t` and `input`; `value` also reads `duration`, in
// ms.
struct HybridSystem {
  std::string population;
  std::vector<HybridVariable> variables;
  std::vector<HybridParameter> parameters;
  std::vector<language::Expression> flow;   // f, by variable; per ms; `I` substituted
  std::vector<language::Expression> reset;  // r, by variable: the reset; for the readout's states, its on_spike
  language::Expression threshold;           // g: the neuron spikes when it reaches 0 from below; null: it never spikes
  bool crosses = false;                     // spikes only where g becomes ≥ 0, not where it still is after a reset
  language::Expression refractory_period;   // ms, a function of parameters; null: none
  language::Expression spike_sign;          // null: always positive
  std::vector<HybridArrival> arrivals;      // by incoming connection
  std::vector<RunningExtremum> extrema;
  std::vector<LastValue> last_values;
  language::Expression value;  // of the readout at the end; null: no readout
  // Why there are no equations in continuous time, such as an `update`. If there are problems, variables, parameters
  // and arrivals are named as above, but flow, jumps and reset are 0 or incomplete.
  std::vector<Problem> problems;

  bool has_equations() const { return problems.empty(); }
  // Index of a variable; throws std::out_of_range.
  std::size_t index_of(const std::string& variable_name) const;
  bool holds() const;  // whether any variable is held while refractory
};

struct DerivationOptions {
  double dt = 1.0;            // ms
  double nominal_dt = 0.0;    // ms, dt₀; 0: dt
  bool keep_numbers = false;  // numeric parameters stay names, trainable or not
};

// Reads a population of a resolved network, as far as it has equations.
HybridSystem read_hybrid_system(const ir::Network& network, std::size_t population,
                                const DerivationOptions& options = {});
// Throws ModelError with the problems, if there are any.
HybridSystem hybrid_system(const ir::Network& network, std::size_t population, const DerivationOptions& options = {});

// By variable, then by variable or by parameter. Zeros are the number 0.
using ExpressionMatrix = std::vector<std::vector<language::Expression>>;

struct ArrivalDerivatives {
  ExpressionMatrix jump_x, jump_p;
  std::vector<language::Expression> jump_t;
  // Composed terms, over the state before the arrival, λ after it and the weight `w`.
  language::Expression by_weight;  // dL/dw: λ⁺·jump
  language::Expression event_time;  // η: λ⁺·((1 + w jump_x) f⁻ + w jump_t − f⁺); goes to the spike and to dL/dd
};

// Partial derivatives of a hybrid system and the terms composed from them. λ of variable `v` is the name `λ_v`.
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

  // Composed terms, over the state before the spike and λ after it. f⁺ is evaluated at r(x⁻), with held states fixed.
  std::vector<language::Expression> minus_lambda_rate;  // −dλ/dt = f_xᵀ λ
  std::vector<language::Expression> parameter_rate;     // dL/dp accumulates its integral: λ·f_p
  language::Expression threshold_rate;                  // ġ = g_x f⁻ + g_t; null without a threshold
  language::Expression event_time;                      // η of a spike; events that it schedules add to it as `Ση`
  std::vector<language::Expression> lambda_before;      // case (a): r_xᵀ λ⁺ − g_xᵀ κ, with κ as a name
};

Adjoint adjoint_of(HybridSystem system);

// Name of the adjoint of a variable: `λ_v`.
std::string adjoint_name(const std::string& variable);

// The equations in readable form.
std::string to_string(const HybridSystem& system);
std::string to_string(const Adjoint& adjoint);
// The adjoints of all populations that gradients pass through, and why some have none: the compilation stage `adjoint`.
std::string print_adjoints(const ir::Network& network, const DerivationOptions& options = {});

struct TrainingCheck {
  double dt = 1.0;
  double nominal_dt = 0.0;
  std::vector<OutputLoss> losses = {};
  // Accept populations that can reach their threshold only at arrivals, although their spike times then have no weight
  // derivative.
  bool allow_arrival_only = false;
  bool everything = false;    // check all populations with a state, as if all their parameters were trainable
  bool is_surrogate = false;  // for a surrogate gradient instead of the exact one
};

// By population: whether its spikes can depend on anything that is trained. Only these are differentiated.
std::vector<bool> depends_on_training(const ir::Network& network, bool everything = false);

// Whether the model's code shows that the flow alone cannot raise g to the threshold, so only arrivals can make the
// population spike.
bool reaches_threshold_only_at_arrivals(const HybridSystem& system, const ir::Network& network);

// Everything that prevents training the network with programs, which transpose their own steps: by name, with the
// reason and a remedy. Empty if nothing does. Equations in continuous time are not required.
std::vector<Problem> check_training(const ir::Network& network, const TrainingCheck& options);

}  // namespace synfire::codegen
