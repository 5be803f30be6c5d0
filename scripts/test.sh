#!/usr/bin/env bash
# What `make test` runs, after `make setup`: lint of what changed, build, all tests. Ends with the count of tests.
set -euo pipefail
cd "$(dirname "$0")/.."
started=$SECONDS
scripts/peers.sh
scripts/build.sh dev
scripts/lint.sh changed
[ -d ../shared/data ] || echo "note: ../shared/data is not there; the cases that need it are skipped and listed below"
export PERENNIAL_KILLS="${PERENNIAL_KILLS:-20}"
printf '\033[1m==>\033[0m running the tests\n'
ctest --test-dir build/dev --output-on-failure --parallel "${JOBS:-$(nproc)}" --no-tests=error
printf '\033[1m==>\033[0m make test took %d s\n' $((SECONDS - started))
