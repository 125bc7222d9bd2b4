#!/bin/bash
# Speed of what is ours beside the peer: `run-bench.sh BUILD`. Each bench/bench_<noun>.c prints one
# table. Figures of a busy machine vary; compare the columns of one run.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: $0 BUILD}
for source in bench/bench_*.c; do
    name=$(basename "$source" .c)
    ninja -C "$build" "bench/$name" >/dev/null
    "$build/bench/$name"
    echo
done
