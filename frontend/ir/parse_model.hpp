// SPDX-License-Identifier: Apache-2.0
// Parses and checks model definitions, as part of the validation of a network.
#pragma once

#include <cstdint>

#include "ir/report.hpp"
#include "ir/text_checker.hpp"
#include "synfire/ir/parsed_model.hpp"

namespace synfire::ir {

// Each reports all errors in the model's texts and names, and returns what could be parsed.
ParsedNeuron parse_neuron(const NeuronModel& model, const Report& report);
// `target` may be null: then `current` may read any name.
ParsedSynapse parse_synapse(const SynapseModel& model, const NeuronModel* target, const Report& report);
ParsedReadout parse_readout(const ReadoutModel& model, const Report& report);
ParsedLoss parse_loss(const LossModel& model, const Report& report);
ParsedOptimizer parse_optimizer(const OptimizerModel& model, const Report& report);
ParsedSurrogate parse_surrogate(const SurrogateModel& model, const Report& report);

// The names of a model's parameters and state variables, `dt` and `t`. Reports invalid and duplicate names; `reserved`:
// further names that models of this kind cannot use; `functions`: those of the language that they do not have.
Scope model_scope(const std::vector<Parameter>& parameters, const std::vector<StateVariable>& state,
                  const std::vector<std::string>& reserved, const Report& report,
                  const std::vector<std::string>& functions = {});

// The equations of `dynamics`; reports duplicates for a variable.
std::vector<language::Equation> parse_dynamics(const std::vector<std::string>& texts, const Scope& scope,
                                               const Report& report);

// The statements of all texts of one program, called `name` in messages.
std::vector<language::Statement> parse_program(const std::string& name, const std::vector<std::string>& texts,
                                               const Scope& scope, const Report& report);

// Reports an invalid number of sub-steps.
void check_substeps(std::uint32_t substeps, const Report& report);

}  // namespace synfire::ir
