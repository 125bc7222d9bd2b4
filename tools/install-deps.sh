#!/bin/bash
# Install what is missing on Debian 12, and say so. `install-deps.sh [run|test|fuzz|wide]`:
# what `make run` needs (default), what `make test` needs besides, what `make fuzz` needs besides,
# and a browser and an arm64 machine for the tests that are skipped without.
# Where nothing is missing it asks dpkg only, and is done in a fraction of a second.
set -euo pipefail

run="make gcc libc6-dev meson ninja-build pkgconf git ca-certificates openssl sqlite3 python3
     libssl-dev libgcrypt20-dev libmicrohttpd-dev libgnutls28-dev libcurl4-openssl-dev
     libjansson-dev libyaml-dev libsqlite3-dev libcmocka-dev libp11-kit-dev
     libpango1.0-dev libcairo2-dev libqpdf-dev libqrencode-dev libzip-dev zlib1g-dev libxml2-dev
     protobuf-c-compiler libprotobuf-c-dev
     libharfbuzz-bin fontconfig fonts-noto-cjk fonts-dejavu-core fonts-babelstone-han
     python3-reportlab python3-pil python3-yaml"
test="g++ curl poppler-utils qpdf zbar-tools softhsm2 openssh-client clang lld nodejs"
# Go, for the tests with software of others, is not here: Debian 12 has 1.19, they need 1.24. Where
# a newer one is on the PATH they run, else they are counted as skipped.
fuzz="libclang-rt-14-dev"
wide="chromium gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user"

case "${1:-run}" in
    run) wanted=$run ;;
    test) wanted="$run $test" ;;
    fuzz) wanted="$run $test $fuzz" ;;
    wide) wanted="$run $test $wide" ;;
    *) echo "usage: $0 [run|test|fuzz|wide]" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
    echo "This is not a Debian system. Install by hand what corresponds to:" >&2
    echo $wanted >&2
    exit 1
fi

installed=" $(dpkg-query -W -f='${Package}/${db:Status-Status} ' 2>/dev/null) "
missing=
for package in $wanted; do
    case "$installed" in
        *" $package/installed "*) ;;
        *) missing="$missing $package" ;;
    esac
done
[ -z "$missing" ] && exit 0

command="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" -ne 0 ]; then
    echo "These Debian packages are missing:$missing" >&2
    echo "Install them as root, then call make again:" >&2
    echo "  sudo $command" >&2
    exit 1
fi
echo "Installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "  apt-get update"
if ! apt-get update </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    echo "apt-get update failed: check network and /etc/apt/sources.list, then try again." >&2
    exit 1
fi
echo "  $command"
if ! $command </dev/null >"$log" 2>&1; then
    tail -40 "$log" >&2
    echo "apt-get install failed (see above): nothing was built." >&2
    exit 1
fi
echo "  done"
