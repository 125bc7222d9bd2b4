#!/usr/bin/python3
"""guzheng verify as others script it: exit status, JSON, folders, sets, and what it says."""
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = sys.argv[1]
VECTORS = Path(sys.argv[2])
SOURCES = Path(__file__).resolve().parents[2] / "src"
STATUS = {"valid": 0, "invalid": 1, "incomplete": 3, "unusable": 2}
failed = 0


def check(what, truth, detail=""):
    global failed
    print(("ok   " if truth else "FAIL ") + what + ("" if truth else f"  {detail}"))
    failed += not truth


def verify(*arguments, policy="gm.policy"):
    """(exit status, standard output, standard error)"""
    given = [] if policy is None else ["--policy", str(VECTORS / policy)]
    out = subprocess.run([PROGRAM, "verify", *given, *map(str, arguments)], capture_output=True,
                         text=True, timeout=60, stdin=subprocess.DEVNULL)
    return out.returncode, out.stdout, out.stderr


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def vectors_through_the_program():
    wrong = []
    for row in json.loads((VECTORS / "vectors.json").read_text()):
        files = [VECTORS / f for f in row["files"]]
        status, out, err = verify("--json", VECTORS / row["certificate"], *files,
                                  policy=row["policy"])
        fits = status == STATUS[row["result"]]
        if fits and row["result"] != "unusable":
            report = json.loads(out)
            fits = report["result"] == row["result"] and report["check"] == row.get("check")
            if row["result"] != "invalid":
                fits &= all(report[t] == row[t] for t in ("quorum_time", "proven_time"))
        else:
            fits &= out == "" and err != ""
        if not fits:
            wrong.append(row["about"])
    check("all vectors: status, failed check and times", not wrong, wrong[:5])


def a_second_certificate_is_no_original():
    two = [VECTORS / "gm-001.gzcert", VECTORS / "gm-003.gzcert"]
    status, out, err = verify(*two)
    check("two certificates: what to do is said", status == 2 and out == "" and "--set" in err
          and "gm-003.gzcert" in err, err)
    status, out, _ = verify("--set", *two)
    check("and that works", status in (0, 3) and "gm-003" in out, out)


def report_as_json():
    status, out, _ = verify("--json", VECTORS / "gm-001.gzcert", VECTORS / "gm-contract-0.pdf")
    r = json.loads(out)
    check("good: status 0", status == 0)
    check("good: members", {"result", "check", "reason", "checks", "entry", "disclosed",
                            "quorum_time", "proven_time", "times"} <= r.keys(), r.keys())
    check("good: nothing failed", r["check"] is None and r["reason"] is None)
    check("good: eight checks in order", [c["check"] for c in r["checks"]] == list(range(1, 9)))
    check("good: outcomes", [c["outcome"] for c in r["checks"]]
          == ["passed"] * 6 + ["not_checked"] * 2, r["checks"])
    check("good: disclosed values", r["disclosed"]["amount"] == "10000.00"
          and r["disclosed"]["file/1"]["size"] == 20, r["disclosed"])
    check("good: witnesses and lag", r["times"]["witnesses"]["court.sd"] == 1772677800
          and r["times"]["lag_recorded_ms"] == 3602000, r["times"])
    check("good: over the kind's late_after of an hour", r["times"]["late"] is True, r["times"])
    status, out, _ = verify("--json", "--lang", "en", VECTORS / "gm-001.gzcert",
                            VECTORS / "gm-contract-0-altered.pdf")
    r = json.loads(out)
    check("altered original: status 1, check 3", (status, r["check"]) == (1, 3))
    check("altered original: reason", r["reason"]
          == "a given file is none of the disclosed originals", r["reason"])
    check("later checks are not reached", r["checks"][4]["outcome"] == "not_reached")
    status, out, _ = verify("--json", VECTORS / "gm-002.gzcert")
    check("original not given: status 3", status == 3 and json.loads(out)["files_missing"] == 1)


def report_for_people():
    status, out, _ = verify(VECTORS / "gm-001.gzcert", VECTORS / "gm-contract-0.pdf")
    wanted = ["核验结论：有效", "张伟", "10000.00", "提交机构自称", "不晚于 2026-03-05 10:30:02",
              "固证时延", "court.sd", "本核验不证明", "不是联盟链", "小微快贷借款合同.pdf"]
    check("good: the report says it all", status == 0 and all(w in out for w in wanted),
          [w for w in wanted if w not in out])
    _, out, _ = verify(VECTORS / "gm-001.gzcert", VECTORS / "gm-contract-0-altered.pdf")
    check("bad: first line and what to do next", out.splitlines()[0].startswith("核验结论：无效。第 3 项")
          and out.splitlines()[1].startswith("下一步："), out[:200])
    check("bad: values are marked as not proven", "不得采信" in out)
    _, out, _ = verify("--lang", "en", VECTORS / "gm-001.gzcert")
    check("English", out.startswith("Verdict: incomplete.") and "does not prove" in out, out[:100])
    unsafe = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
    dirty = [c.name for c in VECTORS.glob("gm-*.gzcert") if unsafe.search(verify(c)[1])]
    check("no control or direction character reaches the terminal", not dirty, dirty)


def every_reason_is_in_chinese():
    told = set()
    for name in ("certificate", "entry", "disclosure", "verify", "verify_set"):
        text = (SOURCES / f"core/{name}.c").read_text()
        reason = r'(?:why, |fail\(v, |why = |reason = |end, |\[\] =)((?:\s*"[^"]+")+)'
        for found in re.finditer(reason, text):
            told.add("".join(re.findall(r'"([^"]+)"', found[1])))
        for table in re.finditer(r'member_defects\[\w+\] = \{([^}]+)\}', text):
            told |= set(re.findall(r'"([^"]+)"', table[1]))
    for name in ("pdf_read", "package_read"):
        text = (SOURCES / f"document/{name}.c").read_text()
        reason = r'(?:refuse\(r,|damaged\[\] =|too_deep\[\] =|why =)\s*"([^"]+)"'
        told |= set(re.findall(reason, text))
    judged = (SOURCES / "core/policy.c").read_text().split("judging a note")[1]
    told |= set(re.findall(r'why = "([^"]+)"', judged))
    table = (SOURCES / "core/wording.c").read_text()
    known = set(re.findall(r'\{"([^"]+)",\s*"', table))
    missing = {t for t in told - known if " " in t and t != "the checkpoint cannot be read"}
    check("reasons were found in the sources", len(told) > 50, len(told))
    check("every reason has its Chinese sentence", not missing, missing)


def wrong_usage(folder):
    good = VECTORS / "gm-001.gzcert"
    status, out, err = verify(good, policy=None)
    if not Path("/etc/guzheng/policy").exists():
        check("no policy: status 2, what to do", status == 2 and out == "" and "--policy" in err,
              err)
    for what, arguments in [("policy is not there", ["--policy", folder / "none", good]),
                            ("no certificate", ["--policy", VECTORS / "gm.policy"]),
                            ("unknown option", ["--quick", good]),
                            ("unknown language", ["--lang", "fr", good]),
                            ("certificate is not there", [folder / "none.gzcert"]),
                            ("original is not there", [good, folder / "none.pdf"]),
                            ("original is a folder", [good, folder]),
                            ("folder without certificates", [VECTORS.parent])]:
        status, out, err = verify(*arguments)
        check(f"{what}: status 2, nothing on standard output",
              status == 2 and out == "" and err != "", (status, out[:80]))
    for content, what in [(b"%PDF-1.7\n", "PDF"), (b"PK\x03\x04....", "ZIP")]:
        (folder / "other").write_bytes(content)
        status, out, err = verify("--json", folder / "other")
        check(f"a {what} that is none fails check 1", status == 1 and json.loads(out)["check"] == 1,
              err)
    status, out, _ = verify("--help")
    check("--help", status == 0 and out.startswith("usage: guzheng verify"))
    status = subprocess.run([PROGRAM, "nonsense"], capture_output=True, check=False).returncode
    check("unknown subcommand: status 2", status == 2)


def copy(folder, *names):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in names:
        shutil.copy(VECTORS / name, folder)
    return folder


def folders(root):
    folder = copy(root / "set", *(f"gm-{n}.gzcert" for n in (173, 174, 175)))
    status, out, _ = verify("--json", folder)
    check("folder of three: valid", status == 0 and lines(out)[-1]["summary"]["valid"] == 3, out)
    (folder / "gm-174.gzcert").unlink()
    status, out, _ = verify("--json", folder)
    found = lines(out)[-2]["finding"]
    check("number 2 missing: status 3, listed", status == 3 and found["kind"] == "missing"
          and (found["seq_from"], found["seq_to"]) == (2, 2), out)
    folder = copy(root / "set", *(f"gm-{n}.gzcert" for n in (173, 174, 175, 176)))
    status, out, _ = verify("--json", folder)
    results = {Path(r["certificate"]).stem: (r["result"], r["check"]) for r in lines(out)
               if "certificate" in r}
    check("two entries with one seq: both invalid, check 9, nobody else", status == 1 and results ==
          {"gm-173": ("valid", None), "gm-174": ("invalid", 9), "gm-175": ("valid", None),
           "gm-176": ("invalid", 9)}, results)
    status, out, _ = verify(folder)
    check("for people: a line each, findings, a summary", status == 1 and "比对：" in out
          and out.splitlines()[-1].startswith("共 4 份证书：有效 2，无效 2"), out)
    copy(root / "set", "gm-003.gzcert", "gm-006.gzcert")
    (root / "set/broken.gzcert").write_text("{}")
    status, out, _ = verify("--json", root / "set")
    check("one broken among good ones: status 1", status == 1
          and lines(out)[-1]["summary"]["invalid"] == 1)


def originals_of_a_folder(root):
    for place in ("gm-001-contract.pdf", "files/gm-001/contract.pdf"):
        folder = copy(root / "originals", "gm-001.gzcert")
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(VECTORS / "gm-contract-0.pdf", folder / place)
        status, out, _ = verify("--json", folder)
        check(f"original at {place} is found", status == 0
              and lines(out)[0]["originals"][0]["path"].endswith(place), out)
        shutil.copy(VECTORS / "gm-contract-0-altered.pdf", folder / place)
        status, out, _ = verify("--json", folder)
        check(f"altered original at {place}: status 1, check 3",
              status == 1 and lines(out)[0]["check"] == 3, out)
    folder = copy(root / "originals", "gm-001.gzcert")
    shutil.copy(VECTORS / "gm-001.gzcert", folder / "a.gzcert")
    shutil.copy(VECTORS / "gm-003.gzcert", folder / "a-1.gzcert")
    shutil.copy(VECTORS / "gm-contract-0.pdf", folder / "a-1-x.pdf")
    _, out, _ = verify("--json", folder)
    by_name = {Path(r["certificate"]).name: r for r in lines(out) if "certificate" in r}
    check("the longest stem owns a file", by_name["a.gzcert"]["originals"] == []
          and len(by_name["a-1.gzcert"]["originals"]) == 1, by_name)


def lists():
    names = [VECTORS / f"gm-{n}.gzcert" for n in ("001", "003")]
    status, out, _ = verify("--set", "--json", *names, VECTORS / "gm-contract-0.pdf")
    check("--set: the original goes where it fits", len(lines(out)[0]["originals"]) == 1
          and lines(out)[1]["originals"] == [] and lines(out)[0]["result"] == "valid", out[:300])
    status, out, _ = verify("--set", "--json", *names, VECTORS / "gm-contract-0-altered.pdf")
    check("--set: one that fits nowhere: status 1", status == 1
          and any(r.get("finding", {}).get("kind") == "stray_original" for r in lines(out)), status)
    wrong = []
    for row in json.loads((VECTORS / "sets.json").read_text()):
        status, _, _ = verify("--set", *(VECTORS / c for c in row["certificates"]),
                              policy=row["policy"])
        if status != STATUS[row["result"]]:
            wrong.append((row["about"], status))
    check("all published sets", not wrong, wrong)


def main():
    with tempfile.TemporaryDirectory(prefix="guzheng-verify-") as folder:
        vectors_through_the_program()
        report_as_json()
        a_second_certificate_is_no_original()
        report_for_people()
        every_reason_is_in_chinese()
        wrong_usage(Path(folder))
        folders(Path(folder))
        originals_of_a_folder(Path(folder))
        lists()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
