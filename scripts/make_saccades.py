#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes recordings of an event camera that moves in front of images, in the format of N-MNIST.

As N-MNIST was made (Orchard, Jayawant, Cohen and Thakor, Frontiers in Neuroscience 9:437, 2015), but simulated: a
sensor of 34×34 pixels looks at an image of 28×28 in three saccades of 100 ms each, along the sides of an isosceles
triangle, after a rest of 5 ms. A pixel has an event each time the logarithm of its brightness has changed by a
threshold, on if it became brighter and off if darker; thresholds differ between pixels (--spread), and noise adds
events at random (--noise). Times are interpolated within steps of 1 ms.

OUTPUT/Train/CLASS/NUMBER.bin and OUTPUT/Test/CLASS/NUMBER.bin hold five bytes for each event, in the order of time: x,
y, and 24 bits, big-endian, of which the highest is the polarity (1: on) and the others are µs. y = 240 marks that 8192
µs are added to all later times; no recording is long enough to need it. NUMBER is that of the image in its file.

The same seed, options, images and version of NumPy give the same bits.

Usage: scripts/make_saccades.py [--train N] [--test N] [--output FOLDER]
       (Debian: dataset-fashion-mnist, python3-numpy)
Then: synfire data info saccades/Train --events nmnist
"""
import argparse
import gzip
import os
import pathlib
import sys

import numpy as np

SENSOR = 34  # pixels
REST, SACCADE = 5, 100  # ms
CORNERS = np.array([[0.0, 0.0], [3.0, 6.0], [6.0, 0.0], [0.0, 0.0]])  # x, y of the image on the sensor, pixels
DARKEST = 0.1  # brightness of a black pixel; a white one has 1
BATCH = 64  # images that are simulated together


def read_idx(path):
    """Returns the bytes of an IDX file, compressed or not."""
    with open(path, "rb") as file:
        content = file.read()
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    axes = content[3] if len(content) > 4 else 0
    shape = tuple(int(extent) for extent in np.frombuffer(content, ">u4", axes, 4)) if axes else ()
    if content[:3] != b"\0\0\x08" or len(content) != 4 + 4 * axes + int(np.prod(shape)):
        raise SystemExit(f"make_saccades: {path} is not an IDX file of bytes")
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def path_of_image():
    """Returns where the image is on the sensor at each ms."""
    sides = [CORNERS[i] + np.linspace(0, 1, SACCADE + 1)[1:, None] * (CORNERS[i + 1] - CORNERS[i]) for i in range(3)]
    return np.concatenate([np.repeat(CORNERS[:1], REST + 1, axis=0), *sides])


def on_sensor(images, x, y):
    """Returns the brightness of all pixels (images × 34 × 34) with the images at (x, y), interpolated bilinearly."""
    padded = np.zeros((len(images), SENSOR + 1, SENSOR + 1), np.float32)
    left, top = min(int(x), SENSOR - 28), min(int(y), SENSOR - 28)
    padded[:, top:top + 28, left:left + 28] = images
    right, down = np.float32(x - left), np.float32(y - top)
    shifted = (1 - right) * padded
    shifted[:, :, 1:] += right * padded[:, :, :-1]
    moved = (1 - down) * shifted
    moved[:, 1:] += down * shifted[:, :-1]
    return moved[:, :SENSOR, :SENSOR]


def record(images, threshold, spread, noise, rng):
    """Returns a list of events (time in µs, x, y, polarity) for each image (uint8, 28 × 28)."""
    values = images.astype(np.float32) / 255 * (1 - DARKEST)
    path = path_of_image()
    before = np.log(on_sensor(values, *path[0]) + DARKEST)
    level = before.copy()  # of the last event
    thresholds = threshold * np.exp(spread * rng.standard_normal(before.shape)).astype(np.float32)
    found = []
    for step, place in enumerate(path[1:]):
        now = np.log(on_sensor(values, *place) + DARKEST)
        while True:
            change = now - level
            image, y, x = np.nonzero(np.abs(change) >= thresholds)
            if len(image) == 0:
                break
            at = image, y, x
            sign = np.sign(change[at])
            level[at] += sign * thresholds[at]
            slope = now[at] - before[at]
            part = np.divide(level[at] - before[at], slope, out=np.ones_like(slope), where=slope != 0)
            times = 1000 * step + np.clip(1000 * part, 0, 999).astype(np.int64)
            found.append(np.stack([image, times, x, y, sign > 0]))
        before = now
    lasts = 1000 * (len(path) - 1)  # µs
    for image in range(len(images)):
        count = rng.poisson(noise * SENSOR * SENSOR * lasts * 1e-6)
        found.append(np.stack([np.full(count, image), rng.integers(0, lasts, count), rng.integers(0, SENSOR, count),
                               rng.integers(0, SENSOR, count), rng.integers(0, 2, count)]))
    events = np.concatenate(found, axis=1)
    recordings = []
    for image in range(len(images)):
        own = events[1:, events[0] == image]
        recordings.append(own[:, np.lexsort(own[::-1])])
    return recordings


def to_bytes(recording):
    """Returns the content of a .bin file."""
    times, x, y, polarity = recording
    content = np.empty((times.size, 5), np.uint8)
    content[:, 0], content[:, 1] = x, y
    content[:, 2] = polarity << 7 | times >> 16
    content[:, 3], content[:, 4] = times >> 8 & 0xff, times & 0xff
    return content.tobytes()


def make(folder, images, labels, options, rng):
    """Writes a file for each image. Returns the number of events."""
    events = 0
    for first in range(0, len(images), BATCH):
        part = record(images[first:first + BATCH], options.threshold, options.spread, options.noise, rng)
        for number, recording in enumerate(part, first):
            file = folder / str(labels[number]) / f"{number:05}.bin"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(to_bytes(recording))
            events += recording.shape[1]
        print(f"\r{folder}: {min(first + BATCH, len(images))} of {len(images)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return events


def main():
    parser = argparse.ArgumentParser(description="Makes recordings of an event camera that moves in front of images.")
    parser.add_argument("--images", type=pathlib.Path, metavar="FOLDER",
                        default=os.environ.get("SYNFIRE_FASHION_MNIST") or "/usr/share/datasets/fashion-mnist",
                        help="folder with the four IDX files of MNIST or Fashion-MNIST, .gz or not (default: the "
                             "environment variable SYNFIRE_FASHION_MNIST, else that of the Debian package)")
    parser.add_argument("--output", type=pathlib.Path, default="saccades", help="folder (default: saccades)")
    parser.add_argument("--train", type=int, default=1000, help="training images (default: 1000)")
    parser.add_argument("--test", type=int, default=200, help="test images (default: 200)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threshold", type=float, default=0.3, help="change of log brightness (default: 0.3)")
    parser.add_argument("--spread", type=float, default=0.1,
                        help="of the logarithm of thresholds, standard deviation (default: 0.1)")
    parser.add_argument("--noise", type=float, default=0.5, help="events per pixel and second (default: 0.5)")
    options = parser.parse_args()
    if options.train < 0 or options.test < 0 or not options.threshold > 0.01 or options.spread < 0 or options.noise < 0:
        parser.error("counts, spread and noise must not be negative, and the threshold must be above 0.01")

    for part, prefix, count in (("Train", "train", options.train), ("Test", "t10k", options.test)):
        files = []
        for kind in ("images-idx3-ubyte", "labels-idx1-ubyte"):
            found = [options.images / f"{prefix}-{kind}{ending}" for ending in ("", ".gz")]
            found = [each for each in found if each.exists()]
            if not found:
                raise SystemExit(f"make_saccades: {options.images} has no {prefix}-{kind} or {prefix}-{kind}.gz; "
                                 "install dataset-fashion-mnist, or name a folder with --images")
            files.append(read_idx(found[0]))
        images, labels = files
        if images.shape[1:] != (28, 28) or labels.shape != images.shape[:1] or count > len(images):
            raise SystemExit(f"make_saccades: {options.images} has no {count} images of 28×28 with labels in {prefix}")
        rng = np.random.default_rng([options.seed, part == "Test"])
        events = make(options.output / part, images[:count], labels[:count], options, rng)
        print(f"{part}: {count} recordings, {events / max(count, 1):.1f} events each, in {options.output / part}")


if __name__ == "__main__":
    main()
