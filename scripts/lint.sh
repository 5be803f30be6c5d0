#!/usr/bin/env bash
# scripts/lint.sh changed|all: clang-format (must not change anything) and clang-tidy (must find nothing).
# "changed" = files that differ from the upstream branch, or from the last commit but 20 where there is none or where
# it is what is checked out (a fresh clone).
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$1" = all ] || ! git rev-parse --git-dir >/dev/null 2>&1; then
  mapfile -t files < <(git ls-files 'src/*.[ch]pp' 'tests/*.[ch]pp' 'bench/*.[ch]pp' 2>/dev/null || find src tests bench -name '*.[ch]pp')
else
  base=$(git rev-parse --verify --quiet '@{upstream}' 2>/dev/null || true)
  [ -n "$base" ] && ! git diff --quiet "$base" -- src tests bench || base=$(git rev-parse --verify --quiet HEAD~20 || git hash-object -t tree /dev/null)
  mapfile -t files < <(git diff --name-only --diff-filter=d "$base" -- 'src/*.[ch]pp' 'tests/*.[ch]pp' 'bench/*.[ch]pp')
fi
((${#files[@]})) || { echo "lint: no changed files"; exit 0; }
printf '\033[1m==>\033[0m clang-format: %d files\n' "${#files[@]}"
clang-format-19 --dry-run --Werror "${files[@]}"
# clang-tidy needs minutes for a large change: `changed` reads the 12 most recently changed sources (LINT_MOST). In a fresh
# clone all files are equally old, and their commits say which are the newest.
newest_first() {
  local wanted
  wanted=$(cat)
  { git diff --name-only HEAD 2>/dev/null || true; git log --format= --name-only -n 50 2>/dev/null || true; printf '%s\n' "$wanted"; } |
    awk -v wanted="$wanted" 'BEGIN { split(wanted, all, "\n"); for (i in all) keep[all[i]] = 1 } keep[$0] && !seen[$0]++'
}
mapfile -t sources < <(printf '%s\n' "${files[@]}" | { grep '^src/.*\.cpp$' || true; } | newest_first | { [ "$1" = all ] && cat || head -n "${LINT_MOST:-12}"; })
((${#sources[@]})) || exit 0
printf '\033[1m==>\033[0m clang-tidy: %d files\n' "${#sources[@]}"
printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -n 2 clang-tidy-19 -p build/dev --quiet --warnings-as-errors='*' \
  --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-ignored-optimization-argument 2>/dev/null
