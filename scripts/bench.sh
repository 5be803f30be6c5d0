#!/usr/bin/env bash
# What `make bench` runs: benchmarks of the hot paths, then the replay of a million rows × 30 columns. Fails, at the end,
# where the replay is slower than 30 000 rows/s or needs 1 GiB, or where a ratio to a peer is below what is required.
# BENCH_ROWS=… replays fewer rows, without a verdict on them.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
rows=${BENCH_ROWS:-1000000}
bin=build/release

scripts/build.sh release
say "$(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg), $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-)"
export OMP_WAIT_POLICY=passive

say "predict in process (30 columns, 200 trees of depth 6)"
$bin/bench/predict_benchmark --benchmark_min_time=1
say "predict over HTTP (1 keep-alive connection, 1 server thread)"
$bin/bench/http_predict 3
say "drift report (30 columns, 1000 rows against 5000)"
$bin/bench/drift_benchmark --benchmark_min_time=1
scripts/peers.sh
say "drift tests beside SciPy and NumPy (50 columns, 1 000 000 rows on each side)"
failed=0
build/peers/bin/python3 bench/peers/drift.py $bin/bench/drift_columns || failed=1
say "stream detectors per value, and River's beside them"
$bin/bench/stream_benchmark --benchmark_min_time=0.5
build/peers/bin/python3 bench/peers/stream_ratios.py $bin/bench/stream_benchmark --print || failed=1
say "journal: durable append, and the same in multiples of an fdatasync of this disk"
$bin/bench/journal_benchmark

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
say "replay of $rows generated rows x 30 columns (the trainings in it take most of the time and are not counted)"
$bin/bench/wide_rows "$rows" "$scratch/wide.csv"
$bin/src/perennial init --data "$scratch/wide.csv" --target y -o "$scratch/wide.yaml" >/dev/null
python3 bench/replay_speed.py "$rows" "$scratch/report.json" "$bin/src/perennial" replay "$scratch/wide.yaml" \
  --data "$scratch/wide.csv" --report "$scratch/report.json" || failed=1
exit "$failed"
