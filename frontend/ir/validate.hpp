// SPDX-License-Identifier: Apache-2.0
// The parts of ir::validate.
#pragma once

#include "ir/report.hpp"
#include "synfire/ir/parsed_model.hpp"
#include "synfire/network.hpp"

namespace synfire::ir {

// How problems name the objects: `populations[2] "cells"`, `connections[0] "a_b"`.
std::string path_of(const Network& network, const Population& population);
std::string path_of(const Network& network, const Connection& connection);

// Reports a name that populations, connections and models cannot have; returns whether this one can.
bool check_object_name(const std::string& name, const Report& report);

// Shape, model texts, values and readout. Returns the parsed neuron; nothing where its model is unknown or
// its texts are wrong, since what follows from them would only repeat that.
std::optional<ParsedNeuron> validate_population(const Population& population, const Report& report);

// Ends, arrays, delays and synapse. `neurons`: what validate_population returned for each population.
void validate_connection(const Network& network, const Connection& connection,
                         const std::vector<std::optional<ParsedNeuron>>& neurons, const Report& report);

}  // namespace synfire::ir
