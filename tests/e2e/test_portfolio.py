#!/usr/bin/python3
"""The demonstration portfolio: the same arguments give the same bytes; numbers are right and of a
region that does not exist; money adds up to the fen; a bank takes every row, and every certificate
of it is valid, together as a set."""
import shutil
import subprocess
import sys
from collections import defaultdict
from decimal import Decimal

from consortium import ROOT, Checks, Consortium, count, run

TOOL = ROOT / "tools/demo/make_portfolio.py"
REGION = "379999"
NOW = 1_790_000_000  # 2026-09-21
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]


def make(folder, *options):
    subprocess.run(["/usr/bin/python3", TOOL, *map(str, options), folder], check=True,
                   capture_output=True)
    return folder


def read(path):
    """The rows of a batch file as dictionaries by header."""
    head, *rows = path.read_bytes().decode("gb18030").splitlines()
    return [dict(zip(head.split("|"), row.split("|"), strict=True)) for row in rows]


def tables(folder):
    return {p.name.split("_")[0]: read(p) for p in sorted(folder.glob("*.txt"))}


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def check_numbers(check, rows):
    """Every resident number of every file."""
    numbers = {v for table in rows.values() for row in table for h, v in row.items()
               if h.endswith("证件号码") and len(v) == 18 and not v.startswith("9")}
    check("there are ID numbers", len(numbers) > 10, len(numbers))
    for number in numbers:
        total = sum(int(c) * w for c, w in zip(number[:17], WEIGHTS))
        check("ID number", number.startswith(REGION) and number[17] == "10X98765432"[total % 11],
              number)


def check_balances(check, rows):
    """A note's balance is what was drawn less all principal repaid, after each repayment."""
    drawn = {row["借据编号"]: Decimal(row["放款金额"]) for row in rows["drawdown"]}
    left = dict(drawn)
    for row in rows["repayment"]:
        note = row["借据编号"]
        left[note] -= Decimal(row["还本金额"])
        check(f"balance of {note}", left[note] == Decimal(row["余额"]) >= 0, row["余额"])
    check("some are repaid wholly, some not",
          any(v == 0 for v in left.values()) and any(v > 0 for v in left.values()))
    return drawn


def check_plans(check, rows, drawn):
    planned = defaultdict(Decimal)
    for row in rows["plan"]:
        planned[row["借据编号"]] += Decimal(row["应还本金"])
    check("each plan repays its note", planned == drawn)


def check_generator(check, folder):
    options = ["--loans", 40, "--now", NOW, "--originals", "first"]
    first = make(folder / "first", *options)
    check("same arguments, same bytes",
          contents(first) == contents(make(folder / "again", *options)))
    other = tables(make(folder / "other", *options, "--seed", 2))
    rows = tables(first)
    check("another seed, other people", rows["contract"] != other["contract"])
    check_numbers(check, rows)
    check_plans(check, rows, check_balances(check, rows))


def check_seals(check, chain, folder):
    """Each contract bears the seal of the signer whose root the bank trusts."""
    for original in folder.glob("files/*/1-LS*.pdf"):
        _, report = chain.verify(folder / f"{original.parent.name}.gzcert", original)
        disclosed = report["disclosed"]
        check(f"the seal of {original.name}", disclosed["signature.result"] == "有效"
              and disclosed["signature.signer"] == "鲁商示范银行电子签章", disclosed)


def check_intake(check, chain):
    signer = chain.folder / "signer"
    batch = make(chain.folder / "batch", "--loans", 10, "--now", NOW, "--signer", signer)
    shutil.copy(signer / "root.pem", chain.chain / "bank/roots")
    chain.start_all()
    total = sum(len(table) for table in tables(batch).values())
    answer = chain.submit(batch)
    check("every row is accepted", count(answer, "accepted") == total, answer)
    folder = chain.certificates()
    made = len(list(folder.glob("*.gzcert")))
    check("a certificate each", made == total, made)
    check("the folder is valid as a set",
          run("verify", "--policy", chain.policy, folder).returncode == 0)
    check_seals(check, chain, folder)


def main():
    check = Checks()
    with Consortium() as chain:
        check_generator(check, chain.folder)
        check_intake(check, chain)
    check.finish()


if __name__ == "__main__":
    sys.exit(main())
