#!/usr/bin/python3
"""Pages of 借据 and 还款明细: sums, order, what replaces what, many rows:
`test_vouchers.py MAKER FONTS`."""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

MAKER, FONTS = sys.argv[1], sys.argv[2]
failed = 0


def check(what, truth, detail=""):
    global failed
    print(("ok   " if truth else "FAIL ") + what + ("" if truth else f"  {detail}"))
    failed += not truth


def run(*arguments):
    return subprocess.run([str(a) for a in arguments], capture_output=True, timeout=100,
                          stdin=subprocess.DEVNULL, check=False, text=True,
                          env={**os.environ, "GUZHENG_FONTS": str(FONTS)})


def pages(pdf):
    text = run("pdftotext", "-layout", pdf, "-").stdout
    return [re.sub(r"\s+", "", page) for page in text.split("\f")[:-1]]


def repayments(folder):
    out = folder / "a.pdf"
    check("made", run(MAKER, out, "repayments", 3).returncode == 0)
    every = pages(out)
    second_at = next(i for i, page in enumerate(every) if "JJ2" in page)
    first, second = "".join(every[:second_at]), "".join(every[second_at:])
    check("in the order of their times, not of their intake",
          re.findall(r"2026-01-0\d", first.split("还款明细还款时间")[1]) == [
              "2026-01-02", "2026-01-03", "2026-01-04"], first)
    check("sums", all(w in first for w in ("还本合计300.00元", "还息合计3.15元", "罚息合计0.00元",
                                           "按本明细的本金余额100.00元")), first)
    check("they agree with the bank's", "余额不同" not in first)
    check("compound interest that nobody owes is no row", "复利" not in first)
    check("the second note: its own page, the drawdown that counts",
          "JJ2" in second and "555.00" in second and "999.00" not in second, second)
    check("and no repayment", "没有已固证的还款" in second and "还本合计" not in second)


def long_list(folder):
    out = folder / "long.pdf"
    check("a list of 1000", run(MAKER, out, "repayments", 1000).returncode == 0)
    text = "".join(pages(out))
    with_rows = [p for p in pages(out) if re.search(r"2026-\d\d-\d\d10:00:00100\.00", p)]
    check("each page of it has the head of the table", len(with_rows) > 40 and all(
        p.count("还款时间还本（元）") == 1 for p in with_rows))
    check("nothing is lost between pages", text.count("证据编号0199") == 1000 + 4,
          text.count("证据编号0199"))
    check("and the sum is right", "还本合计100,000.00元" in text)


def note(folder):
    out, again = folder / "note.pdf", folder / "again.pdf"
    run(MAKER, out, "note", 0)
    run(MAKER, again, "note", 0)
    first = "".join(pages(out))
    check("capital figures", "人民币（大写）壹佰元整" in first, first)
    check("no plan is said", "没有已固证的还款计划" in first)
    check("same voucher, same bytes", out.read_bytes() == again.read_bytes())
    run(MAKER, out, "note", 0, "masked")
    check("a masked view says so on each note", "".join(pages(out)).count("遮盖视图") == 2)
    made = run(MAKER, out, "empty", 0)
    check("nothing to make it of", made.returncode == 1 and "GZ_MISSING" in made.stdout)


def main():
    with tempfile.TemporaryDirectory() as name:
        for test in (repayments, long_list, note):
            test(Path(name))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
