#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Adds to each image its mirror image, left and right exchanged, with the same label: twice the data to learn from.

Reads IDX files of bytes, compressed or not, and writes OUTPUT/images-idx3-ubyte and OUTPUT/labels-idx1-ubyte: first
what was read, then the mirror images in the same order.

Usage: scripts/mirror_images.py --images train-images-idx3-ubyte.gz --labels train-labels-idx1-ubyte.gz \\
           --output mirrored
"""
import argparse
import gzip
import pathlib


def read_idx(path, axes):
    """Returns the extents and the bytes of an IDX file."""
    content = pathlib.Path(path).read_bytes()
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    begin = 4 + 4 * axes
    extents = [int.from_bytes(content[k:k + 4], "big") for k in range(4, begin, 4)]
    count = 1
    for extent in extents:
        count *= extent
    if content[:4] != bytes((0, 0, 8, axes)) or len(content) != begin + count:
        raise SystemExit(f"mirror_images: {path} is not an IDX file of bytes with {axes} axes")
    return extents, content[begin:]


def write_idx(path, extents, content):
    header = bytes((0, 0, 8, len(extents))) + b"".join(extent.to_bytes(4, "big") for extent in extents)
    path.write_bytes(header + content)


def main():
    parser = argparse.ArgumentParser(description="Adds to each image its mirror image.")
    parser.add_argument("--images", required=True)
    parser.add_argument("--labels", required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True, help="a folder, which is made")
    options = parser.parse_args()
    (count, height, width), images = read_idx(options.images, 3)
    (labeled,), labels = read_idx(options.labels, 1)
    if labeled != count:
        raise SystemExit(f"mirror_images: there are {count} images and {labeled} labels")
    mirrored = b"".join(images[k:k + width][::-1] for k in range(0, len(images), width)) if width else b""
    options.output.mkdir(parents=True, exist_ok=True)
    write_idx(options.output / "images-idx3-ubyte", (2 * count, height, width), images + mirrored)
    write_idx(options.output / "labels-idx1-ubyte", (2 * count,), labels + labels)


if __name__ == "__main__":
    main()
