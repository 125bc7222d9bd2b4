#!/usr/bin/python3
"""The verifier as WebAssembly in Node: a certificate, and one with an original of 20 MB."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = "| {:<44} | {:>10} | {:>10} | {:>7} | {:<24} |"
ROWS = [("guzheng.wasm read and compiled", "load", ""),
        ("gm: a certificate verified", "gm", ""),
        ("gm: with an original of 20 MB", "gm_file", "1000"),
        ("intl: a certificate verified", "intl", ""),
        ("intl: with an original of 20 MB", "intl_file", "1000")]


def main():
    with tempfile.TemporaryDirectory() as name:
        package = Path(name) / "package"
        built = subprocess.run([ROOT / "tools/build-wasm.sh", package], capture_output=True,
                               text=True)
        if built.returncode == 77:
            print("WebAssembly is left out: " + built.stderr.strip())
            return
        assert built.returncode == 0, built.stderr
        size = (package / "guzheng.wasm").stat().st_size
        done = subprocess.run(["node", ROOT / "bench/wasm.mjs", package, ROOT / "tests/vectors"],
                              capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    said = json.loads(done.stdout)
    print(HEAD.format("WebAssembly in Node, ms", "Guzheng", "peer", "ratio", "bar"))
    print("|" + "|".join("-" * n for n in (46, 12, 12, 9, 26)) + "|")
    for words, key, bar in ROWS:
        print(HEAD.format(words, "%.1f" % said[key], "-", "-", bar))
    print(HEAD.format("size of the module, bytes", size, "-", "-", "65536"))


main()
