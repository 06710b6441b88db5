# SPDX-License-Identifier: Apache-2.0
"""The balanced network of Vogels and Abbott with current-based (CUBA) or conductance-based (COBA) synapses, in Brian2.

Benchmarks 2 and 1 of Brette et al. 2007. docs/validation.md defines the networks; examples/vogels_abbott.cpp and
examples/coba.cpp are the same in Synfire.
"""

import time

import brian2
import numpy
from brian2 import ms

from common import parse_options, population_statistics, report, write_spikes

EXCITATORY, INHIBITORY = 3200, 800
PROBABILITY = 0.02
# In Brian2 v resumes `refractory` after the step of the spike: one more step holds it for 5 ms.
REFRACTORY = 5.1 * ms

# The equations omit units: all potentials are in mV.
NETWORKS = {
    "cuba": {
        "equations": """
            dv/dt = (ge + gi - (v + 49)) / (20*ms) : 1 (unless refractory)
            dge/dt = -ge / (5*ms) : 1
            dgi/dt = -gi / (10*ms) : 1
            """,
        "method": "exact",
        "excitatory_weight": 1.62,
        "inhibitory_weight": -9.0,
    },
    # Conductances are in units of the leak conductance.
    "coba": {
        "equations": """
            dv/dt = (-60 - v + ge*(0 - v) + gi*(-80 - v)) / (20*ms) : 1 (unless refractory)
            dge/dt = -ge / (5*ms) : 1
            dgi/dt = -gi / (10*ms) : 1
            """,
        "method": "rk4",
        "excitatory_weight": 0.6,
        "inhibitory_weight": 6.7,
    },
}


def set_initial_values(name, neurons, random):
    count = EXCITATORY + INHIBITORY
    if name == "cuba":
        neurons.v = random.uniform(-60, -50, count)
        return
    neurons.v = random.normal(-65, 5, count)
    neurons.ge = random.normal(4, 1.5, count)
    neurons.gi = random.normal(20, 12, count)


def run(name, seed, options):
    definition = NETWORKS[name]
    brian2.start_scope()
    brian2.defaultclock.dt = 0.1 * ms
    brian2.seed(seed)
    random = numpy.random.default_rng(seed)
    neurons = brian2.NeuronGroup(EXCITATORY + INHIBITORY, definition["equations"], threshold="v > -50", reset="v = -60",
                                 refractory=REFRACTORY, method=options.method or definition["method"])
    set_initial_values(name, neurons, random)
    excitatory = brian2.Synapses(neurons[:EXCITATORY], neurons, on_pre=f"ge += {definition['excitatory_weight']}")
    inhibitory = brian2.Synapses(neurons[EXCITATORY:], neurons, on_pre=f"gi += {definition['inhibitory_weight']}")
    excitatory.connect(p=PROBABILITY)
    inhibitory.connect(p=PROBABILITY)
    spikes = brian2.SpikeMonitor(neurons)
    network = brian2.Network(neurons, excitatory, inhibitory, spikes)
    network.run(0 * ms)  # generates and compiles code
    begin = time.perf_counter()
    network.run(options.duration * ms)
    seconds = time.perf_counter() - begin

    indices, times = numpy.array(spikes.i), numpy.array(spikes.t / ms)
    populations = {}
    for population, first, last in (("exc", 0, EXCITATORY), ("inh", EXCITATORY, EXCITATORY + INHIBITORY),
                                    ("all", 0, EXCITATORY + INHIBITORY)):
        chosen = (indices >= first) & (indices < last)
        populations[population] = population_statistics(indices[chosen] - first, times[chosen], last - first,
                                                        options.discard, options.duration)
        if options.spikes and seed == options.first_seed and population != "all":
            write_spikes(options.spikes, population, indices[chosen] - first, times[chosen])
    last_spike = float(times.max()) if len(times) else None
    return {"seed": seed, "seconds": seconds, "last_spike": last_spike, "populations": populations}


def main():
    parser = parse_options(__doc__, duration=5000, discard=500)
    parser.add_argument("network", choices=sorted(NETWORKS))
    parser.add_argument("--method", help="Brian2's integrator (default: cuba: exact, coba: rk4)")
    options = parser.parse_args()
    runs = []
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        runs.append(run(options.network, seed, options))
        figures = runs[-1]
        print(seed, {name: round(p["rate"], 3) for name, p in figures["populations"].items()},
              f"{figures['seconds']:.1f} s, last spike {figures['last_spike']} ms", flush=True)
    definition = dict(NETWORKS[options.network], method=options.method or NETWORKS[options.network]["method"],
                      excitatory=EXCITATORY, inhibitory=INHIBITORY, probability=PROBABILITY)
    definition["equations"] = [line.strip() for line in definition["equations"].strip().splitlines()]
    report(options.network, options, definition, runs)


if __name__ == "__main__":
    main()
