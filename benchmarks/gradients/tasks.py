# SPDX-License-Identifier: Apache-2.0
"""Three tasks of spike patterns, with identical spikes for Synfire and for surrogate gradients.

three    600 + 200 examples, 40 channels, 3 classes: about 3 spikes per channel in 100 ms, jittered by 3 ms
ten      800 + 400 examples, 60 channels, 10 classes: 2 spikes per channel in 100 ms, jittered by 6 ms, 30 % missing
digits   1,400 + 397 images of 8 x 8 pixels (from scikit-learn), brighter pixels earlier, 30 ms
"""
import numpy as np


class Task:
    """Spikes as (channel, time in ms) by example."""

    def __init__(self, channels, classes, duration, train, test):
        self.channels, self.classes, self.duration = channels, classes, duration
        self.parts = {"train": train, "test": test}

    def labels(self, part):
        return np.array([label for _, label in self.parts[part]], np.int32)

    def save(self, folder, part):
        """Writes the files for `synfire train --input … --labels …`; returns the two paths."""
        neurons, times, offsets = [], [], [0]
        for (channel, time), _ in self.parts[part]:
            neurons.append(channel)
            times.append(time)
            offsets.append(offsets[-1] + len(channel))
        data, labels = folder / f"{part}.npz", folder / f"{part}_labels.npy"
        np.savez(data, neurons=np.concatenate(neurons).astype(np.uint32),
                 times=np.concatenate(times).astype(np.float32), offsets=np.array(offsets),
                 population_size=np.array(self.channels))
        np.save(labels, self.labels(part))
        return data, labels

    def binned(self, part, dt):
        """examples x steps x channels of 0 and 1: in which step each channel spikes, as Synfire bins times."""
        steps = round(self.duration / dt)
        spikes = np.zeros((len(self.parts[part]), steps, self.channels), np.float32)
        for example, ((channel, time), _) in enumerate(self.parts[part]):
            due = np.ceil(time.astype(np.float32).astype(float) / dt * (1 - 2.0**-22)).astype(int)
            order = np.lexsort((due, channel))
            before, last = -1, -1
            for c, step in zip(channel[order], due[order]):  # one spike per step and channel: the next waits
                step = max(step, last + 1) if c == before else step
                before, last = c, step
                if step < steps:
                    spikes[example, step, c] = 1
        return spikes


def sorted_by_time(channel, time):
    order = np.argsort(time, kind="stable")
    return np.asarray(channel, np.int64)[order], np.asarray(time, np.float32)[order]


def patterns(rng, examples, templates, duration, jitter, kept):
    result = []
    for _ in range(examples):
        label = rng.integers(len(templates))
        channels, times = [], []
        for channel, template in enumerate(templates[label]):
            time = template + rng.normal(0, jitter, len(template))
            time = time[(time >= 0) & (time < duration) & (rng.random(len(template)) < kept)]
            channels += [channel] * len(time)
            times += list(time)
        result.append((sorted_by_time(channels, times), label))
    return result


def three():
    rng = np.random.default_rng(0)
    templates = [[np.sort(rng.uniform(0, 80, 3)) for _ in range(40)] for _ in range(3)]
    return Task(40, 3, 100.0, patterns(rng, 600, templates, 100.0, 3, 0.9),
                patterns(rng, 200, templates, 100.0, 3, 0.9))


def ten():
    rng = np.random.default_rng(5)
    templates = [[rng.uniform(5, 85, 2) for _ in range(60)] for _ in range(10)]
    return Task(60, 10, 100.0, patterns(rng, 800, templates, 100.0, 6, 0.7),
                patterns(rng, 400, templates, 100.0, 6, 0.7))


def digits():
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))
    examples = []
    for image, label in zip(images[order] / 16.0, labels[order]):
        channel = np.nonzero(image > 0.15)[0]
        examples.append((sorted_by_time(channel, (1 - image[channel]) * 20 + 0.01), label))
    return Task(64, 10, 30.0, examples[:1400], examples[1400:])


TASKS = {"three": three, "ten": ten, "digits": digits}
