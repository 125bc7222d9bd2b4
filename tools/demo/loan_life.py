"""A loan from its first authorisation to its end: drawdowns with their plans, repayments, notices
when it is overdue, withdrawals of consent."""
import random
from datetime import timedelta

import documents
from agreements import BUSINESS, ENTITY, ENTERPRISE_CREDIT
from events import Diary, Original, at_office
from interest import AT_WILL, BULLET, Note, make_plan
from loans import add_months, due_days, make_loan, percent, time_text, yuan
from signing import sign

LOANS_MAX = 100_000  # of a part
PUNCTUAL, LATE, DEFAULTING = "pays on the day", "pays late now and then", "stops paying"
SMS, CALL, LETTER, ACCELERATION = "短信催收", "电话催收", "催收函", "宣布提前到期"
# So many days after the first missed due day.
STEPS = [(3, SMS), (12, CALL), (31, LETTER), (62, ACCELERATION)]
ACCELERATED = 62


def draw(rng, loan, diary, n, fen, at):
    """A note with its plan; None where that lies after the end."""
    number = f"JJ{loan.number[2:]}{n:02d}"
    maturity = min(loan.end, add_months(at.date(), 12))
    event = diary.add("loan.drawdown", at, {
        "note_no": number, "amount": yuan(fen), "payee.account": loan.party.account,
        "payee.name": loan.party.name, "rate": percent(loan.rate),
        "term.end": maturity.isoformat(), "repayment_method": loan.method, "pay_mode": "自主支付",
        "transaction_no": f"HX{rng.randrange(10**12):012d}"})
    if event is None:
        return None
    dues = due_days(at.date(), maturity)
    method = BULLET if loan.method == AT_WILL else loan.method
    plan = make_plan(method, fen, loan.rate, loan.base, at.date(), dues)
    for k, (due, principal, interest) in enumerate(plan, 1):
        diary.add("loan.repayment_plan", at + timedelta(seconds=20), {
            "note_no": number, "instalment": str(k), "due_date": due.isoformat(),
            "principal": yuan(principal), "interest": yuan(interest)})
    note = Note(fen, loan.rate, loan.penalty_rate, loan.base, at.date(), maturity, loan.compounds)
    return number, note, plan


def pay(rng, loan, diary, number, note, day, fen, channel="手机银行"):
    at = at_office(rng, day)
    if at > diary.end:
        return
    interest, penalty, compound, principal = note.pay(day, fen)
    diary.add("loan.repayment", at, {
        "note_no": number, "principal": yuan(principal), "interest": yuan(interest),
        "penalty": yuan(penalty), "compound": yuan(compound), "balance": yuan(note.principal),
        "channel": channel, "payer.account": loan.party.account,
        "transaction_no": f"HX{rng.randrange(10**12):012d}"})


def notify(rng, loan, diary, number, note, missed):
    """What the bank does about the days that pass, one act after the other."""
    for days, what in STEPS:
        day = missed + timedelta(days=days)
        at = at_office(rng, day)
        if at > diary.end:
            return
        if what == ACCELERATION:
            note.post(day, note.principal)
        interest, penalty, compound, overdue = note.due(day)
        fen = interest + penalty + compound + overdue
        serial = f"TZ{number[2:]}{days:02d}"
        letter = what in (LETTER, ACCELERATION)
        diary.add("loan.notice", at, {
            "note_no": number, "notice_no": serial, "notice_kind": what,
            "channel": {SMS: "短信", CALL: "电话"}.get(what, "邮寄及电子送达"),
            "target": loan.party.person.address if letter else loan.party.phone,
            "amount": yuan(fen), "deadline": (day + timedelta(days=10)).isoformat(),
            "delivery": "已签收" if letter else "已送达",
            "delivered_at": time_text(at + timedelta(days=2 if letter else 0, minutes=1)),
            "file/1": Original(f"{serial}.pdf", documents.draw_notice,
                               (loan, what, serial, number, day, fen)) if letter else ""})


def stops_at(rng, plan, manner):
    """The index of the first instalment that is not paid."""
    return rng.randrange(1, max(2, len(plan) - 1)) if manner == DEFAULTING else len(plan)


def live(rng, loan, diary, drawn, manner):
    """The note's instalments until it is settled, or the borrower stops."""
    number, note, plan = drawn
    stop = stops_at(rng, plan, manner)
    for k, (due, principal, _) in enumerate(plan):
        if due > diary.end.date():
            return
        if k == stop:
            note.post(due, principal)
            notify(rng, loan, diary, number, note, due)
            follow(rng, loan, diary, number, note, due)
            return
        # The last instalment is what is left, however much was paid early.
        principal = note.principal if k == len(plan) - 1 else min(principal, note.principal)
        note.post(due, principal)
        late = rng.randint(2, 12) if manner == LATE and rng.random() < 0.3 else 0
        day = due + timedelta(days=late)
        pay(rng, loan, diary, number, note, day, sum(note.due(day)))
        if note.principal == 0:
            return
        if loan.method == AT_WILL and rng.random() < 0.25:
            early(rng, loan, diary, number, note, day)


def early(rng, loan, diary, number, note, day):
    """Part of the principal before its day, with the interest up to then."""
    day += timedelta(days=rng.randint(3, 8))
    note.post(day)
    pay(rng, loan, diary, number, note, day,
        sum(note.due(day)) + note.principal * rng.choice([10, 20, 30]) // 100)


def follow(rng, loan, diary, number, note, missed):
    """Some pay something after all, which covers interest before it reaches the principal."""
    if rng.random() < 0.4:
        day = missed + timedelta(days=ACCELERATED + rng.randint(5, 25))
        note.post(day)
        pay(rng, loan, diary, number, note, day, loan.amount_fen // rng.choice([20, 50]), "柜面")


def withdraw(rng, diary, at):
    """One of the authorisations is taken back: the events of the running contract go on."""
    given = [e for e in diary.events if e.kind == "consent.grant" and e.values["agreement"] in
             (BUSINESS.name, ENTITY.name, ENTERPRISE_CREDIT.name)]
    grant = rng.choice(given)
    diary.add("consent.withdrawal", at, {
        "consent_no": grant.values["consent_no"], "agreement": grant.values["agreement"],
        "subject.name": grant.values["subject.name"],
        "subject.id_number": grant.values["subject.id_number"],
        "subject.credit_code": grant.values["subject.credit_code"],
        "channel": "手机银行", "reason": "本人不再需要"})


def draws(rng, loan):
    """[(fen, when)] within the limit: the first at once, sometimes another later."""
    first = loan.amount_fen * rng.choice([40, 60, 100, 100]) // 100
    out = [(first, loan.signed + timedelta(seconds=rng.randint(120, 360)))]
    if first < loan.amount_fen:
        out.append((loan.amount_fen - first,
                    at_office(rng, loan.start + timedelta(days=rng.randint(20, 150)))))
    return out


def tell_loan(seed, part, number, signed, until):
    """Everything that happens to a loan until then, in the order of time."""
    rng = random.Random(f"{seed}/{part}/{number}")
    unique = (part - 1) * LOANS_MAX + number
    loan = make_loan(rng, f"LS{signed:%Y%m%d}{part:02d}{number:06d}", unique, signed)
    diary = Diary(part, number, loan.number, until)
    sign(rng, loan, diary)
    manner = rng.choices([PUNCTUAL, LATE, DEFAULTING], [62, 20, 18])[0]
    for n, (fen, at) in enumerate(draws(rng, loan), 1):
        drawn = draw(rng, loan, diary, n, fen, at)
        if drawn is not None:
            live(rng, loan, diary, drawn, manner)
    if rng.random() < 0.05:
        withdraw(rng, diary, at_office(rng, loan.start + timedelta(days=rng.randint(30, 200))))
    return sorted(diary.events, key=lambda e: (e.at, e.number))
