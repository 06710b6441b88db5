#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Simulates four small spiking networks and differentiates them by surrogate gradients, independently of Synfire.

The networks are written down here as arithmetic on numpy arrays in double precision, step by step. A small reverse-mode
automatic differentiation records that arithmetic and goes back through it; a spike is a Heaviside step forward and a
surrogate backward. Nothing of Synfire is used: neither its derivation of adjoints nor its code.

The result is committed as tests/gradients/surrogate_gradients.json, which tests/gradients/surrogate_gradients_test.cpp
compares with Synfire's programs: inputs and spikes (a row per neuron, a character per step), weights, the loss (the
mean over the examples) and its gradients.

Usage: scripts/make_surrogate_gradients.py [--output FILE]
"""
import argparse
import json
import pathlib

import numpy as np

DEFAULT_OUTPUT = pathlib.Path(__file__).parent.parent / "tests/gradients/surrogate_gradients.json"
STEPS = 40  # of 1 ms
EXAMPLES = 3
INPUTS = 6
MARGIN = 5e-5  # smallest distance to a discontinuity: rounding to single precision must not decide


# ---- Reverse-mode automatic differentiation


class Node:
    """A value, the nodes that it was computed from, and how its gradient passes to each of them."""

    count = 0

    def __init__(self, value, sources=()):
        self.value = np.asarray(value, dtype=np.float64)
        self.sources = sources  # pairs: node, function of this node's gradient
        self.gradient = np.zeros_like(self.value)
        self.index = Node.count
        Node.count += 1

    def __add__(self, other):
        if not isinstance(other, Node):
            return Node(self.value + other, [(self, lambda g: g)])
        return Node(self.value + other.value, [(self, lambda g: g), (other, lambda g: g)])

    def __mul__(self, other):
        if not isinstance(other, Node):
            return Node(self.value * other, [(self, lambda g: g * other)])
        return Node(self.value * other.value, [(self, lambda g: g * other.value), (other, lambda g: g * self.value)])

    def __matmul__(self, other):
        return Node(self.value @ other.value,
                    [(self, lambda g: g @ other.value.T), (other, lambda g: self.value.T @ g)])

    def __sub__(self, other):
        return self + other * -1.0

    __radd__, __rmul__ = __add__, __mul__

    def sum(self):
        return Node(self.value.sum(), [(self, lambda g: np.full_like(self.value, g))])

    def detached(self):
        return Node(self.value)


def chosen(condition, a, b):
    """a where the condition, an array, holds, else b."""
    return Node(np.where(condition, a.value, b.value), [(a, lambda g: g * condition), (b, lambda g: g * ~condition)])


def larger(a, b):
    return chosen(a.value >= b.value, a, b)


def log_softmax(a):
    """Of each row."""
    shifted = a.value - a.value.max(axis=1, keepdims=True)
    value = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return Node(value, [(a, lambda g: g - np.exp(value) * g.sum(axis=1, keepdims=True))])


def spike(x, surrogate, may_spike=True):
    """1 where x ≥ 0 and the neuron may spike, else 0; backward the surrogate."""
    assert np.abs(x.value).min() > MARGIN, np.abs(x.value).min()
    return Node((x.value >= 0) & may_spike, [(x, lambda g: g * surrogate(x.value) * may_spike)])


def differentiate(root):
    nodes, waiting = {}, [root]
    while waiting:
        node = waiting.pop()
        if node.index not in nodes:
            nodes[node.index] = node
            waiting.extend(source for source, _ in node.sources)
    root.gradient = np.ones_like(root.value)
    for index in sorted(nodes, reverse=True):  # no node has an earlier index than its sources
        for source, passed in nodes[index].sources:
            source.gradient = source.gradient + passed(nodes[index].gradient)


# ---- Surrogates


def fast_sigmoid(slope):
    return lambda x: 1 / (1 + slope * np.abs(x)) ** 2


def atan(alpha):
    return lambda x: alpha / 2 / (1 + (np.pi / 2 * alpha * x) ** 2)


def triangle(width, scale):
    return lambda x: scale * np.maximum(0, 1 - np.abs(x) / width)


def gaussian(sigma):
    return lambda x: np.exp(-(x**2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))


def boxcar(width):
    def height(x):
        assert np.abs(np.abs(x) - width).min() > MARGIN
        return np.where(np.abs(x) < width, 1.0, 0.0)

    return height


# ---- Parts of a step


def decay(tau):
    return np.exp(-1 / tau)


def state(neurons):
    return Node(np.zeros((EXAMPLES, neurons)))


def arriving(spikes, step, weight, delay=0):
    """What arrives in a step: a spike takes one step, and its delay."""
    sent = step - 1 - delay
    return spikes[sent] @ weight if sent >= 0 else state(weight.value.shape[1])


def spike_trains(random, probability):
    """Given spikes, a node for each step."""
    return [Node(random.random((EXAMPLES, INPUTS)) < probability) for _ in range(STEPS)]


def weights(random, shape, mean, deviation):
    """Multiples of 1/256, which are exact in single precision."""
    return Node(np.round(256 * random.normal(mean, deviation, shape)) / 256)


def squares(value, target):
    """½ Σ (v − y)², the mean over the examples."""
    difference = value - Node(target)
    return (difference * difference).sum() * (0.5 / EXAMPLES)


def crossentropy(value, labels):
    """−ln softmax(v)[label], the mean over the examples."""
    return (log_softmax(value) * np.eye(value.value.shape[1])[labels]).sum() * (-1 / EXAMPLES)


# ---- Networks


def recurrent(random):
    """Recurrence with a delay; a reset by subtraction, through which gradients pass; the mean of leaky outputs."""
    given, labels = spike_trains(random, 0.2), [2, 0, 1]
    first = weights(random, (INPUTS, 8), 0.1, 0.12)
    loop = weights(random, (8, 8), 0.0, 0.15)
    second = weights(random, (8, 3), 0.0, 0.15)
    hidden, surrogate = [], fast_sigmoid(25)
    x_first, x_loop, x_second, v, u, total = state(8), state(8), state(3), state(8), state(3), state(3)
    for step in range(STEPS):
        x_first += arriving(given, step, first)
        x_loop += arriving(hidden, step, loop, delay=2)
        v = decay(10) * v + x_first + x_loop
        x_first, x_loop = decay(5) * x_first, decay(3) * x_loop
        x_second += arriving(hidden, step, second)
        u = decay(15) * u + x_second
        x_second = decay(5) * x_second
        total += u
        hidden.append(spike(v + -1.0, surrogate))
        v = v - hidden[-1] * (1 - 0.1)
    return dict(inputs=given, labels={"output": labels}, weights=dict(first=first, loop=loop, second=second),
                spikes={"hidden": hidden}, loss=crossentropy(total * (1 / STEPS), labels))


def adaptive(random):
    """Two states that drive each other, reset by assignment and by addition, detached; a surrogate with a support."""
    given, labels = spike_trains(random, 0.25), [1, 1, 0]
    first = weights(random, (INPUTS, 8), 0.5, 0.3)
    loop = weights(random, (8, 8), 0.0, 0.3)
    second = weights(random, (8, 2), 0.0, 0.2)
    hidden, surrogate = [], triangle(0.6, 0.3)
    # dv/dt = −v/10 − a/8, da/dt = (v/4 − a)/30, solved over a step by the eigenvalues of the matrix.
    values, vectors = np.linalg.eig(np.array([[-1 / 10, -1 / 8], [1 / 4 / 30, -1 / 30]]))
    flow = (vectors @ np.diag(np.exp(values)) @ np.linalg.inv(vectors)).real
    x_loop, x_second, v, a, u, total = state(8), state(2), state(8), state(8), state(2), state(2)
    for step in range(STEPS):
        x_loop += arriving(hidden, step, loop)
        current = arriving(given, step, first) + x_loop
        v, a = flow[0, 0] * v + flow[0, 1] * a + current, flow[1, 0] * v + flow[1, 1] * a
        x_loop = decay(4) * x_loop
        x_second += arriving(hidden, step, second)
        u = decay(20) * u + x_second
        x_second = decay(5) * x_second
        total += u
        hidden.append(spike(v - a + -1.0, surrogate))
        fixed = hidden[-1].detached()
        v, a = v + fixed * (v * -1.0 + -0.2), a + fixed * 0.15
    return dict(inputs=given, labels={"output": labels}, weights=dict(first=first, loop=loop, second=second),
                spikes={"hidden": hidden}, loss=crossentropy(total * (1 / 50), labels))


def refractory(random):
    """No leak, delta synapses, spikes counted; refractory neurons that are held, and others that are not."""
    given, targets = spike_trains(random, 0.3), [[3.0, 9.0], [5.0, 2.0], [0.0, 6.0]]
    first = weights(random, (INPUTS, 8), 0.3, 0.3)
    second = weights(random, (8, 2), 0.2, 0.3)
    hidden, output, surrogate = [], [], atan(2)
    v, u, counts = state(8), state(2), state(2)
    resting, resting_output = np.zeros((EXAMPLES, 8), int), np.zeros((EXAMPLES, 2), int)
    for step in range(STEPS):
        v = chosen(resting > 0, v, v + arriving(given, step, first))
        resting = np.maximum(resting - 1, 0)
        u = u + arriving(hidden, step, second)
        resting_output = np.maximum(resting_output - 1, 0)
        hidden.append(spike(v + -1.0, surrogate, resting == 0))
        output.append(spike(u + -0.8, surrogate, resting_output == 0))
        v = v - hidden[-1] * v
        u = u - output[-1] * 0.8
        resting = np.where(hidden[-1].value > 0, 3, resting)
        resting_output = np.where(output[-1].value > 0, 2, resting_output)
        counts += output[-1]
    return dict(inputs=given, targets={"output": targets}, weights=dict(first=first, second=second),
                spikes={"hidden": hidden, "output": output}, loss=squares(counts, targets))


def deep(random):
    """Two hidden layers with surrogates of their own, scaled inputs; the maximum of one output, the end of another."""
    given, labels, targets = spike_trains(random, 0.2), [0, 2, 1], [[0.3, -0.1], [0.0, 0.5], [-0.2, 0.2]]
    shapes = dict(first=(INPUTS, 8), second=(8, 8), third=(8, 3), fourth=(8, 2))
    means, deviations = [1.7, 0.6, 0.1, 0.1], [1.2, 0.8, 0.6, 0.6]
    learned = {name: weights(random, shape, mean, deviation)
               for (name, shape), mean, deviation in zip(shapes.items(), means, deviations)}
    x = {name: state(shape[1]) for name, shape in shapes.items()}
    mean = 5 * (1 - decay(5))  # of a synapse's current over a step
    before, after, outer, inner = [], [], gaussian(0.3), boxcar(0.4)
    v, w, u, end = state(8), state(8), state(3), state(2)
    largest = Node(np.full((EXAMPLES, 3), -np.inf))
    for step in range(STEPS):
        for name, spikes in zip(shapes, [given, before, after, after]):
            x[name] = x[name] + arriving(spikes, step, learned[name])
        v = decay(20) * v + (1 - decay(20)) * mean * x["first"]
        w = decay(20) * w + (1 - decay(20)) * mean * x["second"]
        u = decay(10) * u + (1 - decay(10)) * mean * x["third"]
        end = decay(10) * end + (1 - decay(10)) * mean * x["fourth"]
        x = {name: decay(5) * each for name, each in x.items()}
        largest = larger(largest, u)
        before.append(spike(v + -1.0, outer))
        after.append(spike(w + -0.9, inner))
        v, w = v - before[-1] * v, w - after[-1] * 0.9
    return dict(inputs=given, labels={"class": labels}, targets={"place": targets}, weights=learned,
                spikes={"before": before, "after": after},
                loss=crossentropy(largest, labels) + squares(end, targets) * 0.5)


# ---- The file


def rasters(spikes):
    """For each example and neuron, a character per step: | for a spike."""
    return [["".join(".|"[int(step.value[e, i])] for step in spikes) for i in range(spikes[0].value.shape[1])]
            for e in range(EXAMPLES)]


def described(make):
    network = make(np.random.default_rng(1))
    differentiate(network["loss"])
    for name, spikes in network["spikes"].items():
        count = sum(step.value.sum() for step in spikes)
        share = count / (len(spikes) * spikes[0].value.size)
        print(f"{make.__name__}: {int(count)} spikes of {name}, in {share:.0%} of steps")
        assert 0.02 < share < 0.4
    for name, weight in network["weights"].items():
        print(f"{make.__name__}: norm {np.linalg.norm(weight.gradient):.3g} of the gradient of {name}")
    return {
        "name": make.__name__,
        "inputs": rasters(network["inputs"]),
        "labels": network.get("labels", {}),
        "targets": network.get("targets", {}),
        "weights": {name: weight.value.tolist() for name, weight in network["weights"].items()},
        "spikes": {name: rasters(spikes) for name, spikes in network["spikes"].items()},
        "loss": float(f"{network['loss'].value:.12g}"),
        "gradients": {name: [[float(f"{each:.8g}") for each in row] for row in weight.gradient]
                      for name, weight in network["weights"].items()},
    }


def text(value, indent=""):
    """JSON with a line for each list of numbers and each raster."""
    if isinstance(value, dict) and value:
        return "{\n" + ",\n".join(f"{indent}  {json.dumps(key)}: {text(each, indent + '  ')}"
                                  for key, each in value.items()) + f"\n{indent}}}"
    if isinstance(value, list) and not isinstance(value[0], (int, float)):
        return "[\n" + ",\n".join(f"{indent}  {text(each, indent + '  ')}" for each in value) + f"\n{indent}]"
    return json.dumps(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--output", type=pathlib.Path, default=DEFAULT_OUTPUT)
    arguments = parser.parse_args()
    networks = [described(make) for make in (recurrent, adaptive, refractory, deep)]
    arguments.output.write_text(text({"steps": STEPS, "networks": networks}) + "\n")


if __name__ == "__main__":
    main()
