#!/usr/bin/env python3
"""drift.py BINARY [--columns 50] [--rows 1000000]: our drift tests beside SciPy and NumPy, column by column in turns.

BINARY is bench/drift_columns of the preset release. Needs NumPy and SciPy (scripts/peers.sh). All times are processor
seconds of one thread, so a busy machine changes them little; ratios are of the sums over all columns. Ours: the
reference is prepared once (printed by itself), then a window is tested. Theirs: everything, as their users call it.
Statistics are compared as well: a fast wrong answer ends the run.
"""
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import json
import subprocess
import sys
import tempfile
import time

import numpy as np
from scipy import stats
from scipy.spatial import distance

GOALS = {"ks": 20, "psi": 60}


def shares(reference, current):
    """Ten bins at the reference's deciles, open at both ends."""
    edges = np.quantile(reference, np.linspace(0, 1, 11))
    edges[0], edges[-1] = -np.inf, np.inf
    return [np.histogram(side, edges)[0] / len(side) for side in (reference, current)]


def ks(reference, current):
    return stats.ks_2samp(reference, current).statistic


def psi(reference, current):
    r, c = shares(reference, current)
    return np.sum((c - r) * np.log(c / r))


def wasserstein(reference, current):
    return stats.wasserstein_distance(reference, current) / np.std(reference)


def jensen_shannon(reference, current):
    return distance.jensenshannon(*shares(reference, current))


def our_shares(reference, current):
    """Ours, for checking only: right-closed, with bins of their own below and above, smoothed by half a row."""
    ends = np.unique(np.quantile(reference, np.arange(1, 11) / 10, method="inverted_cdf"))
    ends = np.concatenate([[np.nextafter(reference.min(), -np.inf)], ends])
    counts = [np.bincount(np.searchsorted(ends, side), minlength=len(ends) + 1) for side in (reference, current)]
    held = (counts[0] + counts[1]) > 0
    return [(count[held] + 0.5) / (count.sum() + 0.5 * held.sum()) for count in counts]


def our_psi(reference, current):
    r, c = our_shares(reference, current)
    return np.sum((c - r) * np.log(c / r))


# What is timed, and what the statistic must equal: the peer's own, or where its bins differ from ours, the formula on ours.
# Jensen-Shannon pools rare bins, which no short formula shows; tests/peers compares it.
PEERS = {"ks": (ks, None), "psi": (psi, our_psi), "wasserstein": (wasserstein, None), "jensen_shannon": (jensen_shannon, False)}
TOLERANCE = {"ks": 1e-12, "psi": 1e-9, "wasserstein": 1e-9}


def columns(count, rows):
    """Normal, log-normal, uniform, heavy-tailed and tied columns in turns; every third one shifted a little."""
    rng = np.random.default_rng(1)
    shapes = (rng.standard_normal, lambda n: rng.lognormal(0, 2, n), rng.random, lambda n: rng.standard_t(2, n),
              lambda n: np.round(rng.standard_normal(n), 2))
    for i in range(count):
        draw = shapes[i % len(shapes)]
        yield draw(rows), draw(rows) + (0.05 if i % 3 == 0 else 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    ours = {name: [] for name in PEERS}
    theirs = {name: [] for name in PEERS}
    prepared = []
    with tempfile.TemporaryDirectory() as folder, \
            subprocess.Popen([asked.binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        before, now = (os.path.join(folder, name) for name in ("reference", "current"))
        for number, (reference, current) in enumerate(columns(asked.columns, asked.rows)):
            reference.tofile(before)
            current.tofile(now)
            child.stdin.write(f"{before} {now}\n")
            child.stdin.flush()
            answer = json.loads(child.stdout.readline())
            prepared.append(answer["prepare_s"])
            for name, (peer, check) in PEERS.items():
                begun = time.thread_time()
                value = float(peer(reference, current))
                theirs[name].append(time.thread_time() - begun)
                ours[name].append(answer[name]["s"])
                if check is False:
                    continue
                expected = float(check(reference, current)) if check else value
                if not abs(answer[name]["statistic"] - expected) <= TOLERANCE[name] * max(1, abs(expected)):
                    sys.exit(f"column {number}, {name}: ours {answer[name]['statistic']}, expected {expected}")
        child.stdin.close()
    print(f"{asked.columns} columns x {asked.rows} reference and {asked.rows} current rows, one thread, processor time")
    print(f"reference prepared once: {sum(prepared):.2f} s, {1e3 * np.mean(prepared):.1f} ms per column")
    met = True
    for name in PEERS:
        ratio = sum(theirs[name]) / sum(ours[name])
        each = sorted(t / o for t, o in zip(theirs[name], ours[name]))
        goal = GOALS.get(name)
        verdict = "" if goal is None else f"; required {goal}: {'met' if ratio >= goal else 'NOT MET'}"
        met = met and (goal is None or ratio >= goal)
        print(f"{name:15} ours {sum(ours[name]):8.3f} s, peer {sum(theirs[name]):8.2f} s, ratio {ratio:6.1f} "
              f"(columns {each[0]:.1f} to {each[-1]:.1f}){verdict}")
    sys.exit(0 if met else 1)


main()
