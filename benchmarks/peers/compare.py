#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures Synfire and its peers in turn on the same spikes and weights, on one thread, and reports the ratios.

No ratio is given if the work differs: other sizes, or spike counts of a layer that differ by more than a tolerance.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile

from common import require

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent

# Largest relative difference from Synfire's spike count of a layer. All have the same synapses and steps; in a network
# without input each simulator draws its own initial membranes, and after a few milliseconds no two spike trains are
# alike.
TOLERANCE = {"latency_mnist": 0.02, "shd_like": 0.02, "vogels_abbott": 0.05}


def gradients(workload):
    """The benchmarks of training, with each kind of gradients."""
    return {name: f"train/{workload}{part}/batch:{{batch}}/threads:1" for name, part in
            (("exact", ""), ("fast_sigmoid", "/surrogate:fast_sigmoid"), ("triangle", "/surrogate:triangle"))}


BENCHMARKS = {
    ("latency_mnist", "train"): gradients("latency_mnist"),
    ("latency_mnist", "run"): {"": "run/latency_mnist/batch:{batch}/threads:1"},
    ("shd_like", "train"): gradients("shd_like"),
    ("shd_like", "run"): {"": "run/shd_like/batch:{batch}/threads:1"},
    ("vogels_abbott", "run"): {"": "run/vogels_abbott_4k/schedule:trial/threads:1"},
}
LAYERED = ["norse", "snntorch", "spikingjelly", "spyx"]
# torch.compile unrolls all steps: infeasible for a thousand, and no gain for snnTorch.
COMPILED = ["norse+compile", "spikingjelly+compile"]
PEERS = {
    ("latency_mnist", "train"): [*LAYERED, *COMPILED, "eventax"],
    ("latency_mnist", "run"): [*LAYERED, *COMPILED, "eventax"],
    ("shd_like", "train"): LAYERED,
    ("shd_like", "run"): LAYERED,
    ("vogels_abbott", "run"): ["brian2", "nest"],
}
# The time per example hardly depends on their number; these take some seconds per repetition.
EXAMPLES = {"latency_mnist": 1024, "shd_like": 32, "vogels_abbott": 0}
FEWER_EXAMPLES = {"eventax": 32}
TITLES = {
    ("latency_mnist", "train"): "Latency-coded, 784-128-10, 20 steps: forward, backward, Adam; µs an example",
    ("latency_mnist", "run"): "Latency-coded Fashion-MNIST, 784-128-10, 20 steps: inference; µs an image",
    ("shd_like", "train"): "SHD-like, 700-256R-20, 1000 steps: forward, backward, Adam; µs an example",
    ("shd_like", "run"): "SHD-like, 700-256R-20, 1000 steps: inference; µs an example",
    ("vogels_abbott", "run"): "Vogels and Abbott, 4,000 neurons, dt 0.1 ms: µs a step",
}


# Comparison ----------------------------------------------------------------------------------------------------------

def refusal(synfire, peer, tolerance):
    """The reason not to give a ratio of the two, or None."""
    for what in ("workload", "mode", "steps", "batch", "threads"):
        if synfire.get(what) != peer.get(what):
            return f"{what} {peer.get(what)}, Synfire's {synfire.get(what)}"
    if set(synfire["spikes"]) != set(peer["spikes"]):
        return f"spikes of {', '.join(sorted(peer['spikes']))}, Synfire's of {', '.join(sorted(synfire['spikes']))}"
    for layer, expected in synfire["spikes"].items():
        given = peer["spikes"][layer]
        if not math.isfinite(given) or abs(given - expected) > tolerance * expected:
            return f"{given:.1f} spikes of {layer}, Synfire {expected:.1f}"
    return None


def ratios(synfire, peer, which):
    """The peer's processor time relative to each of Synfire's (data included); None if the peer has no such figure."""
    if peer[which] is None:
        return None
    values = {name: peer[which]["processor_us"] / each["processor_us"] for name, each in synfire["times"].items()}
    if not all(math.isfinite(value) and value > 0 for value in values.values()):
        raise ValueError(f"{peer['peer']}: invalid time: {peer[which]}")
    return values


def comparison(synfire, peer, tolerance):
    """The peer's line with its ratios, or with the reason for having none."""
    reason = refusal(synfire, peer, tolerance)
    if reason:
        return peer | {"refused": reason}
    return peer | {"synfire_spikes": synfire["spikes"], "ratios_data_ready": ratios(synfire, peer, "data_ready"),
                   "ratios_including_data": ratios(synfire, peer, "including_data")}


def number(value):
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def spike_text(spikes):
    return ", ".join(f"{layer} {value:,.1f}".removesuffix(".0") for layer, value in spikes.items())


def ratio_texts(peer):
    """`ready, included` for each of Synfire's times."""
    ready, included = peer["ratios_data_ready"], peer["ratios_including_data"]
    return [f"{number(ready[name])}, {number(included and included[name])}" for name in ready]


def table(groups):
    lines = []
    for group in groups:
        key = group["workload"], group["mode"]
        batch = "" if group["batch"] is None else f", batch {group['batch']}"
        synfire = group["synfire"]
        names = list(synfire["times"])
        titles = [f"× Synfire{name and ', ' + name}: ready, included" for name in names]
        lines += [f"{TITLES[key]}{batch}", "",
                  f"| | data ready | data included | spikes | {' | '.join(titles)} |",
                  "| --- " * (4 + len(names)) + "|"]
        for name in names:
            lines.append(f"| Synfire {synfire['version']}{name and ', ' + name} | | "
                         f"{number(synfire['times'][name]['processor_us'])} | {spike_text(synfire['spikes'])} |"
                         + " |" * len(names))
        for peer in group["peers"]:
            if "failed" in peer:
                lines.append(f"| {peer['peer']} | | | | {peer['failed']} |" + " |" * (len(names) - 1))
                continue
            times = [number(peer[which] and peer[which]["processor_us"]) for which in ("data_ready", "including_data")]
            results = [f"no ratio: {peer['refused']}"] + [""] * (len(names) - 1) if "refused" in peer else \
                ratio_texts(peer)
            lines.append(f"| {peer['peer']} {peer['version']} | {times[0]} | {times[1]} | "
                         f"{spike_text(peer['spikes'])} | {' | '.join(results)} |")
        lines.append("")
    return "\n".join(lines)


# Measurement ---------------------------------------------------------------------------------------------------------

class Data:
    """The exported files and Synfire's spike counts in them."""

    def __init__(self, program, folder):
        subprocess.run([program, f"--export={folder}"], check=True, stdout=subprocess.DEVNULL)
        self.folder = folder
        self.arrays = {}

    def file(self, workload, mode):
        return os.path.join(self.folder, f"{workload}_{mode}.npz")

    def spikes(self, workload, mode, examples):
        """Spikes per example over the first examples, by layer."""
        import numpy
        key = workload, mode
        if key not in self.arrays:
            self.arrays[key] = dict(numpy.load(self.file(workload, mode)))
        arrays = self.arrays[key]
        if workload == "vogels_abbott":
            return {"all": float(arrays["excitatory.spikes"].sum() + arrays["inhibitory.spikes"].sum())}
        return {"input": float(arrays["offsets"][examples]) / examples,
                "hidden": float(arrays["hidden.spikes"][:examples].mean())}

    def steps(self, workload, mode):
        import numpy
        with numpy.load(self.file(workload, mode)) as arrays:
            return int(arrays["steps"])


def measure_synfire(program, benchmarks, steps_of_figure):
    """Microseconds of processor time of each repetition of each benchmark, and the program's context."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([program, "--device=host", "--threads=1", f"--benchmark_filter=^({'|'.join(benchmarks)})/",
                        f"--benchmark_out={file.name}", "--benchmark_out_format=json"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        result = json.load(open(file.name, encoding="utf-8"))
    times = {benchmark: [] for benchmark in benchmarks}
    for run in result["benchmarks"]:
        if run["run_type"] == "iteration":
            benchmark = next(each for each in benchmarks if run["name"].startswith(each + "/"))
            times[benchmark].append(run["us_per_example"] * run["cpu_time"] / run["real_time"] / steps_of_figure)
    for benchmark, repetitions in times.items():
        if not repetitions:
            raise SystemExit(f"compare: {program} has no {benchmark}")
    return times, result["context"]


def measure_peer(name, workload, mode, data, options):
    examples = FEWER_EXAMPLES.get(name, EXAMPLES[workload])
    script, _, variant = name.partition("+")
    command = [sys.executable, "-W", "ignore", str(HERE / f"run_{script}.py"), "--workload", workload, "--mode", mode,
               "--data", data.file(workload, mode), "--batch", str(options.batch), "--examples", str(examples)]
    if variant:
        command.append("--" + variant)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode == 0 and lines:
        return json.loads(lines[-1])
    return {"peer": name, "failed": (done.stderr.strip().splitlines() or ["exited without a message"])[-1][:200]}


def measure_group(key, data, options):
    workload, mode = key
    steps = data.steps(workload, mode)
    alone = workload == "vogels_abbott"
    benchmarks = {name: text.format(batch=options.batch) for name, text in BENCHMARKS[key].items()}
    repetitions, lines, context = {name: [] for name in benchmarks}, [], {}

    def again():
        nonlocal context
        times, context = measure_synfire(options.program, list(benchmarks.values()), steps if alone else 1)
        for name, benchmark in benchmarks.items():
            repetitions[name].extend(times[benchmark])

    for name in PEERS[key]:
        if options.peers and name not in options.peers:
            continue
        print(f"{workload} {mode}: {name}", file=sys.stderr, flush=True)
        again()  # before each peer, so that other load affects both
        lines.append(measure_peer(name, workload, mode, data, options))
    if not lines:
        return None
    again()
    times = {name: {"benchmark": benchmarks[name], "processor_us": statistics.median(values),
                    "processor_us_all": values} for name, values in repetitions.items()}
    synfire = {"version": context["synfire_version"], "workload": workload, "mode": mode, "steps": steps,
               "batch": None if alone else options.batch, "threads": 1, "times": times}
    peers = []
    for line in lines:
        if "failed" in line:
            peers.append(line)
            continue
        synfire["spikes"] = data.spikes(workload, mode, line.get("examples"))
        peers.append(comparison(synfire, line, TOLERANCE[workload]))
    synfire["spikes"] = data.spikes(workload, mode, EXAMPLES[workload])
    return {"workload": workload, "mode": mode, "batch": synfire["batch"], "synfire": synfire, "peers": peers}


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def text_of(context, groups):
    return (f"{context['date']}, {context['cores']} cores of {context['processor']}, "
            f"load {context['load_average_before'][0]:.1f} before and {context['load_average_after'][0]:.1f} after; "
            f"processor time on one thread, medians of five or more.\n\n"
            f"    {context['command']}\n\n{table(groups)}")


def write(context, groups, output):
    if not output:
        return
    result = json.dumps({"context": context, "groups": groups}, indent=1) + "\n"
    pathlib.Path(output + ".json").write_text(result, encoding="utf-8")
    pathlib.Path(output + ".md").write_text(text_of(context, groups), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=str(REPOSITORY / "build/release/benchmarks/synfire_benchmark"))
    parser.add_argument("--workloads", nargs="*", choices=sorted({key[0] for key in PEERS}), help="default: all")
    parser.add_argument("--modes", nargs="*", choices=["train", "run"], help="default: both")
    parser.add_argument("--peers", nargs="*", choices=sorted({name for names in PEERS.values() for name in names}),
                        help="default: all")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--output", help="write OUTPUT.json and OUTPUT.md")
    options = parser.parse_args()
    require("numpy")

    context = {"date": datetime.datetime.now().isoformat(timespec="seconds"), "processor": processor(),
               "cores": os.cpu_count(), "load_average_before": os.getloadavg(), "python": platform.python_version(),
               "command": shlex.join(["benchmarks/peers/compare.py", *sys.argv[1:]])}
    groups = []
    with tempfile.TemporaryDirectory() as folder:
        data = Data(options.program, folder)
        for key in PEERS:
            if options.workloads and key[0] not in options.workloads:
                continue
            if options.modes and key[1] not in options.modes:
                continue
            group = measure_group(key, data, options)
            if group:
                groups.append(group)
                write(context | {"load_average_after": os.getloadavg()}, groups, options.output)
    print(text_of(context | {"load_average_after": os.getloadavg()}, groups))


if __name__ == "__main__":
    main()
