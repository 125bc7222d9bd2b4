#!/bin/bash
# Speed of what is ours beside the peer: `run-bench.sh BUILD [NOUN…]`. Each bench/bench_<noun>.*
# prints a table; here they become one, with a line for each. Figures of a busy machine vary;
# compare the columns of one run. Fails where a measurement could not be made, never for slowness.
# The peers (bench/peers, Go 1.24 or newer) are left out, with a word, where they cannot be built.
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
measure() # each noun in turn
{
    local source noun
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
    done
}

# A line of names before a line of dashes begins a table: of all but the first only what it measures
# is kept. What is no line of a table comes after.
measure "$@" | awk -F'|' '
    /^\|[-: |]+\|$/ { begin(held); held = ""; next }
    { put(held); held = $0 }
    END { put(held); if (said != "") printf "\n%s", said }
    function begin(head,    part) {
        split(head, part, "|")
        if (!begun++) {
            printf "| %-44s | %10s | %10s | %7s | %-24s |\n", "", "Guzheng", "peer", "ratio", "bar"
            print "|----------------------------------------------|-----------:|-----------:" \
                "|--------:|--------------------------|"
        }
        gsub(/^ +| +$/, "", part[2]); gsub(/ /, "", part[4])
        if (part[4] != "peer" && part[4] != "") part[2] = part[2] " (peer: " part[4] ")"
        printf "| %-44s | %10s | %10s | %7s | %-24s |\n", "**" part[2] "**", "", "", "", ""
        fflush()
    }
    function put(line) {
        if (line ~ /^\|/) { print line; fflush() }
        else if (line != "") said = said line "\n"
    }'
