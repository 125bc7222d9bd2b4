#!/usr/bin/python3
"""The watched folder: files with their mark are taken, also when the bank is killed at random
instants; each row is there once, each file is moved with its result, and the same rows a year later
add nothing."""
import os
import random
import shutil
import sys
import time

from consortium import COURTS, Checks, Consortium, count, rows, run

KILLS = 60 if os.environ.get("GUZHENG_SOAK") else 6
LOANS = 30
SETTLE_S = 90
YEAR_S = 366 * 24 * 3600


def configure(chain):
    inbox, done = chain.folder / "inbox", chain.folder / "done"
    inbox.mkdir()
    done.mkdir()
    with open(chain.chain / "bank/config.yaml", "a", encoding="utf-8") as config:
        config.write(f"inbox: {inbox}\ninbox_done: {done}\n")
    return inbox, done


def drop(folder, inbox):
    """As a bank's system does: originals, then the file, then its mark."""
    shutil.copytree(folder / "files", inbox / "files", dirs_exist_ok=True)
    for path in sorted(folder.glob("*.txt")):
        shutil.copy(path, inbox / path.name)
    for path in sorted(folder.glob("*.txt")):
        (inbox / f"{path.name}.ok").touch()


def wait_empty(inbox):
    end = time.monotonic() + SETTLE_S
    while any(p.is_file() for p in inbox.iterdir()):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def counts(path):
    """{"rows": …, "accepted": …} of a result."""
    found = {}
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        cells = line.split(",")
        if cells[0] == "合计" and cells[4].split()[-1].isdigit():
            found[cells[3]] = int(cells[4].split()[-1])
    return found


def check_results(check, what, done, folder):
    for path in sorted(folder.glob("*.txt")):
        result = done / f"{path.name}.result.csv"
        found = counts(result) if result.is_file() else {}
        check(f"{what}: {path.name} was moved with its result", (done / path.name).is_file()
              and found.get("rows") == len(path.read_bytes().splitlines()) - 1
              and found["accepted"] + found["repeated"] + found["refused"] == found["rows"], found)


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(10**6)
    print(f"seed {seed}, {KILLS} kills", flush=True)
    rng, check = random.Random(seed), Checks()
    with Consortium() as chain:
        inbox, done = configure(chain)
        chain.start_all()
        first, _ = chain.batch(part=1, loans=3)
        spoilt, lines = chain.batch(part=2, loans=5, spoil=3)
        drop(first, inbox)
        drop(spoilt, inbox)
        check("the folder is emptied", wait_empty(inbox), os.listdir(inbox))
        check_results(check, "quiet", done, first)
        check_results(check, "spoilt rows", done, spoilt)
        refused = sum(counts(p)["refused"] for p in done.glob("*_2.txt.result.csv"))
        check("as many refused as were spoilt", refused == len(lines), (refused, lines))

        part = 3
        folders = [first]
        for number in range(KILLS):
            folder, _ = chain.batch(part=part + number, loans=LOANS)
            folders.append(folder)
            drop(folder, inbox)
            time.sleep(rng.uniform(0, 1.5))
            chain.kill("bank")
            chain.start("bank")
            chain.wait_ready()
        check("emptied after kills", wait_empty(inbox), os.listdir(inbox))
        for folder in folders[1:]:
            check_results(check, "killed", done, folder)
        wanted = sum(rows(f) for f in folders) + rows(spoilt) - refused
        total = chain.status()["records"]["total"]
        check("each row once", total == wanted, (total, wanted))

        chain.stop_all()
        for name in COURTS + ["bank"]:
            chain.start(name, {"GUZHENG_TEST_CLOCK_OFFSET_S": str(YEAR_S)})
        chain.wait_ready()
        results = chain.folder / "results"
        results.mkdir()
        answer = run("submit", "--socket", chain.socket, "--result", results, first)
        check("submit --result", answer.returncode == 0, answer.stderr)
        found = [counts(p) for p in results.glob("*.result.csv")]
        check("a year later nothing is added", found and all(
            c["repeated"] == c["rows"] and c["accepted"] == 0 for c in found), found)
        drop(first, inbox)
        check("a year later, the folder", wait_empty(inbox)
              and chain.status()["records"]["total"] == wanted, chain.status())
        bad = run("submit", "--socket", chain.socket, "--result", chain.folder / "none", first)
        check("a folder of results that is not there", bad.returncode == 2, bad.stderr)
        again = chain.submit(folders[-1], wait=False)
        check("without results as before", again and count(again, "repeated") == rows(folders[-1]))
    check.finish()


if __name__ == "__main__":
    main()
