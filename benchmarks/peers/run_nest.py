#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""vogels_abbott in NEST (iaf_psc_exp) on one thread.

The synapses are Synfire's; the initial membranes are drawn here.
"""

import time

from common import WARM_UPS, Workload, parse_options, report, require, timing

require("numpy", "nest")
import nest  # noqa: E402
import numpy  # noqa: E402

# With this capacitance a current of 1 moves the membrane by 1 / (20 ms).
CELL = {"C_m": 20.0, "tau_m": 20.0, "E_L": -49.0, "V_th": -50.0, "V_reset": -60.0, "t_ref": 5.0,
        "tau_syn_ex": 5.0, "tau_syn_in": 10.0}


def build(workload):
    nest.ResetKernel()
    nest.SetKernelStatus({"resolution": 0.1, "local_num_threads": 1, "print_time": False})
    populations = {}
    random = numpy.random.default_rng(1)
    for name in ("excitatory", "inhibitory"):
        populations[name] = nest.Create("iaf_psc_exp", int(workload.arrays[name + ".size"]), params=CELL)
        populations[name].V_m = random.uniform(-60, -50, len(populations[name]))
    for source, first in populations.items():
        for target, second in populations.items():
            name = f"{source}_{target}"
            offsets = workload.arrays[name + ".offsets"].astype(int)
            sources = numpy.repeat(numpy.array(first.tolist()), numpy.diff(offsets))
            targets = numpy.array(second.tolist())[workload.arrays[name + ".targets"].astype(int)]
            weights = workload.arrays[name + ".weight"].astype(float)
            nest.Connect(sources, targets, "one_to_one", {"weight": weights, "delay": numpy.full(len(weights), 0.1)})
    nest.Prepare()


def main():
    options = parse_options(__doc__, ("vogels_abbott",), ("run",))
    workload = Workload(options)
    nest.verbosity = nest.VerbosityLevel.ERROR
    processor, wall = [], []
    for _ in range(WARM_UPS + options.repetitions):
        build(workload)
        spikes = nest.GetKernelStatus("local_spike_counter")
        wall_before, before = time.perf_counter(), time.process_time()
        nest.Run(workload.steps * 0.1)
        processor.append(time.process_time() - before)
        wall.append(time.perf_counter() - wall_before)
        spikes = nest.GetKernelStatus("local_spike_counter") - spikes
        nest.Cleanup()
    seconds = processor[WARM_UPS:], wall[WARM_UPS:]
    report("NEST", ["nest-simulator", "numpy"], options, workload, timing(seconds, workload.steps), None,
           {"all": int(spikes)}, "nest.Run of a network that is built anew for each repetition, without building it.")


if __name__ == "__main__":
    main()
