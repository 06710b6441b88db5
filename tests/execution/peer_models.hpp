// SPDX-License-Identifier: Apache-2.0
// Neurons of other simulators as users write them here (the recipes of docs/coming-from.md).
#pragma once

#include "synfire/synfire.hpp"

namespace synfire::testing {

// ---- snnTorch 0.9.4

inline const NeuronModel snntorch_leaky{
    .name = "snntorch_leaky",  // reset_mechanism="subtract"
    .parameters = {{"beta", 0.9}, {"v_thresh", 1.0}},
    .state = {{"v", 0.0}},
    .update = {"v = beta * v + I - (v_thresh if v > v_thresh else 0)"},
    .threshold = "v > v_thresh",
};
inline const NeuronModel snntorch_leaky_zero{
    .name = "snntorch_leaky_zero",  // reset_mechanism="zero"
    .parameters = {{"beta", 0.9}, {"v_thresh", 1.0}},
    .state = {{"v", 0.0}},
    .update = {"v = beta * (0 if v > v_thresh else v) + I"},
    .threshold = "v > v_thresh",
};
inline const NeuronModel snntorch_leaky_none{
    .name = "snntorch_leaky_none",  // reset_mechanism="none"
    .parameters = {{"beta", 0.9}, {"v_thresh", 1.0}},
    .state = {{"v", 0.0}},
    .update = {"v = beta * v + I"},
    .threshold = "v > v_thresh",
};
inline const NeuronModel snntorch_leaky_at_once{
    .name = "snntorch_leaky_at_once",  // reset_mechanism="subtract", reset_delay=False
    .parameters = {{"beta", 0.9}, {"v_thresh", 1.0}},
    .state = {{"v", 0.0}, {"due", 0.0}},
    .update = {"v += due", "due = v_thresh if v > v_thresh else 0", "v = beta * v + I - due"},
    .threshold = "v > v_thresh",
    .reset = {"due -= v_thresh"},
};
inline const NeuronModel snntorch_leaky_zero_at_once{
    .name = "snntorch_leaky_zero_at_once",  // reset_mechanism="zero", reset_delay=False
    .parameters = {{"beta", 0.9}, {"v_thresh", 1.0}},
    .state = {{"v", 0.0}},
    .update = {"v = beta * v + I"},
    .threshold = "v > v_thresh",
    .reset = {"v = 0"},
};
inline const NeuronModel snntorch_synaptic{
    .name = "snntorch_synaptic",  // reset_mechanism="subtract"
    .parameters = {{"alpha", 0.8}, {"beta", 0.9}, {"v_thresh", 1.0}},
    .state = {{"v", 0.0}, {"i", 0.0}},
    .update = {"i = alpha * i + I", "v = beta * v + i - (v_thresh if v > v_thresh else 0)"},
    .threshold = "v > v_thresh",
};
inline const NeuronModel snntorch_synaptic_zero{
    .name = "snntorch_synaptic_zero",  // reset_mechanism="zero"
    .parameters = {{"alpha", 0.8}, {"beta", 0.9}, {"v_thresh", 1.0}},
    .state = {{"v", 0.0}, {"i", 0.0}},
    .update = {"i = alpha * i + I", "v = 0 if v > v_thresh else beta * v + i"},
    .threshold = "v > v_thresh",
};

// ---- SpikingJelly 2.0.0

inline const NeuronModel spikingjelly_lif{
    .name = "spikingjelly_lif",
    .parameters = {{"tau", 2.0}, {"v_thresh", 1.0}, {"v_reset", 0.0}, {"decay_input", true}, {"soft_reset", false}},
    .state = {{"v", 0.0}},
    .update = {"v = v + (I - (v - v_reset)) / tau if decay_input else v - (v - v_reset) / tau + I"},
    .threshold = "v >= v_thresh",
    .reset = {"v = v - v_thresh if soft_reset else v_reset"},
};
inline const SurrogateModel sigmoid{
    .name = "sigmoid",
    .parameters = {{"alpha", 4.0}},
    .derivative = "alpha * sigmoid(alpha * x) * (1 - sigmoid(alpha * x))",
};

// ---- Norse 1.1.0

inline const NeuronModel norse_lif{
    .name = "norse_lif",
    .parameters = {{"tau_syn_inv", 200.0}, {"tau_mem_inv", 100.0}, {"v_leak", 0.0}, {"v_th", 1.0}, {"v_reset", 0.0}},
    .state = {{"v", 0.0}, {"i", 0.0}},
    .update = {"i += I",  // dt is in ms, rates are in 1/s
               "v += dt / 1000 * tau_mem_inv * (v_leak - v + i)", "i -= dt / 1000 * tau_syn_inv * i"},
    .threshold = "v > v_th",
    .reset = {"v = v_reset"},
};

}  // namespace synfire::testing
