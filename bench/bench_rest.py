#!/usr/bin/python3
"""A bank that holds many records: how long it takes to start, and its anonymous memory at rest. The
records are made by the program itself, through batch files, and published by three courts.
`bench_rest.py [RECORDS]`: 200,000 if nothing is said (half a minute); ten million take a quarter of
an hour and 30 GB of disk.
"""
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/e2e"))
from consortium import Consortium, count  # noqa: E402  the path comes first

RECORDS = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
OF_A_FILE, OF_A_LOAN = 100_000, 24
STARTS, REST_S = 3, 5
COLUMNS = {"事件编号": "P{i}", "合同编号": "L{loan}", "借据编号": "J{loan}", "还款时间": "{day}",
           "还本金额": "100.00", "还息金额": "12.34", "罚息金额": "0.00", "余额": "90000.00",
           "复利金额": "0.00", "还款渠道": "手机银行", "付款账号": "6217001234500000012",
           "核心交易流水号": "T{i}"}
HEAD = "| {:<44} | {:>10} | {:>10} | {:>7} | {:<24} |"


def fill(chain):
    row = "|".join(COLUMNS.values()) + "\n"
    day = time.strftime("%Y-%m-%d 00:00:00", time.localtime(time.time() - 2 * 86400))
    folder = chain.folder / "rows"
    folder.mkdir()
    for first in range(0, RECORDS, OF_A_FILE):
        path = folder / f"repayment_{first}.txt"
        with open(path, "w", encoding="gb18030") as out:
            out.write("|".join(COLUMNS) + "\n")
            for i in range(first, min(first + OF_A_FILE, RECORDS)):
                out.write(row.format(i=i, loan=i // OF_A_LOAN, day=day))
        answer = chain.submit(folder)
        if answer is None or count(answer, "accepted") != min(OF_A_FILE, RECORDS - first):
            sys.exit(f"not all rows were accepted: {str(answer)[:500]}")
        path.unlink()
        print(f"  {min(first + OF_A_FILE, RECORDS)} of {RECORDS} records", file=sys.stderr)


def anonymous_mb(pid):
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) / 1000
    sys.exit("the kernel does not tell anonymous memory")


def start(chain):
    """Seconds until the bank answers."""
    chain.stop("bank")
    begin = time.monotonic()
    chain.start("bank")
    chain.wait_ready()
    return time.monotonic() - begin


def main():
    with Consortium() as chain:
        chain.start_all()
        fill(chain)
        spent = min(start(chain) for _ in range(STARTS))
        time.sleep(REST_S)
        memory = anonymous_mb(chain.children["bank"].pid)
        if chain.status()["records"]["published"] != RECORDS:
            sys.exit("not all are published")
        chain.stop_all()
    print(HEAD.format(f"a bank with {RECORDS:,} records", "Guzheng", "peer", "ratio", "bar"))
    print("|" + "|".join("-" * n for n in (46, 12, 12, 9, 26)) + "|")
    print(HEAD.format("start until it answers, ms", int(spent * 1000), "-", "-", "2,000 at 10 M"))
    print(HEAD.format("anonymous memory at rest, MB", int(memory), "-", "-", "100 at 10 M"))


main()
