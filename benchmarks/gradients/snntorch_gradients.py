# SPDX-License-Identifier: Apache-2.0
"""The networks of networks.py in PyTorch, step for step like Synfire's programs, with snnTorch's surrogate gradients.

A spike's derivative is that of snnTorch's fast sigmoid of slope 25; the reset has none; leaky integrate-and-fire
neurons are snnTorch's own (`Synaptic`). check.py compares the gradients with those of surrogate.cpp. Weights have a
leading axis, over which networks are independent.
"""
import math

import numpy as np
import torch
from snntorch import Synaptic, surrogate

from networks import BETA, QUADRATIC, REFRACTORY, REVERSAL, TAU_ADAPT, TAU_MEM, TAU_SYN

SLOPE = 25


class Dynamics:
    """One step of the hidden population, from arrivals by connection to spikes."""

    def __init__(self, network, dt):
        self.network, self.dt = network, dt
        self.alpha, self.beta = math.exp(-dt / TAU_MEM), math.exp(-dt / TAU_SYN)
        self.mean = TAU_SYN / dt * (1 - self.beta)  # mean over a step of a decaying current of 1
        self.spike = surrogate.fast_sigmoid(slope=SLOPE)
        self.rest_steps = math.ceil(REFRACTORY / dt - 1e-9) if network in ("held", "flowing") else 1

    def start(self, shape):
        self.v, self.x, self.a = (torch.zeros(shape) for _ in range(3))
        self.rest = torch.zeros(shape, dtype=torch.int32)
        if self.network == "lif":
            self.cell = Synaptic(alpha=self.beta, beta=self.alpha, threshold=1.0, spike_grad=self.spike,
                                 reset_mechanism="none")  # its own reset is a step late, or has a derivative

    def flowed(self, into, recurrent):
        """v at the end of the step."""
        if self.network == "delta_current":  # arrivals jump after the flow
            v = self.alpha * self.v + TAU_SYN / (TAU_MEM - TAU_SYN) * (self.alpha - self.beta) * self.x
            self.x = self.beta * self.x + into + recurrent
            return v
        x = self.x + (recurrent if self.network == "delta" else into + recurrent)
        self.x = self.beta * x
        if self.network == "conductance":
            return self.alpha * self.v + (1 - self.alpha) * x * (REVERSAL - self.v)
        current = self.mean * x
        if self.network == "quadratic":
            return self.runge_kutta(current)
        v = self.alpha * self.v + (1 - self.alpha) * current
        return v + (1 - math.exp(-1 / TAU_MEM)) * into if self.network == "delta" else v

    def runge_kutta(self, current):
        def slope(v):
            return (QUADRATIC["a"] * v * (v - QUADRATIC["b"]) + current) / TAU_MEM

        k1 = slope(self.v)
        k2 = slope(self.v + 0.5 * self.dt * k1)
        k3 = slope(self.v + 0.5 * self.dt * k2)
        k4 = slope(self.v + self.dt * k3)
        return self.v + self.dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    def step(self, into, recurrent):
        if self.network == "lif":
            spikes, self.x, v = self.cell((1 - self.alpha) * self.mean * (into + recurrent), self.x, self.v)
            self.v = v * (1 - spikes.detach())
            return spikes
        v = self.flowed(into, recurrent)
        if self.rest_steps > 1:
            if self.network == "held":  # one step longer than it cannot spike
                v = torch.where(self.rest > 0, self.v, v)
            self.rest = torch.clamp(self.rest - 1, min=0)
            spikes = self.spike(v - 1) * (self.rest == 0)
            self.rest = torch.where(spikes.detach() > 0, self.rest_steps, self.rest)
        elif self.network == "adaptive":
            a = math.exp(-self.dt / TAU_ADAPT) * self.a
            spikes = self.spike(v - 1 - BETA * a)
            self.a = a + spikes
        else:
            spikes = self.spike(v - 1)
        happened = spikes.detach()
        self.v = v - happened if self.network == "relative" else v * (1 - happened)
        return spikes


def readout_kernel(steps, dt):
    """The contribution of a spike of weight 1, by step, to the mean of the output's v; it arrives in the next step."""
    dynamics = Dynamics("lif", dt)
    x, v, response = 1.0, 0.0, []
    for _ in range(steps):
        v = dynamics.alpha * v + (1 - dynamics.alpha) * dynamics.mean * x
        x *= dynamics.beta
        response.append(v)
    means = np.cumsum(response)[::-1] / steps  # for an arrival in step 0, 1, …
    return torch.tensor(np.append(means[1:], 0).copy(), dtype=torch.float32)


def logits(network, weights, spikes, dt):
    """`weights`: networks x source x target by connection; `spikes`: networks (or 1) x examples x steps x channels.
    Returns networks x examples x classes, and the hidden spikes of each example."""
    steps = spikes.shape[2]
    arriving = torch.nn.functional.pad(spikes, (0, 0, 1, 0))[:, :, :steps]  # one step after the spike
    into = torch.einsum("netc,nch->tneh", arriving.expand(len(weights["input_hidden"]), -1, -1, -1),
                        weights["input_hidden"])
    dynamics = Dynamics(network, dt)
    dynamics.start(into.shape[1:])
    recurrent = torch.zeros(into.shape[1:])
    kernel = readout_kernel(steps, dt)
    weighted, count = 0.0, 0.0
    for step in range(steps):
        hidden = dynamics.step(into[step], recurrent)
        if "hidden_hidden" in weights:
            recurrent = torch.bmm(hidden, weights["hidden_hidden"])
        weighted = weighted + kernel[step] * hidden
        count = count + hidden.detach().sum(-1)
    return torch.bmm(weighted, weights["hidden_output"]), count


def losses(network, weights, spikes, labels, dt):
    """Mean loss and accuracy of each network, and hidden spikes per example; gradients pass through the first."""
    values, count = logits(network, weights, spikes, dt)
    labels = labels.expand(len(values), -1)
    loss = torch.nn.functional.cross_entropy(values.transpose(1, 2), labels, reduction="none").mean(1)
    return loss, (values.argmax(2) == labels).float().mean(1), count.mean(1)


def gradients(network, weights, spikes, labels, dt):
    """Surrogate gradients of one network's mean loss over all examples, by connection; also the loss."""
    tensors = {name: torch.tensor(w[None]).requires_grad_() for name, w in weights.items()}
    total = 0.0
    for part in torch.arange(len(labels)).split(100):
        loss, _, _ = losses(network, tensors, spikes[None, part], labels[None, part], dt)
        loss = loss.sum() * len(part) / len(labels)
        loss.backward()
        total += float(loss.detach())
    return {name: w.grad[0].numpy() for name, w in tensors.items()}, total
