#!/usr/bin/python3
"""Rows of batch files a second through the program itself: `guzheng submit` to a running bank with
three courts. Accepted: durable in the bank, originals sealed. Published: under two of three courts.
"""
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/e2e"))
from consortium import Consortium, count, rows  # noqa: E402  the path comes first

LOANS = 150
HEAD = "| {:<44} | {:>10} | {:>10} | {:>7} | {:<24} |"


def submit(consortium, part, wait):
    """(rows, files' bytes, seconds)"""
    folder, _ = consortium.batch(part, loans=LOANS)
    total = rows(folder)
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    start = time.monotonic()
    answer = consortium.submit(folder, wait=wait)
    spent = time.monotonic() - start
    if answer is None or count(answer, "accepted") != total:
        sys.exit(f"not all of {total} rows were accepted: {answer}")
    return total, size, spent


def main():
    with Consortium() as consortium:
        consortium.start_all()
        submit(consortium, 1, True)  # the courts trust their clocks, caches are warm
        accepted = submit(consortium, 2, False)
        published = submit(consortium, 3, True)
        consortium.stop_all()
    print(HEAD.format("rows/s of batch files with originals", "Guzheng", "peer", "ratio", "bar"))
    print("|" + "|".join("-" * n for n in (46, 12, 12, 9, 26)) + "|")
    print(HEAD.format("accepted", int(accepted[0] / accepted[2]), "-", "-", ""))
    print(HEAD.format("accepted and published", int(published[0] / published[2]), "-", "-", ""))
    print(HEAD.format("kB/s of files taken in",
                      int(accepted[1] / accepted[2] / 1000), "-", "-", ""))


main()
