#!/usr/bin/python3
"""src/core on another processor: compiled for arm64, run under emulation.

The tests of src/core that need no other library, then every published vector through the example
verifier, whose report must be the one of this machine. Skipped (77) without
aarch64-linux-gnu-gcc or qemu-aarch64.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VECTORS = ROOT / "tests/vectors"
SKIP, ALL_VECTORS = 77, 354
CC, EMULATOR = "aarch64-linux-gnu-gcc", "qemu-aarch64"
TESTS = ["base64", "disclosure", "ed25519_field", "entry", "key", "policy", "policy_history",
         "sm2_field", "tile", "timestamps", "verify", "verify_cache"]
FLAGS = ["-std=c2x", "-O2", "-g", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"]


def need(program):
    if shutil.which(program) is None:
        print(f"skipped: {program} is missing")
        sys.exit(SKIP)


def run(*args, **more):
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True, **more)
    assert done.returncode == 0, f"{args}: {done.stdout[-500:]}{done.stderr[-2000:]}"


def compile_library(cc, folder):
    """Every source of src/base and src/core, as an object; generated ones too."""
    folder.mkdir()
    base = folder / "sm2_base.c"
    run(sys.executable, ROOT / "tools/sm2-base.py", base)
    sources = sorted((ROOT / "src/base").glob("*.c")) + sorted((ROOT / "src/core").glob("*.c"))
    objects = [folder / (s.parent.name + "_" + s.stem + ".o") for s in sources + [base]]

    def one(pair):
        run(cc, *FLAGS, "-I", ROOT / "include", "-I", ROOT / "src", "-c", pair[0], "-o", pair[1])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, zip(sources + [base], objects)))
    return objects


def link(cc, source, objects, out):
    run(cc, *FLAGS, "-static", "-Wno-missing-prototypes", "-Wno-unused-parameter",
        "-Wno-format-truncation", "-I", ROOT / "tests/cross", "-I", ROOT / "include", "-I",
        ROOT / "src", "-I", ROOT / "tests", source, *objects, "-o", out)
    return out


def report(command, row):
    files = [row["policy"], row["certificate"], *row.get("files", [])]
    done = subprocess.run([*map(str, command), *files], cwd=VECTORS, capture_output=True)
    return done.returncode, done.stdout


def check_vectors(there, here):
    rows = json.loads((VECTORS / "vectors.json").read_text())
    assert len(rows) == ALL_VECTORS
    statuses = {"valid": 0, "invalid": 1, "incomplete": 3, "unusable": 2}

    def one(row):
        status, text = report([EMULATOR, there], row)
        assert status == statuses[row["result"]], (row["certificate"], status)
        assert (status, text) == report([here], row), row["certificate"]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, rows))


def main():
    need(CC)
    need(EMULATOR)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        objects = compile_library(CC, folder / "there")
        for test in TESTS:
            program = link(CC, ROOT / f"tests/core/test_{test}.c", objects, folder / test)
            run(EMULATOR, program, VECTORS)
            print(f"core/{test} on arm64: good")
        there = link(CC, ROOT / "examples/verify.c", objects, folder / "verify_there")
        here = link("gcc", ROOT / "examples/verify.c", compile_library("gcc", folder / "here"),
                    folder / "verify_here")
        check_vectors(there, here)
        print(f"{ALL_VECTORS} vectors: the reports of both machines are the same")


main()
