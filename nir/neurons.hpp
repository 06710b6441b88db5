// SPDX-License-Identifier: Apache-2.0
// The neuron models that stand for nodes of NIR.
#pragma once

#include <optional>
#include <string>

#include "synfire/model.hpp"
#include "synfire/nir.hpp"

namespace synfire::nir {

// Files are taken to be in seconds.
inline constexpr double ms_per_s = 1000;

enum class NeuronKind {
  integrator,          // I
  leaky_integrator,    // LI
  integrate_fire,      // IF
  leaky_fire,          // LIF
  current_integrator,  // CubaLI
  current_fire,        // CubaLIF
  threshold,           // Threshold
  sum,                 // what arrives at an Output that no neuron node leads to directly
};

// One text of a kind.
struct NeuronText {
  NeuronKind kind = NeuronKind::sum;
  Integration integrator = Integration::euler;
  bool sends = false;        // of a neuron that does not spike: its v, to other nodes than an Output of its own
  bool spikes_next = false;  // tests the v of the step before: Reset::subtract_next
  bool per_step = true;      // of I and IF: r is added per step, not per second
  bool operator==(const NeuronText&) const = default;
};

bool spikes(NeuronKind kind);
// "LIF", …; empty for `sum`.
std::string type_of(NeuronKind kind);
// The kind of a node; nothing for nodes that are not neurons.
std::optional<NeuronKind> kind_of(const std::string& type);

// The model with its default values.
NeuronModel model_of(const NeuronText& text);
// The text of a model that model_of() made, whatever its values are.
std::optional<NeuronText> text_of(const NeuronModel& model);

// The model without its values, for comparisons of texts: flags are false, numbers 0.
NeuronModel definition(NeuronModel model);

// A parameter of a node: its name in files and in models, and how its unit there is scaled to the one here.
struct NeuronParameter {
  std::string node, model;
  double scale = 1;
  double otherwise = 0;  // if the file lacks it
};
std::vector<NeuronParameter> parameters_of(const NeuronText& text);

}  // namespace synfire::nir
