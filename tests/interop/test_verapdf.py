#!/usr/bin/python3
"""veraPDF finds our pages to be PDF/A-3b, and one that is spoiled not: `test_verapdf.py VECTORS`.
Skipped (77) where Java, Maven or its packages are not to be had."""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent / "verapdf"
PROGRAM = os.environ["GUZHENG"]
OUT = Path(os.environ["INTEROP_VERAPDF_OUT"])
VECTORS = Path(sys.argv[1])
SKIPPED = 77


def run(*arguments, **more):
    return subprocess.run([str(a) for a in arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False, timeout=600, **more)


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def class_path():
    """The validator and our class, kept in the build folder."""
    if not shutil.which("mvn") or not shutil.which("javac"):
        skip("no Maven or no Java compiler")
    jars = OUT / "jars"
    if not jars.exists():
        shutil.copytree(HERE, OUT, dirs_exist_ok=True)
        got = run("mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=part",
                  cwd=OUT)
        if got.returncode != 0:
            skip("Maven's packages are not to be had: " + got.stdout[-300:])
        (OUT / "part").rename(jars)
    path = f"{jars}/*:{OUT}"
    made = run("javac", "-nowarn", "-cp", path, "-d", OUT, HERE / "Check.java")
    if made.returncode != 0:
        sys.exit(made.stderr)
    return path


def render(folder):
    """Plain, without disclosures, in both suites; as many as are valid or incomplete."""
    made = []
    for suite in ("gm", "intl"):
        for cert in sorted(VECTORS.glob(f"{suite}-0[0-2]*.gzcert")):
            out = folder / (cert.stem + ".pdf")
            run(PROGRAM, "verify", "--policy", VECTORS / f"{suite}.policy", "--render", out, cert)
            if out.exists():
                made.append(out)
    return made


def main():
    path = class_path()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = render(folder)
        rare = folder / "rare.pdf"  # with fonts of each form
        run(os.environ["PAGE_MAKER"], rare, "𠮷䶮 𬎆 ☑ <&>", 200)
        made.append(rare)
        for form in ("note", "repayments"):
            made.append(folder / f"{form}.pdf")
            run(os.environ["VOUCHER_MAKER"], made[-1], form, 40)
        spoiled = folder / "spoiled.pdf"
        whole = made[0].read_bytes()
        spoiled.write_bytes(whole.replace(b"<pdfaid:part>3<", b"<pdfaid:part>1<"))
        said = run("java", "-cp", path, "Check", *made, spoiled)
    print(said.stdout + said.stderr[-2000:])
    lines = said.stdout.splitlines()
    wanted = [f"ok {p}" for p in made]
    good = said.returncode == 0 and len(made) > 3 and all(w in lines for w in wanted)
    caught = f"no {spoiled}" in lines
    print(f"{len(made)} pages, all of them archival: {good}; the spoiled one is caught: {caught}")
    return 0 if good and caught else 1


if __name__ == "__main__":
    sys.exit(main())
