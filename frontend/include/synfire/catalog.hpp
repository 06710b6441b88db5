// SPDX-License-Identifier: Apache-2.0
// A catalog of everything that can be used by name: neurons, synapses, readouts, losses, optimizers, surrogates
// (synfire models).
#pragma once

#include <string>
#include <vector>

#include "synfire/model.hpp"

namespace synfire {

struct CatalogEntry {
  std::string kind;  // "neuron", "synapse", "readout", "loss", "optimizer" or "surrogate"
  std::string name;
  std::vector<Parameter> parameters;  // with defaults, units and ranges
  std::vector<StateVariable> state;   // with initial values
  std::string text;                   // the equations, as to_string() of a model
};

// By kind, in the order above; within a kind by name. Registered models of users are included.
std::vector<CatalogEntry> catalog();

}  // namespace synfire
