# SPDX-License-Identifier: Apache-2.0
"""Shared by the validation scripts: options, spike statistics, result files."""

import argparse
import datetime
import json
import os
import platform
import shlex
import sys

import numpy

# A neuron has a coefficient of variation if it has this many spikes; examples/simulation.hpp uses the same rule.
LEAST_SPIKES = 5


def parse_options(description, **defaults):
    """Options for seeds, times and the output file. Times are in ms; `defaults` are those of the network."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seeds", type=int, default=10, help="number of networks to draw and run (default: 10)")
    parser.add_argument("--first-seed", type=int, default=1, help="seed of the first network (default: 1)")
    parser.add_argument("--duration", type=float, default=defaults["duration"], help="biological time, ms")
    parser.add_argument("--discard", type=float, default=defaults["discard"], help="time before measurements, ms")
    parser.add_argument("--output", help="JSON file of results")
    parser.add_argument("--spikes", help="folder for the spikes of the first seed, one text file per population")
    return parser


def population_statistics(neurons, times, size, begin, end):
    """Mean rate (Hz) and mean coefficient of variation of inter-spike intervals of one population.

    `neurons`: neuron index of each spike, `times`: time of each spike in ms; spikes in [begin, end) count.
    """
    chosen = (times >= begin - 1e-9) & (times < end - 1e-9)
    neurons, times = numpy.asarray(neurons)[chosen], numpy.asarray(times)[chosen]
    order = numpy.lexsort((times, neurons))
    neurons, times = neurons[order], times[order]
    rate = len(times) / size / (end - begin) * 1000
    variations = []
    for own in numpy.split(times, numpy.flatnonzero(numpy.diff(neurons)) + 1):
        if len(own) >= LEAST_SPIKES:
            intervals = numpy.diff(own)
            variations.append(intervals.std() / intervals.mean())
    cv = float(numpy.mean(variations)) if variations else None
    return {"rate": float(rate), "cv": cv, "spikes": int(len(times))}


def write_spikes(folder, name, neurons, times):
    os.makedirs(folder, exist_ok=True)
    numpy.savetxt(os.path.join(folder, name + ".txt"), numpy.column_stack((times, neurons)), fmt=("%.1f", "%d"))


def summarize(runs):
    """Mean and standard deviation (n - 1) over seeds for each figure of each population."""
    summary = {}
    for population in runs[0]["populations"]:
        summary[population] = {}
        for figure in ("rate", "cv"):
            values = [run["populations"][population][figure] for run in runs]
            values = [value for value in values if value is not None]
            if not values:
                continue
            spread = float(numpy.std(values, ddof=1)) if len(values) > 1 else None
            summary[population][figure] = {"mean": float(numpy.mean(values)), "sd": spread,
                                           "min": min(values), "max": max(values)}
    return summary


def versions():
    import brian2
    import Cython
    return {"brian2": brian2.__version__, "numpy": numpy.__version__, "cython": Cython.__version__,
            "python": platform.python_version()}


def report(network, options, definition, runs):
    """Prints a table and writes the result file."""
    summary = summarize(runs)
    print(f"{network}: {len(runs)} seeds, {options.discard:g} to {options.duration:g} ms")
    for population, figures in summary.items():
        line = f"  {population:8}"
        for figure, values in figures.items():
            spread = "" if values["sd"] is None else f" ± {values['sd']:.3f}"
            line += f"  {figure} {values['mean']:.3f}{spread} [{values['min']:.3f}, {values['max']:.3f}]"
        print(line)
    if not options.output:
        return
    content = {
        "network": network,
        "simulator": "Brian2",
        "versions": versions(),
        "date": datetime.date.today().isoformat(),
        "command": shlex.join(["python3", os.path.join("benchmarks/validation", os.path.basename(sys.argv[0]))] +
                              sys.argv[1:]),
        "dt": 0.1,
        "duration": options.duration,
        "discard": options.discard,
        "definition": definition,
        "summary": summary,
        "runs": runs,
    }
    with open(options.output, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
