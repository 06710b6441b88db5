# SPDX-License-Identifier: Apache-2.0
"""Surrogate gradients of networks.py, computed by surrogate.cpp; check.py compares them with snnTorch's."""
import ctypes
import math
import pathlib
import subprocess

import numpy as np

from networks import BETA, NEURONS, QUADRATIC, REFRACTORY, REVERSAL, TAU_ADAPT, TAU_MEM, TAU_SYN

SLOPE = 25.0
FOLDER = pathlib.Path(__file__).parent


class Model(ctypes.Structure):
    _fields_ = [(n, ctypes.c_int) for n in ("kind", "rest_steps")] + [
        (n, ctypes.c_float) for n in ("dt", "tau", "alpha", "beta", "mean", "kick", "psi", "adapt", "rise", "a", "b",
                                      "reversal", "slope")]


class Data(ctypes.Structure):
    _fields_ = [(n, ctypes.c_int) for n in ("examples", "steps", "inputs", "hidden", "classes")] + [
        (n, ctypes.c_void_p) for n in ("offsets", "channels", "labels", "kernel")]


class Weights(ctypes.Structure):
    _fields_ = [(n, ctypes.c_void_p) for n in ("input_hidden", "hidden_hidden", "hidden_output")]


def library(out):
    path = out / "surrogate.so"
    source = FOLDER / "surrogate.cpp"
    if not path.exists() or path.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["g++", "-O3", "-march=native", "-fno-math-errno", "-ffast-math", "-shared", "-fPIC",
                        "-std=c++17", str(source), "-o", str(path)], check=True)
    return ctypes.CDLL(str(path))


def readout_kernel(steps, dt):
    """The contribution of a spike of weight 1, by step, to the mean of the output's v; it arrives in the next step."""
    alpha, beta = math.exp(-dt / TAU_MEM), math.exp(-dt / TAU_SYN)
    x, v, response = TAU_SYN / dt * (1 - beta), 0.0, []
    for _ in range(steps):
        v = alpha * v + (1 - alpha) * x
        x *= beta
        response.append(v)
    means = np.cumsum(response)[::-1] / steps  # for an arrival in step 0, 1, …
    return np.append(means[1:], 0).astype(np.float32)


def model_of(network, dt):
    alpha, beta = math.exp(-dt / TAU_MEM), math.exp(-dt / TAU_SYN)
    adaptive = network == "adaptive"
    return Model(kind=list(NEURONS).index(network),
                 rest_steps=math.ceil(REFRACTORY / dt - 1e-9) if network in ("held", "flowing") else 1,
                 dt=dt, tau=TAU_MEM, alpha=alpha, beta=beta, mean=TAU_SYN / dt * (1 - beta),
                 kick=1 - math.exp(-1 / TAU_MEM), psi=TAU_SYN / (TAU_MEM - TAU_SYN) * (alpha - beta),
                 adapt=math.exp(-dt / TAU_ADAPT) if adaptive else 0, rise=BETA if adaptive else 0,
                 a=QUADRATIC["a"], b=QUADRATIC["b"], reversal=REVERSAL, slope=SLOPE)


class Surrogate:
    """A network, a step and data; weights are arrays by connection."""

    def __init__(self, out, network, task, part, hidden, dt):
        self.library, self.model = library(out), model_of(network, dt)
        binned = task.binned(part, dt)
        examples, steps, _ = binned.shape
        where = np.argwhere(binned)
        self.channels = where[:, 2].astype(np.int32)
        self.offsets = np.append(0, np.cumsum(binned.sum(2).astype(np.int64).ravel()))
        self.labels, self.kernel = task.labels(part), readout_kernel(steps, dt)
        self.data = Data(examples, steps, task.channels, hidden, task.classes,
                         *(a.ctypes.data for a in (self.offsets, self.channels, self.labels, self.kernel)))

    def run(self, weights, which=None, gradients=False):
        """Mean loss, accuracy and hidden spikes per example over the examples `which`; and gradients by connection."""
        which = np.arange(self.data.examples) if which is None else np.ascontiguousarray(which, np.int64)
        weights = {name: np.ascontiguousarray(w, np.float32) for name, w in weights.items()}
        found = {name: np.zeros_like(w) for name, w in weights.items()} if gradients else {}
        sums = np.zeros(3)
        self.library.run(ctypes.byref(self.model), ctypes.byref(self.data), ctypes.byref(pointers(weights)),
                         which.ctypes.data_as(ctypes.c_void_p), len(which),
                         ctypes.byref(pointers(found)) if gradients else None, sums.ctypes.data_as(ctypes.c_void_p))
        return sums / len(which), found

    def train(self, weights, epochs, rate, batch_size, seed, trained):
        """Adam over batches in random order. Yields weights and (loss, accuracy, hidden spikes) after each epoch."""
        weights = {name: w.astype(np.float32).copy() for name, w in weights.items()}
        first, second = ({name: np.zeros_like(weights[name]) for name in trained} for _ in range(2))
        rng, update = np.random.default_rng(1000 + seed), 0
        for _ in range(epochs):
            order, scores = rng.permutation(self.data.examples), 0
            for begin in range(0, len(order), batch_size):
                which = order[begin:begin + batch_size]
                score, gradient = self.run(weights, which, gradients=True)
                scores, update = scores + score * len(which), update + 1
                for name in trained:
                    first[name] = 0.9 * first[name] + 0.1 * gradient[name]
                    second[name] = 0.999 * second[name] + 0.001 * gradient[name]**2
                    weights[name] -= rate * (first[name] / (1 - 0.9**update)) / (
                        np.sqrt(second[name] / (1 - 0.999**update)) + 1e-8)
            yield weights, scores / len(order)


def pointers(weights):
    return Weights(**{name: w.ctypes.data for name, w in weights.items()})
