#!/usr/bin/python3
"""A disk that fills up and a disk that turns read-only, under the bank and under a court: a clear
error, everything acknowledged before is intact, and after repair the work goes on. Small file
systems in memory; skipped where they may not be mounted."""
import os
import shutil
import subprocess
import sys
import time

from consortium import SKIPPED, Checks, Consortium, count, rows, run

SETTLE_S = 60


class Disk:
    """A file system of its own in place of a folder, whose content is moved onto it."""

    def __init__(self, folder, size):
        self.folder = folder
        aside = folder.with_name(folder.name + ".aside")
        folder.rename(aside)
        folder.mkdir(mode=0o700)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs",
                               str(folder)], capture_output=True, text=True)
        if done.returncode != 0:
            print(f"skipped: no file system may be mounted here: {done.stderr}")
            sys.exit(SKIPPED)
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        shutil.rmtree(aside)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", str(self.folder)], check=False)

    def remount(self, options):
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.folder)], check=True)

    def fill(self):
        """Nothing is left."""
        with open(self.folder / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError:
                pass

    def free(self):
        (self.folder / "filler").unlink()


def settled(chain, wanted):
    end = time.monotonic() + SETTLE_S
    while time.monotonic() < end:
        status = chain.status()
        if status and status["records"]["published"] == wanted:
            return True
        time.sleep(0.2)
    return False


def revive(chain, name):
    """Start it again if it has ended or failed; a log that could not write asks for that."""
    if name in chain.children:
        chain.kill(name)
    chain.start(name)
    chain.wait_ready()


def full(chain, check, bank, wanted):
    folder, _ = chain.batch(part=2, loans=8)
    bank.fill()
    answer = chain.submit(folder, wait=False)
    check("full disk: not acknowledged", answer is None or count(answer, "accepted") < rows(folder),
          answer)
    certificates = chain.certificates()
    check("full disk: what was published is still handed out",
          len(list(certificates.glob("*.gzcert"))) == wanted)
    bank.free()
    revive(chain, "bank")
    again = chain.submit(folder)
    check("room again: all of it is recorded once", again and count(again, "accepted")
          + count(again, "repeated") == rows(folder), again)
    return wanted + rows(folder)


def read_only(chain, check, bank, wanted):
    folder, _ = chain.batch(part=3, loans=4)
    chain.kill("bank")  # a file system in use cannot be turned read-only
    bank.remount("ro")
    chain.start("bank")
    ended = chain.children["bank"].wait(timeout=20)
    check("read-only disk: the bank says so and ends", ended not in (0, None)
          and "guzheng bank:" in chain.log("bank"), chain.log("bank"))
    del chain.children["bank"]
    bank.remount("rw")
    chain.start("bank")
    chain.wait_ready()
    answer = chain.submit(folder)
    check("writable again: the next batch is recorded",
          answer and count(answer, "accepted") == rows(folder), answer)
    return wanted + rows(folder)


def court(chain, check, disk, wanted):
    """One court's full disk delays nothing; with room it catches up."""
    folder, _ = chain.batch(part=4, loans=4)
    disk.fill()
    answer = chain.submit(folder)
    wanted += rows(folder)
    check("a court's disk is full: published all the same",
          answer and count(answer, "accepted") == rows(folder) and settled(chain, wanted), answer)
    disk.free()
    revive(chain, "court-high")
    folder, _ = chain.batch(part=5, loans=4)
    chain.submit(folder)
    wanted += rows(folder)
    end, size = time.monotonic() + SETTLE_S, 0
    while time.monotonic() < end and size < wanted:
        witnesses = chain.status()["log"]["witnesses"]
        size = next(w["size"] for w in witnesses if w["name"] == "court.sd")
        time.sleep(0.2)
    check("it has room again: it cosigns the newest", size == wanted, (size, wanted))
    return wanted


def main():
    if os.geteuid() != 0:
        print("skipped: only root may mount")
        sys.exit(SKIPPED)
    check = Checks()
    with Consortium() as chain, Disk(chain.chain / "bank", "6m") as bank, \
            Disk(chain.chain / "court-high", "6m") as high:
        chain.start_all()
        folder, _ = chain.batch(part=1, loans=8)
        chain.submit(folder)
        wanted = rows(folder)
        check("before: all published", settled(chain, wanted), chain.status())
        wanted = full(chain, check, bank, wanted)
        check("after the full disk: all published", settled(chain, wanted), chain.status())
        wanted = read_only(chain, check, bank, wanted)
        wanted = court(chain, check, high, wanted)
        status = run("verify", "--policy", chain.policy, chain.certificates()).returncode
        check("every certificate is valid, none missing", status == 0, status)
        check("all four stop when asked", chain.stop_all() == [0, 0, 0, 0])
        for place in (chain.chain / "bank/log", chain.chain / "court-high/mirror"):
            done = run("fsck", place)
            check(f"fsck of {place.parent.name}", done.returncode == 0, done.stdout + done.stderr)
    check.finish()


if __name__ == "__main__":
    main()
