"""A loan's terms as its contract states them."""
from dataclasses import dataclass
from datetime import date, datetime

from interest import AT_WILL, BULLET, EQUAL_INSTALMENT, EQUAL_PRINCIPAL
from parties import FIRM, OWNER, TRADER, Party, make_guarantor, make_party

LENDER = "鲁商示范银行股份有限公司云汀分行"
RATES = [34_500, 38_500, 42_000, 43_500, 48_000, 56_500]  # parts per million a year
PRODUCTS = {FIRM: ("云税快贷", "流动资金周转"), TRADER: ("商户快贷", "采购货物、支付租金"),
            OWNER: ("经营快贷", "名下企业日常经营周转")}
REPAY_DAY = 21  # of the month; interest is counted up to the 20th


@dataclass(slots=True)
class Loan:
    number: str
    party: Party
    guarantor: object  # a Person, or None
    product: str
    purpose: str
    amount_fen: int
    rate: int
    surcharge: int  # per cent upon the rate, once overdue
    base: int       # days of the year by which interest is counted
    compounds: bool
    method: str
    months: int
    signed: datetime

    @property
    def start(self):
        return self.signed.date()

    @property
    def end(self):
        return add_months(self.start, self.months)

    @property
    def penalty_rate(self):
        return self.rate + self.rate * self.surcharge // 100


def add_months(day, months):
    """The same day of another month; the 28th for days that not every month has."""
    year, month = divmod(day.month - 1 + months, 12)
    return date(day.year + year, month + 1, min(day.day, 28))


def due_days(start, maturity):
    """Each 21st after the start, and the maturity."""
    days, at = [], date(start.year, start.month, REPAY_DAY)
    while at < maturity:
        if at > start:
            days.append(at)
        at = add_months(at, 1)
    return days + [maturity]


def time_text(t):
    return t.strftime("%Y-%m-%d %H:%M:%S")


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}"


def percent(ppm):
    """4.35 for 43,500, 3.00 for 30,000, 5.175 for 51,750."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{f'{rest:04d}'.rstrip('0').ljust(2, '0')}"


def make_loan(rng, serial, number, signed):
    """serial: the contract's number; number: makes the party unique."""
    party = make_party(rng, number)
    product, purpose = PRODUCTS[party.kind]
    small = party.kind != FIRM
    return Loan(
        number=serial, party=party, product=product, purpose=purpose,
        guarantor=make_guarantor(rng, number) if rng.random() < (0.2 if small else 0.5) else None,
        amount_fen=rng.randint(3, 60 if small else 300) * 1_000_000, rate=rng.choice(RATES),
        surcharge=rng.choice([50, 50, 30]), base=rng.choice([360, 360, 360, 365]),
        compounds=rng.random() < 0.7, months=rng.choice([12, 12, 24, 36]), signed=signed,
        method=rng.choice([BULLET, EQUAL_INSTALMENT, EQUAL_PRINCIPAL, AT_WILL]))
