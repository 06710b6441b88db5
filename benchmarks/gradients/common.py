# SPDX-License-Identifier: Apache-2.0
"""Shared by the scripts: options, and calls of Synfire's programs."""
import argparse
import csv
import pathlib
import subprocess

import numpy as np

import networks
from tasks import TASKS

BATCH = 32


def parser(text):
    options = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--build", type=pathlib.Path, default=pathlib.Path("../../build/release"),
                         help="Synfire's build folder")
    options.add_argument("--synfire", type=pathlib.Path, help="the program synfire, instead of the build's")
    options.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"), help="folder of data and results")
    options.add_argument("--dt", type=float, nargs="+", default=[1.0], help="ms")
    options.add_argument("--networks", nargs="+", default=list(networks.NEURONS), choices=list(networks.NEURONS))
    parse = options.parse_args

    def parse_args(*args):
        arguments = parse(*args)
        arguments.out.mkdir(parents=True, exist_ok=True)
        arguments.synfire = arguments.synfire or arguments.build / "command_line" / "synfire"
        return arguments

    options.parse_args = parse_args
    return options


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done


def batch_gradients(arguments, task, network, weights, dt):
    """Gradients of Synfire's program over all training examples, by connection; also `loss` and `accuracy`."""
    data, labels = task.save(arguments.out, "train")
    model, result = arguments.out / f"batch-{network}.json", arguments.out / f"batch-{network}-gradients.npz"
    networks.write_description(model, task, network, weights, dt, BATCH)
    run(arguments.build / "benchmarks" / "synfire_batch_gradients", model, data, labels, result)
    with np.load(result) as arrays:
        return dict(arrays)


def train(arguments, task, network, weights, dt, epochs, rate, seed, frozen=()):
    """Runs `synfire train` from `weights`; returns the learned weights, the history rows and the messages."""
    data, labels = task.save(arguments.out, "train")
    stem = arguments.out / f"train-{network}-{dt:g}-{seed}"
    model, trained, history = (stem.with_name(stem.name + end) for end in (".json", "-trained.json", ".csv"))
    networks.write_description(model, task, network, weights, dt, BATCH, frozen)
    done = run(arguments.synfire, "train", model, "--input", data, "--labels", labels, "--epochs", epochs,
               "--learning-rate", rate, "--seed", seed, "--threads", 1, "--device", "host", "--history", history,
               "--output", trained)
    with open(history) as file:
        rows = list(csv.DictReader(file))
    said = [line for line in done.stderr.splitlines() if "warning" in line]
    return networks.read_weights(trained), rows, said


def accuracy(arguments, task, network, weights, dt):
    """Results of Synfire's program for the test examples."""
    data, labels = task.save(arguments.out, "test")
    model = arguments.out / f"test-{network}.json"
    networks.write_description(model, task, network, weights, dt, BATCH)
    done = run(arguments.synfire, "evaluate", model, "--input", data, "--labels", labels,
               "--batch-size", len(task.labels("test")), "--threads", 1, "--device", "host", "--quiet")
    return float(done.stdout.split()[-1])
