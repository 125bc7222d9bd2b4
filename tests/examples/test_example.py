#!/usr/bin/python3
"""libguzheng as others meet it: installed, found by pkg-config, linked shared and static, in
C and C++; the example gives every published result. `test_example.py BUILD VECTORS SANITIZE`."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BUILD, VECTORS, SANITIZE = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
ROOT = Path(__file__).resolve().parents[2]
STATUS = {"valid": 0, "invalid": 1, "incomplete": 3, "unusable": 2}
SKIPPED = 77
failed = 0


def check(what, truth, detail=""):
    global failed
    print(("ok   " if truth else "FAIL ") + what + ("" if truth else f"  {detail}"))
    failed += not truth


def run(*command, **more):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=100,
                          stdin=subprocess.DEVNULL, **more)


def must(*command, **more):
    out = run(*command, **more)
    if out.returncode != 0:
        sys.exit(f"{command}: {out.stdout}{out.stderr}")
    return out.stdout


def installed(folder):
    """(environment for pkg-config, folder of the libraries) of an installation into folder."""
    must("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet",
         env={**os.environ, "DESTDIR": str(folder)})
    pc = next(folder.rglob("guzheng.pc"))
    return {**os.environ, "PKG_CONFIG_PATH": str(pc.parent),
            "PKG_CONFIG_SYSROOT_DIR": str(folder)}, pc.parent.parent


def all_vectors(program, environment):
    wrong = []
    for row in json.loads((VECTORS / "vectors.json").read_text()):
        files = [VECTORS / f for f in row["files"]]
        out = run(program, VECTORS / row["policy"], VECTORS / row["certificate"], *files,
                  env=environment)
        if out.returncode != STATUS[row["result"]]:
            wrong.append((row["about"], out.returncode))
    return wrong


def symbols(library, *options):
    lines = must("nm", *options, library).splitlines()
    return {line.split()[-1].split("@")[0] for line in lines if re.match(r".* [A-Zw] ", line)}


def declared():
    text = "".join((ROOT / f"include/guzheng/{h}.h").read_text() for h in ("verify", "file"))
    return set(re.findall(r"\b(gz_\w+)\(", re.sub(r"/\*.*?\*/", "", text, flags=re.S)))


def interface(libraries):
    shared, static = libraries / "libguzheng.so", libraries / "libguzheng.a"
    check("the shared library shows what the headers declare, and nothing else",
          symbols(shared, "-D", "--defined-only") == declared(), declared())
    check("so does the static library",
          symbols(static, "-g", "--defined-only") == declared(), symbols(static, "-g"))
    needs = symbols(shared, "-D", "--undefined-only")
    heap = needs & {"malloc", "calloc", "realloc", "free", "aligned_alloc", "mmap"}
    world = needs & {"open", "fopen", "read", "write", "time", "clock_gettime", "getenv", "printf"}
    check("it has no heap and touches nothing", not heap and not world, needs)


def headers(folder, environment):
    flags = must("pkg-config", "--cflags", "guzheng", env=environment).split()
    (folder / "use.c").write_text("#include <guzheng/verify.h>\n"
                                  "int main(void) { return gz_policy_memory(1) == 0; }\n")
    shutil.copy(folder / "use.c", folder / "use.cpp")
    libs = must("pkg-config", "--libs", "guzheng", env=environment).split()
    strict = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
    for compiler, std, source in [("cc", "c11", "use.c"), ("cc", "c2x", "use.c"),
                                  ("c++", "c++11", "use.cpp"), ("c++", "c++17", "use.cpp")]:
        if shutil.which(compiler) is None:
            print(f"skip {compiler} is not installed")
            continue
        out = run(compiler, f"-std={std}", *strict, *flags, folder / source, *libs, "-o",
                  folder / "use", env=environment)
        check(f"the header compiles and links as {std}", out.returncode == 0, out.stderr)


def main():
    if SANITIZE != "none":
        print("skip: a library with sanitizers does not link into a plain program")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="guzheng-example-") as name:
        folder = Path(name)
        environment, libraries = installed(folder / "root")
        interface(libraries)
        headers(folder, environment)
        work = shutil.copytree(ROOT / "examples", folder / "examples")
        (work / "verify").unlink(missing_ok=True)
        must("make", "-C", work, env={**environment, "CFLAGS": "-std=c11 -Wall -Wextra -Werror"})
        path = {**environment, "LD_LIBRARY_PATH": str(libraries)}
        wrong = all_vectors(work / "verify", path)
        check("the example gives every published result", not wrong, wrong[:5])
        must("cc", "-std=c11", f"-I{ROOT}/include", work / "verify.c", libraries / "libguzheng.a",
             "-o", folder / "static")
        wrong = all_vectors(folder / "static", environment)
        check("so it does on the static library", not wrong, wrong[:5])
        out = run(work / "verify", VECTORS / "gm.policy", VECTORS / "gm-001.gzcert",
                  VECTORS / "gm-contract-0.pdf", env=path)
        check("it prints result, checks and values", "核验结论：有效" in out.stdout
              and "borrower.name = 张伟" in out.stdout and "8 节点副本" in out.stdout, out.stdout)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
