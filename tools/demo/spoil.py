"""Further rows that are bad, each in its own way, as source systems and people make them."""


def bad_check_digit(text):
    return text[:-1] + ("1" if text[-1] != "1" else "2")


# (kind, what is wrong, column, new value from the old)
SPOILS = [
    ("loan.contract", "身份证号码校验位错误", "证件号码", bad_check_digit),
    ("loan.contract", "统一社会信用代码校验位错误", "统一社会信用代码", bad_check_digit),
    ("loan.contract", "合同金额为负", "合同金额", lambda v: "-" + v),
    ("loan.contract", "起始日不存在", "起始日", lambda v: v[:4] + "-02-30"),
    ("loan.contract", "合同文件缺失", "合同文件", lambda v: "files/missing.pdf"),
    ("loan.contract", "到期日早于起始日", "到期日", lambda v: "2001-01-01"),
    ("loan.drawdown", "放款金额有三位小数", "放款金额", lambda v: v + "5"),
    ("loan.drawdown", "借据编号为空", "借据编号", lambda v: ""),
    ("loan.drawdown", "放款时间格式错误", "放款时间", lambda v: v.replace(" ", "T") + "?"),
    ("loan.repayment", "还本金额不是数字", "还本金额", lambda v: "壹仟元"),
    ("loan.repayment", "列数过多", "余额", lambda v: v + "|多出一列"),
]


def spoil(batch, rng, count, prefix):
    """Add `count` bad rows with event numbers of their own; yields (file, number, what is wrong).
    A kind of which there is no row is passed over."""
    usable = [s for s in SPOILS if batch.rows.get(s[0])]
    for n in range(count if usable else 0):
        kind, defect, header, change = usable[n % len(usable)]
        columns = batch.mappings[kind]
        at, cells = rng.choice(batch.rows[kind])
        cells = [f"{prefix}{n + 1:06d}", *cells[1:]]
        column = 1 + columns.headers.index(header)
        cells[column] = change(cells[column])
        batch.rows[kind].append((at, cells))
        yield columns.file, cells[0], defect
