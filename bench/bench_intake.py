#!/usr/bin/python3
"""Rows of batch files a second through the program itself: `guzheng submit` to a running bank with
three courts. Accepted: durable in the bank, originals sealed. Published: under two of three courts.
`bench_intake.py [ROWS]`: rows of the file without originals, 100,000 if nothing is said.
"""
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/e2e"))
from consortium import Consortium, count, rows  # noqa: E402  the path comes first

LOANS = 150
ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
OF_A_LOAN = 24  # repayments of it, one behind the other
HEADER = ("事件编号|合同编号|借据编号|还款时间|还本金额|还息金额|罚息金额|余额|复利金额|还款渠道|"
          "付款账号|核心交易流水号")
HEAD = "| {:<44} | {:>10} | {:>10} | {:>7} | {:<24} |"


def submit(consortium, part, wait):
    """(rows, files' bytes, seconds)"""
    folder, _ = consortium.batch(part, loans=LOANS)
    total = rows(folder)
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    start = time.monotonic()
    answer = consortium.submit(folder, wait=wait)
    spent = time.monotonic() - start
    if answer is None or count(answer, "accepted") != total:
        sys.exit(f"not all of {total} rows were accepted: {answer}")
    return total, size, spent


def processor_s(pid):
    """Seconds of processor that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def without_originals(consortium):
    """(rows a second, rows a second of the bank's processor) of one file of repayments."""
    folder = consortium.folder / "plain"
    folder.mkdir()
    day = time.strftime("%Y-%m-%d 00:00:00", time.localtime(time.time() - 2 * 86400))
    with open(folder / "repayment_1.txt", "w", encoding="gb18030") as out:
        out.write(HEADER + "\n")
        for i in range(ROWS):
            loan = i // OF_A_LOAN
            out.write(f"P{i}|L{loan}|J{loan}|{day}|{100 + i % 900}.00|12.34|0.00|90000.00|0.00|"
                      f"手机银行|62170012345{i:08}|T{i}\n")
    pid = consortium.children["bank"].pid
    start, used = time.monotonic(), processor_s(pid)
    answer = consortium.submit(folder, wait=False)
    spent, used = time.monotonic() - start, processor_s(pid) - used
    if answer is None or count(answer, "accepted") != ROWS:
        sys.exit(f"not all of {ROWS} rows were accepted: {answer}")
    return ROWS / spent, ROWS / used


def main():
    with Consortium() as consortium:
        consortium.start_all()
        submit(consortium, 1, True)  # the courts trust their clocks, caches are warm
        accepted = submit(consortium, 2, False)
        published = submit(consortium, 3, True)
        plain, of_processor = without_originals(consortium)
        consortium.stop_all()
    print(HEAD.format("rows/s of batch files with originals", "Guzheng", "peer", "ratio", "bar"))
    print("|" + "|".join("-" * n for n in (46, 12, 12, 9, 26)) + "|")
    print(HEAD.format("accepted", int(accepted[0] / accepted[2]), "-", "-", ""))
    print(HEAD.format("accepted and published", int(published[0] / published[2]), "-", "-", ""))
    print(HEAD.format("kB/s of files taken in",
                      int(accepted[1] / accepted[2] / 1000), "-", "-", ""))
    print(HEAD.format(f"accepted, {ROWS} rows without originals", int(plain), "-", "-", "20,000"))
    print(HEAD.format("the same, a second of the bank's processor", int(of_processor), "-", "-",
                      ""))


main()
