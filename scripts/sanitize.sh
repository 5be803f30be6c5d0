#!/usr/bin/env bash
# scripts/sanitize.sh asan|tsan [MODULE…]: builds the tests with that sanitizer and runs them; all modules where none is
# named. What is left out is said; SANITIZE_ALL=1 leaves nothing out.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
preset=${1:-}
[[ $preset = asan || $preset = tsan ]] || { echo "usage: scripts/sanitize.sh asan|tsan [MODULE…]" >&2; exit 2; }
shift

# Cases that train dozens of versions or kill processes again and again: hours under a sanitizer, and each of their
# parts is run by another case; simulations of thousands of looks; comparisons with Python. test_architecture only reads files.
left_out='^(architecture\.|peers\.|drift\.AlarmBudget|rollout\.JudgeSimulation|process\.(Kill|Turbofan)|scenario\..*five_months)'
# Without threads, and ten minutes long under TSan: thousands of permutations of a thousand points, hundreds of fits.
[ "$preset" = tsan ] && left_out="${left_out%)}|drift\\.(DriftTests\\.joint_|Detect\\.mmd_|LossEstimator\\.foretells))"
only=()
targets=()
if (($#)); then
  for module; do targets+=("test_$module"); done
  only=(--label-regex "^($(IFS='|'; echo "$*"))\$")
fi
[ "${#targets[@]}" -eq 0 ] && scripts/build.sh "$preset" || scripts/build.sh "$preset" perennial-trainer perennial-scorer "${targets[@]}"
exclude=()
if [ -z "${SANITIZE_ALL:-}" ]; then
  exclude=(--exclude-regex "$left_out")
  say "left out (SANITIZE_ALL=1 runs them too):"
  ctest --test-dir "build/$preset" -N --tests-regex "$left_out" "${only[@]}" | grep -E '^ +Test +#|^Total' || true
fi

suppressions=$PWD/scripts/sanitize
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:abort_on_error=0
export LSAN_OPTIONS=suppressions=$suppressions/lsan.txt:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=suppressions=$suppressions/tsan.txt:ignore_noninstrumented_modules=1:history_size=4:second_deadlock_stack=1:halt_on_error=1
# TSan's shadow memory wants the addresses where it expects them.
plain_addresses=()
[ "$preset" = tsan ] && plain_addresses=(setarch "$(uname -m)" -R)
# Schedules are explored deeper, a minute of processor time, where nothing slows it down twentyfold.
export PERENNIAL_DEPTH=${PERENNIAL_DEPTH:-6}
say "running the tests under $preset (schedules explored to depth $PERENNIAL_DEPTH)"
OMP_NUM_THREADS=1 "${plain_addresses[@]}" ctest --test-dir "build/$preset" --output-on-failure --no-tests=error \
  --parallel "${JOBS:-$(nproc)}" --timeout 1200 "${only[@]}" "${exclude[@]}"
