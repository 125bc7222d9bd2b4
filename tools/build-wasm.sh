#!/bin/bash
# The package web/verify-core with its WebAssembly module: `build-wasm.sh OUT`. Needs clang and
# wasm-ld (Debian: clang, lld). The same sources and the same compiler give the same bytes, wherever
# they lie. Exit status 77: the compiler or the linker is missing.
set -euo pipefail
out=$(mkdir -p "${1:?usage: $0 OUT}" && cd "$1" && pwd)
cd "$(dirname "$0")/.."
clang=$(command -v clang-14 || command -v clang) || { echo "clang is missing" >&2; exit 77; }
linker=$(command -v wasm-ld-14 || command -v wasm-ld) || { echo "wasm-ld is missing" >&2; exit 77; }
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

package=web/verify-core
/usr/bin/python3 tools/sm2-base.py "$objects/sm2_base.c"
sources="src/base/arena.c src/base/bytes.c src/base/date.c src/base/text.c src/base/time.c
         src/core/base64.c src/core/certificate.c src/core/disclosure.c src/core/ed25519.c
         src/core/entry.c src/core/json.c src/core/key.c src/core/merkle.c
         src/core/note.c src/core/policy.c src/core/policy_history.c src/core/sha256_x86.c
         src/core/sha512.c
         src/core/sm2.c src/core/u256.c src/core/verify.c
         src/core/verify_cache.c $objects/sm2_base.c $package/src/freestanding.c
         $package/src/module.c $package/src/no_tables.c $package/src/report.c $package/src/writer.c"
list=
compile() # SOURCE OPTIMIZATION
{
    local object=$objects/$(basename "$1" .c).o
    "$clang" --target=wasm32 -std=c2x "$2" -ffreestanding -fno-builtin -fno-strict-aliasing -flto \
        -ffunction-sections -fdata-sections -Wall -Wextra -Werror -isystem $package/src/libc \
        -Iinclude -Isrc -c "$1" -o "$object"
    list="$list $object"
}
for source in $sources; do compile "$source" -Oz; done
# What hashes whole files is made for speed, the rest for size.
for source in src/core/hash.c src/core/hash_many.c; do compile "$source" -O2; done
# The stack lies first: what overruns it leaves memory and traps, in place of eating data.
# shellcheck disable=SC2086
"$linker" --no-entry --gc-sections --strip-all --lto-O2 --stack-first -z stack-size=262144 \
    --export=__heap_base --export=web_memory --export=web_verify --export=web_hashing_size \
    --export=web_hashing_begin --export=web_hashing_add --export=web_hashing_end \
    $list -o "$objects/guzheng.wasm"
cp $package/package.json $package/README.md $package/index.js $package/index.d.ts "$out/"
mv "$objects/guzheng.wasm" "$out/"
