#!/usr/bin/python3
"""The demonstration batch: same arguments same bytes, real check digits, rare characters survive
GB 18030, spoilt rows are counted, events lie before the given time."""
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOW = 1795594800  # 2026-11-25 16:20 +08:00


def make(folder, *options):
    out = subprocess.run([ROOT / "tools/demo/make-batch.py", "--now", str(NOW), *options, folder],
                         check=True, capture_output=True, text=True)
    return out.stdout.splitlines()


def rows(folder, kind):
    text = next(Path(folder).glob(f"{kind}_*.txt")).read_bytes().decode("gb18030")
    lines = text.splitlines()
    names = lines[0].split("|")
    return [dict(zip(names, line.split("|"))) for line in lines[1:]]


def id_is_right(number):
    weights = [pow(2, 17 - i, 11) for i in range(17)]
    total = sum(int(c) * w for c, w in zip(number, weights))
    return number[17] == "10X98765432"[total % 11]


def credit_is_right(code):
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    return (total + alphabet.index(code[17])) % 31 == 0


def check(what, truth):
    print(("ok   " if truth else "FAIL ") + what)
    return truth


def main():
    with tempfile.TemporaryDirectory() as folder:
        a, b, c = (Path(folder) / n for n in "abc")
        make(a, "--loans", "40")
        make(b, "--loans", "40")
        spoilt = make(c, "--loans", "10", "--spoil", "7")
        files = sorted(p.relative_to(a) for p in a.rglob("*") if p.is_file())
        contracts, drawdowns, repayments = (
            rows(a, k) for k in ("contract", "drawdown", "repayment"))
        every = [r["事件编号"] for r in contracts + drawdowns + repayments]
        times = [r["签署时间"] for r in contracts] + [r["还款时间"] for r in repayments]
        results = [
            check("same bytes twice", all((a / f).read_bytes() == (b / f).read_bytes()
                                          for f in files)),
            check("forty contracts, a PDF each", len(contracts) == 40 and all(
                (a / r["合同文件"]).read_bytes().startswith(b"%PDF-") for r in contracts)),
            check("event numbers are unique", len(set(every)) == len(every)),
            check("ID numbers", all(id_is_right(r["证件号码"]) for r in contracts)),
            check("the check of ID numbers can fail", not id_is_right("11010519491231002" + "1")),
            check("credit codes", all(credit_is_right(r["统一社会信用代码"]) for r in contracts)),
            check("a credit code with wrong last character",
                  not credit_is_right("91350100M000100Y42")),
            check("a published credit code", credit_is_right("91350100M000100Y43")),
            check("a rare character outside of the BMP", any("𠮷" in r["借款人名称"]
                                                            for r in contracts)),
            check("nobody from a real region", all(r["证件号码"].startswith("379999")
                                                   for r in contracts)),
            check("all before the given time", max(times) < "2026-11-25 16:20:00"),
            check("seven spoilt rows", len(spoilt) == 7),
        ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
