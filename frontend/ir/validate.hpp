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

// Reports an invalid name of a population, connection or model; returns whether it is valid.
bool check_object_name(const std::string& name, const Report& report);

// Checks shape, model definitions, values and readout. Returns the parsed neuron; nothing if its model is unknown or
// its definition wrong, since checks that depend on it would only repeat that. `shape_is_excused`: its absence follows
// from another problem.
std::optional<ParsedNeuron> validate_population(const Population& population, bool shape_is_excused,
                                                const Report& report);

// Checks ends, arrays, delays and synapse. `neurons`: the results of validate_population for all populations.
void validate_connection(const Network& network, const Connection& connection,
                         const std::vector<std::optional<ParsedNeuron>>& neurons, const Report& report);

}  // namespace synfire::ir
