#!/usr/bin/python3
"""guzheng fsck over the real files of a log and of its witnesses: every file altered, cut, removed;
what it says, and that it writes nothing."""
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM, DEMO_LOG = sys.argv[1:3]
SOURCES = Path(__file__).resolve().parents[2] / "src"
COURTS = ["court-high", "court-intermediate", "court-basic"]
SUBMISSIONS = 8  # of 10, 20 … 80 entries, 360 in all: one full tile and a partial one
PLACES = 5  # bytes that are altered in each file
failed = 0


def check(what, truth, detail=""):
    global failed
    print(("ok   " if truth else "FAIL ") + what + ("" if truth else f"  {detail}"), flush=True)
    failed += not truth


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, stdin=subprocess.DEVNULL)


def fsck(*arguments):
    """(exit status, all it said)"""
    answer = run("fsck", *arguments)
    return answer.returncode, answer.stdout + answer.stderr


def free_ports():
    """First of four neighbouring ports that nobody listens on."""
    for first in range(22000 + os.getpid() % 4000, 32000, 4):
        try:
            for port in range(first, first + 4):
                with socket.socket() as s:
                    s.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
    sys.exit("no free ports")


def witness(folder, court):
    process = subprocess.Popen([PROGRAM, "witness", "--config", folder / court / "config.yaml"],
                               stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while " started " not in process.stderr.readline():
        if process.poll() is not None:
            sys.exit(f"{court} does not start")
    return process


def build(folder, suite):
    """A consortium with a log that two or three courts have cosigned; nothing runs any more."""
    port = free_ports()
    made = run("init-demo", "--suite", suite, "--folder", folder, "--base-port", port)
    if made.returncode != 0:
        sys.exit("init-demo: " + made.stderr)
    courts = [witness(folder, court) for court in COURTS]
    log = subprocess.run([DEMO_LOG, folder, str(port), str(SUBMISSIONS)], timeout=60, text=True,
                         capture_output=True)
    busy = fsck(folder / "court-high/mirror")
    for court in courts:
        court.send_signal(signal.SIGTERM)
        court.communicate(timeout=30)
    check(f"{suite}: a log is made", log.returncode == 0, log.stderr)
    check(f"{suite}: a mirror in use: status 2, said", busy[0] == 2 and "in use" in busy[1], busy)


def mirror_of(folder, court="court-high"):
    return next((folder / court / "mirror").iterdir())


def files_of(folder):
    """Those that hold something; `lock` does not."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.stat().st_size > 0)


def tree(folder):
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()}


def clean(folder, suite):
    before = tree(folder)
    for what, arguments in [
            ("the log", [folder / "bank/log"]),
            ("its chain alone", [folder / "bank/log/chain"]),
            ("a witness", [folder / "court-high/mirror"]),
            ("one log of it", [mirror_of(folder)]),
            ("its chain alone", [mirror_of(folder) / "chain"]),
            ("by a court's configuration", ["--config", folder / "court-basic/config.yaml"]),
            ("with a genesis", ["--genesis", folder / "genesis.json", folder / "bank/log"])]:
        status, said = fsck(*arguments)
        check(f"{suite}: {what}: clean", status == 0 and "360 条存证" in said and "完好" in said
              and "damaged" not in said, said)
    status, said = fsck("--config", folder / "bank/config.yaml")
    check(f"{suite}: by the bank's configuration: the log is clean, the database is missing",
          status == 1 and "360 条存证" in said and "bank.sqlite: 缺失" in said, said)
    check(f"{suite}: nothing was written", tree(folder) == before)


def every_file_altered(folder, suite):
    for place in (folder / "bank/log", mirror_of(folder)):
        for path in files_of(place):
            whole = path.read_bytes()
            wrong = []
            for at in range(0, len(whole), len(whole) // PLACES + 1):
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x01]) + whole[at + 1:])
                status, said = fsck(place)
                if status != 1 or f"{path.relative_to(place)}: " not in said:
                    wrong.append((at, status, said))
            path.write_bytes(whole)
            check(f"{suite}: {path.relative_to(folder)}: an altered bit is named", not wrong, wrong)
        check(f"{suite}: clean again", fsck(place)[0] == 0)


def every_file_cut_or_gone(folder, suite):
    for place in (folder / "bank/log", mirror_of(folder)):
        for path in files_of(place):
            whole = path.read_bytes()
            name = f"{path.relative_to(place)}: "
            path.write_bytes(whole[:-1])
            status, said = fsck(place)
            check(f"{suite}: {path.relative_to(folder)}: cut by a byte", status == 1
                  and name in said, said)
            path.unlink()
            status, said = fsck(place)
            made_anew = path.name == "state"
            check(f"{suite}: {path.relative_to(folder)}: removed", status == 0 if made_anew
                  else status == 1 and name in said, said)
            path.write_bytes(whole)


def a_whole_submission_lost(folder, suite):
    """Cut between two records and made consistent: only what was signed can tell."""
    chain = folder / "bank/log/chain"
    kept = {p: p.read_bytes() for p in files_of(chain)}
    at = 0
    whole = kept[chain / "submissions"]
    while True:
        length = 24 + int.from_bytes(whole[at:at + 4], "big")
        if at + length == len(whole):
            break
        at += length
    (chain / "submissions").write_bytes(whole[:at])
    lost = 10 * SUBMISSIONS
    for name, record, count in (("entries", 48, lost), ("seq-0", 56, 1)):
        (chain / name).write_bytes(kept[chain / name][:-record * count])
    left = (chain / "entries").stat().st_size // 48
    for path in (p for p in kept if p.name.startswith("level-")):
        nodes = left >> int(path.name.removeprefix("level-"))
        path.write_bytes(kept[path][:32 * nodes])
    (chain / "state").unlink()
    status, said = fsck(chain)
    check(f"{suite}: the chain alone cannot tell that its end is gone", status == 0, said)
    status, said = fsck(folder / "bank/log")
    check(f"{suite}: a checkpoint can", status == 1 and "checkpoints: " in said
          and "more entries" in said, said)
    for path, content in kept.items():
        path.write_bytes(content)


def another_chain(folder, stranger, suite):
    theirs = stranger / "genesis.json"
    status, said = fsck("--genesis", theirs, folder / "bank/log")
    check(f"{suite}: another chain's genesis: not clean", status == 1 and "another genesis" in said,
          said)
    path, other = folder / "bank/log/checkpoints", stranger / "bank/log/checkpoints"
    whole = path.read_bytes()
    path.write_bytes(whole + other.read_bytes())
    status, said = fsck(folder / "bank/log")
    check(f"{suite}: checkpoints of another log's key", status == 1 and "checkpoints: " in said
          and "the log is missing" in said, said)
    path.write_bytes(whole)
    cosigned = mirror_of(folder) / "cosigned"
    whole = cosigned.read_bytes()
    cosigned.write_bytes(first_note(mirror_of(folder) / "checkpoints"))
    status, said = fsck(mirror_of(folder))
    check(f"{suite}: an old state of the witness", status == 1 and "cosigned: " in said
          and "older" in said, said)
    cosigned.write_bytes(whole)


def first_note(checkpoints):
    content = checkpoints.read_bytes()
    return content[32:32 + int.from_bytes(content[:4], "big")]


def advice_is_true(folder, suite):
    """Derived files damaged: without `state` the witness makes them anew."""
    chain = mirror_of(folder, "court-basic") / "chain"
    for name in ("entries", "level-0", "seq-0"):
        (chain / name).write_bytes(b"damaged")
    check(f"{suite}: damaged", fsck(chain)[0] == 1)
    (chain / "state").unlink()
    process = witness(folder, "court-basic")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    status, said = fsck(folder / "court-basic/mirror")
    check(f"{suite}: mended as it advises", status == 0 and process.returncode == 0, said)


def usage(root, folder):
    empty = root / "empty"
    empty.mkdir()
    alone = root / "alone"
    shutil.copytree(folder / "bank/log", alone)
    for what, arguments in [("no folder", []), ("not there", [root / "none"]),
                            ("holds no log", [empty]),
                            ("no genesis near", [alone]),
                            ("genesis is not there", ["--genesis", root / "none", alone]),
                            ("genesis is none", ["--genesis", folder / "policy", alone]),
                            ("configuration is none", ["--config", folder / "policy"]),
                            ("folder and configuration", ["--config",
                                                          folder / "bank/config.yaml", alone]),
                            ("unknown option", ["--repair", alone])]:
        status, said = fsck(*arguments)
        check(f"{what}: status 2, said", status == 2 and said != "" and "完好" not in said, said)
    check("a copy elsewhere, with a genesis", fsck("--genesis", folder / "genesis.json",
                                                   alone)[0] == 0)
    answer = run("fsck", "--help")
    check("--help", answer.returncode == 0 and answer.stdout.startswith("usage: guzheng fsck"))


def every_line_is_in_chinese():
    told = set()
    for name in ("chain_fsck", "log_fsck"):
        text = (SOURCES / f"node/{name}.c").read_text()
        text = re.sub(r'"\s*\n\s*"', "", re.sub(r"/\*.*?\*/", "", text, flags=re.S))
        told |= {s for s in re.findall(r'"([a-z][a-z :,]*)"', text) if " " in s}
    table = re.sub(r'"\s*\n\s*"', "", (SOURCES / "cli/fsck_text.c").read_text())
    known = set(re.findall(r'\{"([^"]+)",\s*"', table))
    check("sentences were found in the sources", len(told) > 15, sorted(told))
    check("every sentence has its Chinese one, and none is left over", told == known,
          (told - known, known - told))


def main():
    every_line_is_in_chinese()
    with tempfile.TemporaryDirectory(prefix="guzheng-fsck-") as name:
        root = Path(name)
        for suite in ("gm", "intl"):
            build(root / suite, suite)
            build(root / f"{suite}-stranger", suite)
            clean(root / suite, suite)
            every_file_altered(root / suite, suite)
            every_file_cut_or_gone(root / suite, suite)
            a_whole_submission_lost(root / suite, suite)
            another_chain(root / suite, root / f"{suite}-stranger", suite)
            advice_is_true(root / suite, suite)
        usage(root, root / "gm")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
