#!/usr/bin/env python3
"""replay_speed.py ROWS REPORT COMMAND…: runs a replay and prints rows/s without training, and peak memory."""
import json
import os
import subprocess
import sys
import time

LEAST_ROWS_PER_S = 30000
MOST_MIB = 1024
FULL = 1000000  # smaller replays are not judged: start and first training weigh too much


def main():
    rows, report_file, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    begun = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    # Usage of the replay and of the trainers that it has waited for; the peak is the largest single process.
    _, status, usage = os.wait4(child.pid, 0)
    wall_s = time.monotonic() - begun  # the whole command: reading the schema of the file counts, too
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"replay ended with {child.returncode}")
    with open(report_file, encoding="utf-8") as file:
        report = json.load(file)
    assert report["rows"] == rows, report["rows"]
    peak_mib = usage.ru_maxrss / 1024
    counted_s = wall_s - report["train_s"]
    speed = rows / counted_s
    cpu_s = usage.ru_utime + usage.ru_stime - report["train_cpu_s"]
    print(f"replay: {speed:,.0f} rows/s  ({rows} rows, wall {wall_s:.1f} s, of it training {report['train_s']:.1f} s "
          f"in {report['retrains'] + 1} runs; without training {counted_s:.1f} s wall, {cpu_s:.1f} s CPU = {rows / cpu_s:,.0f} rows per CPU second)")
    print(f"replay: peak memory {peak_mib:.0f} MiB (largest process)")
    print(f"replay: {report['metric']} {report['score']:.4f}, never retrained {report['baselines']['never_retrain']:.4f}; "
          f"{report['promotions']} promotions, {report['rollbacks']} rollbacks")
    if rows < FULL:
        return
    met = True
    for name, good in ((f">= {LEAST_ROWS_PER_S} rows/s", speed >= LEAST_ROWS_PER_S), (f"< {MOST_MIB} MiB", peak_mib < MOST_MIB)):
        met = met and good
        print(f"replay: required {name}: {'met' if good else 'NOT MET'}")
    if not met:
        sys.exit(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


main()
