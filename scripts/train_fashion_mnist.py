#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the weights of the Fashion-MNIST example.

A bias-free 784-128-10 ReLU network is trained with NumPy alone, then turned into a rate-coded
integrate-and-fire network of the same shape: the weights are unchanged, and one threshold per
layer is chosen on training images that the optimizer never saw. The test images are used only for
the two reported accuracies.

The spiking network, in each of STEPS steps, for each neuron:
  - V += I; if V >= threshold, the neuron spikes and V = 0 (any excess over the threshold is lost);
  - input neurons receive the constant current I = input_scale * pixel, pixel in [0, 1];
  - a spike in step t arrives in step t + 1 and adds its weight to V of its target;
  - the predicted class is the first one with the most output spikes.

Usage: scripts/train_fashion_mnist.py [--data DIR] [--output FILE]   (about four minutes)
"""
import argparse
import gzip
import pathlib
import time

import numpy as np

SEED = 1234
HIDDEN = 128
CLASSES = 10
STEPS = 100
BATCH = 128
EPOCHS = 30
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 0.02  # decoupled from the gradient, per unit of learning rate
HIDDEN_NOISE = 0.3  # relative; models the coarse spike counts of the hidden layer
RATE_SHARE = 0.5  # of each batch: images as the input neurons send them
HELD_OUT = 5000  # training images withheld from the optimizer, to choose the thresholds on

# A full-scale pixel reaches the input threshold in INPUT_INTERVAL steps. Thresholds are half a gray
# level below that, so no sum of pixels k / 255 comes near one and rounding cannot move a spike.
INPUT_INTERVAL = 3
INPUT_THRESHOLD = np.float32((255 * INPUT_INTERVAL - 0.5) / 255)
INPUT_SCALE = np.float32(1)

ROOT = pathlib.Path(__file__).resolve().parent.parent


def read_idx(path):
    """Reads a gzipped IDX file of unsigned bytes."""
    data = gzip.decompress(path.read_bytes())
    dimensions = data[3]
    shape = np.frombuffer(data, ">u4", dimensions, 4)
    return np.frombuffer(data, np.uint8, -1, 4 + 4 * dimensions).reshape(shape)


def load(folder, part):
    """Returns images as float32 (n, 784) in [0, 1] and labels (n)."""
    images = read_idx(folder / f"{part}-images-idx3-ubyte.gz")
    labels = read_idx(folder / f"{part}-labels-idx1-ubyte.gz")
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255), labels


def input_rates(pixels):
    """Returns the input neurons' spikes per step, scaled so that a full-scale pixel stays 1.

    A neuron that is reset to zero fires every ceil(threshold / I) steps, so rates are 1/3, 1/4, ...
    """
    with np.errstate(divide="ignore"):
        interval = np.ceil(INPUT_THRESHOLD / (INPUT_SCALE * pixels))
    return (INPUT_INTERVAL / interval).astype(np.float32)


def train(pixels, labels, rng):
    """Adam on the cross-entropy, with the kinds of noise that spikes will add."""
    sizes = [pixels.shape[1], HIDDEN, CLASSES]
    weights = [(rng.standard_normal((m, n)) * np.sqrt(2 / m)).astype(np.float32)
               for m, n in zip(sizes, sizes[1:])]
    first = [np.zeros_like(w) for w in weights]
    second = [np.zeros_like(w) for w in weights]
    rates = input_rates(pixels)
    steps_per_epoch = len(pixels) // BATCH
    total = EPOCHS * steps_per_epoch
    step = 0
    for epoch in range(EPOCHS):
        start = time.time()
        order = rng.permutation(len(pixels))
        loss = 0.0
        for i in range(steps_per_epoch):
            chosen = order[i * BATCH:(i + 1) * BATCH]
            exact = BATCH - round(BATCH * RATE_SHARE)
            x = np.concatenate([pixels[chosen[:exact]], rates[chosen[exact:]]])
            noise = 1 + HIDDEN_NOISE * rng.standard_normal((BATCH, HIDDEN), np.float32)
            hidden = np.maximum(x @ weights[0], 0) * noise
            logits = hidden @ weights[1]
            logits -= logits.max(axis=1, keepdims=True)
            probability = np.exp(logits)
            probability /= probability.sum(axis=1, keepdims=True)
            rows = np.arange(BATCH)
            loss -= np.log(probability[rows, labels[chosen]] + 1e-30).mean()

            delta = probability
            delta[rows, labels[chosen]] -= 1
            delta /= BATCH
            gradients = [x.T @ ((delta @ weights[1].T) * noise * (hidden != 0)), hidden.T @ delta]
            step += 1
            rate = LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * step / total))
            for w, m, v, g in zip(weights, first, second, gradients):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                update = (m / (1 - 0.9 ** step)) / (np.sqrt(v / (1 - 0.999 ** step)) + 1e-8)
                w -= (rate * (update + WEIGHT_DECAY * w)).astype(np.float32)
        print(f"epoch {epoch + 1:2d}/{EPOCHS}: loss {loss / steps_per_epoch:.4f} ({time.time() - start:.1f} s)",
              flush=True)
    return weights


def relu_accuracy(weights, pixels, labels):
    logits = np.maximum(pixels @ weights[0], 0) @ weights[1]
    return float((logits.argmax(axis=1) == labels).mean())


def spike(voltage, threshold):
    """Thresholds and resets in place; returns the spikes."""
    spikes = voltage >= threshold
    voltage[spikes] = 0
    return spikes.astype(np.float32)


def hidden_currents(pixels, weight):
    """Runs the input layer. Returns what arrives at the hidden layer (STEPS, n, HIDDEN) and the spikes sent."""
    current = INPUT_SCALE * pixels
    voltage = np.zeros_like(pixels)
    arriving = np.zeros((STEPS, len(pixels), HIDDEN), np.float32)
    sent = 0.0
    for step in range(STEPS):
        voltage += current
        spikes = spike(voltage, INPUT_THRESHOLD)
        sent += spikes.sum(dtype=np.float64)
        if step + 1 < STEPS:
            arriving[step + 1] = spikes @ weight
    return arriving, sent


def output_currents(arriving, threshold, weight):
    """Runs the hidden layer. Returns what arrives at the output layer (STEPS, n, CLASSES) and the spikes sent."""
    voltage = np.zeros_like(arriving[0])
    onwards = np.zeros((STEPS, len(voltage), CLASSES), np.float32)
    sent = 0.0
    for step in range(STEPS):
        voltage += arriving[step]
        spikes = spike(voltage, threshold)
        sent += spikes.sum(dtype=np.float64)
        if step + 1 < STEPS:
            onwards[step + 1] = spikes @ weight
    return onwards, sent


def output_counts(arriving, threshold):
    """Runs the output layer. Returns its spike counts (n, CLASSES)."""
    voltage = np.zeros_like(arriving[0])
    counts = np.zeros_like(voltage)
    for step in range(STEPS):
        voltage += arriving[step]
        counts += spike(voltage, threshold)
    return counts


# Multiples of the balanced threshold (where the 99th percentile of the layer's drive gives one spike per step). With
# a reset to zero, any excess over the threshold is lost, so the best thresholds are higher.
HIDDEN_FACTORS = [1.0, 1.41, 2.0, 2.83, 4.0]
OUTPUT_FACTORS = [0.5, 0.71, 1.0, 1.41, 2.0, 2.83]


def choose_thresholds(weights, pixels, labels):
    """Returns (hidden, output): the middle of the 3 x 3 patch of the grid with the best mean accuracy."""
    arriving, _ = hidden_currents(pixels, weights[0])
    balanced = np.percentile(arriving.mean(axis=0), 99)
    hidden_thresholds = [np.float32(round(float(balanced * f), 2)) for f in HIDDEN_FACTORS]
    output_thresholds = None
    accuracy = np.zeros((len(HIDDEN_FACTORS), len(OUTPUT_FACTORS)))
    for i, hidden in enumerate(hidden_thresholds):
        onwards, _ = output_currents(arriving, hidden, weights[1])
        if output_thresholds is None:
            balanced = np.percentile(onwards.mean(axis=0), 99)
            output_thresholds = [np.float32(round(float(balanced * f), 2)) for f in OUTPUT_FACTORS]
        for j, output in enumerate(output_thresholds):
            accuracy[i, j] = (output_counts(onwards, output).argmax(axis=1) == labels).mean()
        print(f"hidden threshold {hidden:g}: "
              + ", ".join(f"{t:g} -> {100 * a:.2f} %" for t, a in zip(output_thresholds, accuracy[i])), flush=True)
    patch = np.full_like(accuracy, -1)
    for i in range(1, len(hidden_thresholds) - 1):
        for j in range(1, len(output_thresholds) - 1):
            patch[i, j] = accuracy[i - 1:i + 2, j - 1:j + 2].mean()
    i, j = np.unravel_index(patch.argmax(), patch.shape)
    return hidden_thresholds[i], output_thresholds[j]


def run_spiking(weights, hidden_threshold, output_threshold, pixels):
    """Returns output spike counts and the mean number of spikes per example of each layer."""
    counts, sent = [], np.zeros(3)
    for start in range(0, len(pixels), 2000):
        arriving, inputs = hidden_currents(pixels[start:start + 2000], weights[0])
        onwards, hidden = output_currents(arriving, hidden_threshold, weights[1])
        counts.append(output_counts(onwards, output_threshold))
        sent += [inputs, hidden, counts[-1].sum(dtype=np.float64)]
    return np.concatenate(counts), sent / len(pixels)


def main():
    parser = argparse.ArgumentParser(description="Trains the weights of the Fashion-MNIST example.")
    parser.add_argument("--data", type=pathlib.Path, default="/usr/share/datasets/fashion-mnist",
                        help="folder of the data set (Debian: dataset-fashion-mnist)")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "examples/descriptions/fashion_mnist.npz")
    options = parser.parse_args()

    pixels, labels = load(options.data, "train")
    rng = np.random.default_rng(SEED)
    order = rng.permutation(len(pixels))
    held_out, used = order[:HELD_OUT], order[HELD_OUT:]
    weights = train(pixels[used], labels[used], rng)
    hidden_threshold, output_threshold = choose_thresholds(weights, pixels[held_out], labels[held_out])

    pixels, labels = load(options.data, "t10k")
    relu = relu_accuracy(weights, pixels, labels)
    counts, spikes = run_spiking(weights, hidden_threshold, output_threshold, pixels)
    spiking = float((counts.argmax(axis=1) == labels).mean())
    ranked = np.sort(counts, axis=1)
    ties = float((ranked[:, -1] == ranked[:, -2]).mean())
    print(f"thresholds: input {INPUT_THRESHOLD!r}, hidden {hidden_threshold!r}, output {output_threshold!r}; "
          f"input scale {INPUT_SCALE!r}")
    print(f"ReLU network: {100 * relu:.2f} % of the test images; spiking network: {100 * spiking:.2f} %, "
          f"{100 * ties:.2f} % of them ties")
    print(f"spikes per example: input {spikes[0]:.1f}, hidden {spikes[1]:.1f}, output {spikes[2]:.1f}")
    if relu < 0.88 or spiking < 0.85 or abs(relu - spiking) > 0.01:
        raise SystemExit("the network is not accurate enough for the example; nothing written")

    options.output.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.output, **{"input_hidden.weight": weights[0], "hidden_output.weight": weights[1]})
    print(f"wrote {options.output} ({options.output.stat().st_size} bytes), NumPy {np.__version__}")


if __name__ == "__main__":
    main()
