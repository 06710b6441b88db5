// SPDX-License-Identifier: Apache-2.0
// Default parameters of networks to be trained.
#pragma once

#include "synfire/network.hpp"

namespace synfire {

// Defaults that make the steps of a network match the continuous equations: scaled inputs, absolute resets, membranes
// held while refractory. Use as Network{event_prop_defaults}, or as "defaults": "event_prop" in a description;
// parameters passed to `add` take precedence.
inline const DefaultParameters event_prop_defaults = {
    {"leaky_integrate_fire", {{"relative_reset", false}, {"integrate_during_refrac", false}, {"scale_i", true}}},
    {"leaky_integrate_fire_input", {{"relative_reset", false}, {"integrate_during_refrac", false}, {"scale_i", true}}},
    {"leaky_integrate", {{"scale_i", true}}},
    {"exponential", {{"scale_i", true}}}};

}  // namespace synfire
