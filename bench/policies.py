#!/usr/bin/env python3
"""The table of `make bench-policies`: policies.py SECONDS REPORT.json…

Total cost per history and price, then the excess of `cost` against the smallest excess of never and the schedules, and
against the oracle's (an excess is at least 1 % of the floor). Fails where one of the limits below is passed."""
import json
import math
import os
import sys

CELL, MEAN, ORACLE, SECONDS = 1.1, 0.9, 2.0, 3600


def excess(policy, floor):
    return max(policy["excess"], 0.01 * floor)


def geometric(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def main():
    seconds, files = float(sys.argv[1]), sys.argv[2:]
    against_best, against_oracle = [], []
    for file in files:
        with open(file) as opened:
            reports = json.load(opened)
        name = os.path.basename(file).removesuffix(".json")
        names = [policy["policy"] for policy in reports[0]["policies"]]
        width = max(map(len, names))
        print(f"\n{name}: total cost, in brackets retrains; floor {reports[0]['floor']:.0f}")
        print(f"{'':{width}}" + "".join(f"{'price ' + format(r['retrain_price'], 'g'):>18}" for r in reports))
        for i, policy in enumerate(names):
            cells = [report["policies"][i] for report in reports]
            print(f"{policy:{width}}" + "".join(f"{c['total_cost']:11.0f} ({c['retrains']:4d})" for c in cells))
        if "cost" not in names:
            continue
        ratios, bounds = [], []
        for report in reports:
            by = {policy["policy"]: excess(policy, report["floor"]) for policy in report["policies"]}
            fixed = min(value for key, value in by.items() if key == "never" or key.startswith("scheduled:"))
            ratios.append(by["cost"] / fixed)
            bounds.append(by["cost"] / by["oracle"])
        print(f"{'cost / best of never, schedules':{width}}" + "".join(f"{ratio:11.2f}" for ratio in ratios))
        print(f"{'cost / oracle':{width}}" + "".join(f"{ratio:11.2f}" for ratio in bounds))
        against_best += ratios
        against_oracle += bounds
    print(f"\n{seconds / 60:.1f} minutes (limit {SECONDS / 60:.0f})")
    failed = seconds > SECONDS
    if not against_best:
        print("the policy 'cost' is not built, so there is nothing to judge")
        return 1 if failed else 0
    for what, value, limit in (
        ("largest ratio to the best of never and schedules", max(against_best), CELL),
        ("geometric mean of these ratios", geometric(against_best), MEAN),
        ("geometric mean of the ratios to the oracle", geometric(against_oracle), ORACLE),
    ):
        print(f"{what}: {value:.3f} (limit {limit}){'' if value <= limit else '  OVER THE LIMIT'}")
        failed = failed or value > limit
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
