#!/usr/bin/python3
"""The proofs of the published certificates of suite intl, judged by torchwood's library: it accepts
what we accept and refuses what we refuse, but for the rules that are stricter here, listed below.

    test_proofs.py VECTORS
"""
import base64
import hashlib
import json
import sys
from pathlib import Path

from interop import Checks, judge_proofs

# Where the two differ, and why that is meant. All but the last are stricter here.
DIFFERENT = {
    "intl-084": "torchwood takes the time 0 of a cosignature",
    "intl-085": "torchwood, as its note library, looks at the first line of a key only",
    "intl-088": "torchwood has no limit of signature lines",
    "intl-089": "C2SP allows extension lines in a checkpoint",
    "intl-090": "torchwood takes an index with a leading zero",
    "intl-091": "C2SP allows an extra line in a proof",
    "intl-093": "the consistency member is ours: no part of the C2SP proof",
    "intl-159": "torchwood 0.9.0 asks for all logs that a policy names, not for one",
}


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def question(name, policy, certificate):
    entry = unb64(certificate["entry"])
    logged = json.loads(entry)["org"].encode() + b"\n" + hashlib.sha256(entry).digest()
    return {"name": name, "policy": policy, "entry": logged, "proof": certificate["proof"]}


def verdict_of(row):
    """What torchwood should say; None: the proof alone does not decide."""
    if row["result"] in ("valid", "incomplete") or row.get("check") in (6, 7, 8):
        return "accepted"
    return "refused" if row.get("check") in (4, 5) else None


def rows(folder):
    for row in json.loads((folder / "vectors.json").read_text()):
        name = row["certificate"].removesuffix(".gzcert")
        policy = (folder / row["policy"]).read_text()
        if name.startswith("intl-") and policy.lstrip()[:1] != "{" and verdict_of(row):
            certificate = json.loads((folder / row["certificate"]).read_text())
            yield name, row, question(name, policy, certificate)


def altered(questions):
    """Each proof with one bit of its first hash, or of its root, flipped."""
    for q in questions:
        lines = q["proof"].split("\n")
        at = 2 if lines[2] else 5
        digest = bytearray(base64.b64decode(lines[at]))
        digest[0] ^= 1
        lines[at] = base64.b64encode(digest).decode()
        yield {**q, "proof": "\n".join(lines)}


def main():
    check = Checks()
    wanted = list(rows(Path(sys.argv[1])))
    errors = judge_proofs([q for _, _, q in wanted])
    for name, row, _ in wanted:
        expected, got = verdict_of(row), "refused" if errors[name] else "accepted"
        if name in DIFFERENT:
            check(f"{name} differs: {DIFFERENT[name]}", got != expected, got)
        else:
            check(f"{name} {expected}: {row['about']}", got == expected, errors[name] or got)
    good = [q for name, row, q in wanted if row["result"] == "valid" and not errors[name]]
    errors = judge_proofs(altered(good))
    check(f"{len(good)} good proofs, a bit of each altered: all refused",
          len(errors) == len(good) > 20 and all(errors.values()),
          [name for name, error in errors.items() if not error])
    check.finish()


main()
