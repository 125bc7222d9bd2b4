#!/usr/bin/python3
"""guzheng fsck --config of a bank: clean after a day's work; a byte changed in a database, in a
vault, or a file that is missing is found, and the record named."""
import random
import re
import shutil
import sqlite3

from consortium import Checks, Consortium, count, rows, run

PLACES = 60
UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b")


# What changes later or is compared with the log instead has no sum: places, times, counts.
NO_SUM = ("batch", "submission_answer", "migration", "file_digest", "outbox", "swept")
NO_SUM_COLUMNS = ("log_index", "sequenced_ms", "published_ms")


def content(path):
    """What the tables hold, or None where SQLite itself says that it is broken."""
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            tables = [name for (name,) in db.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()]
            return {name: rows_of(db, name) for name in tables if name not in NO_SUM}
    except sqlite3.DatabaseError:
        return None


def rows_of(db, table):
    columns = [c[1] for c in db.execute(f"PRAGMA table_info({table})").fetchall()]
    kept = ",".join(c for c in columns if c not in NO_SUM_COLUMNS)
    return db.execute(f"SELECT {kept} FROM {table}").fetchall()


def flip_in_databases(bank, check, fsck):
    for path in (bank / "bank.sqlite", bank / "identity.sqlite"):
        whole, before, wrong, seen = path.read_bytes(), content(path), [], 0
        for at in random.Random(7).sample(range(100, len(whole)), PLACES):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
            status, said = fsck()
            differs = content(path) != before
            seen += differs
            if differs and status == 0:
                wrong.append((at, said))
        path.write_bytes(whole)
        check(f"{path.name}: whatever changes a value is found ({seen} of {PLACES} did)",
              not wrong and seen > 0, wrong)


def alter_originals(bank, check, fsck):
    blobs = sorted((bank / "identity").glob("??/*")) + sorted((bank / "vault").glob("??/*"))
    for blob in blobs[:3]:
        whole = blob.read_bytes()
        blob.chmod(0o600)
        blob.write_bytes(whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:])
        status, said = fsck()
        check("an altered original: the record and the file are named", status == 1
              and "(original)" in said and " file/" in said and len(UUID.findall(said)) == 1, said)
        blob.unlink()
        status, said = fsck()
        check("a missing one likewise", status == 1 and "(original_lost)" in said
              and len(UUID.findall(said)) == 1, said)
        blob.write_bytes(whole)
    return len(blobs)


def lose_a_side(bank, check, fsck, wanted):
    for name, finding in (("identity.sqlite", "identity_lost"), ("master.key", "business_lost"),
                          ("identity-master.key", "identity_lost")):
        kept = bank / "kept"
        (bank / name).rename(kept)
        status, said = fsck()
        check(f"without {name}: every record that has a part there is named", status == 1
              and said.count(f"({finding})") >= wanted and name in said, said[:600])
        kept.rename(bank / name)


def main():
    check = Checks()
    with Consortium() as chain:
        bank = chain.chain / "bank"

        def fsck():
            answer = run("fsck", "--config", bank / "config.yaml")
            return answer.returncode, answer.stdout + answer.stderr

        chain.start_all()
        folder, _ = chain.batch(loans=3)
        answer = chain.submit(folder)
        wanted = rows(folder)
        check("a day's work", answer is not None and count(answer, "accepted") == wanted, answer)
        chain.stop_all()
        status, said = fsck()
        check("clean", status == 0 and f"{wanted} 条记录" in said and "完好" in said, said)
        shutil.copytree(bank, chain.folder / "copy")
        originals = alter_originals(bank, check, fsck)
        check("all originals were looked at", f"{originals} 个原件" in said, said)
        flip_in_databases(bank, check, fsck)
        lose_a_side(bank, check, fsck, wanted)
        status, said = fsck()
        check("as it was: clean", status == 0, said)
    check.finish()


if __name__ == "__main__":
    main()
