#!/usr/bin/python3
"""Records are found by each thing that people know of them, and by nothing else."""
import json
import time

from consortium import Checks, Consortium, rows, run


def find(chain, *options, command="find"):
    """(exit status, records)"""
    answer = run(command, "--socket", chain.socket, "--json", *options)
    return answer.returncode, [json.loads(line) for line in answer.stdout.splitlines()]


def table(folder, kind):
    text = next(folder.glob(f"{kind}_*.txt")).read_bytes().decode("gb18030")
    header, *lines = text.splitlines()
    return [dict(zip(header.split("|"), line.split("|"))) for line in lines]


def main():
    check = Checks()
    with Consortium() as chain:
        chain.start_all()
        folder, _ = chain.batch(loans=6)
        chain.submit(folder)
        contracts, drawdowns = table(folder, "contract"), table(folder, "drawdown")
        number = contracts[2]["合同编号"]
        status, found = find(chain, "--contract", number)
        belongs = [r for kind in ("contract", "drawdown", "repayment")
                   for r in table(folder, kind) if r["合同编号"] == number]
        check("by contract: the whole loan, in its order", status == 0
              and [r["event_number"] for r in found] == [r["事件编号"] for r in belongs]
              and [r["seq"] for r in found] == list(range(1, len(belongs) + 1)), found)
        one = found[0]
        for option, value in (("--id", one["id"]), ("--fingerprint", one["fingerprint"]),
                              ("--index", one["index"]), ("--event", one["event_number"])):
            status, same = find(chain, option, value)
            check(f"{option}: that record", status == 0 and same == [one], same)
        status, same = find(chain, "--matter", one["matter"])
        check("by handle: the same loan", status == 0 and same == found, same)
        original = folder / contracts[2]["合同文件"]
        status, same = find(chain, "--file", original)
        check("by an original", status == 0 and same == [one], same)
        today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
        status, all_of_today = find(chain, "--from", today)
        check("by day: all", status == 0 and len(all_of_today) == rows(folder))
        status, some = find(chain, "--from", today, "--kind", "loan.drawdown")
        check("by day and kind", status == 0 and len(some) == len(drawdowns))
        for what, options in (("day", ["--from", "2001-01-01"]),
                              ("contract", ["--contract", "LS1"]),
                              ("source", ["--contract", number, "--source", "other"]),
                              ("file", ["--file", __file__]), ("index", ["--index", 10**9]),
                              ("id", ["--id", "no-such"]), ("matter", ["--matter", "x"])):
            status, none = find(chain, *options)
            check(f"no such {what}: nothing, status 1", status == 1 and none == [], (status, none))
        for what, options in (("day", ["--from", "2026-02-30"]), ("no condition", []),
                              ("two conditions", ["--id", "a", "--index", "1"]),
                              ("an unknown option", ["--name", "x"])):
            check(f"{what}: wrong usage", find(chain, *options)[0] == 2)
        check("an index that is none: refused", find(chain, "--index", "x")[0] == 2)
        status, story = find(chain, "--contract", number, command="history")
        check("history as JSON says the same", story == found)
        text = run("history", "--socket", chain.socket, "--contract", number).stdout
        check("history for people", all(word in text for word in
              ("第 1 条", "借款合同 loan.contract", "受理", "上链", "固证", belongs[-1]["事件编号"])),
              text)
    check.finish()


if __name__ == "__main__":
    main()
