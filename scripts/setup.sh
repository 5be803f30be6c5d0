#!/usr/bin/env bash
# Installs what building and testing need on Debian 12: packages of scripts/packages.txt, then third_party/.
# Idempotent: where everything is there it prints one line, touches nothing and needs no network.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[1m==>\033[0m %s\n' "$*"; }

installed() { dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }

missing=()
while read -r package; do
  installed "$package" || missing+=("$package")
done < <(grep -v '^#' scripts/packages.txt | grep .)

# libboost-dev (1.74) and libboost1.81-dev exclude each other; the npm client may come from anywhere.
command -v npm >/dev/null || missing+=(npm)

if ((${#missing[@]})); then
  sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "setup: ${#missing[@]} packages are missing and this is neither root nor is there sudo: ${missing[*]}" >&2; exit 1; }
    sudo=(sudo)
  fi
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  say "Debian packages: all there"
fi

scripts/third_party.sh
