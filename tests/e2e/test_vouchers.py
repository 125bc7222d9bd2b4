#!/usr/bin/python3
"""借据 and 还款明细 of a loan with a plan, a corrected repayment and one that is not fixed yet; in
full and masked."""
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from consortium import COURTS, Checks, Consortium, count, run

PLAN = "事件编号|合同编号|借据编号|计划版本|期次|应还日期|应还本金|应还利息|计划生成时间"
CORRECTION = "事件编号|合同编号|原事件编号|字段|更正后内容|原因|更正时间"


def text_of(pdf):
    out = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True,
                         check=True).stdout
    return re.sub(r"\s+", "", out)


def table(path):
    head, *lines = path.read_bytes().decode("gb18030").splitlines()
    return [dict(zip(head.split("|"), line.split("|"))) for line in lines]


def write(folder, name, head, lines):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes("\n".join([head, *lines, ""]).encode("gb18030"))
    return folder


def grouped(yuan):
    whole, cents = yuan.split(".")
    return f"{int(whole):,}.{cents}"


class Loan:
    """The first loan of the batch that was repaid."""

    def __init__(self, folder):
        find = lambda name: table(next(folder.glob(f"*{name}_*.txt")))  # noqa: E731
        self.repayments = [r for r in find("repayment")]
        self.note = self.repayments[0]["借据编号"]
        self.repayments = [r for r in self.repayments if r["借据编号"] == self.note]
        self.drawdown = next(r for r in find("drawdown") if r["借据编号"] == self.note)
        self.number = self.drawdown["合同编号"]
        self.contract = next(r for r in find("contract") if r["合同编号"] == self.number)


def voucher(chain, form, out, *more):
    return run("voucher", form, "--socket", chain.socket, "-o", out, *more)


def records(chain, *condition):
    out = run("find", "--socket", chain.socket, "--json", *condition)
    return [json.loads(line) for line in out.stdout.splitlines() if line.startswith("{")]


def prepare(chain):
    folder, _ = chain.batch(loans=4)
    chain.submit(folder)
    loan = Loan(folder)
    when = loan.drawdown["放款时间"]
    plan = [f"P{i}|{loan.number}|{loan.note}|1|{i}|2027-0{i}-21|100.00|{i}.50|{when}"
            for i in range(1, 4)]
    chain.submit(write(chain.folder / "plan", "plan_20261125_1.txt", PLAN, plan))
    return loan


def in_full(check, chain, loan, folder):
    out = folder / "note.pdf"
    done = voucher(chain, "note", out, "--contract", loan.number)
    check("a note is made", done.returncode == 0 and out.exists(), done.stderr)
    text = text_of(out)
    wanted = [loan.note, loan.number, loan.contract["借款人名称"], loan.contract["证件号码"],
              grouped(loan.drawdown["放款金额"]), loan.drawdown["收款账号"], "元整", "借据",
              "由本系统依据已固证的数据生成", "还款计划", "2027-03-21", "怎样核验"]
    check("it says what was recorded", all(w.replace(" ", "") in text for w in wanted),
          [w for w in wanted if w.replace(" ", "") not in text])
    ids = {r["id"]: r for r in records(chain, "--contract", loan.number)}
    of_note = [r for r in ids.values() if r["kind"] in ("loan.contract", "loan.repayment_plan")]
    check("each row has its number and fingerprint", len(of_note) == 4 and all(
        r["id"] in text and r["fingerprint"] in text for r in of_note), of_note)
    check("nobody else can read the file", out.stat().st_mode & 0o077 == 0)
    again = folder / "again.pdf"
    voucher(chain, "note", again, next(iter(ids.values()))["matter"])
    check("by its matter: the same bytes", again.read_bytes() == out.read_bytes())
    out = folder / "repayments.pdf"
    voucher(chain, "repayments", out, "--contract", loan.number)
    text = text_of(out)
    check("each repayment stands there", all(
        grouped(r["还本金额"]) in text and r["还款时间"].replace(" ", "") in text
        for r in loan.repayments), text)
    total = sum(round(float(r["还本金额"]) * 100) for r in loan.repayments)
    check("with their sum", f"还本合计{grouped(f'{total // 100}.{total % 100:02d}')}元" in text, text)
    check("and a balance that agrees", "按本明细的本金余额" in text and "余额不同" not in text)


def corrected(check, chain, loan, folder):
    last = loan.repayments[-1]
    chain.submit(write(chain.folder / "correction", "correction_20261125_1.txt", CORRECTION, [
        f"X1|{loan.number}|{last['事件编号']}|还息金额|7.77|录入错误|{last['还款时间']}"]))
    out = folder / "corrected.pdf"
    voucher(chain, "repayments", out, "--contract", loan.number)
    text = text_of(out)
    check("a correction stands in its place, beside what it corrects",
          "7.77" in text and f"更正：还息金额，原登记{last['还息金额']}" in text, text)
    check("its number too", "证据编号" + next(r["id"] for r in records(chain, "--contract", loan.number)
                                        if r["kind"] == "evidence.correction") in text)


def masked(check, chain, loan, folder):
    for form in ("note", "repayments"):
        out = folder / f"masked-{form}.pdf"
        voucher(chain, form, out, "--contract", "--masked", loan.number)
        text = text_of(out)
        check(f"{form}: a masked view says so", "遮盖视图" in text)
        secret = [loan.contract["借款人名称"], loan.contract["证件号码"], loan.number, loan.note,
                  loan.drawdown["收款账号"], grouped(loan.drawdown["放款金额"])]
        check(f"{form}: nothing personal is on it", not [s for s in secret if s in text], text)
        check(f"{form}: the number's end is", loan.number[-6:] in text)


def refused(check, chain, loan, folder):
    out = folder / "none.pdf"
    done = voucher(chain, "note", out, "--contract", "LS-NONE")
    check("an unknown loan", done.returncode == 1 and "核对合同编号" in done.stderr, done.stderr)
    check("neither form", voucher(chain, "receipt", out, loan.number).returncode == 2)
    dashed = voucher(chain, "note", out, "-" + "A" * 21)
    check("a handle that begins as an option does", dashed.returncode == 1
          and "没有这笔贷款" in dashed.stderr, dashed.stderr)
    check("no place", run("voucher", "note", "--socket", chain.socket, "x").returncode == 2)
    check("nothing was written", not out.exists())
    several = folder / "several"
    numbers = sorted({r["matter"] for r in records(chain, "--from", "2020-01-01", "--to",
                                                   "2099-01-01", "--kind", "loan.drawdown")})[:2]
    done = voucher(chain, "note", several, *numbers)
    check("several loans, a file each", done.returncode == 0
          and sorted(p.name for p in several.iterdir()) == [f"{n}-note.pdf" for n in numbers],
          done.stderr)


def unpublished(check, chain, loan, folder):
    for court in COURTS[:2]:  # the third tells the time, and is no quorum
        chain.stop(court)
    last = loan.repayments[-1]
    late = {**last, "事件编号": "R-LATE", "还本金额": "98765.43"}
    answer = chain.submit(write(chain.folder / "late", "repayment_20261125_9.txt",
                                "|".join(late), ["|".join(late.values())]), wait=False)
    check("a repayment without a quorum is received", count(answer, "accepted") == 1, answer)
    out = folder / "late.pdf"
    voucher(chain, "repayments", out, "--contract", loan.number)
    text = text_of(out)
    check("what is not fixed yet is counted, not shown",
          "另有1条记录尚未固证" in text and "98,765.43" not in text, text)


def main():
    check = Checks()
    with Consortium() as chain:
        chain.start_all()
        folder = chain.folder / "out"
        folder.mkdir()
        loan = prepare(chain)
        for test in (in_full, corrected, masked, refused, unpublished):
            test(check, chain, loan, folder)
        if os.environ.get("PAGES"):
            shutil.copytree(folder, Path(os.environ["PAGES"]), dirs_exist_ok=True)
    check.finish()


if __name__ == "__main__":
    main()
