"""River's stream detectors on the streams of river_test.cpp; a tabular CUSUM in NumPy where River has none.

Input: {detector, streams: a file of doubles, cases: [{length, parameters}]}. Output: per case the rows (from 0) of
drifts and of warnings; for KSWIN also the draws that River's generator makes, by seed and sizes.
"""
import json
import random
import sys

import numpy as np
from river import drift

RIVER = {
    "adwin": drift.ADWIN,
    "ddm": drift.binary.DDM,
    "eddm": drift.binary.EDDM,
    "hddm_a": drift.binary.HDDM_A,
    "hddm_w": drift.binary.HDDM_W,
    "kswin": drift.KSWIN,
    "page_hinkley": drift.PageHinkley,
}


def run_river(name, values, parameters):
    detector = RIVER[name](**parameters)
    warns = hasattr(detector, "warning_detected")
    drifts, warnings = [], []
    for row, value in enumerate(values.tolist()):
        detector.update(value)
        if detector.drift_detected:
            drifts.append(row)
        elif warns and detector.warning_detected:
            warnings.append(row)
    return drifts, warnings


def run_cusum(values, k, h, warm_up, clip, mode, warning):
    """Montgomery, Introduction to Statistical Quality Control, 9.1.2: C+ and C- with reference value K = k sigma and
    decision interval H = h sigma; mean and sigma of the warm-up; after an alarm the chart starts again."""
    drifts, warnings = [], []
    start = 0
    while start + warm_up < len(values):
        learned = values[start : start + warm_up]
        mu, sigma = np.mean(learned), np.std(learned, ddof=1)
        rest = np.clip(values[start + warm_up :], mu - clip * sigma, mu + clip * sigma)
        above, below = rest - (mu + k * sigma), (mu - k * sigma) - rest
        plus = minus = 0.0
        start += warm_up
        for step, (up, down) in enumerate(zip(above.tolist(), below.tolist())):
            plus, minus = max(0.0, plus + up), max(0.0, minus + down)
            chart = {"up": plus, "down": minus, "both": max(plus, minus)}[mode]
            if chart > h * sigma:
                drifts.append(start + step)
                start += step + 1
                break
            if chart > warning * h * sigma:
                warnings.append(start + step)
        else:
            break
    return drifts, warnings


def draws(cases):
    """The indices that KSWIN's generator draws after each start, in the order in which it is asked for them."""
    found = {}
    for case in cases:
        p = case["parameters"]
        key = f"{p['seed']}/{p['window_size']}/{p['stat_size']}"
        found[key] = max(found.get(key, 0), case["length"] - p["window_size"] + 1)
    for key, count in found.items():
        seed, window, stat = (int(part) for part in key.split("/"))
        generator = random.Random(seed)
        found[key] = [generator.sample(range(window - stat), stat) for _ in range(count)]
    return found


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        asked = json.load(file)
    values = np.fromfile(asked["streams"], dtype=np.float64)
    answer = {"drifts": [], "warnings": []}
    first = 0
    for case in asked["cases"]:
        stream = values[first : first + case["length"]]
        first += case["length"]
        if asked["detector"] == "cusum":
            drifts, warnings = run_cusum(stream, **case["parameters"])
        else:
            drifts, warnings = run_river(asked["detector"], stream, case["parameters"])
        answer["drifts"].append(drifts)
        answer["warnings"].append(warnings)
    assert first == len(values)
    if asked["detector"] == "kswin":
        answer["draws"] = draws(asked["cases"])
    json.dump(answer, sys.stdout)


main()
