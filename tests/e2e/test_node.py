#!/usr/bin/python3
"""Check 8: what a node's own copy says of a certificate's entry."""
import json
import time

from consortium import Checks, Consortium, rows, run


def mirror(chain, court):
    inside = next(p for p in (chain.chain / "court-high/mirror").iterdir() if p.is_dir())
    return f"http://127.0.0.1:{chain.base_port + court}/{inside.name}"


def ask(chain, node, certificate):
    status, report = chain.verify("--node", node, certificate)
    outcome = report["checks"][7]["outcome"] if "checks" in report else report
    return status, outcome, report.get("reason")


def corrected(chain, check, log):
    """A drawdown is corrected; its own certificate stays what it was, and a node says so."""
    drawdowns = next((chain.folder / "batch-1").glob("drawdown_*.txt")).read_bytes()
    number, contract = drawdowns.decode("gb18030").splitlines()[1].split("|")[:2]
    before = set(chain.certificates().glob("*.gzcert"))
    folder = chain.folder / "correction"
    folder.mkdir()
    now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 8 * 3600))
    (folder / "correction_1.txt").write_bytes(
        ("事件编号|合同编号|原事件编号|字段|更正后内容|原因|更正时间\n"
         f"K1|{contract}|{number}|收款账号|6200991000900146938|账号录错|{now}\n").encode("gb18030"))
    answer = chain.submit(folder)
    check("a correction is taken", answer and answer["files"][0]["accepted"] == 1, answer)
    newest = (set(chain.certificates().glob("*.gzcert")) - before).pop()
    status, report = chain.verify("--node", log, newest)
    check("the correction is valid and says what it corrects", status == 0
          and report["entry"]["supersedes"], report)
    wrong = newest.parent / (report["entry"]["supersedes"] + ".gzcert")
    status, _ = chain.verify(wrong)
    check("what was corrected is as valid as before, by itself", status == 0)
    status, outcome, reason = ask(chain, log, wrong)
    check("and a node says that it was corrected", (status, outcome) == (1, "failed")
          and "更正" in reason, reason)
    text = run("verify", "--policy", chain.policy, "--node", log, wrong).stdout
    check("and what to ask for instead", "索取更正记录的证书" in text, text)


def annotated(chain, check, log):
    """A note of a contract: shown where it is looked up, and by the bank's node alone."""
    contracts = next((chain.folder / "batch-1").glob("contract_*.txt")).read_bytes()
    number, contract = contracts.decode("gb18030").splitlines()[1].split("|")[:2]
    folder = chain.folder / "note"
    folder.mkdir()
    now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 8 * 3600))
    head = "事件编号|合同编号|所说明的事件编号|附注原因|说明|说明人编号|说明时间|附件\n"
    row = "{}|{}|{}|补充说明|客户来电说明用途|A01|{}|\n"
    (folder / "note_1.txt").write_bytes((head + row.format("N1", contract, number, now)
                                         + row.format("N2", contract, "C-NONE", now)
                                         ).encode("gb18030"))
    answer = chain.submit(folder)["files"][0]
    check("a note is taken, one of nothing is not", (answer["accepted"], answer["refused"])
          == (1, 1) and answer["defects"][0]["code"] == "about", answer)
    found = json.loads(run("find", "--socket", chain.socket, "--json", "--event", number).stdout)
    note = json.loads(run("find", "--socket", chain.socket, "--json", "--event", "N1").stdout)
    check("each names the other", found["notes"] == [note["id"]] and note["about"] == found["id"],
          (found, note))
    check("it corrects nothing", found["corrected_by"] is None and note["corrects"] is None)
    shown = run("history", "--socket", chain.socket, "--event", number).stdout
    listed = run("find", "--socket", chain.socket, "--event", number).stdout
    check("history and find show it", f"附注      {note['id']}" in shown and "附注 1 条" in listed,
          shown)
    certificate = chain.certificates() / (found["id"] + ".gzcert")
    original = next((certificate.parent / "files" / found["id"]).iterdir())
    status, report = chain.verify("--node", log, certificate, original)
    check("valid, and the bank's node tells of the note", status == 0
          and report["notes"] == [note["index"]], report)
    _, report = chain.verify("--node", mirror(chain, 2), certificate, original)
    check("a court's node knows nothing of it", report["notes"] is None, report["notes"])
    text = run("verify", "--policy", chain.policy, "--node", log, certificate, original).stdout
    check("in words", "1 条附注" in text and "有效" in text, text)


def main():
    check = Checks()
    with Consortium() as chain, Consortium() as stranger:
        chain.start_all()
        stranger.start_all()
        for each in (chain, stranger):
            folder, _ = each.batch(loans=2)
            each.submit(folder)
        wanted = rows(folder)
        while {w["size"] for w in chain.status()["log"]["witnesses"]} != {wanted}:
            time.sleep(0.1)
        issued = chain.certificates()
        certificate = next(p for p in sorted(issued.glob("*.gzcert"))
                           if not (issued / "files" / p.stem).exists())
        log = f"http://127.0.0.1:{chain.base_port}"
        for what, node in (("the log", log), ("a court's mirror", mirror(chain, 1))):
            check(f"{what} has it, uncorrected", ask(chain, node, certificate)
                  == (0, "passed", None), ask(chain, node, certificate))
        status, outcome, _ = ask(chain, "http://127.0.0.1:1", certificate)
        check("nobody answers: incomplete", (status, outcome) == (3, "incomplete"))
        other = f"http://127.0.0.1:{stranger.base_port}"
        status, outcome, reason = ask(chain, other, certificate)
        check("a node with another entry there: fails", (status, outcome) == (1, "failed")
              and "另一条" in reason, reason)
        listed = run("verify", "--policy", chain.policy, "--node", mirror(chain, 2), issued)
        check("a folder against a node", listed.returncode == 0, listed.stdout[-300:])
        corrected(chain, check, log)
        annotated(chain, check, log)
        chain.stop("court-high")
        folder, _ = chain.batch(part=2, loans=1)
        chain.submit(folder)
        newest = max(chain.certificates().glob("*.gzcert"), key=lambda p: p.name)
        chain.stop("bank")  # so that the court stays behind
        chain.start("court-high")
        while "witness started" not in chain.log("court-high").split("ending")[-1]:
            time.sleep(0.05)
        status, outcome, _ = ask(chain, mirror(chain, 1), newest)
        check("a node that is behind: incomplete", (status, outcome) == (3, "incomplete"), outcome)
    check.finish()


if __name__ == "__main__":
    main()
