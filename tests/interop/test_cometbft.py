#!/usr/bin/python3
"""The engine that `make cometbft` installs is the pinned one, and a second call builds nothing;
where a program of another version lies in its place, that is not taken for it."""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = Path(os.environ.get("COMETBFT_OUT", ROOT / "build/bin"))
VERSION = "0.38.26"
SKIPPED = 77


def install(folder, path=None):
    environment = dict(os.environ, **({"PATH": path} if path else {}))
    return subprocess.run([ROOT / "tools/install-cometbft.sh", folder], capture_output=True,
                          text=True, timeout=800, stdin=subprocess.DEVNULL, env=environment)


first = install(OUT)
if first.returncode == SKIPPED:
    print("skipped: " + first.stderr.strip().splitlines()[0])
    sys.exit(SKIPPED)
assert first.returncode == 0, first.stderr
says = subprocess.run([OUT / "cometbft", "version"], capture_output=True, text=True, timeout=60)
assert says.stdout.strip() == VERSION, says.stdout
made = (OUT / "cometbft").stat().st_mtime_ns
assert install(OUT).returncode == 0
assert (OUT / "cometbft").stat().st_mtime_ns == made, "built again"

with tempfile.TemporaryDirectory() as folder:
    other = Path(folder) / "cometbft"
    other.write_text("#!/bin/sh\necho 0.38.25\n")
    other.chmod(0o755)
    if shutil.which("go", path="/usr/bin:/bin") is None:
        refused = install(folder, path="/usr/bin:/bin")
        assert refused.returncode == SKIPPED, refused
        assert "Go 1.22" in refused.stderr, refused.stderr
print("ok: CometBFT", VERSION)
