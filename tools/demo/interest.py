"""Interest in whole fen, as the contract's clauses on it say: days from the day in to the day
before the day out (算头不算尾), annual rate over 360 or 365, each posted item rounded half up to the
fen, a payment on interest before principal (民法典 561). Rates are in parts per million a year.
"""
from dataclasses import dataclass, field
from fractions import Fraction

BULLET, EQUAL_INSTALMENT, EQUAL_PRINCIPAL, AT_WILL = (
    "按月付息到期还本", "等额本息", "等额本金", "随借随还")
METHODS = [BULLET, EQUAL_INSTALMENT, EQUAL_PRINCIPAL, AT_WILL]


def round_half_up(number, divisor):
    return (2 * number + divisor) // (2 * divisor)


def accrue(fen, rate, days, base):
    return round_half_up(fen * rate * days, 1_000_000 * base)


def annuity(fen, rate, periods):
    """The monthly payment of an equal-instalment loan."""
    month = Fraction(rate, 12_000_000)
    growth = (1 + month) ** periods
    payment = fen * month * growth / (growth - 1)
    return round_half_up(payment.numerator, payment.denominator)


def make_plan(method, fen, rate, base, start, dues):
    """[(due day, principal, interest)] for a note drawn on `start`; the last due is the maturity.
    Equal instalments pay the same sum each time, but the interest in it is by days."""
    plan, left, before, n = [], fen, start, len(dues)
    payment = annuity(fen, rate, n) if method == EQUAL_INSTALMENT else 0
    for at, due in enumerate(dues):
        interest = accrue(left, rate, (due - before).days, base)
        principal = {EQUAL_INSTALMENT: max(0, payment - interest),
                     EQUAL_PRINCIPAL: fen // n}.get(method, 0)
        if at == n - 1:
            principal = left
        plan.append((due, principal, interest))
        left -= principal
        before = due
    return plan


@dataclass
class Item:
    """In-term interest that was posted and not paid: it bears compound interest from then on, at
    the contract's rate until maturity, thereafter at the penalty rate."""
    fen: int
    since: object
    compound: int = 0


@dataclass
class Note:
    """A drawdown's account. `overdue` is the part of the principal that is past its due day."""
    principal: int
    rate: int
    penalty_rate: int
    base: int
    start: object
    maturity: object
    compounds: bool = True
    overdue: int = 0
    items: list = field(default_factory=list)
    penalty: int = 0
    accrued_to: object = None
    penalty_to: object = None

    def __post_init__(self):
        self.accrued_to = self.penalty_to = self.start

    def post_penalty(self, day):
        self.penalty += accrue(self.overdue, self.penalty_rate, (day - self.penalty_to).days,
                               self.base)
        self.penalty_to = day

    def post(self, day, principal_due=0):
        """Interest up to the day falls due, and so much of the principal."""
        fen = accrue(self.principal - self.overdue, self.rate, (day - self.accrued_to).days,
                     self.base)
        if fen:
            self.items.append(Item(fen, day))
        self.accrued_to = day
        if principal_due:
            self.post_penalty(day)
            self.overdue += min(principal_due, self.principal - self.overdue)

    def compound(self, item, day):
        """Up to the day, rounded once."""
        turn = min(max(self.maturity, item.since), day)
        weighed = item.fen * (self.rate * (turn - item.since).days
                              + self.penalty_rate * (day - turn).days)
        return round_half_up(weighed, 1_000_000 * self.base)

    def due(self, day):
        """(in-term interest, penalty, compound, overdue principal) on the day."""
        self.post_penalty(day)
        if self.compounds:
            for item in self.items:
                item.compound += self.compound(item, day)
                item.since = day
        return (sum(i.fen for i in self.items), self.penalty,
                sum(i.compound for i in self.items), self.overdue)

    def pay(self, day, fen):
        """What the payment is counted on: (interest, penalty, compound, principal)."""
        interest, penalty, compound, _ = self.due(day)
        paid = []
        for owed in (interest, penalty, compound, self.principal):
            paid.append(min(owed, fen))
            fen -= paid[-1]
        left, compound_left = paid[0], paid[2]
        for item in self.items:
            part = min(item.fen, left)
            item.fen -= part
            left -= part
            part = min(item.compound, compound_left)
            item.compound -= part
            compound_left -= part
        self.items = [i for i in self.items if i.fen or i.compound]
        self.penalty -= paid[1]
        self.principal -= paid[3]
        self.overdue = max(0, self.overdue - paid[3])
        return tuple(paid)
