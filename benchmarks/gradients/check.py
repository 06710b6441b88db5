# SPDX-License-Identifier: Apache-2.0
"""Checks that all three run the same networks: losses and hidden spikes of Synfire's program, of surrogate.cpp and of
PyTorch with snnTorch, and the cosine between the gradients of the last two.

    python3 check.py --build ../../build/release --out out [--dt 1 0.25]
"""
import numpy as np
import torch

import common
import networks
import snntorch_gradients
from surrogate import Surrogate


def cosine(a, b):
    a, b = (np.concatenate([g[name].ravel() for name in sorted(g)]).astype(float) for g in (a, b))
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


def main():
    arguments = common.parser(__doc__).parse_args()
    torch.set_num_threads(1)
    name = "ten"
    task = common.TASKS[name]()
    print("network        dt   loss: synfire  surrogate.cpp   first 64: surrogate.cpp   snnTorch   cosine")
    for dt in arguments.dt:
        spikes = torch.tensor(task.binned("train", dt)[:64])
        labels = torch.tensor(task.labels("train")[:64]).long()
        for network in arguments.networks:
            weights = networks.initial_weights(name, task, network, 0)
            program = common.batch_gradients(arguments, task, network, weights, dt)
            surrogate = Surrogate(arguments.out, network, task, "train", networks.HIDDEN[name], dt)
            score, _ = surrogate.run(weights)
            part, found = surrogate.run(weights, np.arange(64), gradients=True)
            expected, loss = snntorch_gradients.gradients(network, weights, spikes, labels, dt)
            print(f"{network:13} {dt:4g} {program['loss'][0]:14.6f} {score[0]:14.6f} {part[0]:25.6f} {loss:10.6f} "
                  f"{cosine(found, expected):8.6f}", flush=True)


if __name__ == "__main__":
    main()
