#!/usr/bin/python3
"""Certificates a second of `guzheng verify FOLDER`: files opened, verified, compared, reported.

All are under one checkpoint, as those of one batch are. GUZHENG names the built program.
"""
import os
import resource
import subprocess
import tempfile

COUNT = 20000
HEAD = "| {:<44} | {:>10} | {:>10} | {:>7} | {:<24} |"
VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "vectors")


def fill(folder):
    with open(os.path.join(VECTORS, "gm-003.gzcert"), "rb") as f:
        wire = f.read()
    for i in range(COUNT):
        with open(os.path.join(folder, "%06d.gzcert" % i), "wb") as f:
            f.write(wire)


def measure(folder):
    """CPU seconds and MB of the program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    policy = os.path.join(VECTORS, "gm.policy")
    done = subprocess.run([os.environ["GUZHENG"], "verify", "--policy", policy, "--lang", "en",
                           folder], check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "%d valid, 0 invalid" % COUNT in done.stdout.splitlines()[-1], done.stdout[-300:]
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, after.ru_maxrss / 1024


def main():
    with tempfile.TemporaryDirectory() as folder:
        fill(folder)
        turns = [measure(folder) for _ in range(3)]
    spent, memory = min(t[0] for t in turns), max(t[1] for t in turns)
    print(HEAD.format("guzheng verify FOLDER, %d files" % COUNT, "Guzheng", "peer", "ratio", "bar"))
    print("|" + "|".join("-" * n for n in (46, 12, 12, 9, 26)) + "|")
    print(HEAD.format("certificates/s, one core", int(COUNT / spent), "-", "-", "15000, aim 50000"))
    print(HEAD.format("memory in use at most, MB", int(memory), "-", "-", "flat"))


if __name__ == "__main__":
    main()
