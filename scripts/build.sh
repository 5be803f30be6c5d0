#!/usr/bin/env bash
# Configures and builds one preset: scripts/build.sh PRESET [TARGET…].
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
[ -f "build/$preset/build.ninja" ] || { printf '\033[1m==>\033[0m configuring %s\n' "$preset"; cmake --preset "$preset" >"/tmp/perennial-configure.$$" || { cat "/tmp/perennial-configure.$$"; rm -f "/tmp/perennial-configure.$$"; exit 1; }; rm -f "/tmp/perennial-configure.$$"; }
printf '\033[1m==>\033[0m building %s %s\n' "$preset" "$*"
if (($#)); then cmake --build "build/$preset" --parallel "${JOBS:-$(nproc)}" --target "$@"; else cmake --build "build/$preset" --parallel "${JOBS:-$(nproc)}"; fi
