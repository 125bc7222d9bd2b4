#!/usr/bin/python3
"""The WebAssembly package: the same bytes from two builds in two places, then every vector in Node.

Skipped (77) without clang, wasm-ld or Node 18.
"""
import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SKIP = 77


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIP)


def build(root, out):
    done = subprocess.run([root / "tools/build-wasm.sh", out], capture_output=True, text=True)
    if done.returncode == SKIP:
        skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr


def copy_sources(to):
    """As somebody else has them: another place."""
    for part in ("src/base", "src/core", "include", "tools", "web/verify-core"):
        shutil.copytree(ROOT / part, to / part)
    return to


def node_version():
    done = subprocess.run(["node", "--version"], capture_output=True, text=True)
    return int(done.stdout.strip().lstrip("v").split(".")[0])


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(ROOT, folder / "package")
        build(copy_sources(folder / "a copy, elsewhere"), folder / "again")
        assert filecmp.cmp(folder / "package/guzheng.wasm", folder / "again/guzheng.wasm", False), \
            "two builds differ"
        print("two builds, the same bytes")
        if shutil.which("node") is None or node_version() < 18:
            skip("Node 18 is missing; the builds agree")
        done = subprocess.run(["node", "--test", ROOT / "tests/web/verify_core.test.mjs"],
                              env=dict(os.environ, PACKAGE=str(folder / "package"),
                                       VECTORS=str(ROOT / "tests/vectors")))
        sys.exit(done.returncode)


main()
