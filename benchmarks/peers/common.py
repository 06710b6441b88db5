# SPDX-License-Identifier: Apache-2.0
"""Shared by the scripts of all peers: options, workloads, timing, output."""

import argparse
import importlib
import importlib.metadata
import json
import math
import os
import platform
import statistics
import sys
import time

# Must precede the import of any library with its own threads.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

REPETITIONS = 5
WARM_UPS = 2

# Time constants of the neurons and synapses of latency_mnist and shd_like, in ms; threshold 1, reset to 0, steps of 1
# ms.
MEMBRANE_TIME, SYNAPSE_TIME = 20.0, 5.0
MEMBRANE, SYNAPSE = math.exp(-1 / MEMBRANE_TIME), math.exp(-1 / SYNAPSE_TIME)
# The mean of a synaptic state of 1 decaying over a step; the membrane moves by 1 - MEMBRANE of it.
MEAN_OF_STEP = SYNAPSE_TIME * (1 - SYNAPSE)
LEARNING_RATE = 1e-6  # small enough to keep spike counts nearly constant

WORKLOADS = ("latency_mnist", "shd_like", "vogels_abbott")


def parse_options(description, workloads, modes=("train", "run")):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--workload", choices=workloads, default=workloads[0])
    parser.add_argument("--mode", choices=modes, default=modes[0])
    parser.add_argument("--data", required=True, help="WORKLOAD_MODE.npz written by synfire_benchmark --export")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--examples", type=int, default=0, help="use only the first N (default: all)")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    parser.add_argument("--compile", action="store_true", help="use torch.compile, for peers made of PyTorch layers")
    return parser.parse_args()


def require(*modules):
    """Exits with a one-line message if a module is not installed."""
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError as error:
            folder = os.path.dirname(os.path.abspath(__file__))
            sys.exit(f"{os.path.basename(sys.argv[0])}: no module {error.name!r}: "
                     f"pip install -r {os.path.join(os.path.relpath(folder), 'requirements.txt')}")


class Workload:
    """Spikes and weights from a file of synfire_benchmark --export, for the first examples."""

    def __init__(self, options):
        import numpy
        self.arrays = dict(numpy.load(options.data))
        self.steps = int(self.arrays["steps"])
        self.batch = options.batch
        if "offsets" not in self.arrays:
            return
        self.inputs = int(self.arrays["input.size"])
        there = len(self.arrays["offsets"]) - 1
        self.examples = min(options.examples or there, there)
        self.examples -= self.examples % min(self.batch, self.examples)  # whole batches: compiled once
        self.offsets = self.arrays["offsets"][:self.examples + 1].astype(numpy.int64)
        self.neurons = self.arrays["neurons"][:self.offsets[-1]].astype(numpy.int64)
        self.times = numpy.ceil(self.arrays["times"][:self.offsets[-1]] - 1e-4).astype(numpy.int64)
        self.labels = self.arrays["labels"][:self.examples].astype(numpy.int64) if "labels" in self.arrays else None

    def weight(self, connection):
        return self.arrays[connection + ".weight"]

    @property
    def recurrent(self):
        return "recurrent.weight" in self.arrays

    def batches(self):
        """First and last example of each batch."""
        return [(begin, begin + self.batch) for begin in range(0, self.examples, self.batch)]

    def indices(self, begin, end):
        """Flat indices of the ones of a dense tensor (steps, examples, inputs) of these examples. A spike arrives one
        step later."""
        import numpy
        part = slice(self.offsets[begin], self.offsets[end])
        example = numpy.repeat(numpy.arange(end - begin), numpy.diff(self.offsets[begin:end + 1]))
        arrivals = self.times[part] + 1
        places = (arrivals * (end - begin) + example) * self.inputs + self.neurons[part]
        return places[arrivals < self.steps]

    def dense(self, begin, end):
        import numpy
        spikes = numpy.zeros((self.steps, end - begin, self.inputs), numpy.float32)
        spikes.reshape(-1)[self.indices(begin, end)] = 1
        return spikes

    def synfire_spikes(self):
        """Spikes per example as counted by Synfire, by layer."""
        return {"hidden": float(self.arrays["hidden.spikes"][:self.examples].mean())}

    def input_spikes(self):
        return float(self.offsets[-1]) / self.examples


def measure(action, repetitions, warm_ups=WARM_UPS):
    """Processor time, of all threads, and wall time of each repetition, in seconds."""
    for _ in range(warm_ups):
        action()
    processor, wall = [], []
    for _ in range(repetitions):
        wall_before, before = time.perf_counter(), time.process_time()
        action()
        processor.append(time.process_time() - before)
        wall.append(time.perf_counter() - wall_before)
    return processor, wall


def timing(seconds, of):
    """Microseconds per unit, for so many units (examples or steps)."""
    processor, wall = ([1e6 * each / of for each in kind] for kind in seconds)
    return {"processor_us": statistics.median(processor), "processor_us_all": processor,
            "wall_us": statistics.median(wall)}


def resident_mib(which="VmRSS"):
    """Resident memory of this process; with "VmHWM" the most that it has had since forget_peak_memory()."""
    with open("/proc/self/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(which + ":"))


def forget_peak_memory():
    """Whether this worked: some sandboxes do not let a process write there."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="utf-8") as file:
            file.write("5")  # proc(5)
    except OSError:
        return False
    return True


def report(peer, packages, options, workload, ready, including_data, spikes, how, memory_mib=None):
    """Prints the result line. `ready`, `including_data`: from timing(); the second is None without data to make.
    `memory_mib`: peak resident memory of the first, without that of the imports."""
    line = {
        "peer": peer,
        "version": importlib.metadata.version(packages[0]),
        "versions": {name: importlib.metadata.version(name) for name in packages}
        | {"python": platform.python_version()},
        "workload": options.workload,
        "mode": options.mode,
        "steps": workload.steps,
        "threads": 1,
        "how": how,
        "per": "step" if options.workload == "vogels_abbott" else "example",
        "data_ready": ready,
        "including_data": including_data,
        "spikes": spikes,
        "memory_mib": memory_mib,
    }
    if options.workload != "vogels_abbott":
        line |= {"batch": workload.batch, "examples": workload.examples}
    print(json.dumps(line), flush=True)
