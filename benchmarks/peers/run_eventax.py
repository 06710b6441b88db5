#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""latency_mnist in Eventax (JAX, Diffrax): exact gradients by events in continuous time, and Adam."""

from common import LEARNING_RATE, MEMBRANE_TIME, SYNAPSE_TIME, Workload, measure, parse_options, report, require, timing

require("jax", "equinox", "optax", "eventax")
import equinox  # noqa: E402
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy  # noqa: E402
import optax  # noqa: E402
from eventax.evnn import FFEvNN  # noqa: E402
from eventax.neuron_models import LIF  # noqa: E402

NEVER = 1e6  # the threshold of outputs, which do not spike
HOW = "FFEvNN.state_at_t of a batch in one compiled program, Euler steps of at most 1 ms between events."


def make_network(workload):
    hidden, classes = workload.weight("hidden_output").shape
    weights = numpy.zeros((hidden + classes + workload.inputs, hidden + classes), numpy.float32)
    weights[:hidden, hidden:] = workload.weight("hidden_output")
    weights[hidden + classes:, :hidden] = workload.weight("input_hidden")
    most = int(workload.arrays["hidden.spikes"].max() * 1.5 + numpy.diff(workload.offsets).max() + workload.steps + 1)
    return FFEvNN(layers=[hidden, classes], in_size=workload.inputs, neuron_model=LIF,
                  max_solver_time=workload.steps - 1.0, key=jax.random.PRNGKey(0), solver_stepsize=1.0,
                  max_event_steps=most, thresh=jnp.concatenate([jnp.ones(hidden), jnp.full(classes, NEVER)]),
                  tsyn=SYNAPSE_TIME, tmem=MEMBRANE_TIME, vreset=0.0, init_weights=jnp.asarray(weights), init_bias=0.0)


def times(workload, begin, end):
    """The spike time of each input (examples, inputs, 1); infinite if it does not spike."""
    result = numpy.full((end - begin, workload.inputs, 1), numpy.inf, numpy.float32)
    part = slice(workload.offsets[begin], workload.offsets[end])
    example = numpy.repeat(numpy.arange(end - begin), numpy.diff(workload.offsets[begin:end + 1]))
    result[example, workload.neurons[part], 0] = workload.times[part]
    return jnp.asarray(result)


def main():
    options = parse_options(__doc__, ("latency_mnist",))
    workload = Workload(options)
    network = make_network(workload)
    hidden = workload.weight("hidden_output").shape[0]
    moments = jnp.arange(1.0, workload.steps - 1.0)
    optimizer = optax.adam(LEARNING_RATE)

    def readout(model, spikes):
        return jax.vmap(lambda each: model.state_at_t(each, moments)[..., 0].sum(1) / workload.steps)(spikes)

    def loss(model, spikes, labels):
        return optax.softmax_cross_entropy_with_integer_labels(readout(model, spikes), labels).mean()

    @equinox.filter_jit
    def learn(model, state, spikes, labels):
        gradient = equinox.filter_grad(loss)(model, spikes, labels)
        updates, state = optimizer.update(gradient, state)
        return equinox.apply_updates(model, updates), state

    infer = equinox.filter_jit(readout)
    record = equinox.filter_jit(lambda model, spikes: jax.vmap(lambda each: model.record(each)[1])(spikes))
    ready = [times(workload, *batch) for batch in workload.batches()]
    fired = sum(int((record(network, spikes) < hidden).sum()) for spikes in ready) / workload.examples
    labels = [None if workload.labels is None else jnp.asarray(workload.labels[begin:end])
              for begin, end in workload.batches()]

    def run(batches):
        model, state = network, optimizer.init(equinox.filter(network, equinox.is_inexact_array))
        for spikes, of in zip(batches, labels):
            if options.mode == "train":
                model, state = learn(model, state, spikes, of)
                jax.block_until_ready(model.neuron_model.weights)
            else:
                infer(model, spikes).block_until_ready()

    from_lists = measure(lambda: run(times(workload, *batch) for batch in workload.batches()),
                         options.repetitions, warm_ups=1)
    report("Eventax", ["eventax", "jax", "diffrax", "equinox", "optax"], options, workload, None,
           timing(from_lists, workload.examples), {"input": workload.input_spikes(), "hidden": fired}, HOW)


if __name__ == "__main__":
    main()
