#!/usr/bin/env python3
"""stream_ratios.py STREAM_BENCHMARK: our stream detectors and River's, taking turns, in CPU time per value.

Run by the Python of build/peers (scripts/peers.sh). Both sides see the same kind of stream (uniform numbers, or errors
at a rate of 0.2) with the same parameters. Fails where a goal of the table is missed; --print only prints.
"""
import json
import random
import statistics
import subprocess
import sys
import time

from river import drift

ROUNDS = 5
# name of ours: (River's, of errors, values per round, most ns per value or None)
RUNS = {
    "adwin": (drift.ADWIN, False, 40000, 30),
    "adwin_clock_1": (lambda: drift.ADWIN(clock=1), False, 4000, None),
    "page_hinkley": (drift.PageHinkley, False, 100000, 8),
    "ddm": (drift.binary.DDM, True, 100000, 8),
    "eddm": (drift.binary.EDDM, True, 100000, None),
    "hddm_a": (drift.binary.HDDM_A, True, 20000, None),
    "hddm_w": (drift.binary.HDDM_W, True, 20000, None),
    "kswin": (lambda: drift.KSWIN(seed=1), False, 1500, 1000),
}


def theirs(make, errors, count):
    rng = random.Random(1)
    values = [float(rng.random() < 0.2) if errors else rng.random() for _ in range(count)]
    detector = make()
    begun = time.process_time_ns()
    for value in values:
        detector.update(value)
    return (time.process_time_ns() - begun) / count


def ours(program, name):
    done = subprocess.run(
        [program, f"--benchmark_filter=^many/{name}$", "--benchmark_min_time=0.2", "--benchmark_format=json"],
        capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["benchmarks"][0]["ns_per_value"]


def main():
    program = sys.argv[1]
    measured = {name: ([], []) for name in RUNS}
    for _ in range(ROUNDS):
        for name, (make, errors, count, _) in RUNS.items():
            measured[name][0].append(ours(program, name))
            measured[name][1].append(theirs(make, errors, count))
    missed = []
    print(f"{'':16}{'ours ns':>10}{'River ns':>12}{'ratio':>8}   medians of {ROUNDS} turns, CPU time per value")
    for name, (_, _, _, most) in RUNS.items():
        mine, other = (statistics.median(side) for side in measured[name])
        goal = "" if most is None else f"   goal {most} ns: {'met' if mine <= most else 'NOT MET'}"
        if most is not None and mine > most:
            missed.append(name)
        print(f"{name:16}{mine:10.1f}{other:12.0f}{other / mine:8.0f}{goal}")
    if missed and "--print" not in sys.argv:
        sys.exit(f"missed: {', '.join(missed)}")


main()
