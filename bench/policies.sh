#!/usr/bin/env bash
# What `make bench-policies` runs: every retraining policy over five public histories at three prices, and how the
# default policy does against never, schedules and the oracle. Two cores, under 60 minutes. Trained models are kept in
# build/policies, so that a second run takes a fraction; POLICIES_FRESH=1 begins anew. POLICIES_DATA=elec2,bike_sharing
# runs some of them, without a verdict on the whole.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
preset=${PRESET:-release}
data=${DATA:-../shared/data}
out=build/policies
chosen=${POLICIES_DATA:-elec2,bank_marketing,bike_sharing,sea_abrupt,sea_gradual}
perennial=build/$preset/src/perennial

scripts/build.sh "$preset" perennial perennial-trainer
[ -z "${POLICIES_FRESH:-}" ] || rm -rf "$out"
mkdir -p "$out"
say "$(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
export OMP_WAIT_POLICY=passive

policies=never,scheduled:300rows,scheduled:1000rows,scheduled:3000rows,scheduled:10000rows,drift,decay
for name in cara upf cost; do
  if "$perennial" list policies | awk '{print $1}' | grep -qx "$name"; then policies+=,$name; fi
done
policies+=,oracle

declare -A file=([elec2]=elec2.csv.gz [bank_marketing]=bank_marketing.csv.gz [bike_sharing]=bike_sharing_hourly.csv.gz
  [sea_abrupt]=synth_sea_abrupt.csv.gz [sea_gradual]=synth_sea_gradual.csv.gz)
begun=$SECONDS
for name in ${chosen//,/ }; do
  say "$name"
  "$perennial" backtest "bench/policies/$name.yaml" --data "$data/${file[$name]}" --policies "$policies" \
    --retrain-cost 20,50,200 --data-dir "$out/$name" --report "$out/$name.json"
done
took=$((SECONDS - begun))
say "the table took $((took / 60)) min $((took % 60)) s"
python3 bench/policies.py "$took" $(for name in ${chosen//,/ }; do echo "$out/$name.json"; done)
