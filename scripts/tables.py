#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the networks of published tables and compares them: so far Yin-Yang, on the standard protocol.

Each run trains on the 5,000 training points for 100 epochs and is judged by its last epoch, on the 1,000 test points
and on 100,000 fresh ones; nothing is chosen by them. Settings were chosen with seeds 1 to 3 by the validation points.
Results go to OUTPUT/yin-yang.jsonl, one line a run as soon as it has ended; runs that are there already are not made
again, so a table that was interrupted goes on. --write also puts it into benchmarks/results/.

Usage: ./dev tables [--seeds N] [--only NAME] [--write]   (Debian: python3-numpy)
"""
import argparse
import concurrent.futures
import copy
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BASE = ROOT / "examples/descriptions/train_yin_yang.json"
# Hidden neurons, mean and deviation of their first weights to the outputs, and whether delays are learned.
NETWORKS = {
    "5 hidden, delays": (5, 6.0, 1.0, True),
    "30 hidden": (30, 1.8, 0.2, False),
    "30 hidden, delays": (30, 1.8, 0.2, True),
    "200 hidden": (200, 0.45, 0.1, False),
    "200 hidden, delays": (200, 0.45, 0.1, True),
}
# T. C. Wunderlich, C. Pehle, Scientific Reports 11:12829, 2021: EventProp, exact spike times.
PUBLISHED = {"200 hidden": "98.10 ± 0.19"}


def description(name, seed):
    hidden, mean, deviation, delays = NETWORKS[name]
    network = copy.deepcopy(json.loads(BASE.read_text()))
    del network["$schema"]
    network["populations"][1]["shape"] = hidden
    if not delays:
        del network["connections"][0]["connectivity"]["delay"]
    network["connections"][1]["connectivity"]["weight"].update(mean=mean, sd=deviation)
    network["compile"]["seed"] = seed
    return network


def call(arguments):
    ended = subprocess.run([str(each) for each in arguments], capture_output=True, text=True)
    if ended.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, arguments))}:\n{ended.stderr}")
    return json.loads(ended.stdout)


def run(name, seed, options):
    folder = options.output / "yin_yang"
    stem = options.output / f"{name.replace(', ', '-').replace(' ', '-')}-{seed}"
    model, trained = stem.with_suffix(".json"), stem.with_name(stem.name + "-trained.json")
    model.write_text(json.dumps(description(name, seed)))

    def data(part):
        return ["--input", folder / f"{part}.npz", "--labels", folder / f"{part}.npz:labels"]

    history = call(
        [options.synfire, "train", model, *data("train"), "--threads", 1, "--quiet", "--json", "-o", trained])
    epochs = history["epochs"]
    result = {"network": name, "seed": seed, "training": epochs[-1]["training"][0]["value"],
              "seconds_per_epoch": statistics.median(each["seconds"] for each in epochs)}
    for part in ("validation", "test", "fresh"):
        evaluated = call([options.synfire, "evaluate", trained, *data(part), "--threads", 1, "--json"])
        result[part] = evaluated["metrics"][0]["value"]
    return result


def table(results):
    lines = ["| network | test, % | 100,000 fresh points, % | seeds | published, % | s per epoch |",
             "| --- | --- | --- | --- | --- | --- |"]
    for name in NETWORKS:
        own = [each for each in results if each["network"] == name]
        if not own:
            continue

        def spread(part):
            values = [100 * each[part] for each in own]
            return f"{statistics.mean(values):.2f} ± {statistics.stdev(values) if len(values) > 1 else 0:.2f}"

        seconds = statistics.median(each["seconds_per_epoch"] for each in own)
        lines.append(f"| {name} | {spread('test')} | {spread('fresh')} | {len(own)} | "
                     f"{PUBLISHED.get(name, '–')} | {seconds:.2f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--synfire", type=pathlib.Path, default=ROOT / "build/release/command_line/synfire")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "out/tables")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", choices=NETWORKS)
    parser.add_argument("--write", action="store_true", help="also write benchmarks/results/yin-yang-DATE.md")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    if not (options.output / "yin_yang/fresh.npz").exists():
        subprocess.run([sys.executable, ROOT / "scripts/make_yin_yang.py", "--output", options.output / "yin_yang"],
                       check=True)
    file = options.output / "yin-yang.jsonl"
    results = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    done = {(each["network"], each["seed"]) for each in results}
    names = [options.only] if options.only else list(NETWORKS)
    missing = [(name, seed) for seed in range(1, options.seeds + 1) for name in names if (name, seed) not in done]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(run, name, seed, options): (name, seed) for name, seed in missing}
        for number, ended in enumerate(concurrent.futures.as_completed(running), 1):
            result = ended.result()
            results.append(result)
            with file.open("a") as log:
                log.write(json.dumps(result) + "\n")
            print(f"{number} of {len(missing)}: {result['network']}, seed {result['seed']}: test {result['test']:.3f}, "
                  f"fresh {result['fresh']:.4f}", file=sys.stderr, flush=True)
    print(table(results))
    if options.write:
        date = datetime.date.today().isoformat()
        processor = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                          if line.startswith("model name")), "an unknown processor")
        seeds = sorted({each["seed"] for each in results})
        text = (f"# Yin-Yang, {date}\n\n`./dev tables --seeds {options.seeds}`: dt 0.1 ms, 350 steps, 100 epochs, last "
                f"epoch, seeds {seeds[0]} to {seeds[-1]}, mean ± standard deviation; one thread of {processor}, "
                f"{os.cpu_count()} runs side by side.\n\n{table(results)}\n")
        (ROOT / f"benchmarks/results/yin-yang-{date}.md").write_text(text)


if __name__ == "__main__":
    main()
