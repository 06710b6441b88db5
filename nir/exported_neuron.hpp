// SPDX-License-Identifier: Apache-2.0
// Populations as nodes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "neurons.hpp"
#include "synfire/network.hpp"
#include "synfire/nir.hpp"

namespace synfire::nir {

// What a population becomes.
struct ExportedNeuron {
  std::string type;            // "Input", "LIF", …; "Output" for the sum that an Output receives
  Parameters parameters = {};  // full arrays
  Parameters metadata = {};
  std::vector<double> bias = {};                         // to be added to what arrives; empty: zeros
  std::optional<Integration> integrator = std::nullopt;  // if the equations are integrated
  std::optional<Reset> reset = std::nullopt;
  std::optional<bool> per_step = std::nullopt;  // of I and IF whose r leaves the rule open
  bool was_imported = false;
  bool acts_by_itself = false;  // without input, so that it matters when it begins
  std::string choice = {};      // what an equation became
};

// The synapses that lead to a population.
struct ArrivingSynapse {
  std::optional<double> tau = std::nullopt;  // ms; of `exponential`, else `delta`
  bool scaled = false;                       // its scale_i
};

// Throws ModelError with the name of the population and why it cannot be expressed.
ExportedNeuron exported_neuron(const ir::Population& population, const ArrivingSynapse& synapse, double dt);

// `values` as they are stored: in single precision where reading, scaling and rounding gives the same again.
Numbers stored_numbers(const Value& value, std::size_t count, double scale);

// All values of a number or an array. Nothing for initializers.
std::optional<std::vector<double>> given_values(const Value& value, std::size_t count);

}  // namespace synfire::nir
