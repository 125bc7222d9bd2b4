#!/bin/bash
# Every decoder under libFuzzer with address and undefined-behaviour sanitizers:
# `SECONDS_EACH=60 run-fuzz.sh [TARGET…]`. A target is tests/fuzz/fuzz_<noun>.c; it is linked with
# the pure folders, and with what its line `fuzz-with: FILE…` names besides. Crashing inputs stay
# in build-fuzz/crash/.
set -euo pipefail
cd "$(dirname "$0")/.."
out=build-fuzz
seconds=${SECONDS_EACH:-60}
flags="-std=c2x -g -O1 -D_GNU_SOURCE -fno-strict-aliasing -fno-omit-frame-pointer
       -Iinclude -Isrc -Itests/fuzz -fsanitize=address,undefined -fno-sanitize-recover=undefined"
mkdir -p $out/objects $out/crash $out/src
tools/sm2-base.py $out/src/sm2_base.c
mkdir -p $out/pb/node
protoc-c --proto_path=src/node --c_out=$out/pb/node abci.proto

echo "building"
objects=
for source in src/base/*.c src/core/*.c src/ledger/*.c src/compliance/*.c $out/src/*.c; do
    [ -f "$source" ] || continue
    object=$out/objects/$(echo "${source%.c}" | tr / _).o
    objects="$objects $object"
    [ "$object" -nt "$source" ] && [ -z "$(find src include -name '*.h' -newer "$object")" ] ||
        clang $flags -fsanitize=fuzzer-no-link -c "$source" -o "$object"
done
tests/fuzz/seeds.py $out/seeds

targets=${*:-$(cd tests/fuzz && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')}
failed=
for target in $targets; do
    source=tests/fuzz/fuzz_$target.c
    with=$(sed -n 's/.*fuzz-with: *\([^*]*\).*/\1/p' "$source")
    if ! clang $flags -fsanitize=fuzzer "$source" $with $objects -o "$out/fuzz_$target"; then
        failed="$failed $target"
        continue
    fi
    mkdir -p "$out/corpus/$target" "$out/seeds/$target"
    printf '%-14s ' "$target"
    log=$out/$target.log
    if "$out/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -max_len=70000 -artifact_prefix="$out/crash/$target-" -print_final_stats=1 \
        "$out/corpus/$target" "$out/seeds/$target" >"$log" 2>&1 </dev/null; then
        sed -n 's/^stat::number_of_executed_units: */runs /p' "$log"
    else
        failed="$failed $target"
        echo "FAILED, see $log"
        tail -15 "$log" >&2
    fi
done
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
