#!/usr/bin/python3
"""Reconciliation of a running bank: nothing differs; then each side is changed in turn behind the
others' backs, and the difference is found, named with both values, and gone again after repair."""
import json
import shutil
import socket
import sqlite3
import time

from consortium import Checks, Consortium, rows, run


def reconcile(chain, *options):
    answer = run("reconcile", "--socket", chain.socket, "--json", *options)
    try:
        return answer.returncode, json.loads(answer.stdout)
    except ValueError:
        return answer.returncode, {"error": answer.stderr, "found": []}


def words(report):
    return sorted({d["difference"] for d in report["found"]})


def settle(chain):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        status = chain.status()
        log = status["log"]
        sizes = {w["size"] for w in log["witnesses"]} | {log["published_size"], log["size"]}
        if len(sizes) == 1 and status["records"]["published"] == status["records"]["total"]:
            return
        time.sleep(0.1)


def wait_court(chain, court=1):
    """Its port answers."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", chain.base_port + court)).close()
            return
        except OSError:
            time.sleep(0.05)


def with_change(chain, name, path, change):
    """The process sees the changed file: stopped, changed, started."""
    chain.stop(name)
    kept = path.read_bytes()
    change(path)
    chain.start(name)
    chain.wait_ready()
    return kept


def restore(chain, name, path, kept):
    chain.stop(name)
    path.write_bytes(kept)
    chain.start(name)
    chain.wait_ready()
    wait_court(chain)
    settle(chain)


def flip_entry(path):
    content = bytearray(path.read_bytes())
    content[3] ^= 1  # the first entry's fingerprint
    path.write_bytes(content)


def flip_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def sql(*statements):
    def change(path):
        with sqlite3.connect(path) as db:
            for statement in statements:
                db.execute(statement)
        db.close()
    return change


def store(chain, check):
    database = chain.chain / "bank/bank.sqlite"
    for what, word, statement in (
            ("a record's bytes", "store_damaged",
             "UPDATE record_body SET entry = CAST(replace(CAST(entry AS TEXT), '\"v\":1', "
             "'\"v\":2') AS BLOB) WHERE record_id = 2"),
            ("a record's fingerprint", "log_other",
             "UPDATE record SET fingerprint = zeroblob(32) WHERE id = 2"),
            ("a record's place", "log_short", "UPDATE record SET log_index = 999999 WHERE id = 2")):
        kept = with_change(chain, "bank", database, sql(statement))
        status, report = reconcile(chain)
        check(f"{what} is changed in the store: {word}", status == 1 and word in words(report),
              report)
        if word == "log_other":
            other = next(d for d in report["found"] if d["difference"] == word)
            check("it names the record and both values", other["id"] and other["expected"]
                  and other["found"] and other["expected"] != other["found"], other)
        restore(chain, "bank", database, kept)
    status, report = reconcile(chain)
    check("the store is as it was: no difference", status == 0, report)


def vault(chain, check):
    """A byte of an original, of a sealed part of each vault; an original that is gone."""
    bank = chain.chain / "bank"
    original = next(p for side in ("identity", "vault") for p in sorted((bank / side).glob("??/*")))
    for what, word, change in (
            ("an original", "original_damaged", flip_byte),
            ("an original that is gone", "original_lost", lambda path: path.unlink())):
        kept = with_change(chain, "bank", original, change)
        status, report = reconcile(chain)
        found = [d for d in report["found"] if d["difference"] == word]
        check(f"{what}: {word}, with record, place, what the log says, and the repair",
              status == 1 and len(found) == 1 and found[0]["where"] == "file/1" and found[0]["id"]
              and found[0]["expected"] and found[0]["repair"], report)
        said = run("reconcile", "--socket", chain.socket).stdout
        check(f"{what}: for people", "读不出" in said and "file/1" in said, said)
        restore(chain, "bank", original, kept)
    for what, where, path, statement in (
            ("a business part", "业务库", bank / "bank.sqlite",
             "UPDATE record_body SET sealed = zeroblob(length(sealed)) WHERE record_id = 2"),
            ("an identity part", "身份库", bank / "identity.sqlite",
             "UPDATE identity_part SET sealed = zeroblob(length(sealed)) WHERE id = 2")):
        kept = with_change(chain, "bank", path, sql(statement))
        status, report = reconcile(chain)
        check(f"{what} is changed: named", status == 1 and any(
            d["id"] and d["expected"] and (d["where"] == where or d["difference"]
                                           == "store_damaged") for d in report["found"]), report)
        restore(chain, "bank", path, kept)
    status, report = reconcile(chain)
    check("the vaults are as they were", status == 0 and report["originals"] > 0, report)


def mirror(chain, check):
    entries = next((chain.chain / "court-high/mirror").glob("*/chain/entries"))
    kept = with_change(chain, "court-high", entries, flip_entry)
    wait_court(chain)
    status, report = reconcile(chain)
    other = [d for d in report["found"] if d["difference"] == "mirror_other"]
    check("an entry is changed at a court: named with court, place and both values", status == 1
          and len(other) == 1 and other[0]["where"] == "court.sd" and other[0]["index"] == 0
          and other[0]["expected"] != other[0]["found"], report)
    restore(chain, "court-high", entries, kept)
    chain.stop("court-basic")
    status, report = reconcile(chain)
    check("a court is away: said, and no difference", status == 0 and report["silent"] == 1, report)
    chain.start("court-basic")
    settle(chain)


def lost_store(chain, check):
    """The store of an earlier day: the log has entries in our name that it does not know."""
    database = chain.chain / "bank/bank.sqlite"
    chain.stop("bank")
    shutil.copy2(database, chain.folder / "backup")
    chain.start("bank")
    chain.wait_ready()
    folder, _ = chain.batch(part=2, loans=1)
    chain.submit(folder)
    settle(chain)
    chain.stop("bank")
    kept = database.read_bytes()
    shutil.copy2(chain.folder / "backup", database)
    chain.start("bank")
    chain.wait_ready()
    status, report = reconcile(chain)
    missing = [d for d in report["found"] if d["difference"] == "store_missing"]
    check("an old store: each entry that it lacks is named", status == 1
          and len(missing) == rows(folder), report)
    restore(chain, "bank", database, kept)
    check("its start has swept nothing of what it did not know", reconcile(chain)[0] == 0
          and "older than the log" in (chain.folder / "bank.log").read_text())


def recorded(chain, check):
    status, report = reconcile(chain, "--record")
    check("the result is put on the chain", status == 0, report)
    settle(chain)
    answer = run("find", "--socket", chain.socket, "--json", "--from",
                 time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600)), "--kind",
                 "reconciliation.report")
    found = [json.loads(line) for line in answer.stdout.splitlines()]
    check("it is a record like any other", len(found) == 1 and found[0]["state"] == "published",
          found)
    certificate = chain.folder / "report.gzcert"
    run("certificate", "--socket", chain.socket, "--all", "-o", certificate, found[0]["id"])
    status, said = chain.verify(certificate)
    values = {d["name"]: d["value"] for d in said["disclosed"]} \
        if isinstance(said.get("disclosed"), list) else said.get("disclosed", {})
    check("its certificate is valid and says the figures", status == 0
          and values.get("differences") == "0"
          and values.get("log_size") == str(report["log_size"]), (status, said))


def main():
    check = Checks()
    with Consortium() as chain:
        with open(chain.chain / "bank/config.yaml", "a", encoding="utf-8") as config:
            config.write("reconcile_sample_every: 1s\n")
        chain.start_all()
        folder, _ = chain.batch(loans=5)
        chain.submit(folder)
        settle(chain)
        status, report = reconcile(chain)
        check("nothing differs", status == 0 and report["differences"] == 0
              and report["records"] == rows(folder) == report["entries"]
              and report["mirror_entries"] == 3 * rows(folder) and report["silent"] == 0, report)
        check("the figures of the day are there", report["published"]["records"] == rows(folder)
              and report["published"]["max_ms"] >= report["published"]["p50_ms"] > 0, report)
        end = time.monotonic() + 20
        while chain.status()["reconciliation"] is None and time.monotonic() < end:
            time.sleep(0.2)
        check("it samples by itself", chain.status()["reconciliation"]["extent"] == "sample")
        status, _ = reconcile(chain, "--sample")
        check("a sample on demand", status == 0)
        store(chain, check)
        vault(chain, check)
        mirror(chain, check)
        lost_store(chain, check)
        recorded(chain, check)
        people = run("reconcile", "--socket", chain.socket)
        check("for people", people.returncode == 0 and "比对一致" in people.stdout, people.stdout)
    check.finish()


if __name__ == "__main__":
    main()
