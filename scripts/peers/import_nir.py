#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs networks that snnTorch 1.0 and Norse 1.1 wrote as NIR files in Synfire, and compares them with their framework.

Of each framework a convolutional and a recurrent network with random weights. All get the same random spikes. Spikes of
every layer are compared in every step.

The networks are made of what their frameworks write without loss:
  - snnTorch writes v_reset = 0 and says nothing of the reset, so its neurons have reset_mechanism="zero" and
    reset_delay=False: they spike and reset in the step in which they pass the threshold. RSynaptic fails with the
    latter, so it is written, and stepped as what it consists of: Synaptic, and the recurrent weights of the spikes
    before.
  - Norse writes LIFBoxCell as LIF, with R = 1, but no sizes of images, which are added, and neither Flatten nor
    recurrent cells. So its convolutional network ends with a convolution of the whole image, and the feedback of the
    recurrent one is added to the graph that it writes.

Usage: pip install numpy torch snntorch norse nir nirtorch h5py     (in a virtual environment)
       python scripts/peers/import_nir.py --synfire build/release/command_line/synfire [--steps N] [--seed N]
"""
import argparse
import importlib.metadata
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import nir
import numpy as np
import torch

warnings.filterwarnings("ignore")
import norse.torch as norse  # noqa: E402  (warns of PyTorch)
import snntorch  # noqa: E402
from snntorch.export_nir import export_to_nir  # noqa: E402

DT = 0.1  # ms, which is what snnTorch's exporter takes for granted
RATE = 0.1  # input spikes per element and step
IMAGE = (2, 10, 8)  # channels, height, width
WIDTH = 24  # neurons of a recurrent layer
CLASSES = 6


def weighted(layer, mean, deviation):
    """The layer with random weights, so that what follows spikes every few steps."""
    torch.nn.init.normal_(layer.weight, mean, deviation)
    if layer.bias is not None:
        torch.nn.init.normal_(layer.bias, 0, 0.01)
    return layer


def layers_of(count):
    return torch.nn.Flatten(), weighted(torch.nn.Linear(count, CLASSES), 0.05, 0.2)


# ---- snnTorch. Each function gives a graph, the shape of its input, and what steps the network: spikes of its layers.

def leaky(*shape):
    """With a value for each neuron, as the writer takes shapes from them."""
    return snntorch.Leaky(beta=torch.full(shape, 0.9), threshold=torch.full(shape, 1.0), reset_mechanism="zero",
                          reset_delay=False, init_hidden=True)


def snntorch_convolutional():
    first, second = leaky(5, 5, 4), leaky(CLASSES)
    convolution = weighted(torch.nn.Conv2d(2, 5, 3, stride=2, padding=1), 0.1, 0.4)
    flatten, linear = layers_of(5 * 5 * 4)
    network = torch.nn.Sequential(convolution, first, flatten, linear, second)
    graph = export_to_nir(network, torch.zeros(1, *IMAGE), ignore_dims=[0])
    for each in (first, second):
        each.reset_hidden()

    def step(spikes):
        hidden = first(convolution(spikes[None]))
        return hidden[0], second(linear(flatten(hidden)))[0]

    return graph, IMAGE, step


def snntorch_recurrent():
    constants = {"alpha": 0.8, "beta": 0.9, "reset_mechanism": "zero", "init_hidden": True}
    layer = snntorch.RSynaptic(**constants, linear_features=WIDTH)
    neuron = snntorch.Synaptic(**constants, reset_delay=False)
    weighted(layer.recurrent, 0, 0.1)
    linear, read, last = weighted(torch.nn.Linear(WIDTH, WIDTH), 0.02, 0.1), layers_of(WIDTH)[1], leaky(CLASSES)
    graph = export_to_nir(torch.nn.Sequential(linear, layer, read, last), torch.zeros(1, WIDTH), ignore_dims=[0])
    last.reset_hidden()
    before = torch.zeros(1, WIDTH)

    def step(spikes):
        nonlocal before
        before = neuron(linear(spikes[None]) + layer.recurrent(before))
        return before[0], last(read(before))[0]

    return graph, (WIDTH,), step


# ---- Norse

def box():
    parameters = norse.LIFBoxParameters(tau_mem_inv=torch.tensor(1000.0), v_th=torch.tensor(0.1))
    return norse.LIFBoxCell(parameters, dt=DT / 1000)


def norse_graph(layers, shape):
    return norse.to_nir(norse.SequentialState(*layers), torch.zeros(1, *shape), dt=1)  # time constants in s


def norse_convolutional():
    layers = [weighted(torch.nn.Conv2d(2, 5, 3, stride=2, padding=1), 0.1, 0.4), box(),
              weighted(torch.nn.Conv2d(5, CLASSES, (5, 4)), 0.05, 0.2), box()]
    graph = norse_graph(layers, IMAGE)
    for node in graph.nodes.values():
        if isinstance(node, nir.Conv2d):
            node.input_shape = IMAGE[1:] if node.weight.shape[1] == IMAGE[0] else (5, 4)
    states = [None, None]

    def step(spikes):
        hidden, states[0] = layers[1](layers[0](spikes[None]), states[0])
        last, states[1] = layers[3](layers[2](hidden), states[1])
        return hidden[0], last[0]

    return graph, IMAGE, step


def norse_recurrent():
    layers = [weighted(torch.nn.Linear(WIDTH, WIDTH), 0.2, 0.5), box(), layers_of(WIDTH)[1], box()]
    feedback = weighted(torch.nn.Linear(WIDTH, WIDTH, bias=False), 0, 0.3)
    graph = norse_graph(layers, (WIDTH,))
    neuron = next(target for source, target in graph.edges if source == next(
        target for source, target in graph.edges if source == "input"))
    graph.nodes["feedback"] = nir.Linear(feedback.weight.detach().numpy())
    graph.edges += [(neuron, "feedback"), ("feedback", neuron)]
    states, before = [None, None], torch.zeros(1, WIDTH)

    def step(spikes):
        nonlocal before
        before, states[0] = layers[1](layers[0](spikes[None]) + feedback(before), states[0])
        last, states[1] = layers[3](layers[2](before), states[1])
        return before[0], last[0]

    return graph, (WIDTH,), step


# ---- Synfire

def run_synfire(program, folder, graph, spikes):
    """Spikes of each population but the input, steps × neurons, and the shapes of the populations."""
    steps = len(spikes)
    nir.write(folder / "net.nir", graph, compression=None)  # scalars of Norse cannot be compressed
    subprocess.run([program, "import", "net.nir", "--dt", str(DT / 1000), "--timesteps", str(steps), "--quiet"],
                   cwd=folder, check=True, stdout=subprocess.DEVNULL)
    net = json.loads((folder / "net.json").read_text())
    shapes = {each["name"]: np.atleast_1d(each["shape"]) for each in net["populations"]}
    names = [name for name in shapes if name != "input"]
    net["compile"]["record"] = [{"population": name, "variable": "spikes"} for name in names]
    (folder / "net.json").write_text(json.dumps(net))
    if spikes.ndim == 4:  # images have their channels last
        spikes = spikes.transpose(0, 2, 3, 1)
    when, which = np.nonzero(spikes.reshape(steps, -1))
    np.savez(folder / "spikes.npz", neurons=which.astype(np.uint32),
             times=(np.maximum(0, when - 0.25) * DT).astype(np.float32), offsets=np.array([0, len(when)]),
             population_size=np.array(spikes[0].size))
    command = [program, "run", "net.json", "--input", "spikes.npz", "--output", "out.npz", "--quiet"]
    subprocess.run(command, cwd=folder, check=True)
    out = np.load(folder / "out.npz")
    layers = []
    for name in names:
        fired = np.zeros((steps, int(np.prod(shapes[name]))), bool)
        fired[out[f"{name}.spikes.step"], out[f"{name}.spikes.neuron"]] = True
        fired = fired.reshape(steps, *shapes[name])
        layers.append(fired.transpose(0, 3, 1, 2) if fired.ndim == 4 else fired)
    return layers


def main():
    parser = argparse.ArgumentParser(description="Compares networks of snnTorch and Norse in Synfire.")
    parser.add_argument("--synfire", type=pathlib.Path, required=True, help="the program")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    program = str(options.synfire.resolve())
    torch.set_grad_enabled(False)
    ended_well = True
    print(f"{'framework':10} {'network':14} {'layer':5} {'spikes':>7} {'differing':>9}")
    for framework, kind, make in (("snnTorch", "convolutional", snntorch_convolutional),
                                  ("snnTorch", "recurrent", snntorch_recurrent),
                                  ("Norse", "convolutional", norse_convolutional),
                                  ("Norse", "recurrent", norse_recurrent)):
        torch.manual_seed(options.seed)
        graph, shape, step = make()
        spikes = (torch.rand(options.steps, *shape) < RATE).float()
        theirs = [torch.stack(layer).numpy() > 0 for layer in zip(*(step(each) for each in spikes))]
        with tempfile.TemporaryDirectory() as folder:
            ours = run_synfire(program, pathlib.Path(folder), graph, spikes.numpy())
        for number, (their, our) in enumerate(zip(theirs, ours), start=1):
            differing = int((their != our.reshape(their.shape)).sum())
            print(f"{framework:10} {kind:14} {number:5} {int(their.sum()):7} {differing:9}")
            ended_well = ended_well and their.sum() > 0 and differing == 0
    names = ("snntorch", "norse", "nir", "nirtorch", "torch")
    print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in names))
    sys.exit(0 if ended_well else 1)


if __name__ == "__main__":
    main()
