# SPDX-License-Identifier: Apache-2.0
"""The cortical microcircuit of Potjans and Diesmann 2014 at a tenth of its size, in Brian2.

Neurons and inputs per neuron are both scaled by 0.1, weights by 1/sqrt(0.1), and a constant current keeps the mean
input (van Albada et al. 2015). docs/validation.md defines the network; examples/microcircuit.cpp is the same in
Synfire.
"""

import time

import brian2
import numpy
from brian2 import ms

from common import parse_options, population_statistics, report, write_spikes

POPULATIONS = ["L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"]
FULL_SIZES = numpy.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
# Probability that a pair has at least one synapse; row: target, column: source.
CONNECTION_PROBABILITIES = numpy.array([
    [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0000, 0.0076, 0.0000],
    [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0000, 0.0042, 0.0000],
    [0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0000],
    [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0000, 0.1057, 0.0000],
    [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0000],
    [0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0000],
    [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
    [0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443]])
EXTERNAL_INPUTS = numpy.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])
# Hz, of the full network; the constant current is computed from these.
FULL_RATES = numpy.array([0.971, 2.868, 4.746, 5.396, 8.142, 9.078, 0.991, 7.523])
BACKGROUND_RATE = 8.0  # Hz, per external input
WEIGHT = 87.8  # pA
INHIBITION = -4.0
RELATIVE_WEIGHT_SD = 0.1
DELAYS = {"E": (1.5, 0.75), "I": (0.75, 0.375)}  # ms: mean, standard deviation
TIME_STEP = 0.1  # ms
SYNAPTIC_TIME = 0.5  # ms
# In Brian2 v resumes `refractory` after the step of the spike: one more step holds it for 2 ms.
REFRACTORY = 2.1 * ms

EQUATIONS = """
    dv/dt = (-65 - v) / (10*ms) + (x + constant_current) / 250 / ms : 1 (unless refractory)
    dx/dt = -x / (0.5*ms) : 1
    constant_current : 1 (constant)
    arrivals : 1 (constant)
    """


def full_weights():
    """Mean weights of the full network in pA; row: target, column: source."""
    weights = numpy.tile(numpy.where([name.endswith("E") for name in POPULATIONS], WEIGHT, INHIBITION * WEIGHT), (8, 1))
    weights[POPULATIONS.index("L23E"), POPULATIONS.index("L4E")] *= 2
    return weights


def full_inputs():
    """Mean number of synapses onto a neuron in the full network, including multiple synapses of a pair; row: target."""
    pairs = numpy.outer(FULL_SIZES, FULL_SIZES).astype(float)
    return numpy.log1p(-CONNECTION_PROBABILITIES) / numpy.log1p(-1 / pairs) / FULL_SIZES[:, None]


def scaled_network(scale):
    """Sizes, probabilities of one synapse per pair, weights (pA), external weight, constant currents (pA), Poisson
    means."""
    sizes = (FULL_SIZES * scale).astype(int)
    inputs, weights = full_inputs(), full_weights()
    missing = 1 - numpy.sqrt(scale)
    driven = (weights * inputs * FULL_RATES).sum(axis=1) + WEIGHT * EXTERNAL_INPUTS * BACKGROUND_RATE
    return {
        "sizes": sizes,
        "probabilities": scale * inputs / sizes,
        "weights": weights / numpy.sqrt(scale),
        "external_weight": float(WEIGHT / numpy.sqrt(scale)),
        "constant_currents": missing * driven * SYNAPTIC_TIME * 1e-3,
        "arrivals": scale * EXTERNAL_INPUTS * BACKGROUND_RATE * TIME_STEP * 1e-3,
    }


def draw_synapses(network, offsets, random):
    """Sources, targets, weights and delays of all synapses."""
    parts = []
    for target in range(8):
        for source in range(8):
            probability = network["probabilities"][target, source]
            if probability == 0:
                continue
            size = (network["sizes"][source], network["sizes"][target])
            sources, targets = numpy.nonzero(random.random(size, dtype=numpy.float32) < probability)
            weight = network["weights"][target, source]
            mean, spread = DELAYS[POPULATIONS[source][-1]]
            parts.append((sources + offsets[source], targets + offsets[target],
                          random.normal(weight, abs(weight) * RELATIVE_WEIGHT_SD, len(sources)),
                          numpy.clip(random.normal(mean, spread, len(sources)), TIME_STEP, mean + 6 * spread)))
    return [numpy.concatenate(column) for column in zip(*parts)]


def run(network, seed, options):
    brian2.start_scope()
    brian2.defaultclock.dt = TIME_STEP * ms
    brian2.seed(seed)
    random = numpy.random.default_rng(seed)
    sizes = network["sizes"]
    offsets = numpy.concatenate(([0], numpy.cumsum(sizes)))
    neurons = brian2.NeuronGroup(int(offsets[-1]), EQUATIONS, threshold="v >= -50", reset="v = -65",
                                 refractory=REFRACTORY, method="exact")
    neurons.v = random.normal(-58, 10, len(neurons))
    neurons.constant_current = numpy.repeat(network["constant_currents"], sizes)
    neurons.arrivals = numpy.repeat(network["arrivals"], sizes)
    neurons.run_regularly(f"x += {network['external_weight']!r} * poisson(arrivals)", dt=TIME_STEP * ms,
                          when="synapses")
    sources, targets, weights, delays = draw_synapses(network, offsets, random)
    synapses = brian2.Synapses(neurons, neurons, "weight : 1 (constant)", on_pre="x_post += weight")
    synapses.connect(i=sources, j=targets)
    synapses.weight = weights
    synapses.delay = delays * ms
    spikes = brian2.SpikeMonitor(neurons)
    simulation = brian2.Network(neurons, synapses, spikes)
    simulation.run(0 * ms)  # generates and compiles code
    begin = time.perf_counter()
    simulation.run(options.duration * ms)
    seconds = time.perf_counter() - begin

    indices, times = numpy.array(spikes.i), numpy.array(spikes.t / ms)
    populations = {}
    for index, name in enumerate(POPULATIONS):
        chosen = (indices >= offsets[index]) & (indices < offsets[index + 1])
        own = indices[chosen] - offsets[index]
        populations[name] = population_statistics(own, times[chosen], int(sizes[index]), options.discard,
                                                  options.duration)
        if options.spikes and seed == options.first_seed:
            write_spikes(options.spikes, name, own, times[chosen])
    return {"seed": seed, "seconds": seconds, "synapses": len(sources), "populations": populations}


def main():
    parser = parse_options(__doc__, duration=2500, discard=500)
    parser.add_argument("--scale", type=float, default=0.1, help="scale of neurons and inputs (default: 0.1)")
    options = parser.parse_args()
    network = scaled_network(options.scale)
    runs = []
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        runs.append(run(network, seed, options))
        figures = runs[-1]
        print(seed, {name: round(p["rate"], 3) for name, p in figures["populations"].items()},
              f"{figures['seconds']:.1f} s, {figures['synapses']} synapses", flush=True)
    definition = {name: value.tolist() if hasattr(value, "tolist") else value for name, value in network.items()}
    definition["populations"] = POPULATIONS
    definition["equations"] = [line.strip() for line in EQUATIONS.strip().splitlines()]
    report("microcircuit", options, definition, runs)


if __name__ == "__main__":
    main()
