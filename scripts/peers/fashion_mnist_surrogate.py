#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the network of examples/descriptions/train_fashion_mnist.json with surrogate gradients in snnTorch 1.0 or
SpikingJelly 2.0, for comparison with `synfire train --surrogate`.

It has the same images, spikes, sizes, initial weights, steps, loss and optimizer. The networks are those of
benchmarks/peers/run_snntorch.py and run_spikingjelly.py: the same spikes as Synfire's from the same weights. snnTorch
has the fast sigmoid of slope 25 (Synfire: --surrogate fast_sigmoid), SpikingJelly the arc tangent with alpha 2
(--surrogate atan).

Usage: pip install -r benchmarks/peers/requirements.txt
       scripts/peers/fashion_mnist_surrogate.py snntorch|spikingjelly [--epochs N] [--learning-rate R] [--seed N]
"""
import argparse
import gzip
import importlib
import math
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "benchmarks/peers"))
from common import require  # noqa: E402  (sets the number of threads: before all libraries)

require("numpy", "torch")
import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch_peer import TO_MEMBRANE  # noqa: E402

INPUTS, HIDDEN, CLASSES, STEPS = 784, 128, 10, 20


def read_idx(path):
    """The bytes of a file of the format IDX, images as rows."""
    with gzip.open(path) as file:
        data = file.read()
    sizes = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(sizes)).reshape(sizes[0], -1)


class Images:
    """Images as latencies: a pixel x > 1 spikes at 2 + 16 (255 - x) / 255 ms, rounded up to steps."""

    def __init__(self, folder, part, count):
        self.pixels = read_idx(folder / f"{part}-images-idx3-ubyte.gz")[:count or None]
        self.labels = torch.from_numpy(read_idx(folder / f"{part}-labels-idx1-ubyte.gz")[:count or None, 0].astype(int))

    def __len__(self):
        return len(self.labels)

    def batch(self, chosen):
        """Spikes of the chosen images (steps, images, pixels), in the step in which they arrive."""
        pixels = self.pixels[chosen]
        image, neuron = np.nonzero(pixels > 1)
        arrivals = np.ceil(2 + 16 * (255 - pixels[image, neuron].astype(float)) / 255 - 1e-4).astype(int) + 1
        seen = arrivals < STEPS
        spikes = torch.zeros(STEPS, len(chosen), INPUTS)
        spikes[arrivals[seen], image[seen], neuron[seen]] = 1
        return spikes


class Weights:
    """Initial weights, as the networks of benchmarks/peers expect them."""
    recurrent = False

    def __init__(self, seed):
        draw = np.random.default_rng(seed).normal
        self.drawn = {"input_hidden": draw(0.078, 0.045, (INPUTS, HIDDEN)),
                      "hidden_output": draw(0.2, 0.37, (HIDDEN, CLASSES))}

    def weight(self, connection):
        return self.drawn[connection].astype(np.float32)


def run(network, data, order, options, optimizer=None):
    """Runs an epoch; trains if there is an optimizer. Returns mean loss, accuracy and hidden spikes per image."""
    loss_sum = right = spikes = 0
    for start in range(0, len(order), options.batch_size):
        chosen = order[start:start + options.batch_size]
        labels = data.labels[chosen]
        with torch.set_grad_enabled(optimizer is not None):
            values, fired = network(data.batch(chosen))
            loss = torch.nn.functional.cross_entropy(values / options.temperature, labels)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        loss_sum += loss.item() * len(chosen)
        right += (values.argmax(1) == labels).sum().item()
        spikes += fired.detach().sum().item()
    return loss_sum / len(order), right / len(order), spikes / len(order)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer", choices=["snntorch", "spikingjelly"])
    parser.add_argument("--data", type=pathlib.Path, default="/usr/share/datasets/fashion-mnist",
                        help="folder with the four files of Fashion-MNIST")
    parser.add_argument("--train", type=int, default=0, help="use only the first N training images")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--temperature", type=float, default=0.6)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    network = importlib.import_module(f"run_{options.peer}").Network(Weights(options.seed))
    rng = np.random.default_rng(options.seed)
    train, test = Images(options.data, "train", options.train), Images(options.data, "t10k", 0)
    # Parameters are weights times TO_MEMBRANE, and Adam's steps do not scale with them.
    optimizer = torch.optim.Adam(network.parameters(), lr=options.learning_rate * TO_MEMBRANE)
    print(f"{options.peer}, torch {torch.__version__}; {len(train)} training images, {len(test)} test images; batch "
          f"{options.batch_size}, rate {options.learning_rate:g}, temperature {options.temperature:g}, "
          f"seed {options.seed}", flush=True)
    for epoch in range(options.epochs):
        before = time.process_time()
        loss, accuracy, spikes = run(network, train, rng.permutation(len(train)), options, optimizer)
        seconds = time.process_time() - before
        _, tested, _ = run(network, test, np.arange(len(test)), options)
        error = math.sqrt(tested * (1 - tested) / len(test))
        print(f"epoch {epoch + 1}: loss {loss:.4f}, accuracy {100 * accuracy:.2f} %, "
              f"test {100 * tested:.2f} +- {100 * error:.2f} %, {spikes:.1f} hidden spikes, "
              f"{seconds:.1f} s of processor time", flush=True)


if __name__ == "__main__":
    main()
