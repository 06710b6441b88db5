// SPDX-License-Identifier: Apache-2.0
// Parsed and checked model definitions, the input of lowering. A parsed model contains only the parsed code;
// parameters, initial values and the integrator stay in the model that it was parsed from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "synfire/language/expression.hpp"
#include "synfire/model.hpp"
#include "synfire/optimizer.hpp"
#include "synfire/surrogate.hpp"

namespace synfire::ir {

struct ParsedRefractory {
  language::Expression period;    // ms; over parameters only. The number 0 switches refractoriness off
  std::vector<std::string> hold;  // state variables
  language::Expression hold_if;   // boolean, over flags only
};

struct ParsedNeuron {
  std::vector<language::Equation> dynamics;  // at most one per state variable
  std::vector<language::Statement> update;
  language::Expression
      threshold;                // boolean; null if the neuron never spikes or replays spikes; for `crosses(x)`, the x
  bool crosses = false;         // spikes only in the step in which `threshold` becomes true
  bool replays_spikes = false;  // the threshold is `input_spike`
  std::vector<language::Statement> reset;
  language::Expression spike_sign;  // a number, negative for a negative spike; null: always positive
  std::optional<ParsedRefractory> refractory;
  std::string output;           // the state variable that readouts read; empty if there is none
  language::Expression graded;  // a number: what the neuron sends in each step; null: spikes, if any
  bool sends_state = false;     // `graded` is taken after a step of the neuron's own, as it has state
  bool uses_input = false;      // the definition reads `input`
  bool uses_current = false;    // the definition reads `I`

  bool spikes() const { return threshold != nullptr || replays_spikes; }
  bool is_graded() const { return graded != nullptr; }
};

struct ParsedSynapse {
  std::vector<language::Equation> dynamics;
  std::vector<language::Statement> update;
  std::vector<language::Statement> on_spike;  // each increment is proportional to `weight`
  language::Expression current;
  std::vector<std::string> target_variables;  // state variables of the target neuron that `current` reads
};

struct ParsedReadout {
  std::vector<language::Statement> on_step;
  std::vector<language::Statement> on_spike;
  language::Expression value;
  bool reads_output = false;  // the definition reads `x`

  bool needs_spikes() const { return !on_spike.empty(); }
};

struct ParsedLoss {
  language::Expression loss;      // a number
  language::Expression per_step;  // boolean, over flags only
};

struct ParsedOptimizer {
  std::vector<language::Statement> update;
};

struct ParsedSurrogate {
  language::Expression derivative;  // a number, over `x` and parameters
  language::Expression support;     // a number, over parameters only; null: infinite
};

// Whether spikes of the neuron follow from a threshold, and so have a derivative. True if its texts have mistakes,
// which are reported with its network.
bool reaches_threshold(const NeuronModel& model);

// Each throws ModelError with all errors of the model definition.
ParsedNeuron parse(const NeuronModel& model);
// `current` may read the state variables of `target`; a variable of the synapse shadows one of the same name.
ParsedSynapse parse(const SynapseModel& model, const NeuronModel& target);
// For a target that is not yet known: every unknown name in `current` is assumed to be a variable of it.
ParsedSynapse parse(const SynapseModel& model);
ParsedReadout parse(const ReadoutModel& model);
ParsedLoss parse(const LossModel& model);
ParsedOptimizer parse(const OptimizerModel& model);
ParsedSurrogate parse(const SurrogateModel& model);

}  // namespace synfire::ir
