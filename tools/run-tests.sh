#!/bin/bash
# All tests of a build folder: `run-tests.sh BUILD [soak]`. The last line but the log's place is
# "N passed, N failed, N skipped", read from Meson's own log. `soak` lengthens the campaigns
# (GUZHENG_SOAK=1: 200 rounds of kill -9 in place of 10).
set -uo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: $0 BUILD [soak]}
multiplier=1
if [ "${2:-}" = soak ]; then
    export GUZHENG_SOAK=1
    multiplier=30
fi
log=$build/meson-logs/testlog.json
rm -f "$log"
meson test -C "$build" --print-errorlogs --timeout-multiplier "$multiplier" </dev/null
status=$?
/usr/bin/python3 - "$log" <<'PYTHON'
import json, sys
passed = failed = skipped = 0
try:
    with open(sys.argv[1], encoding="utf-8") as log:
        for line in log:
            result = json.loads(line)["result"]
            if result in ("OK", "EXPECTEDFAIL"):
                passed += 1
            elif result in ("SKIP", "IGNORED"):
                skipped += 1
            else:
                failed += 1
except OSError:
    sys.exit("no test log: the tests could not be started")
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not passed else 0)
PYTHON
counted=$?
[ "$status" -eq 0 ] && [ "$counted" -eq 0 ]
