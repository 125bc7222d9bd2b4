#!/usr/bin/python3
"""Consents through a running bank: what needs one is refused without it, and only that is added
when it has been given; a withdrawal is for what comes after it. What authenticates a person is
refused and found nowhere afterwards."""
import yaml

from consortium import ROOT, Checks, Consortium, count

CANARY = "Canary-Zx81"
PERSON = {"subject.name": "张三", "subject.id_number": "11010519491231002X"}
GRANT = {"consent_no": "S1", "agreement": "敏感个人信息授权", "version": "2026.1",
         "purposes": "身份核验", "separate_consent": "是", **PERSON,
         "occurred_at": "2026-01-01 09:00:00"}
WITHDRAWAL = {"consent_no": "S1", "agreement": "敏感个人信息授权",
              "occurred_at": "2026-02-01 09:00:00"}
PARTY = {"role": "保证人", "name": "张三", "id_type": "居民身份证", "id_number": "11010519491231002X",
         "occurred_at": "2026-01-01 08:00:00"}


def check_of(day):
    return {**PERSON, "occasion": "支用", "method": "柜面核验", "result": "通过", "liveness": "未检测",
            "occurred_at": f"{day} 10:00:00"}


def write(folder, mapping, *rows):
    """A batch file of these rows; the n-th has the event number <mapping>-<its name>."""
    m = yaml.safe_load((ROOT / f"data/mappings/demo-{mapping}.yaml").read_text(encoding="utf-8"))
    columns = {h: c if isinstance(c, str) else c["field"] for h, c in m["columns"].items()}
    lines = ["|".join([m["event_number"], *columns])]
    for name, values in rows:
        values = {"contract_no": "L1", **values}
        cells = [values.get(field, "") for field in columns.values()]
        lines.append("|".join([f"{mapping}-{name}", *cells]))
    folder.mkdir(exist_ok=True)
    (folder / f"{m['file']}_1.txt").write_bytes("".join(f"{x}\n" for x in lines).encode("gb18030"))
    return folder


def defects(answer):
    return [(d["line"], d["code"]) for f in answer["files"] for d in f["defects"]]


def consents(check, chain):
    checks = [("jan", check_of("2026-01-15")), ("feb", check_of("2026-02-15"))]
    first = write(chain.folder / "first", "identity", *checks)
    answer = chain.submit(first)
    check("without a consent: refused", defects(answer) == [(2, "consent"), (3, "consent")], answer)
    check("and told which", all("敏感个人信息授权" in d["hint"]
                                for f in answer["files"] for d in f["defects"]), answer)
    check("nothing is recorded", chain.status()["records"]["total"] == 0, chain.status())
    both = write(write(chain.folder / "both", "consent", ("s1", GRANT)), "withdrawal",
                 ("s1", WITHDRAWAL))
    check("given and withdrawn", count(chain.submit(both), "accepted") == 2)
    answer = chain.submit(first)
    check("what occurred before the withdrawal is added, what came after it is not",
          count(answer, "accepted") == 1 and defects(answer) == [(3, "consent")], answer)
    check("and says why", "撤回" in answer["files"][0]["defects"][0]["hint"], answer)
    answer = chain.submit(first)
    check("the same again adds nothing", count(answer, "repeated") == 1
          and defects(answer) == [(3, "consent")], answer)


def tripwire(check, chain):
    folder = write(write(chain.folder / "notes", "note", ("n1", {
        "about": "party-p1", "reason": "补充说明", "note": f"登录密码：{CANARY}",
        "occurred_at": "2026-01-02 09:00:00"})), "party", ("p1", PARTY))
    answer = chain.submit(folder)
    check("what authenticates is refused", defects(answer) == [(2, "c3_password")], answer)
    check("the value is in no answer", CANARY not in str(answer))
    log = (chain.folder / "bank.log").read_text()
    check("the log has an alarm", "tripwire: refused code=c3_password kind=evidence.note" in log)
    found = [p for p in [*chain.chain.rglob("*"), *chain.folder.glob("*.log")]
             if p.is_file() and CANARY.encode() in p.read_bytes()]
    check("and is found nowhere", not found, found)


def main():
    check = Checks()
    with Consortium() as chain:
        chain.start_all()
        consents(check, chain)
        tripwire(check, chain)
        folder = chain.certificates()
        status, report = chain.verify(folder)
        check("the certificates are valid", status == 0, report)
    check.finish()


if __name__ == "__main__":
    main()
