# SPDX-License-Identifier: Apache-2.0
"""Trains the networks with Synfire and with surrogate gradients, from the same weights on the same data.

    python3 train.py --build ../../build/release --out out --task ten --dt 1 0.25 --networks lif held --seeds 3 \\
        --epochs 30

Prints a line per network and method: the last training loss of each seed; training and test accuracy, and hidden spikes
per example in the last epoch (and the first), as means over seeds; total processor time. Synfire's program tests both
results.
"""
import resource
import time

import numpy as np

import common
import networks
from surrogate import Surrogate


def processor_time():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def with_synfire(arguments, task, network, weights, dt, seed, frozen):
    examples = len(task.labels("train"))
    learned, rows, said = common.train(arguments, task, network, weights, dt, arguments.epochs, arguments.rate, seed,
                                       frozen)
    spikes = [int(row["hidden.spikes"]) / examples for row in (rows[-1], rows[0])]
    triggered = int(rows[-1]["hidden.triggered"]) / max(1, int(rows[-1]["hidden.spikes"]))
    loss, right = (float(rows[-1][f"output.{key}"]) for key in ("loss", "sparse_categorical_accuracy"))
    return learned, (loss, right, *spikes, triggered), said


def with_surrogate(arguments, task, network, weights, dt, seed, frozen):
    trainer = Surrogate(arguments.out, network, task, "train", weights["hidden_output"].shape[0], dt)
    trained = [name for name in weights if name not in frozen]
    curve = []
    for learned, score in trainer.train(weights, arguments.epochs, arguments.rate, common.BATCH, seed, trained):
        curve.append(score)
    return learned, (curve[-1][0], curve[-1][1], curve[-1][2], curve[0][2], 0.0), []


def report(arguments, task, network, dt, way, train, frozen):
    began, rows, warnings = processor_time(), [], []
    for seed in range(arguments.seeds):
        weights = networks.initial_weights(arguments.task, task, network, seed)
        learned, numbers, said = train(arguments, task, network, weights, dt, seed, frozen)
        rows.append([*numbers, common.accuracy(arguments, task, network, learned, dt)])
        warnings += said
    loss, right, spikes, first, triggered, test = np.array(rows).T
    print(f"{arguments.task:6} {network:13} {dt:4g} {arguments.trained:6} {way:9} {arguments.epochs:4} epochs  loss "
          f"{np.array2string(loss, precision=3, floatmode='fixed')}  train {right.mean():.3f}  test {test.mean():.3f}  "
          f"spikes {first.mean():.0f}>{spikes.mean():.0f}  triggered {triggered.mean():.2f}  "
          f"{processor_time() - began:.0f} s", flush=True)
    for line in sorted(set(warnings)):
        print("    " + line, flush=True)


def main():
    parser = common.parser(__doc__)
    parser.add_argument("--task", default="ten", choices=common.TASKS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--trained", default="all", choices=["all", "hidden"], help="hidden: output weights are frozen")
    parser.add_argument("--ways", nargs="+", default=["synfire", "surrogate"], choices=["synfire", "surrogate"])
    arguments = parser.parse_args()
    task = common.TASKS[arguments.task]()
    frozen = ("hidden_output",) if arguments.trained == "hidden" else ()
    ways = {"synfire": with_synfire, "surrogate": with_surrogate}
    for dt in arguments.dt:
        for network in arguments.networks:
            for way in arguments.ways:
                report(arguments, task, network, dt, way, ways[way], frozen)


if __name__ == "__main__":
    main()
