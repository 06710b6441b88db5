#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the Yin-Yang dataset as spikes (L. Kriener, J. Göltz, M. A. Petrovici: "The Yin-Yang dataset", NICE 2022).

A disk of radius 0.5 around (0.5, 0.5) is cut into yin and yang, each with a dot of radius 0.1, the third class. For
each point a class is drawn, then points of the square until one has that class. The draws are those of the published
generator, NumPy's RandomState with seeds 42 for 5,000 training, 41 for 1,000 validation and 40 for 1,000 test points,
so these are the points of the published tables; `fresh` are more points of the same distribution, with seed 39.

OUTPUT/{train,validation,test,fresh}.npz hold spike trains in Synfire's format, `neurons`, `times` (ms), `offsets`,
`population_size`, and `labels`. Neurons 0 to 3 spike once, at --start + --scale times x, y, 1 - x and 1 - y; neuron 4,
the bias, at --bias.

Usage: scripts/make_yin_yang.py [--output FOLDER]   (Debian: python3-numpy)
Then:  synfire train examples/descriptions/train_yin_yang.json --input yin_yang/train.npz \\
         --labels yin_yang/train.npz:labels
"""
import argparse
import hashlib
import pathlib

import numpy as np

RADIUS, DOT = 0.5, 0.1
PARTS = {"train": (42, 5000), "validation": (41, 1000), "test": (40, 1000), "fresh": (39, 100_000)}
# Of the coordinates and classes of the three published parts, one after the other, little-endian.
PUBLISHED = "d2470c538984d10d913e7a59d9b022bd9f93f473b7530ce99d7fba29d5961261"


def class_of(x, y):
    """0: yang, 1: yin, 2: a dot."""
    left = np.sqrt((x - RADIUS / 2) ** 2 + (y - RADIUS) ** 2)
    right = np.sqrt((x - 1.5 * RADIUS) ** 2 + (y - RADIUS) ** 2)
    if min(left, right) < DOT:
        return 2
    in_dot, in_left_bulge = right <= DOT, DOT < left <= RADIUS / 2
    return int(in_dot or in_left_bulge or (y > RADIUS and right > RADIUS / 2))


def draw(seed, count):
    """Returns coordinates, count × 2, and classes."""
    random = np.random.RandomState(seed)
    points, classes = np.empty((count, 2)), np.empty(count, np.int64)
    for i in range(count):
        classes[i] = random.randint(3)
        while True:
            x, y = random.rand(2) * 2 * RADIUS
            if np.sqrt((x - RADIUS) ** 2 + (y - RADIUS) ** 2) <= RADIUS and class_of(x, y) == classes[i]:
                break
        points[i] = x, y
    return points, classes


def spike_trains(points, classes, options):
    count = len(points)
    coordinates = np.concatenate([points, 1 - points], axis=1)
    times = np.concatenate([options.start + options.scale * coordinates, np.full((count, 1), options.bias)], axis=1)
    order = np.argsort(times, axis=1, kind="stable")
    return {"neurons": order.ravel().astype(np.uint32),
            "times": np.take_along_axis(times, order, axis=1).ravel().astype(np.float32),
            "offsets": np.arange(count + 1, dtype=np.int64) * 5, "population_size": np.array(5, np.int64),
            "labels": classes}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("yin_yang"))
    parser.add_argument("--start", type=float, default=1.0, help="ms: the spike of a coordinate of 0 (default: 1)")
    parser.add_argument("--scale", type=float, default=20.0, help="ms between those of 0 and 1 (default: 20)")
    parser.add_argument("--bias", type=float, default=1.0, help="ms: the spike of the bias (default: 1)")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    for part, (seed, count) in PARTS.items():
        points, classes = draw(seed, count)
        if part != "fresh":
            digest.update(points.astype("<f8").tobytes() + classes.astype("<i8").tobytes())
        np.savez_compressed(options.output / f"{part}.npz", **spike_trains(points, classes, options))
        print(f"{options.output / part}.npz: {count} points, classes {np.bincount(classes).tolist()}")
    if digest.hexdigest() != PUBLISHED:
        raise SystemExit(f"error: these are not the published points (SHA-256 {digest.hexdigest()})")


if __name__ == "__main__":
    main()
