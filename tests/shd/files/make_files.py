#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the files of this folder, in the layout of the Spiking Heidelberg Digits (needs h5py; see README.md).

Usage: python make_files.py FOLDER
"""
import pathlib
import sys

import h5py
import numpy as np

TIMES = [[0.25, 0.0009765625, 1.2001953125], [], [0.5, 0.50048828125]]  # s, exact in binary16; the first not in order
UNITS = [[3, 699, 0], [], [7, 7]]
LABELS = [19, 0, 4]


def write(path, times_type, units_type, **storage):
    with h5py.File(path, "w") as file:
        for name, lists, of in (("times", TIMES, times_type), ("units", UNITS, units_type)):
            dataset = file.create_dataset(f"spikes/{name}", (len(lists),), h5py.vlen_dtype(np.dtype(of)), **storage)
            for index, values in enumerate(lists):
                dataset[index] = np.array(values, of)
        file["labels"] = np.array(LABELS, "<u2")
        file["extra/speaker"] = np.arange(len(LABELS), dtype="<u2")
        file["extra/keys"] = np.array([b"zero", b"one"])


def main():
    folder = pathlib.Path(sys.argv[1])
    write(folder / "half.h5", "<f2", "<u2")
    write(folder / "chunked.h5", ">f4", ">i8", maxshape=(None,), chunks=(2,))
    write(folder / "compressed.h5", "<f2", "<u2", chunks=(2,), compression="gzip")


if __name__ == "__main__":
    main()
