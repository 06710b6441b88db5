# SPDX-License-Identifier: Apache-2.0
"""Data, training and timing of all peers made of PyTorch layers."""

import torch

from common import (LEARNING_RATE, MEAN_OF_STEP, MEMBRANE, Workload, forget_peak_memory, measure, parse_options, report,
                    resident_mib, timing)

torch.set_num_threads(1)

# Contribution of an input of 1 to a synaptic state, if the membrane receives 1 - MEMBRANE of it, and if it receives
# all.
TO_MEAN = MEAN_OF_STEP
TO_MEMBRANE = MEAN_OF_STEP * (1 - MEMBRANE)


def parameter(workload, connection, scale):
    """Weights in the layout of torch.nn.Linear: target x source."""
    return torch.nn.Parameter(scale * torch.from_numpy(workload.weight(connection)).t().contiguous())


def linear(workload, connection, scale):
    weight = parameter(workload, connection, scale)
    layer = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    layer.weight = weight
    return layer


class Batches:
    def __init__(self, workload):
        self.workload = workload
        labels = torch.zeros(workload.examples, dtype=torch.long) if workload.labels is None else \
            torch.from_numpy(workload.labels)
        self.labels = [labels[begin:end] for begin, end in workload.batches()]
        self.ready = [self.make(*batch) for batch in workload.batches()]

    def make(self, begin, end):
        workload = self.workload
        spikes = torch.zeros(workload.steps, end - begin, workload.inputs)
        spikes.view(-1)[torch.from_numpy(workload.indices(begin, end))] = 1.0
        return spikes

    def made(self):
        return zip((self.make(*batch) for batch in self.workload.batches()), self.labels)


def passes(network, batches, mode):
    """A function that runs all batches: forward, or forward, backward and Adam."""
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, fused=True)

    def learn(data):
        for spikes, labels in data:
            readout, _ = network(spikes)
            loss = torch.nn.functional.cross_entropy(readout, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def infer(data):
        with torch.no_grad():
            for spikes, _ in data:
                network(spikes)

    return learn if mode == "train" else infer


def count_hidden(network, batches, examples):
    with torch.no_grad():
        return sum(network(spikes)[1].sum().item() for spikes in batches.ready) / examples


def main(peer, packages, description, make_network):
    """`make_network(workload)`: a module that maps spikes (steps, examples, inputs) to readouts, means of the leaky
    outputs over the steps (examples, classes), and the spikes of the hidden layer (steps, examples, neurons)."""
    options = parse_options(description, ("latency_mnist", "shd_like"))
    imported = resident_mib()
    can_measure = forget_peak_memory()
    workload = Workload(options)
    batches = Batches(workload)
    network = make_network(workload)
    if options.compile:
        network = torch.compile(network)
    spikes = {"input": workload.input_spikes(), "hidden": count_hidden(network, batches, workload.examples)}
    run = passes(network, batches, options.mode)
    ready = measure(lambda: run(zip(batches.ready, batches.labels)), options.repetitions)
    memory = resident_mib("VmHWM") - imported if can_measure else None
    including = measure(lambda: run(batches.made()), options.repetitions, warm_ups=1)
    report(peer + ", torch.compile" * options.compile, packages + ["torch", "numpy"], options, workload,
           timing(ready, workload.examples), timing(including, workload.examples), spikes, make_network.__doc__,
           memory)
