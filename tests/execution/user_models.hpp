// SPDX-License-Identifier: Apache-2.0
// Models from the literature as users write them (the recipes of docs/models.md), to test integrators and properties.
#pragma once

#include "synfire/synfire.hpp"

namespace synfire::testing {

// Izhikevich (2003). mV, ms.
inline const NeuronModel izhikevich{
    .name = "izhikevich",
    .parameters = {{"a", 0.02}, {"b", 0.2}, {"c", -65.0}, {"d", 8.0}, {"drive", 0.0}},
    .state = {{"v", -65.0}, {"u", -13.0}},
    .dynamics = {"dv/dt = 0.04 * v * v + 5 * v + 140 - u + I + drive", "du/dt = a * (b * v - u)"},
    .threshold = "v >= 30",
    .reset = {"v = c", "u += d"},
};

// Hodgkin and Huxley (1952), shifted so that rest is at -65 mV. mV, ms, mS/cm², µA/cm², µF/cm². The rates of m and n
// are 0 / 0 at one voltage each; the conditional there gives the limit.
inline const NeuronModel hodgkin_huxley{
    .name = "hodgkin_huxley",
    .parameters = {{"c", 1.0},
                   {"g_na", 120.0},
                   {"g_k", 36.0},
                   {"g_leak", 0.3},
                   {"e_na", 50.0},
                   {"e_k", -77.0},
                   {"e_leak", -54.387},
                   {"drive", 0.0}},
    .state = {{"v", -65.0}, {"m", 0.0529325}, {"h", 0.5961208}, {"n", 0.3176769}},
    .dynamics = {"dv/dt = (g_na * m**3 * h * (e_na - v) + g_k * n**4 * (e_k - v)"
                 "         + g_leak * (e_leak - v) + I + drive) / c",
                 "dm/dt = (-0.1 * (v + 40) / expm1(-(v + 40) / 10) if v != -40 else 1) * (1 - m)"
                 "        - 4 * exp(-(v + 65) / 18) * m",
                 "dh/dt = 0.07 * exp(-(v + 65) / 20) * (1 - h) - h / (1 + exp(-(v + 35) / 10))",
                 "dn/dt = (-0.01 * (v + 55) / expm1(-(v + 55) / 10) if v != -55 else 0.1) * (1 - n)"
                 "        - 0.125 * exp(-(v + 65) / 80) * n"},
    .threshold = "crosses(v >= 0)",  // one spike per action potential, and no reset
};

// Brette and Gerstner (2005). mV, ms, nS, pA, pF. The spike is cut at v_cut: beyond it v is held, since exp would soon
// overflow and corrupt w. Sub-steps resolve the upstroke.
inline const NeuronModel adaptive_exponential{
    .name = "adaptive_exponential",
    .parameters = {{"c", 281.0},
                   {"g", 30.0},
                   {"e_leak", -70.6},
                   {"v_t", -50.4},
                   {"slope", 2.0},
                   {"v_cut", -30.0},
                   {"v_reset", -70.6},
                   {"tau_w", 144.0},
                   {"a", 4.0},
                   {"b", 80.5},
                   {"drive", 0.0}},
    .state = {{"v", -70.6}, {"w", 0.0}},
    .dynamics = {"dv/dt = (-g * (v - e_leak) + g * slope * exp((min(v, v_cut) - v_t) / slope) - w + I + drive) / c",
                 "dw/dt = (a * (min(v, v_cut) - e_leak) - w) / tau_w"},
    .threshold = "v >= v_cut",
    .reset = {"v = v_reset", "w += b"},
    .substeps = 8,
};

// A current that rises and falls with one time constant; its peak is the weight, tau after the arrival.
inline const SynapseModel alpha_current{
    .name = "alpha",
    .parameters = {{"tau", 5.0, Unit::milliseconds, 0.0}},
    .state = {{"x", 0.0}, {"i", 0.0}},
    .dynamics = {"dx/dt = -x / tau", "di/dt = (x - i) / tau"},
    .on_spike = {"x += 2.718281828459045 * weight"},
    .current = "i",
};

// The difference of two exponentials (rise must differ from decay); its peak is the weight.
inline const SynapseModel double_exponential{
    .name = "double_exponential",
    .parameters = {{"rise", 1.0, Unit::milliseconds, 0.0}, {"decay", 5.0, Unit::milliseconds, 0.0}},
    .state = {{"p", 0.0}, {"q", 0.0}},
    .dynamics = {"dp/dt = -p / decay", "dq/dt = -q / rise"},
    .on_spike = {"p += weight", "q += weight"},
    .current = "(p - q) / ((rise / decay)**(rise / (decay - rise)) - (rise / decay)**(decay / (decay - rise)))",
};

// A conductance (in units of the leak's) with a reversal potential. Its current is held over the step.
inline const SynapseModel conductance{
    .name = "conductance",
    .parameters = {{"tau", 5.0, Unit::milliseconds, 0.0}, {"e_rev", 0.0}},
    .state = {{"g", 0.0}},
    .dynamics = {"dg/dt = -g / tau"},
    .on_spike = {"g += weight"},
    .current = "g * (e_rev - v)",
};

// A membrane for it. mV, ms.
inline const NeuronModel membrane{
    .name = "membrane",
    .parameters = {{"tau", 20.0}, {"e_leak", -60.0}, {"drive", 0.0}},
    .state = {{"v", -60.0}},
    .dynamics = {"dv/dt = (e_leak - v + I + drive) / tau"},
};

// The same if all synapses share a reversal potential: they contribute only the conductance, and the neuron's equation
// stays linear in v, so exponential Euler is stable for any conductance. The mean over the step makes it second order.
inline const SynapseModel mean_conductance{
    .name = "mean_conductance",
    .parameters = {{"tau", 5.0, Unit::milliseconds, 0.0}},
    .state = {{"g", 0.0}},
    .dynamics = {"dg/dt = -g / tau"},
    .on_spike = {"g += weight"},
    .current = "step_mean(g)",
};
inline const NeuronModel conductance_membrane{
    .name = "conductance_membrane",
    .parameters = {{"tau", 20.0}, {"e_leak", -60.0}, {"e_rev", 0.0}, {"drive", 0.0}},
    .state = {{"v", -60.0}},
    .dynamics = {"dv/dt = (e_leak - v + drive + I * (e_rev - v)) / tau"},
};

// Spikes when v reaches 1; v is held for 5 ms while its trace keeps flowing.
inline const NeuronModel refractory_crossing{
    .name = "refractory_crossing",
    .parameters = {{"tau", 10.0}, {"tau_trace", 15.0}, {"drive", 1.5}},
    .state = {{"v", 0.0}, {"trace", 0.0}},
    .dynamics = {"dv/dt = (drive + I - v) / tau", "dtrace/dt = (v - trace) / tau_trace"},
    .threshold = "crosses(v >= 1)",
    .reset = {"v = 0.25"},
    .refractory = Refractory{.period = "5", .hold = {"v"}},
};

// Ornstein and Uhlenbeck: mean `mean`, standard deviation `sd`, correlation exp(-lag / tau), at any dt.
inline const NeuronModel ornstein_uhlenbeck{
    .name = "ornstein_uhlenbeck",
    .parameters = {{"tau", 10.0}, {"mean", 0.0}, {"sd", 1.0}},
    .state = {{"v", 0.0}},
    .dynamics = {"dv/dt = (mean - v) / tau"},
    .update = {"v += sd * sqrt(-expm1(-2 * dt / tau)) * normal()"},
};

// White noise in an equation: a draw is held over the step, so it is divided by sqrt(dt). Works in any equation; here
// the variance is sd² (2 tau / dt) tanh(dt / (2 tau)), less than sd² by dt² / (12 tau²) of it.
inline const NeuronModel noisy_membrane{
    .name = "noisy_membrane",
    .parameters = {{"tau", 10.0}, {"mean", 0.0}, {"sd", 1.0}},
    .state = {{"v", 0.0}},
    .dynamics = {"dv/dt = (mean - v) / tau + sd * sqrt(2 / (tau * dt)) * normal()"},
};

}  // namespace synfire::testing
