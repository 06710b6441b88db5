#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""vogels_abbott in Brian2, as a C++ program (cpp_standalone) on one thread.

The synapses are Synfire's; the initial membranes are drawn here.
"""

import pathlib
import tempfile

from common import Workload, parse_options, report, require, timing

require("numpy", "brian2")
import brian2  # noqa: E402
import numpy  # noqa: E402
from brian2 import ms  # noqa: E402

EQUATIONS = """
    dv/dt = (ge + gi - (v + 49)) / (20*ms) : 1 (unless refractory)
    dge/dt = -ge / (5*ms) : 1
    dgi/dt = -gi / (10*ms) : 1
    """

def make_network(workload):
    brian2.defaultclock.dt = 0.1 * ms
    excitatory = int(workload.arrays["excitatory.size"])
    count = excitatory + int(workload.arrays["inhibitory.size"])
    # v resumes `refractory` after the step of the spike: one more step holds it for 5 ms.
    neurons = brian2.NeuronGroup(count, EQUATIONS, threshold="v > -50", reset="v = -60", refractory=5.1 * ms,
                                 method="exact")
    neurons.v = numpy.random.default_rng(1).uniform(-60, -50, count)
    parts = [neurons]
    for source, variable, first, size in (("excitatory", "ge", 0, excitatory),
                                          ("inhibitory", "gi", excitatory, count - excitatory)):
        sources, targets, weights = [], [], []
        for target, offset in (("excitatory", 0), ("inhibitory", excitatory)):
            name = f"{source}_{target}"
            offsets = workload.arrays[name + ".offsets"].astype(int)
            sources.append(numpy.repeat(numpy.arange(size), numpy.diff(offsets)))
            targets.append(workload.arrays[name + ".targets"].astype(int) + offset)
            weights.append(workload.arrays[name + ".weight"])
        weight = float(weights[0][0])  # the same for all
        synapses = brian2.Synapses(neurons[first:first + size], neurons, on_pre=f"{variable} += {weight!r}")
        synapses.connect(i=numpy.concatenate(sources), j=numpy.concatenate(targets))
        parts.append(synapses)
    spikes = brian2.SpikeMonitor(neurons, record=False)
    return brian2.Network(*parts, spikes), spikes


def main():
    options = parse_options(__doc__, ("vogels_abbott",), ("run",))
    workload = Workload(options)
    with tempfile.TemporaryDirectory() as folder:
        brian2.set_device("cpp_standalone", build_on_run=False, directory=folder)
        brian2.seed(1)
        network, spikes = make_network(workload)
        brian2.device.insert_code("before_network_run", "const double began = std::clock();")
        brian2.device.insert_code("after_network_run", f"""{{
            std::ofstream file("{folder}/processor_seconds");
            file << (std::clock() - began) / CLOCKS_PER_SEC;
        }}""")
        network.run(workload.steps * 0.1 * ms)
        brian2.device.build(directory=folder, compile=True, run=True, with_output=False)
        fired = int(spikes.num_spikes)
        processor, wall = [], []
        for _ in range(options.repetitions):
            brian2.device.run(directory=folder, with_output=False, run_args=[])
            processor.append(float(pathlib.Path(folder, "processor_seconds").read_text()))
            wall.append(brian2.device._last_run_time)
    report("Brian2", ["brian2", "numpy"], options, workload, timing((processor, wall), workload.steps), None,
           {"all": fired}, "C++ standalone: the program's own network run, without reading and making synapses.")


if __name__ == "__main__":
    main()
