// SPDX-License-Identifier: Apache-2.0
// The registry of models and initializers by name. Built-in ones are preregistered; users can register their own.
#pragma once

#include <string>
#include <vector>

#include "synfire/model.hpp"
#include "synfire/optimizer.hpp"
#include "synfire/surrogate.hpp"

namespace synfire {

// Registering a name again replaces the model. Thread-safe. A model is registered under its own name. Throws ModelError
// (invalid_name).
void register_neuron(NeuronModel model);
void register_synapse(SynapseModel model);
void register_readout(ReadoutModel model);
void register_loss(LossModel model);
void register_optimizer(OptimizerModel model);
void register_surrogate(SurrogateModel model);
void register_initializer(const std::string& name, Initializer initializer);

// nullptr when unknown. The pointers stay valid for the life of the program, even if the name is registered
// again.
const NeuronModel* find_neuron(const std::string& name);
const SynapseModel* find_synapse(const std::string& name);
const ReadoutModel* find_readout(const std::string& name);
const LossModel* find_loss(const std::string& name);
const OptimizerModel* find_optimizer(const std::string& name);
const SurrogateModel* find_surrogate(const std::string& name);
const Initializer* find_initializer(const std::string& name);

// All names, sorted.
std::vector<std::string> neuron_names();
std::vector<std::string> synapse_names();
std::vector<std::string> readout_names();
std::vector<std::string> loss_names();
std::vector<std::string> optimizer_names();
std::vector<std::string> surrogate_names();
std::vector<std::string> initializer_names();

}  // namespace synfire
