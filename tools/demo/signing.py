"""The half hour in which a loan comes about: authorisations, images and what was read from them,
the check of identity (its result only), the parties, the contract."""
from datetime import timedelta

import documents
from agreements import AGREEMENTS, PERSONAL_CREDIT, SENSITIVE
from cards import draw_id_back, draw_id_front, draw_licence, validity
from events import Original
from loans import percent, time_text, yuan
from parties import OWNER

BEFORE_S = 25 * 60  # from the first authorisation to the signature
RECOGNITION = {"algorithm": "OCR-Z", "algorithm_version": "3.2.1"}


def grant(rng, loan, diary, agreement, at, guarantor=None):
    """An agreement given by the borrower, or by the guarantor."""
    party = loan.party
    who = guarantor or party.person
    by_person = agreement.personal or party.kind == OWNER
    count = sum(e.kind == "consent.grant" for e in diary.events) + 1
    number = f"SQ{loan.number[2:]}{count:02d}"
    diary.add("consent.grant", at, {
        "consent_no": number, "agreement": agreement.name,
        "subject.name": who.name if by_person else party.name,
        "subject.id_number": who.id_number,
        "subject.credit_code": "" if by_person else party.credit_code,
        "template_id": agreement.template, "version": agreement.version,
        "template_sm3": agreement.digest, "scope": agreement.scope,
        "purposes": agreement.purposes, "receivers": agreement.receivers,
        "separate_consent": "是" if agreement.sensitive else "否",
        "valid_from": at.date().isoformat(), "valid_until": loan.end.isoformat(),
        "channel": "手机银行", "method": "勾选并电子签名", "read_seconds": str(rng.randint(15, 90)),
        "file/1": Original(f"{number}.pdf", documents.draw_agreement,
                           (loan, agreement, who, number, time_text(at)))})


def recognise(rng, diary, person, what, file, fields, at):
    """The result of reading an image that the person has given, and the image."""
    diary.add("image.recognition", at, {
        "subject.name": person.name, "subject.id_number": person.id_number,
        "image_kind": what, "file/1": file, **fields, **RECOGNITION,
        "confidence": f"0.{rng.randint(9610, 9998)}", "result": "通过",
        "corrected_by": "" if rng.random() < 0.94 else f"DK{rng.randint(1000, 9999)}",
        "device_sm3": f"{rng.getrandbits(256):064x}", "captured_at": time_text(at)})


def recognise_all(rng, loan, diary, at):
    person, firm = loan.party.person, loan.party.enterprise
    head = loan.number
    front = Original(f"{head}-id-front.jpg", draw_id_front, (person,))
    back = Original(f"{head}-id-back.jpg", draw_id_back, (person,))
    licence = Original(f"{head}-licence.jpg", draw_licence, (person, firm))
    recognise(rng, diary, person, "身份证正面", front,
              {"read.name": person.name, "read.id_number": person.id_number,
               "read.address": person.address}, at)
    recognise(rng, diary, person, "身份证背面", back,
              {"read.valid_until": validity(person)[1]}, at + timedelta(seconds=20))
    recognise(rng, diary, person, "营业执照", licence,
              {"read.name": firm.name, "read.credit_code": firm.credit_code,
               "read.address": firm.address}, at + timedelta(seconds=65))


def check_identity(rng, diary, person, at, why):
    """Only method and result are told: no sample, no template."""
    diary.add("identity.check", at, {
        "subject.name": person.name, "subject.id_number": person.id_number, "occasion": why,
        "method": "人脸比对与活体检测", "result": "通过", "liveness": "通过",
        "score": f"0.{rng.randint(9010, 9990)}", "threshold": "0.8800", "algorithm": "FC-7",
        "algorithm_version": "5.0.4", "channel": "手机银行"})


def name_party(diary, at, role, name, person, credit_code="", address="", enterprise=None):
    diary.add("loan.party", at, {
        "role": role, "name": name, "id_type": "居民身份证", "id_number": person.id_number,
        "sex": person.sex, "birth_date": person.birth.isoformat(), "people": person.people,
        "person.name": person.name, "credit_code": credit_code, "phone": person.phone,
        "address": address or person.address, "e_service": "是",
        "enterprise.name": enterprise.name if enterprise else ""})


def name_parties(loan, diary, at):
    party, firm = loan.party, loan.party.enterprise
    name_party(diary, at, party.kind, party.name, party.person,
               party.credit_code, "" if party.kind == OWNER else firm.address, firm)
    if loan.guarantor:
        name_party(diary, at + timedelta(seconds=4), "保证人", loan.guarantor.name, loan.guarantor)


def conclude(loan, diary):
    party = loan.party
    return diary.add("loan.contract", loan.signed, {
        "borrower.kind": party.kind, "borrower.name": party.name, "borrower.id_type": "居民身份证",
        "borrower.id_number": party.id_number, "borrower.phone": party.phone,
        "borrower.credit_code": party.credit_code, "amount": yuan(loan.amount_fen),
        "rate": percent(loan.rate), "penalty_rate": percent(loan.penalty_rate),
        "day_base": str(loan.base), "compound_rule": "计收" if loan.compounds else "不计收",
        "term.start": loan.start.isoformat(), "term.end": loan.end.isoformat(),
        "repayment_method": loan.method, "product": loan.product, "purpose": loan.purpose,
        "guarantor.name": loan.guarantor.name if loan.guarantor else "",
        "file/1": Original(f"{loan.number}.pdf", documents.draw_contract, (loan,), loan.signed)})


def correct(rng, loan, diary, contract):
    """Now and then the bank finds a slip in what it registered."""
    if contract is None or rng.random() > 0.06:
        return
    diary.add("evidence.correction", loan.signed + timedelta(seconds=rng.randint(200, 900)), {
        "corrects": contract.number, "field": "手机号",
        "value": f"154{rng.randrange(10**8):08d}", "reason": "客户经理录入有误，客户来电更正"})


def inquire(rng, loan, diary, at):
    """What the bank asked of the credit register, on whose authority; never what it answered."""
    party, person = loan.party, loan.party.person
    asked = [("personal", person.name, person.id_number, "", "授信审批")]
    if party.kind != OWNER:
        asked.append(("enterprise", party.name, "", party.credit_code, "授信审批"))
    if loan.guarantor:
        asked.append(("personal", loan.guarantor.name, loan.guarantor.id_number, "",
                      "担保资格审查"))
    for n, (sort, name, id_number, code, why) in enumerate(asked, 1):
        diary.add(f"credit.{sort}_inquiry", at + timedelta(seconds=7 * n), {
            "inquiry_no": f"ZX{loan.number[2:]}{n:02d}", "query_purpose": why,
            "institution_code": "D10379999H0001", "operator": "自动审批程序",
            "report_no": f"{rng.randrange(10**16):016d}", "subject.name": name,
            "subject.id_number": id_number, "subject.credit_code": code})


def explain(rng, diary, contract):
    """Now and then somebody adds to a contract what was not written down."""
    if contract is None or rng.random() > 0.08:
        return
    diary.add("evidence.note", contract.at + timedelta(seconds=rng.randint(1000, 1400)), {
        "about": contract.number, "reason": "补充说明", "author": f"DK{rng.randint(1000, 9999)}",
        "note": "签署当日客户经理电话回访，借款人确认知悉利率与还款安排。"})


def sign(rng, loan, diary):
    at = loan.signed - timedelta(seconds=BEFORE_S)
    for agreement in AGREEMENTS:
        grant(rng, loan, diary, agreement, at)
        at += timedelta(seconds=rng.randint(30, 80))
    if loan.guarantor:
        for agreement in (PERSONAL_CREDIT, SENSITIVE):
            grant(rng, loan, diary, agreement, at, loan.guarantor)
            at += timedelta(seconds=rng.randint(30, 80))
    inquire(rng, loan, diary, loan.signed - timedelta(seconds=rng.randint(620, 780)))
    recognise_all(rng, loan, diary, loan.signed - timedelta(seconds=rng.randint(800, 900)))
    check_identity(rng, diary, loan.party.person,
                   loan.signed - timedelta(seconds=rng.randint(400, 600)), "签署借款合同")
    name_parties(loan, diary, loan.signed - timedelta(seconds=120))
    contract = conclude(loan, diary)
    correct(rng, loan, diary, contract)
    explain(rng, diary, contract)
