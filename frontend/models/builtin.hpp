// SPDX-License-Identifier: Apache-2.0
// The preregistered models.
#pragma once

#include <vector>

#include "synfire/model.hpp"
#include "synfire/optimizer.hpp"
#include "synfire/surrogate.hpp"

namespace synfire {

std::vector<NeuronModel> builtin_neurons();
std::vector<SynapseModel> builtin_synapses();
std::vector<ReadoutModel> builtin_readouts();
std::vector<LossModel> builtin_losses();
std::vector<OptimizerModel> builtin_optimizers();
std::vector<SurrogateModel> builtin_surrogates();

}  // namespace synfire
