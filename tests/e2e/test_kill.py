#!/usr/bin/python3
"""kill -9 of the bank and of witnesses at random instants under load: no acknowledged record is
lost or doubled, and the files of all four pass fsck afterwards. 10 rounds, or 200 with
GUZHENG_SOAK."""
import os
import random
import sys
import threading
import time

from consortium import COURTS, Checks, Consortium, count, rows, run

ROUNDS = 200 if os.environ.get("GUZHENG_SOAK") else 10
LOANS = 6
SETTLE_S = 60


def load(chain, folder, acknowledged):
    answer = chain.submit(folder, wait=False)
    if answer is not None:
        acknowledged.append((folder, answer))


def one_round(chain, rng, folder, acknowledged):
    """Submit while one or two processes die; start them again."""
    victims = {rng.choice(["bank", "bank", *COURTS]) for _ in range(rng.choice([1, 1, 2]))}
    sender = threading.Thread(target=load, args=(chain, folder, acknowledged))
    sender.start()
    time.sleep(rng.uniform(0, 0.4))
    for name in victims:
        chain.kill(name)
    sender.join()
    for name in sorted(victims, reverse=True):
        chain.start(name)
    chain.wait_ready()
    return victims


def settle(chain):
    """All records published, or the last status."""
    end = time.monotonic() + SETTLE_S
    while True:
        status = chain.status()
        records = status["records"] if status else {}
        if records and records["published"] == records["total"]:
            return records
        if time.monotonic() > end:
            return records
        time.sleep(0.2)


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(10**6)
    print(f"seed {seed}, {ROUNDS} rounds", flush=True)
    rng, check, acknowledged = random.Random(seed), Checks(), []
    with Consortium() as chain:
        chain.start_all()
        folders = []
        for number in range(1, ROUNDS + 1):
            folders.append(chain.batch(part=number, loans=LOANS)[0])
            victims = one_round(chain, rng, folders[-1], acknowledged)
            print(f"round {number}: killed {', '.join(sorted(victims))}", flush=True)
        for folder, first in acknowledged:
            again = chain.submit(folder, wait=False)
            check(f"acknowledged {folder.name}: all of it is known",
                  again and count(again, "accepted") == 0
                  and count(again, "repeated") == count(first, "accepted")
                  + count(first, "repeated"), again)
        for folder in folders:
            chain.submit(folder, wait=False)
        wanted = sum(rows(f) for f in folders)
        records = settle(chain)
        check("each row once, all published", records.get("total") == wanted
              and records.get("published") == wanted, (records, wanted))
        certificates = chain.certificates()
        check("a certificate each", len(list(certificates.glob("*.gzcert"))) == wanted)
        status = run("verify", "--policy", chain.policy, certificates).returncode
        check("all valid, no number missing or doubled", status == 0, status)
        check("all four stop when asked", chain.stop_all() == [0, 0, 0, 0])
        for folder in ["bank/log"] + [f"{c}/mirror" for c in COURTS]:
            done = run("fsck", chain.chain / folder)
            check(f"fsck of {folder}", done.returncode == 0, done.stdout + done.stderr)
    check.finish()


if __name__ == "__main__":
    main()
