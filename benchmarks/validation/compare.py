# SPDX-License-Identifier: Apache-2.0
"""Compares rates and coefficients of variation of Synfire with those of Brian2, over seeds; prints a Markdown table.

    python3 benchmarks/validation/compare.py results/brian2_cuba.json results/synfire_cuba.json

The exit code is 1 if a mean rate of Synfire's differs from Brian2's by more than Brian2's standard deviation over
seeds.
"""

import json
import statistics
import sys


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def values(results, population, figure):
    found = [run["populations"][population][figure] for run in results["runs"]]
    return [value for value in found if value is not None]


def spread(numbers):
    return f"{statistics.mean(numbers):.3f} ± {statistics.stdev(numbers):.3f}"


def compare(reference, other):
    """One row per population, and whether all mean rates are within the spread."""
    rows, within = [], True
    for population in other["runs"][0]["populations"]:
        rates, own_rates = values(reference, population, "rate"), values(other, population, "rate")
        cvs, own_cvs = values(reference, population, "cv"), values(other, population, "cv")
        deviation = statistics.stdev(rates)
        distance = (statistics.mean(own_rates) - statistics.mean(rates)) / deviation
        # Standard error of the difference of the means (Welch's t).
        error = (deviation**2 / len(rates) + statistics.variance(own_rates) / len(own_rates)) ** 0.5
        welch = (statistics.mean(own_rates) - statistics.mean(rates)) / error
        within = within and abs(distance) <= 1
        rows.append([population, spread(rates), f"{min(rates):.3f}–{max(rates):.3f}", spread(own_rates),
                     f"{distance:+.2f}", f"{welch:+.1f}", spread(cvs), spread(own_cvs)])
    return rows, within


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: compare.py REFERENCE.json OTHER.json")
    reference, other = load(sys.argv[1]), load(sys.argv[2])
    for key in ("dt", "duration", "discard"):
        if reference[key] != other[key]:
            sys.exit(f"compare.py: {key} differs: {reference[key]} and {other[key]}")
    names = reference["simulator"], other["simulator"]
    print(f"{reference['network']}: {len(reference['runs'])} seeds of {names[0]}, {len(other['runs'])} of {names[1]}, "
          f"{reference['discard']:g} to {reference['duration']:g} ms\n")
    header = ["population", f"{names[0]}, Hz", "range", f"{names[1]}, Hz", "difference / sd", "Welch's t",
              f"CV, {names[0]}", f"CV, {names[1]}"]
    rows, within = compare(reference, other)
    for row in [header, ["---"] * len(header)] + rows:
        print("| " + " | ".join(row) + " |")
    sys.exit(0 if within else 1)


if __name__ == "__main__":
    main()
