#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the network of examples/speech.cpp with surrogate gradients (snnTorch 1.0, fast sigmoid), for comparison.

It has the same spikes, sizes, initial weights, loss, optimizer and steps: synapses and membranes decay by exp(-1/5) and
exp(-1/20) per step, a spike of weight w adds w (tau/dt) (1 - exp(-1/5)) (1 - exp(-1/20)), membranes are reset to 0 on a
spike, and a spike of the hidden layer arrives in the next step. The readout, a mean of leaky membranes over the steps,
is linear in the hidden spikes, so it is computed as one weighted sum of them. Input currents are sums of weight rows
(embedding_bag), not a product with a dense matrix of spikes.

The hidden layer's steps and their derivatives are written out (Steps), which is faster than a thousand calls of
snntorch.Synaptic; before training, both are compared on a few utterances. --synaptic trains with snntorch.Synaptic
itself.

Usage: pip install numpy torch snntorch
       scripts/peers/speech_snntorch.py --data speech [--epochs N] [--learning-rate R] [--train N] [--test N] [--seed N]
"""
import argparse
import math
import pathlib
import time

import numpy as np
import snntorch
import torch
from snntorch import surrogate

INPUTS, HIDDEN, CLASSES, STEPS = 700, 256, 20, 1000
SYNAPSE, MEMBRANE = math.exp(-1 / 5), math.exp(-1 / 20)
SCALE = 5 * (1 - SYNAPSE) * (1 - MEMBRANE)  # what the membrane integrates in 1 ms from a synaptic state of 1


class Utterances:
    """The first utterances of a file."""

    def __init__(self, path, count):
        arrays = np.load(path)
        count = min(count or len(arrays["labels"]), len(arrays["labels"]))
        self.offsets = arrays["offsets"][:count + 1]
        self.neurons = arrays["neurons"][:self.offsets[-1]].astype(np.int32)
        # A spike arrives in the step after its own.
        self.steps = arrays["times"][:self.offsets[-1]].astype(np.int32) + 1
        self.labels = torch.from_numpy(arrays["labels"][:count].astype(np.int64))

    def __len__(self):
        return len(self.labels)

    def batch(self, chosen):
        """Channels of all spikes ordered by step and utterance, and where each pair of step and utterance begins."""
        rows, channels = [], []
        for place, i in enumerate(chosen):
            part = slice(self.offsets[i], self.offsets[i + 1])
            rows.append(self.steps[part] * len(chosen) + place)
            channels.append(self.neurons[part])
        rows, channels = np.concatenate(rows), np.concatenate(channels)
        inside = rows < STEPS * len(chosen)
        rows, channels = rows[inside], channels[inside]
        begins = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=STEPS * len(chosen)))[:-1]])
        return torch.from_numpy(channels[np.argsort(rows, kind="stable")]), torch.from_numpy(begins.astype(np.int32))


def readout_weights():
    """What a hidden spike in each step adds to the readout of an output that it reaches with weight 1."""
    state = membrane = 0.0
    response = np.zeros(STEPS)
    for step in range(STEPS):
        state = 1.0 if step == 0 else state * SYNAPSE
        membrane = membrane * MEMBRANE + SCALE * state
        response[step] = membrane
    early = np.exp(-np.arange(STEPS) / STEPS) / STEPS
    weights = [np.dot(early[step + 1:], response[:STEPS - step - 1]) for step in range(STEPS)]
    return torch.tensor(weights, dtype=torch.float32)


class Steps(torch.autograd.Function):
    """Spikes of the hidden layer (steps, utterances, neurons), with the derivatives of snntorch.Synaptic."""

    @staticmethod
    def forward(context, currents, weights, slope):
        synapse = torch.zeros_like(currents[0])
        membrane, spike = torch.zeros_like(synapse), torch.zeros_like(synapse)
        reached, spikes = torch.empty_like(currents), torch.empty_like(currents)  # membranes before their reset
        for step, current in enumerate(currents):
            synapse = torch.addmm(current, spike, weights).add_(synapse, alpha=SYNAPSE)
            torch.add(synapse, membrane, alpha=MEMBRANE, out=reached[step])
            spike = torch.ge(reached[step], 1.0, out=spikes[step])
            membrane = reached[step] * (1 - spike)
        context.save_for_backward(reached, spikes, weights)
        context.slope = slope
        return spikes

    @staticmethod
    def backward(context, of_spikes):
        reached, spikes, weights = context.saved_tensors
        surrogates = (context.slope * (reached - 1).abs() + 1) ** -2
        kept = 1 - spikes - reached * surrogates
        of_currents = torch.empty_like(reached)
        of_synapse, of_membrane = torch.zeros_like(reached[0]), torch.zeros_like(reached[0])
        transposed = weights.t().contiguous()
        for step in reversed(range(STEPS)):
            of_spike = of_spikes[step]
            if step + 1 < STEPS:
                of_spike = torch.addmm(of_spike, of_currents[step + 1], transposed)
            of_reached = (of_membrane * kept[step]).addcmul_(of_spike, surrogates[step])
            of_synapse = torch.add(of_reached, of_synapse, alpha=SYNAPSE, out=of_currents[step])
            of_membrane = MEMBRANE * of_reached
        of_weights = spikes[:-1].flatten(0, 1).t() @ of_currents[1:].flatten(0, 1)
        return of_currents, of_weights, None


class Network(torch.nn.Module):
    def __init__(self, slope, synaptic):
        super().__init__()

        def normal(rows, columns, mean, deviation):
            return torch.nn.Parameter(mean + deviation * torch.randn(rows, columns))

        self.input = normal(INPUTS, HIDDEN, 0.03, 0.01)
        self.recurrent = normal(HIDDEN, HIDDEN, 0.0, 0.02)
        self.output = normal(HIDDEN, CLASSES, 0.0, 0.03)
        self.cells = snntorch.Synaptic(alpha=SYNAPSE, beta=MEMBRANE, threshold=1.0, reset_mechanism="zero",
                                       reset_delay=False, spike_grad=surrogate.fast_sigmoid(slope=slope))
        self.readout = readout_weights()
        self.slope, self.synaptic = slope, synaptic

    def synaptic_spikes(self, currents, weights):
        spikes = synapse = membrane = torch.zeros_like(currents[0])
        all_spikes = []
        for current in currents.unbind():
            spikes, synapse, membrane = self.cells(torch.addmm(current, spikes, weights), synapse, membrane)
            all_spikes.append(spikes)
        return torch.stack(all_spikes)

    def forward(self, channels, begins, examples):
        """Returns the readouts and the number of hidden spikes."""
        currents = SCALE * torch.nn.functional.embedding_bag(channels, self.input, begins, mode="sum")
        currents = currents.view(STEPS, examples, HIDDEN)
        weights = SCALE * self.recurrent
        spikes = self.synaptic_spikes(currents, weights) if self.synaptic else \
            Steps.apply(currents, weights, self.slope)
        return torch.tensordot(self.readout, spikes, 1) @ self.output, spikes.detach().sum().item()


def run(network, data, order, options, optimizer=None):
    """Runs an epoch; trains if there is an optimizer. Returns mean loss, accuracy and hidden spikes per utterance."""
    loss_sum = right = spikes = 0
    for start in range(0, len(order), options.batch_size):
        chosen = order[start:start + options.batch_size]
        with torch.set_grad_enabled(optimizer is not None):
            values, fired = network(*data.batch(chosen), len(chosen))
            labels = data.labels[chosen]
            loss = torch.nn.functional.cross_entropy(values / options.temperature, labels)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        loss_sum += loss.item() * len(chosen)
        right += (values.argmax(1) == labels).sum().item()
        spikes += fired
    return loss_sum / len(order), right / len(order), spikes / len(order)


def compare_with_synaptic(network, data, examples=4):
    """Exits with an error if the gradients of Steps and snntorch.Synaptic differ; prints their spikes."""
    results = []
    for network.synaptic in (True, False):
        values, spikes = network(*data.batch(range(examples)), examples)
        loss = torch.nn.functional.cross_entropy(values, data.labels[:examples])
        results.append((spikes, torch.autograd.grad(loss, [network.input, network.recurrent, network.output])))
    worst = max(((a - b).norm() / a.norm()).item() for a, b in zip(results[0][1], results[1][1]))
    print(f"hidden spikes of {examples} utterances: snntorch.Synaptic {results[0][0]:.0f}, here {results[1][0]:.0f}; "
          f"gradients differ by {worst:.1e} of their norm", flush=True)
    if not worst < 1e-2:
        raise SystemExit("speech_snntorch: the gradients differ from those of snntorch.Synaptic")


def main():
    parser = argparse.ArgumentParser(description="Trains the network of examples/speech.cpp with surrogate gradients.")
    parser.add_argument("--data", type=pathlib.Path, default="speech", help="folder with train.npz and test.npz")
    parser.add_argument("--train", type=int, default=0, help="use only the first N training utterances")
    parser.add_argument("--test", type=int, default=0, help="use only the first N test utterances")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--temperature", type=float, default=0.25)
    parser.add_argument("--slope", type=float, default=25.0, help="slope of the fast sigmoid")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--synaptic", action="store_true", help="train with snntorch.Synaptic, which is slower")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    train = Utterances(options.data / "train.npz", options.train)
    test = Utterances(options.data / "test.npz", options.test)
    network = Network(options.slope, options.synaptic)
    optimizer = torch.optim.Adam(network.parameters(), lr=options.learning_rate)
    print(f"snnTorch {snntorch.__version__}, torch {torch.__version__}; {len(train)} training utterances, "
          f"{len(test)} test utterances; batch {options.batch_size}, rate {options.learning_rate:g}, "
          f"temperature {options.temperature:g}, slope {options.slope:g}, seed {options.seed}", flush=True)
    compare_with_synaptic(network, train)
    network.synaptic = options.synaptic
    for epoch in range(options.epochs):
        wall, cpu = time.time(), time.process_time()
        loss, accuracy, spikes = run(network, train, rng.permutation(len(train)), options, optimizer)
        wall, cpu = time.time() - wall, time.process_time() - cpu
        test_loss, tested, _ = run(network, test, np.arange(len(test)), options)
        error = math.sqrt(tested * (1 - tested) / len(test))
        print(f"epoch {epoch + 1}: loss {loss:.4f}, accuracy {100 * accuracy:.2f} %, "
              f"test {100 * tested:.2f} +- {100 * error:.2f} % (loss {test_loss:.4f}), {spikes:.1f} hidden spikes, "
              f"{wall:.1f} s ({cpu:.1f} s processor time)", flush=True)


if __name__ == "__main__":
    main()
