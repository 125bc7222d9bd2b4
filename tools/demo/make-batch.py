#!/usr/bin/python3
"""A day's batch as a bank's core system exports it: loan events in GB 18030, `|` between columns, a
header row, one file per kind, contract PDFs beside them in files/. Invented people, right check
digits. The same arguments give the same bytes.

`make-batch.py --now UNIX_SECONDS [--seed N] [--part N] [--loans N] [--spoil N] FOLDER`; with
--spoil, N further rows are bad, each in its own way, and their event numbers are printed with the
defect. Parts of a day have event and contract numbers of their own.
"""
import argparse
import random
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from contract_pdf import load_font, write_contract  # noqa: E402
from parties import make_party  # noqa: E402

CHINA = timezone(timedelta(hours=8))
CONTRACT = ("事件编号|合同编号|客户类型|借款人名称|证件类型|证件号码|统一社会信用代码|手机号|合同金额|"
            "年利率|起始日|到期日|还款方式|签署时间|合同文件")
DRAWDOWN = "事件编号|合同编号|借据编号|放款金额|放款时间|收款账号|年利率|到期日"
REPAYMENT = "事件编号|合同编号|借据编号|还款时间|还本金额|还息金额|罚息金额|余额"
RATES = ["3.45", "3.85", "4.20", "4.35", "4.80"]  # percent a year
REPAYMENTS = ["按月付息到期还本", "等额本息", "随借随还"]


@dataclass
class Loan:
    number: str
    party: object
    amount_fen: int
    rate_percent: str
    signed: datetime
    repayment: str
    months: int
    rows: dict = field(default_factory=dict)

    @property
    def start(self):
        return self.signed.strftime("%Y-%m-%d")

    @property
    def end(self):
        return add_months(self.signed, self.months).strftime("%Y-%m-%d")

    @property
    def signed_text(self):
        return time_text(self.signed)


def add_months(day, months):
    year, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + year, month=month + 1, day=min(day.day, 28))


def time_text(t):
    return t.strftime("%Y-%m-%d %H:%M:%S")


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}"


def interest_fen(fen, rate_percent, days):
    """Simple, days over 360, half up to the fen."""
    ppm = int(rate_percent.replace(".", "")) * 100
    return (fen * ppm * days * 2 + 360_000_000) // 720_000_000


class Batch:
    def __init__(self, rng, now, part):
        self.rng, self.now, self.part = rng, now, part
        self.day = now.strftime("%Y%m%d")
        self.rows = {"contract": [], "drawdown": [], "repayment": []}
        self.count = 0

    def event(self, prefix):
        self.count += 1
        return f"{prefix}{self.day}{self.part:03d}{self.count:06d}"

    def make_loan(self, number):
        rng = self.rng
        signed = self.now - timedelta(seconds=rng.randint(1500, 2400))
        return Loan(number=f"LS{self.day}{self.part:03d}{number:04d}",
                    party=make_party(rng, number),
                    amount_fen=rng.randint(3, 300) * 1_000_000, rate_percent=rng.choice(RATES),
                    signed=signed, repayment=rng.choice(REPAYMENTS),
                    months=rng.choice([6, 12, 24, 36]))

    def add_contract(self, loan, file_name):
        p = loan.party
        self.rows["contract"].append([
            self.event("C"), loan.number, p.kind, p.name, "居民身份证", p.id_number, p.credit_code,
            p.phone, yuan(loan.amount_fen), loan.rate_percent, loan.start, loan.end,
            loan.repayment, loan.signed_text, file_name])

    def add_drawdowns(self, loan):
        """One or two notes; then, on most loans, an early part repayment."""
        rng = self.rng
        split = rng.random() < 0.25
        parts = [loan.amount_fen * 2 // 5, loan.amount_fen * 3 // 5] if split else [loan.amount_fen]
        for n, fen in enumerate(parts, 1):
            note = f"JJ{loan.number[2:]}{n:02d}"
            paid = loan.signed + timedelta(seconds=rng.randint(120, 360))
            account = "6200" + f"{rng.randint(0, 10**15 - 1):015d}"
            self.rows["drawdown"].append([
                self.event("D"), loan.number, note, yuan(fen), time_text(paid), account,
                loan.rate_percent, loan.end])
            self.add_repayments(loan, note, fen, paid)

    def add_repayments(self, loan, note, balance, paid):
        rng = self.rng
        for n in range(rng.choice([0, 1, 1, 2])):
            principal = balance * rng.choice([5, 10, 20]) // 100
            balance -= principal
            when = paid + timedelta(seconds=300 + 240 * n + rng.randint(0, 200))
            self.rows["repayment"].append([
                self.event("R"), loan.number, note, time_text(when), yuan(principal),
                yuan(interest_fen(principal, loan.rate_percent, 1)), "0.00", yuan(balance)])


def bad_check_digit(text):
    return text[:-1] + ("1" if text[-1] != "1" else "2")


# (kind, what is wrong, column, new value from the old)
SPOILS = [
    ("contract", "身份证号码校验位错误", "证件号码", bad_check_digit),
    ("contract", "统一社会信用代码校验位错误", "统一社会信用代码", bad_check_digit),
    ("contract", "合同金额为负", "合同金额", lambda v: "-" + v),
    ("contract", "起始日不存在", "起始日", lambda v: v[:4] + "-02-30"),
    ("contract", "合同文件缺失", "合同文件", lambda v: "files/missing.pdf"),
    ("contract", "到期日早于起始日", "到期日", lambda v: "2001-01-01"),
    ("drawdown", "放款金额有三位小数", "放款金额", lambda v: v + "5"),
    ("drawdown", "借据编号为空", "借据编号", lambda v: ""),
    ("drawdown", "放款时间格式错误", "放款时间", lambda v: v.replace(" ", "T") + "?"),
    ("repayment", "还本金额不是数字", "还本金额", lambda v: "壹仟元"),
    ("repayment", "列数过多", "余额", lambda v: v + "|多出一列"),
]


def spoil(batch, count):
    headers = {"contract": CONTRACT, "drawdown": DRAWDOWN, "repayment": REPAYMENT}
    for n in range(count):
        kind, defect, column, change = SPOILS[n % len(SPOILS)]
        row = list(batch.rng.choice(batch.rows[kind]))
        row[0] = batch.event("X")
        at = headers[kind].split("|").index(column)
        row[at] = change(row[at])
        batch.rows[kind].append(row)
        print(f"{kind} {row[0]} {defect}")


def write_rows(batch, folder):
    for kind, header in (("contract", CONTRACT), ("drawdown", DRAWDOWN), ("repayment", REPAYMENT)):
        lines = [header] + ["|".join(row) for row in batch.rows[kind]]
        text = "\n".join(lines) + "\n"
        (folder / f"{kind}_{batch.day}_{batch.part}.txt").write_bytes(text.encode("gb18030"))


def main():
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

    now = datetime.fromtimestamp(options.now, CHINA)
    batch = Batch(random.Random(options.seed), now, options.part)
    (options.folder / "files").mkdir(parents=True, exist_ok=True)
    load_font()
    for number in range(1, options.loans + 1):
        loan = batch.make_loan(number)
        file_name = f"files/{loan.number}.pdf"
        write_contract(loan, options.folder / file_name)
        batch.add_contract(loan, file_name)
        batch.add_drawdowns(loan)
    spoil(batch, options.spoil)
    write_rows(batch, options.folder)
    total = sum(len(rows) for rows in batch.rows.values())
    print(f"{total} rows, {options.loans} contracts in {options.folder}", file=sys.stderr)


if __name__ == "__main__":
    main()
