#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""latency_mnist and shd_like in Spyx (JAX): surrogate gradients (SuperSpike) and Adam, a batch in one compiled
program."""

from common import (LEARNING_RATE, MEAN_OF_STEP, MEMBRANE, SYNAPSE, Workload, measure, parse_options, report,
                    require, timing)

require("jax", "flax", "optax", "spyx")
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import optax  # noqa: E402
import spyx.nn  # noqa: E402
from flax import nnx  # noqa: E402
from spyx import axn  # noqa: E402
from spyx.optimize import make_train_step  # noqa: E402

TO_MEMBRANE = MEAN_OF_STEP * (1 - MEMBRANE)


class Hidden(nnx.Module):
    """A neuron for spyx.nn.run: CuBaLIF, or RCuBaLIF, whose membrane is reset to 0 in the step of the spike. Spyx
    subtracts the threshold one step later, which changes the spikes."""

    def __init__(self, size, recurrent):
        self.size = size
        self.recurrent = None if recurrent is None else nnx.Param(recurrent)
        self.spike = axn.superspike()

    def __call__(self, current, state):
        membrane, synapse, fired = jnp.split(state, 3, -1)
        if self.recurrent is not None:
            current = current + fired @ self.recurrent[...]
        synapse = SYNAPSE * synapse + current
        membrane = MEMBRANE * membrane + synapse
        fired = self.spike(membrane - 1.0)
        return fired, jnp.concatenate([membrane * (1 - fired), synapse, fired], -1)

    def initial_state(self, batch):
        return jnp.zeros((batch, 3 * self.size))


class Output(nnx.Module):
    """Leaky, with a decaying current."""

    def __init__(self, size):
        self.size = size

    def __call__(self, current, state):
        membrane, synapse = jnp.split(state, 2, -1)
        synapse = SYNAPSE * synapse + current
        membrane = MEMBRANE * membrane + synapse
        return membrane, jnp.concatenate([membrane, synapse], -1)

    def initial_state(self, batch):
        return jnp.zeros((batch, 2 * self.size))


class Network(nnx.Module):
    """Currents of all steps by one matrix product, then spyx.nn.run over a current-based LIF and a leaky output."""

    def __init__(self, workload):
        def weights(connection):
            return jnp.asarray(TO_MEMBRANE * workload.weight(connection))

        self.input = nnx.Param(weights("input_hidden"))
        self.output = nnx.Param(weights("hidden_output"))
        self.hidden = Hidden(self.input.shape[1], weights("recurrent") if workload.recurrent else None)
        self.readout = Output(self.output.shape[1])

    def __call__(self, spikes):
        hidden, _ = spyx.nn.run(self.hidden, spikes @ self.input[...])
        values, _ = spyx.nn.run(self.readout, hidden[:-1] @ self.output[...])  # a spike arrives in the next step
        return values.sum(0) / len(spikes), hidden


def loss_of(network, spikes, labels):
    return optax.softmax_cross_entropy_with_integer_labels(network(spikes)[0], labels).mean()


def main():
    options = parse_options(__doc__, ("latency_mnist", "shd_like"))
    workload = Workload(options)
    network = Network(workload)
    optimizer = nnx.Optimizer(network, optax.adam(LEARNING_RATE), wrt=nnx.Param)
    learn = nnx.cached_partial(make_train_step(loss_of), network, optimizer)
    infer = nnx.cached_partial(nnx.jit(lambda model, spikes: model(spikes)[0]), network)
    count = nnx.jit(lambda model, spikes: model(spikes)[1].sum())
    labels = [None if workload.labels is None else jnp.asarray(workload.labels[begin:end])
              for begin, end in workload.batches()]
    ready = [jnp.asarray(workload.dense(*batch)) for batch in workload.batches()]
    hidden = sum(float(count(network, spikes)) for spikes in ready) / workload.examples

    def run(batches):
        for spikes, of in zip(batches, labels):
            result = learn(spikes, of) if options.mode == "train" else infer(spikes)
        jax.block_until_ready(result)
        jax.block_until_ready(nnx.state(network))

    from_ready = measure(lambda: run(ready), options.repetitions)
    from_lists = measure(lambda: run(jnp.asarray(workload.dense(*batch)) for batch in workload.batches()),
                         options.repetitions, warm_ups=1)
    report("Spyx", ["spyx", "jax", "flax", "optax"], options, workload, timing(from_ready, workload.examples),
           timing(from_lists, workload.examples), {"input": workload.input_spikes(), "hidden": hidden}, Network.__doc__)


if __name__ == "__main__":
    main()
