#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Simulates five small spiking networks and differentiates them by surrogate gradients, independently of Synfire.

The networks are written down here as arithmetic on PyTorch tensors in double precision, step by step, and PyTorch's
automatic differentiation goes back through it; a spike is a Heaviside step forward and a surrogate backward. Nothing of
Synfire is used: neither its derivation of adjoints nor its code.

The result is committed as tests/gradients/surrogate_gradients.json, which tests/gradients/surrogate_gradients_test.cpp
compares with Synfire's programs: inputs (frames of values, or spikes) and spikes (a row per neuron, a character per
step), weights, the loss (the mean over the examples) and its gradients.

Usage: pip install numpy torch && scripts/make_surrogate_gradients.py [--output FILE]
"""
import argparse
import json
import pathlib

import numpy as np
import torch

DEFAULT_OUTPUT = pathlib.Path(__file__).parent.parent / "tests/gradients/surrogate_gradients.json"
STEPS = 40  # of 1 ms
EXAMPLES = 3
INPUTS = 6
MARGIN = 5e-5  # smallest distance to a discontinuity: rounding to single precision must not decide


# ---- Spikes


class Spike(torch.autograd.Function):
    """1 where x ≥ 0, else 0; backward the surrogate."""

    @staticmethod
    def forward(context, x, surrogate):
        context.save_for_backward(x)
        context.surrogate = surrogate
        return (x >= 0).double()

    @staticmethod
    def backward(context, gradient):
        (x,) = context.saved_tensors
        return gradient * context.surrogate(x), None


def spike(x, surrogate, may_spike=None):
    """Of neurons that may spike."""
    assert x.abs().min() > MARGIN, x.abs().min()
    spikes = Spike.apply(x, surrogate)
    return spikes if may_spike is None else spikes * may_spike


# ---- Surrogates


def fast_sigmoid(slope):
    return lambda x: 1 / (1 + slope * x.abs()) ** 2


def atan(alpha):
    return lambda x: alpha / 2 / (1 + (torch.pi / 2 * alpha * x) ** 2)


def triangle(width, scale):
    return lambda x: scale * (1 - x.abs() / width).clamp(min=0)


def gaussian(sigma):
    return lambda x: torch.exp(-(x**2) / (2 * sigma**2)) / (sigma * (2 * torch.pi) ** 0.5)


def boxcar(width):
    def height(x):
        assert (x.abs() - width).abs().min() > MARGIN
        return (x.abs() < width).double()

    return height


# ---- Parts of a step


def decay(tau):
    return float(np.exp(-1 / tau))


def state(neurons):
    return torch.zeros((EXAMPLES, neurons), dtype=torch.double)


def arriving(sent, step, weight, delay=0):
    """What arrives in a step: a spike or value takes one step, and its delay."""
    begin = step - 1 - delay
    return sent[begin] @ weight if begin >= 0 else state(weight.shape[1])


def spike_trains(random, probability):
    """Given spikes, a tensor for each step."""
    return [torch.tensor(random.random((EXAMPLES, INPUTS)) < probability).double() for _ in range(STEPS)]


def weights(random, shape, mean, deviation):
    """Multiples of 1/256, which are exact in single precision."""
    return torch.tensor(np.round(256 * random.normal(mean, deviation, shape)) / 256, requires_grad=True)


def squares(value, target):
    """½ Σ (v − y)², the mean over the examples."""
    return ((value - torch.tensor(target)) ** 2).sum() * (0.5 / EXAMPLES)


def crossentropy(value, labels):
    """−ln softmax(v)[label], the mean over the examples."""
    return -torch.log_softmax(value, dim=1)[range(EXAMPLES), labels].mean()


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
        x_first = x_first + arriving(given, step, first)
        x_loop = x_loop + arriving(hidden, step, loop, delay=2)
        v = decay(10) * v + x_first + x_loop
        x_first, x_loop = decay(5) * x_first, decay(3) * x_loop
        x_second = x_second + arriving(hidden, step, second)
        u = decay(15) * u + x_second
        x_second = decay(5) * x_second
        total = total + u
        hidden.append(spike(v - 1.0, surrogate))
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
        x_loop = x_loop + arriving(hidden, step, loop)
        current = arriving(given, step, first) + x_loop
        v, a = flow[0, 0] * v + flow[0, 1] * a + current, flow[1, 0] * v + flow[1, 1] * a
        x_loop = decay(4) * x_loop
        x_second = x_second + arriving(hidden, step, second)
        u = decay(20) * u + x_second
        x_second = decay(5) * x_second
        total = total + u
        hidden.append(spike(v - a - 1.0, surrogate))
        fixed = hidden[-1].detach()
        v, a = v + fixed * (-v - 0.2), a + fixed * 0.15
    return dict(inputs=given, labels={"output": labels}, weights=dict(first=first, loop=loop, second=second),
                spikes={"hidden": hidden}, loss=crossentropy(total * (1 / 50), labels))


def refractory(random):
    """No leak, delta synapses, spikes counted; refractory neurons that are held, and others that are not."""
    given, targets = spike_trains(random, 0.3), [[3.0, 9.0], [5.0, 2.0], [0.0, 6.0]]
    first = weights(random, (INPUTS, 8), 0.3, 0.3)
    second = weights(random, (8, 2), 0.2, 0.3)
    hidden, output, surrogate = [], [], atan(2)
    v, u, counts = state(8), state(2), state(2)
    resting, resting_output = state(8), state(2)
    for step in range(STEPS):
        v = torch.where(resting > 0, v, v + arriving(given, step, first))
        resting = (resting - 1).clamp(min=0)
        u = u + arriving(hidden, step, second)
        resting_output = (resting_output - 1).clamp(min=0)
        hidden.append(spike(v - 1.0, surrogate, resting == 0))
        output.append(spike(u - 0.8, surrogate, resting_output == 0))
        v = v - hidden[-1] * v
        u = u - output[-1] * 0.8
        resting = torch.where(hidden[-1] > 0, 3.0, resting)
        resting_output = torch.where(output[-1] > 0, 2.0, resting_output)
        counts = counts + output[-1]
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
    largest = torch.full((EXAMPLES, 3), -torch.inf, dtype=torch.double)
    for step in range(STEPS):
        for name, spikes in zip(shapes, [given, before, after, after]):
            x[name] = x[name] + arriving(spikes, step, learned[name])
        v = decay(20) * v + (1 - decay(20)) * mean * x["first"]
        w = decay(20) * w + (1 - decay(20)) * mean * x["second"]
        u = decay(10) * u + (1 - decay(10)) * mean * x["third"]
        end = decay(10) * end + (1 - decay(10)) * mean * x["fourth"]
        x = {name: decay(5) * each for name, each in x.items()}
        largest = torch.where(largest >= u, largest, u)
        before.append(spike(v - 1.0, outer))
        after.append(spike(w - 0.9, inner))
        v, w = v - before[-1] * v, w - after[-1] * 0.9
    return dict(inputs=given, labels={"class": labels}, targets={"place": targets}, weights=learned,
                spikes={"before": before, "after": after},
                loss=crossentropy(largest, labels) + squares(end, targets) * 0.5)


def coded(random):
    """Values instead of spikes, which change every ten steps, and a bias."""
    frames = torch.tensor(np.round(256 * random.random((EXAMPLES, 3, INPUTS))) / 256)
    labels = [0, 2, 2]
    sent = [frames[:, min(step // 10, 2)] for step in range(STEPS)]
    ones = [torch.ones((EXAMPLES, 1), dtype=torch.double)] * STEPS
    first = weights(random, (INPUTS, 8), 0.02, 0.08)
    shift = weights(random, (1, 8), 0.0, 0.05)
    second = weights(random, (8, 3), 0.0, 0.2)
    hidden, surrogate = [], atan(3)
    x_second, v, u, total = state(3), state(8), state(3), state(3)
    for step in range(STEPS):
        v = decay(20) * v + arriving(sent, step, first) + arriving(ones, step, shift, delay=1)
        x_second = x_second + arriving(hidden, step, second)
        u = decay(15) * u + x_second
        x_second = decay(5) * x_second
        total = total + u
        hidden.append(spike(v - 1.0, surrogate))
        v = v - hidden[-1] * v
    return dict(frames=frames, labels={"output": labels}, weights=dict(first=first, shift=shift, second=second),
                spikes={"hidden": hidden}, loss=crossentropy(total * (1 / STEPS), labels))


# ---- The file


def rasters(spikes):
    """For each example and neuron, a character per step: | for a spike."""
    return [["".join(".|"[int(step[e, i])] for step in spikes) for i in range(spikes[0].shape[1])]
            for e in range(EXAMPLES)]


def described(make):
    network = make(np.random.default_rng(1))
    network["loss"].backward()
    for name, spikes in network["spikes"].items():
        count = sum(step.sum().item() for step in spikes)
        share = count / (len(spikes) * spikes[0].numel())
        print(f"{make.__name__}: {int(count)} spikes of {name}, in {share:.0%} of steps")
        assert 0.02 < share < 0.4
    for name, weight in network["weights"].items():
        print(f"{make.__name__}: norm {weight.grad.norm().item():.3g} of the gradient of {name}")
    return {
        "name": make.__name__,
        "inputs": rasters(network["inputs"]) if "inputs" in network else network["frames"].tolist(),
        "labels": network.get("labels", {}),
        "targets": network.get("targets", {}),
        "weights": {name: weight.tolist() for name, weight in network["weights"].items()},
        "spikes": {name: rasters(spikes) for name, spikes in network["spikes"].items()},
        "loss": float(f"{network['loss'].item():.12g}"),
        "gradients": {name: [[float(f"{each:.8g}") for each in row] for row in weight.grad.tolist()]
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
    networks = [described(make) for make in (recurrent, adaptive, refractory, deep, coded)]
    arguments.output.write_text(text({"steps": STEPS, "networks": networks}) + "\n")


if __name__ == "__main__":
    main()
