#!/usr/bin/env bash
# Installs the pinned Python packages of tests/peers/requirements.txt into build/peers, a virtual environment of its own.
# Idempotent: where they are there it prints one line and needs no network.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
list=tests/peers/requirements.txt
stamp=build/peers/installed
digest=$(sha256sum <"$list")
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$digest" ]; then
  say "peers: all there"
  exit 0
fi
say "installing the peers of the tests: $(grep -cv '^#' "$list") Python packages"
rm -rf build/peers
mkdir -p build
python3 -m venv build/peers
build/peers/bin/python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: -r "$list"
printf '%s' "$digest" >"$stamp"
