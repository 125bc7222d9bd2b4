#!/usr/bin/python3
"""A day's batch in which everything happens within the hour: contracts, drawdowns and early
repayments, as the bank's core system exports them. Invented people, right check digits. The same
arguments give the same bytes. make_portfolio.py tells whole lives of loans with the same modules.

`make-batch.py --now UNIX_SECONDS [--seed N] [--part N] [--loans N] [--spoil N] FOLDER`; with
--spoil, N further rows are bad, each in its own way, and their event numbers are printed with the
defect. Parts of a day have event and contract numbers of their own.
"""
import argparse
import random
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from batch_files import EVERY, Batch  # noqa: E402
from events import Diary  # noqa: E402
from loans import make_loan, percent, yuan  # noqa: E402
from signing import conclude  # noqa: E402
from spoil import spoil  # noqa: E402

CHINA = timezone(timedelta(hours=8))


def draw(rng, loan, diary):
    """One or two notes; then, on most loans, early part repayments on the same day, which bear no
    interest: the day out is not counted."""
    whole = loan.amount_fen
    parts = [whole * 2 // 5, whole * 3 // 5] if rng.random() < 0.25 else [whole]
    for n, fen in enumerate(parts, 1):
        note = f"JJ{loan.number[2:]}{n:02d}"
        paid = loan.signed + timedelta(seconds=rng.randint(120, 360))
        diary.add("loan.drawdown", paid, {
            "note_no": note, "amount": yuan(fen), "payee.account": loan.party.account,
            "payee.name": loan.party.name, "rate": percent(loan.rate),
            "term.end": loan.end.isoformat(), "repayment_method": loan.method})
        repay(rng, loan, diary, note, fen, paid)


def repay(rng, loan, diary, note, balance, paid):
    for n in range(rng.choice([0, 1, 1, 2])):
        principal = balance * rng.choice([5, 10, 20]) // 100
        balance -= principal
        when = paid + timedelta(seconds=300 + 240 * n + rng.randint(0, 200))
        diary.add("loan.repayment", when, {
            "note_no": note, "principal": yuan(principal), "interest": "0.00", "penalty": "0.00",
            "compound": "0.00", "balance": yuan(balance), "channel": "手机银行",
            "payer.account": loan.party.account})


def read_arguments():
    parser = argparse.ArgumentParser(description="a demonstration batch of loan events")
    parser.add_argument("--now", type=int, required=True, help="Unix seconds: events end before")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", type=int, default=1, help="which file of the day")
    parser.add_argument("--loans", type=int, default=100)
    parser.add_argument("--spoil", type=int, default=0, help="further rows that are bad")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    if not 1 <= options.loans <= 9999:
        parser.error("--loans: 1 to 9999")
    if not 1 <= options.part <= 999:
        parser.error("--part: 1 to 999")
    return options


def main():
    options = read_arguments()
    now = datetime.fromtimestamp(options.now, CHINA).replace(tzinfo=None)
    rng = random.Random(options.seed)
    batch = Batch(options.folder, f"{now:%Y%m%d}_{options.part}", EVERY)
    for number in range(1, options.loans + 1):
        signed = now - timedelta(seconds=rng.randint(1500, 2400))
        loan = make_loan(rng, f"LS{now:%Y%m%d}{options.part:03d}{number:04d}",
                         options.part * 10_000 + number, signed)
        diary = Diary(options.part, number, loan.number, now)
        conclude(loan, diary)
        draw(rng, loan, diary)
        for event in diary.events:
            batch.add(event)
    for bad in spoil(batch, rng, options.spoil, f"X{now:%Y%m%d}{options.part:03d}"):
        print(*bad)
    rows, _ = batch.write()
    print(f"{rows} rows, {options.loans} contracts in {options.folder}", file=sys.stderr)


if __name__ == "__main__":
    main()
