#!/usr/bin/python3
"""A portfolio of synthetic small-business loans as the bank's batch files: authorisations, images
and identity checks, parties, contracts, drawdowns with their plans, repayments, overdue notices,
withdrawals, corrections. Invented people, right check digits, interest right to the fen. The same
arguments give the same bytes, and a loan is the same however many there are.

`make_portfolio.py --loans N --start DATE (--end DATE | --now UNIX_SECONDS) FOLDER` writes all that
happens from the first day to the last, one file per kind; with `--day DATE` that day's events only.
"""
import argparse
import random
import sys
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from batch_files import EVERY, FIRST, NONE, Batch  # noqa: E402
from electronic_signature import Signer  # noqa: E402
from events import at_office  # noqa: E402
from loan_life import tell_loan  # noqa: E402
from spoil import spoil  # noqa: E402

CHINA = timezone(timedelta(hours=8))
LOANS_MAX, PART_MAX = 100_000, 17  # so many parts have people of their own
FRESH_S = (1500, 2400)  # the newest contracts are signed so long before the end


def read_arguments():
    parser = argparse.ArgumentParser(description="a portfolio of synthetic loans as batch files")
    parser.add_argument("--loans", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", type=int, default=1,
                        help="another part has numbers and people of its own")
    parser.add_argument("--start", type=date.fromisoformat,
                        help="first contracts (400 days before the end)")
    end = parser.add_mutually_exclusive_group(required=True)
    end.add_argument("--end", type=date.fromisoformat, help="the last day")
    end.add_argument("--now", type=int, help="the end in Unix seconds: nothing happens later")
    parser.add_argument("--day", type=date.fromisoformat, help="write the events of this day only")
    parser.add_argument("--fresh", type=int,
                        help="so many contracts are signed in the last hour (a sixth)")
    parser.add_argument("--originals", choices=[EVERY, FIRST, NONE], default=EVERY,
                        help="each event's own (default), the first of each sort for all, none")
    parser.add_argument("--signer", type=Path,
                        help="contracts bear an electronic signature with the keys of this folder")
    parser.add_argument("--spoil", type=int, default=0, help="further rows that are bad")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    check(parser, options)
    return options


def check(parser, options):
    if not 1 <= options.loans <= LOANS_MAX:
        parser.error(f"--loans: 1 to {LOANS_MAX}")
    if not 1 <= options.part <= PART_MAX:
        parser.error(f"--part: 1 to {PART_MAX}")
    if options.spoil < 0:
        parser.error("--spoil: 0 or more")
    if options.now is None:
        options.until = datetime.combine(options.end, time(23, 59, 59))
    else:
        options.until = datetime.fromtimestamp(options.now, CHINA).replace(tzinfo=None)
    if options.start is None:
        options.start = options.until.date() - timedelta(days=400)
    if options.start >= options.until.date():
        parser.error("--start: must lie before the end")
    if options.fresh is None:
        options.fresh = options.loans // 6
    if not 0 <= options.fresh <= options.loans:
        parser.error("--fresh: 0 to the number of loans")


def signing_time(options, number):
    """The last of the loans are fresh, the others spread over the days."""
    rng = random.Random(f"{options.seed}/{options.part}/{number}/signed")
    if number > options.loans - options.fresh:
        return options.until - timedelta(seconds=rng.randint(*FRESH_S))
    days = (options.until.date() - options.start).days
    return at_office(rng, options.start + timedelta(days=rng.randrange(days)))


def fill(options):
    last = options.day or options.until.date()
    batch = Batch(options.folder, f"{last:%Y%m%d}_{options.part}", options.originals,
                  Signer(options.signer) if options.signer else None)
    for number in range(1, options.loans + 1):
        signed = signing_time(options, number)
        for event in tell_loan(options.seed, options.part, number, signed, options.until):
            if options.day is None or event.at.date() == options.day:
                batch.add(event)
    return batch


def main():
    options = read_arguments()
    batch = fill(options)
    rng = random.Random(f"{options.seed}/{options.part}/spoil")
    prefix = f"X{options.until:%Y%m%d}{options.part:03d}"
    for bad in spoil(batch, rng, options.spoil, prefix):
        print(*bad)
    rows, files = batch.write()
    print(f"{rows} rows in {files} files of {options.loans} loans in {options.folder}",
          file=sys.stderr)
    for kind, count in sorted(batch.left_out.items()):
        print(f"  left out, no mapping: {count} of {kind}", file=sys.stderr)


if __name__ == "__main__":
    main()
