#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs networks that `synfire export` wrote in snnTorch 1.0 and Norse 1.1, and compares them with Synfire.

Each network has an input, a hidden and an output layer with random weights; steps are of 0.1 ms, which is the step that
snnTorch's reader takes for granted. All get the same random spikes. Spikes and membrane potentials of both layers are
compared in every step, those of Synfire earlier by the number of connections before the layer, as edges of NIR take no
time. Potentials are compared relative to the largest of their layer, without those of a neuron from its first spike
that differs.

A reader is the public function of the framework. Two more rows show what makes a difference where it does not do what
the file says:
  - Norse ignores R of an LIF node. "r in weights": R is 1, and the weights before the node are multiplied by it.
  - snnTorch gives a recurrent layer its input through the recurrent weights. "by hand": its modules for the nodes, with
    the recurrent weights applied to the spikes of the step before.

Usage: pip install numpy torch snntorch norse nir nirtorch h5py     (in a virtual environment)
       python scripts/peers/compare_nir.py --synfire build/release/command_line/synfire [--steps N] [--seed N]
"""
import argparse
import contextlib
import importlib.metadata
import io
import json
import logging
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
from snntorch import import_nir as snntorch_nir  # noqa: E402

SIZES = {"input": 40, "hidden": 32, "output": 10}
LAYERS = ("hidden", "output")
DT = 0.1  # ms
RATE = 0.02  # input spikes per neuron and step


# ---- Synfire

def description(kind, steps, rng):
    """A network and its weights. `kind`: "LIF", "CubaLIF" or "recurrent CubaLIF"."""
    synapse = "delta" if kind == "LIF" else {"model": "exponential", "tau": 3.0}
    pairs = [("input", "hidden"), ("hidden", "output")]
    if kind.startswith("recurrent"):
        pairs.insert(1, ("hidden", "hidden"))
    # Weights that let both layers spike every few ms: mean and standard deviation of what arrives.
    scale = 1 if kind == "LIF" else 0.035
    draw = {("input", "hidden"): (0.04, 0.2), ("hidden", "hidden"): (0, 0.3), ("hidden", "output"): (0.03, 0.3)}
    tensors, connections = {}, []
    for source, target in pairs:
        weights = scale * rng.normal(*draw[source, target], (SIZES[source], SIZES[target]))
        tensors[f"{source}_{target}.weight"] = weights.astype(np.float32)
        connections.append({"source": source, "target": target, "synapse": synapse,
                            "connectivity": {"type": "dense", "weight": {"tensor": f"{source}_{target}.weight"}}})
    neuron = {"model": "leaky_integrate_fire", "v_thresh": 1.0, "tau_mem": 5.0, "relative_reset": False}
    populations = [{"name": "input", "shape": SIZES["input"], "neuron": "spike_input"},
                   {"name": "hidden", "shape": SIZES["hidden"], "neuron": neuron},
                   {"name": "output", "shape": SIZES["output"], "neuron": neuron, "readout": "spike_count"}]
    record = [{"population": name, "variable": variable} for name in LAYERS for variable in ("spikes", "v")]
    network = {"format": "synfire-network", "version": 1, "tensors": "net.npz", "populations": populations,
               "connections": connections, "compile": {"timesteps": steps + 2, "dt": DT, "record": record}}
    return network, tensors


def run_synfire(program, folder, spikes):
    """Spikes and potentials of each layer, steps × neurons, in the steps of the graph."""
    steps = len(spikes)
    when, which = np.nonzero(spikes)
    np.savez(folder / "spikes.npz", neurons=which.astype(np.uint32), times=(when * DT).astype(np.float32),
             offsets=np.array([0, len(when)]), population_size=np.array(SIZES["input"]))
    command = [program, "run", "net.json", "--input", "spikes.npz", "--output", "out.npz", "--quiet"]
    subprocess.run(command, cwd=folder, check=True)
    out = np.load(folder / "out.npz")
    layers = {}
    for level, name in enumerate(LAYERS, start=1):
        fired = np.zeros((steps + 2, SIZES[name]), bool)
        fired[out[f"{name}.spikes.step"], out[f"{name}.spikes.neuron"]] = True
        layers[name] = fired[level:level + steps], out[f"{name}.v"][0][level:level + steps]
    return layers


# ---- The frameworks: functions of a graph and of input spikes, with results like those of run_synfire()

def potential_of(state):
    """The membrane potential in what Norse calls the state of a layer."""
    while not hasattr(state, "v"):
        state = state[-1]
    return state.v


def run_norse(graph, spikes):
    module, state = norse.from_nir(graph, dt=DT / 1000), None
    layers = {name: ([], []) for name in LAYERS}
    for step in spikes:
        _, state = module(torch.from_numpy(step).float()[None], state)
        for name, (fired, potentials) in layers.items():
            fired.append(state.cache[name][0].numpy() > 0)
            potentials.append(potential_of(state.state[name])[0].numpy())
    return {name: tuple(map(np.array, pair)) for name, pair in layers.items()}


def with_r_in_weights(graph):
    for name, node in graph.nodes.items():
        if not isinstance(node, nir.LIF):
            continue
        for source, target in graph.edges:
            if target == name:
                graph.nodes[source].weight = graph.nodes[source].weight * node.r[:, None]
        node.r = np.ones_like(node.r)
    return graph


def neuron_in(module):
    return module if hasattr(module, "mem") else next(each for each in module.modules() if hasattr(each, "mem"))


def run_snntorch_module(module, spikes):
    """A module whose layers keep their states."""
    layers = {name: ([], []) for name in LAYERS}
    seen, state = {}, None
    for name in layers:
        neuron_in(getattr(module, name)).register_forward_hook(
            lambda neuron, _, result, name=name: seen.update({name: (result, neuron)}))
    for step in spikes:
        _, state = module(torch.from_numpy(step).float()[None], state)
        for name, (fired, potentials) in layers.items():
            result, neuron = seen[name]
            result = result[0] if isinstance(result, tuple) else result
            fired.append(result.reshape(-1).numpy() > 0)
            potentials.append(neuron.mem.reshape(-1).numpy().copy())
    return {name: tuple(map(np.array, pair)) for name, pair in layers.items()}


def run_snntorch(graph, spikes):
    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it does
        module = snntorch_nir.import_from_nir(graph)
    return run_snntorch_module(module, spikes)


def run_snntorch_by_hand(graph, spikes):
    modules = {name: snntorch_nir._nir_to_snntorch_module(node, init_hidden=True) for name, node in graph.nodes.items()}

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            for name in ("input_hidden", "hidden_hidden", "hidden", "hidden_output", "output"):
                self.add_module(name, modules[name])

        def forward(self, step, before):
            before = torch.zeros(1, SIZES["hidden"]) if before is None else before
            hidden = self.hidden(self.input_hidden(step) + self.hidden_hidden(before))
            return self.output(self.hidden_output(hidden)), hidden

    return run_snntorch_module(Network(), spikes)


# ---- The comparison

def compare(ours, theirs):
    """For each layer: spikes of Synfire, steps of neurons in which only one spiked, the largest relative distance."""
    rows = []
    for name, (fired, potentials) in ours.items():
        other_fired, other_potentials = theirs[name]
        different = fired != other_fired
        # What follows a spike that only one has differs, too.
        same = ~np.logical_or.accumulate(different, axis=0)
        distance = np.abs(potentials - other_potentials)[same].max(initial=0) / np.abs(potentials).max()
        rows.append((name, int(fired.sum()), int(different.sum()), float(distance)))
    return rows


def main():
    parser = argparse.ArgumentParser(description="Compares exported networks in Synfire, snnTorch and Norse.")
    parser.add_argument("--synfire", type=pathlib.Path, required=True, help="the program")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    program = str(options.synfire.resolve())
    readers = [("LIF", "snnTorch", run_snntorch, True), ("LIF", "Norse", run_norse, False),
               ("LIF", "Norse, r in weights", lambda graph, x: run_norse(with_r_in_weights(graph), x), True),
               ("CubaLIF", "snnTorch", run_snntorch, True), ("CubaLIF", "Norse", run_norse, True),
               ("recurrent CubaLIF", "snnTorch", run_snntorch, False),
               ("recurrent CubaLIF", "snnTorch, by hand", run_snntorch_by_hand, True),
               ("recurrent CubaLIF", "Norse", run_norse, True)]
    logging.disable(logging.WARNING)
    torch.set_grad_enabled(False)
    ended_well = True
    print(f"{'network':18} {'framework':20} {'layer':7} {'spikes':>6} {'differing':>9} {'distance of v':>13}")
    for kind in ("LIF", "CubaLIF", "recurrent CubaLIF"):
        rng = np.random.default_rng(options.seed)
        network, tensors = description(kind, options.steps, rng)
        spikes = rng.random((options.steps, SIZES["input"])) < RATE
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "net.json").write_text(json.dumps(network))
            np.savez(folder / "net.npz", **tensors)
            ours = run_synfire(program, folder, spikes)
            subprocess.run([program, "export", "net.json", "-o", "net.nir", "--quiet"], cwd=folder, check=True,
                           stdout=subprocess.DEVNULL)
            for of, framework, run, should_agree in readers:
                if of != kind:
                    continue
                theirs = run(nir.read(folder / "net.nir"), spikes)
                for layer, count, differing, distance in compare(ours, theirs):
                    print(f"{kind:18} {framework:20} {layer:7} {count:6} {differing:9} {distance:13.1e}")
                    ended_well = ended_well and (count > 0) and (not should_agree or distance < 1e-4)
    names = ("snntorch", "norse", "nir", "nirtorch", "torch")
    print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in names))
    sys.exit(0 if ended_well else 1)


if __name__ == "__main__":
    main()
