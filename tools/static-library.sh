#!/bin/bash
# One static library whose only global symbols are gz_*, so that it clashes with nothing in the
# program that links it: `static-library.sh OUT CC INPUT.a…` (meson.build calls it).
set -euo pipefail
out=$1 cc=$2
shift 2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
$cc -r -nostdlib -o "$folder/guzheng.o" -Wl,--whole-archive "$@" -Wl,--no-whole-archive
objcopy --wildcard --keep-global-symbol='gz_*' "$folder/guzheng.o"
rm -f "$out"
ar crs "$out" "$folder/guzheng.o"
