#!/usr/bin/python3
"""Receipts of a running bank: kept, late, not due, omitted. The omission is a real one: the record
is taken and its receipt handed out, then the bank loses its database, and the promised time
passes."""
import json
import shutil
import sqlite3
import time
from pathlib import Path

from consortium import Checks, Consortium, count, rows, run

PROMISE_S = 10  # the shortest that the configuration takes


def first_id(chain):
    folder = chain.certificates()
    return sorted(folder.glob("*.gzcert"))[0]


def judge(chain, receipt, certificate=None, logs=()):
    """(exit status, report)"""
    options = [word for log in logs for word in ("--log", log)]
    answer = run("verify", "--json", "--policy", chain.policy, "--genesis",
                 chain.chain / "genesis.json", *options, receipt,
                 *([certificate] if certificate else []))
    try:
        return answer.returncode, json.loads(answer.stdout)
    except ValueError:
        return answer.returncode, {"error": answer.stderr}


def fetch(chain, identity, name):
    receipt = chain.folder / name
    answer = run("receipt", "--socket", chain.socket, "-o", receipt, identity)
    return receipt if answer.returncode == 0 else None


def mirrors(chain, *courts):
    """Courts' copies of the log, where those courts serve them; each has its own cosignatures."""
    inside = next(p for p in (chain.chain / "court-high/mirror").iterdir() if p.is_dir())
    return [f"http://127.0.0.1:{chain.base_port + court}/{inside.name}" for court in courts]


def settled(chain):
    """All courts have cosigned all there is."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        log = chain.status()["log"]
        if {w["size"] for w in log["witnesses"]} | {log["published_size"]} == {log["size"]}:
            return True
        time.sleep(0.1)
    return False


def submit(chain, part):
    folder, _ = chain.batch(part=part, loans=2)
    answer = chain.submit(folder)
    return folder if answer and count(answer, "accepted") == rows(folder) else None


def kept(chain, check):
    certificate = first_id(chain)
    receipt = fetch(chain, certificate.stem, "kept.gzreceipt")
    log = f"http://127.0.0.1:{chain.base_port}"
    status, report = judge(chain, receipt, certificate)
    check("with its certificate: kept", status == 0 and report["verdict"] == "kept", report)
    check("all courts have it", settled(chain), chain.status())
    for what, urls in (("the log", [log]), ("two courts' mirrors", mirrors(chain, 1, 2))):
        status, report = judge(chain, receipt, logs=urls)
        check(f"in {what}: kept", status == 0 and report["verdict"] == "kept"
              and report["index"] is not None, report)
    status, report = judge(chain, receipt)
    check("by itself: signed, undecided", status == 3 and report["verdict"] is None, report)
    other = sorted(certificate.parent.glob("*.gzcert"))[1]
    status, report = judge(chain, receipt, other)
    check("with another's certificate: refused", status == 1, report)
    altered = chain.folder / "altered.gzreceipt"
    altered.write_bytes(receipt.read_bytes().replace(b"+08:00", b"+07:00", 1))
    status, report = judge(chain, altered, certificate)
    check("altered: refused", status == 1 and report["verdict"] is None, report)
    answer = run("receipt", "--socket", chain.socket, "00000000-0000-7000-8000-000000000000")
    check("of an unknown record: said so", answer.returncode == 1 and answer.stderr, answer)
    status, report = judge(chain, receipt, logs=mirrors(chain, 1))
    check("in one court's mirror alone: no quorum", status == 1, report)
    status, report = judge(chain, receipt, logs=["http://127.0.0.1:1"])
    check("nobody answers: not decided", status == 2, report)


def set_promise(chain):
    config = chain.chain / "bank/config.yaml"
    config.write_text(config.read_text() + f"publish_within: {PROMISE_S}s\n")


def backup(chain, path):
    chain.stop("bank")
    shutil.copytree(chain.chain / "bank", path, ignore=shutil.ignore_patterns("log"))
    chain.start("bank")
    chain.wait_ready()


def lose(chain, path):
    """The bank's folder but its log is as it was at the backup."""
    chain.kill("bank")
    for place in list((chain.chain / "bank").iterdir()):
        if place.name != "log":
            shutil.rmtree(place) if place.is_dir() else place.unlink()
    for place in Path(path).iterdir():
        target = chain.chain / "bank" / place.name
        shutil.copytree(place, target) if place.is_dir() else shutil.copy2(place, target)
    chain.start("bank")
    chain.wait_ready()


def omitted(chain, check):
    """Two courts are away, so that nothing is published; the record is taken, and then lost."""
    saved = chain.folder / "backup"
    backup(chain, saved)
    for court in ("court-intermediate", "court-basic"):
        chain.stop(court)
    chain.kill("bank")  # its log asks the courts at the start and takes nothing without two
    chain.start("bank")
    chain.wait_ready()
    folder, _ = chain.batch(part=7, loans=1)
    answer = chain.submit(folder, wait=False)
    check("taken while nothing can be published", answer and count(answer, "accepted") > 0, answer)
    identity = waiting(chain)
    receipt = fetch(chain, identity, "omitted.gzreceipt")
    log = f"http://127.0.0.1:{chain.base_port}"
    status, report = judge(chain, receipt, logs=[log])
    check("before its time: not due", status == 3 and report["verdict"] == "open", report)
    lose(chain, saved)
    for court in ("court-intermediate", "court-basic"):
        chain.start(court)
    time.sleep(PROMISE_S + 1)  # the courts tell whole seconds
    chain.wait_ready()
    check("the bank goes on without it", submit(chain, 8) and settled(chain), chain.status())
    status, report = judge(chain, receipt, logs=mirrors(chain, 1, 2, 3))
    check("lost, and its time is over: proof of omission", status == 1
          and report["verdict"] == "omitted" and report["index"] is None, report)


def waiting(chain):
    """The number of a record that is taken and not in the log."""
    with sqlite3.connect(f"file:{chain.chain}/bank/bank.sqlite?mode=ro", uri=True) as db:
        return db.execute("SELECT uuid FROM record WHERE log_index IS NULL LIMIT 1").fetchone()[0]


def late(chain, check):
    for court in ("court-intermediate", "court-basic"):
        chain.stop(court)
    folder, _ = chain.batch(part=9, loans=1)
    chain.submit(folder, wait=False)
    time.sleep(PROMISE_S + 2)
    for court in ("court-intermediate", "court-basic"):
        chain.start(court)
    end = time.monotonic() + 30
    while time.monotonic() < end and chain.status()["records"]["published"] \
            != chain.status()["records"]["total"]:
        time.sleep(0.2)
    log = f"http://127.0.0.1:{chain.base_port}"
    newest = max(chain.certificates().glob("*.gzcert"), key=lambda p: p.name)
    receipt = fetch(chain, newest.stem, "late.gzreceipt")
    for more in ({"certificate": newest}, {"logs": [log]}):
        status, report = judge(chain, receipt, **more)
        check("published after its time: late", status == 1 and report["verdict"] == "late", report)


def main():
    check = Checks()
    with Consortium() as chain:
        set_promise(chain)
        chain.start_all()
        check("a batch is published", submit(chain, 1))
        kept(chain, check)
        omitted(chain, check)
        late(chain, check)
    check.finish()


if __name__ == "__main__":
    main()
