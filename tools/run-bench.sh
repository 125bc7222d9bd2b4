#!/bin/bash
# Speed of what is ours beside the peer: `run-bench.sh BUILD [NOUN…]`. Each bench/bench_<noun>.*
# prints one table. Figures of a busy machine vary; compare the columns of one run. Fails where a
# measurement could not be made, never for slowness. The peers (bench/peers, Go 1.24 or newer) are
# left out, with a word, where they cannot be built.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: $0 BUILD [NOUN...]}
shift
build=$(cd "$build" && pwd)
data=$build/bench-data
export TMPDIR=$data
mkdir -p "$data"
trap 'rm -rf "$data"' EXIT

if (cd bench/peers && go build -p 2 -o "$build/bench-peers/" ./...) >"$data/go" 2>&1; then
    export BENCH_TESSERA=$build/bench-peers/tessera BENCH_TORCHWOOD=$build/bench-peers/torchwood
else
    echo "The peers are left out, Go or their modules are missing: $(tail -1 "$data/go")"
    echo
fi

echo "$(nproc) cores,$(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-), $(uname -sr)"
echo
make() { ninja -C "$build" "$@" >"$data/ninja" || { cat "$data/ninja" >&2; exit 1; }; }
for source in bench/bench_*.c bench/bench_*.py; do
    noun=$(basename "${source%.*}")
    [ $# -eq 0 ] || [[ " $* " == *" ${noun#bench_} "* ]] || continue
    if [ "$source" = "${source%.py}" ]; then
        make "bench/$noun"
        "$build/bench/$noun" "$data" </dev/null
    else
        make guzheng
        GUZHENG=$build/guzheng "$source" </dev/null
    fi
    echo
done
