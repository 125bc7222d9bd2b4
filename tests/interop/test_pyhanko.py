#!/usr/bin/python3
"""PDFs that pyHanko signed are found valid: `test_pyhanko.py TOOL OUT`. Skipped (77) where it is
not to be had."""
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "document"))
from signed_pdf import Authority, plain_pdf  # noqa: E402

TOOL, OUT = sys.argv[1], Path(sys.argv[2])
PACKAGE = "pyhanko==0.38.0"
SKIPPED = 77


def run(*arguments):
    return subprocess.run([str(a) for a in arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False, timeout=400)


def python():
    """Of an environment of its own, kept in the build folder."""
    program = OUT / "bin/python3"
    if not (OUT / "ready").exists():
        made = run("python3", "-m", "venv", OUT)
        if made.returncode == 0:
            made = run(program, "-m", "pip", "install", "-q", PACKAGE)
        if made.returncode != 0:
            print(f"skipped: {PACKAGE} is not to be had: {made.stderr[-300:]}")
            sys.exit(SKIPPED)
        (OUT / "ready").touch()
    return program


def main():
    program, failed = python(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = folder / "plain.pdf"
        plain.write_bytes(plain_pdf())
        roots = folder / "roots"
        roots.mkdir()
        for algorithm in ("rsa", "ec"):
            authority = Authority(folder / algorithm, algorithm)
            (roots / f"{algorithm}.pem").write_bytes(authority.root.read_bytes())
            certificate, key = authority.person("测试·签署")
            for kind, count in (("adobe", "1"), ("pades", "1"), ("twice", "2")):
                signed = folder / f"{algorithm}-{kind}.pdf"
                made = run(program, HERE / "pyhanko_sign.py", plain, key, certificate, signed, kind)
                said = run(TOOL, "check", signed, roots, int(time.time()) + 60).stdout.split("|")
                good = said[:4] == ["有效", count, "0", "测试·签署"]
                print(("ok   " if good else "FAIL ") + signed.name,
                      "" if good else (said, made.stderr[-500:]))
                failed += not good
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
