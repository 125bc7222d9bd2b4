#!/usr/bin/python3
"""From a bank's own log to the consortium chain: the log ends under a checkpoint of all courts, the
four members import what was signed and go on from its root; the bank goes on with its numbers; old
certificates stay valid by the policy history, new ones are too."""
import json
import shutil
import tempfile
import time
from pathlib import Path

from cluster import Cluster, members
from consortium import START_S, Checks, Consortium, count, rows, run, verify
from test_chain_bank import Bank, is_published


def old_log(check, chain):
    """A batch on the embedded log, until all three courts stand on its end; then it stops."""
    chain.start_all()
    folder, _ = chain.batch(part=1, loans=5)
    answer = chain.submit(folder)
    check("the log takes a batch", count(answer, "accepted") == rows(folder), answer)
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        log = chain.status()["log"]
        if log["size"] > 0 and all(w["size"] == log["size"] for w in log["witnesses"]):
            break
        time.sleep(0.2)
    check("all three courts stand on its end", all(
        w["size"] == log["size"] for w in log["witnesses"]), log)
    old = chain.certificates()
    check("all stop when asked", chain.stop_all() == [0, 0, 0, 0])
    return old, log["size"], rows(folder)


def unfinished_is_refused(check, chain, root):
    """A log whose last checkpoint not all courts have cosigned is not continued."""
    log = root / "cut"
    shutil.copytree(chain.chain / "bank/log", log)
    (log / "checkpoints").unlink()
    folder = root / "member"
    folder.mkdir()
    members.call(members.ENGINE, "init", "--home", folder / "engine")
    members.call(members.PROGRAM, "init-node", "--organisation", "ccb.sd", "--role", "bank",
                 "--origin", "guzheng/demo-gm", "--url", "http://h:1", "--peer", "h:1", "--folder",
                 folder)
    refused = run("init-chain", "--continues", log, "--genesis", chain.chain / "genesis.json",
                  "--folder", root / "shared", folder / "member.json")
    check("a log without its closing checkpoint is refused", refused.returncode == 1 and
          not (root / "shared").exists(), refused.stderr)


def goes_on(check, cluster, chain, size, old, old_rows):
    states = cluster.settled(size)
    check("the members begin where the log ended", all(s["size"] == size for s in states), states)
    history = cluster.chain / "shared/policy-history.json"
    status, report = verify(history, old)
    check("old certificates: valid by the history, or in want of the consistency proof",
          status in (0, 3), report)
    status, _ = verify(cluster.policy, old)
    check("not under the chain's policy alone", status == 1, status)
    bank = Bank(cluster, chain.chain / "bank")
    bank.start()
    try:
        folder = chain.batch(part=2, loans=5)[0]
        answer = bank.submit(folder)
        check("the bank goes on", count(answer, "accepted") == rows(folder), answer)
        records = bank.until(is_published)["records"]
        check("all is published", records["published"] == records["total"] ==
              old_rows + rows(folder), records)
        made = cluster.folder / "certificates"
        done = run("certificate", "--socket", bank.socket, "--all", "--every", "-o", made)
        check("certificates of old and new records", done.returncode == 0 and
              len(list(made.glob("*.gzcert"))) == records["total"], done.stderr)
        status, report = verify(history, made)
        check("valid by the history", status == 0, json.dumps(report)[-600:])
        done = run("reconcile", "--socket", bank.socket)
        check("reconciled with every member", done.returncode == 0, done.stdout + done.stderr)
    finally:
        bank.process.kill()
        bank.process.wait()


def main():
    check = Checks()
    with Consortium("gm") as chain, tempfile.TemporaryDirectory() as name:
        old, size, old_rows = old_log(check, chain)
        unfinished_is_refused(check, chain, Path(name))
        with Cluster("gm", origin="guzheng/demo-gm", log=chain.chain / "bank/log",
                     log_genesis=chain.chain / "genesis.json") as cluster:
            goes_on(check, cluster, chain, size, old, old_rows)
    check.finish()


if __name__ == "__main__":
    main()
