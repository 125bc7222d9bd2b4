#!/bin/bash
# The consensus engine of the chain: CometBFT, unmodified, at one pinned version from the Go module
# proxy, whose checksum database vouches for it. `install-cometbft.sh FOLDER` makes
# FOLDER/cometbft. Exit status 77: Go is missing or too old, or the proxy is out of reach, so that
# tests say "skipped".
set -euo pipefail
version=v0.38.26
folder=${1:?usage: $0 FOLDER}
folder=$(mkdir -p "$folder" && cd "$folder" && pwd)

says() { "$folder/cometbft" version 2>/dev/null | tr -d '[:space:]'; }

unavailable() {
    echo "CometBFT $version is not installed: $*" >&2
    exit 77
}

# Two tests that find it missing at once do not build it twice.
exec 9>"$folder/.cometbft-lock"
flock 9
[ -x "$folder/cometbft" ] && [ "v$(says)" = "$version" ] && exit 0

command -v go >/dev/null || unavailable "Go 1.22 or newer is needed (Debian 12 has 1.19)"
go=$(cd / && GOTOOLCHAIN=local go env GOVERSION)
minor=$(echo "$go" | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
[ "${minor:-0}" -ge 22 ] || unavailable "Go 1.22 or newer is needed, this is $go"

echo "installing CometBFT $version (some minutes of compiling)" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! (cd / && GOTOOLCHAIN=local GOFLAGS=-trimpath GOBIN="$folder" \
    go install "github.com/cometbft/cometbft/cmd/cometbft@$version") >"$log" 2>&1 </dev/null; then
    tail -5 "$log" >&2
    unavailable "go install failed (see above)"
fi
if [ "v$(says)" != "$version" ]; then
    echo "what was installed says version $(says), not $version" >&2
    rm -f "$folder/cometbft"
    exit 1
fi
