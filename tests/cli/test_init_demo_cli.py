#!/usr/bin/python3
"""guzheng init-demo: what it makes, with which modes; whole or not at all, whatever write fails."""
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = sys.argv[1]
VECTORS = Path(sys.argv[2])
DATA = Path(__file__).resolve().parents[2] / "data"
COURTS = {"court-high": "court.sd", "court-intermediate": "court.jn", "court-basic": "court.lx"}
PIECES = {"genesis.json", "policy", "bank", *COURTS}
SWEEP_EDGE, SWEEP_STEP = 60, 7
failed = 0


def check(what, truth, detail=""):
    global failed
    print(("ok   " if truth else "FAIL ") + what + ("" if truth else f"  {detail}"), flush=True)
    failed += not truth


def run(*arguments, fault=None):
    environment = dict(os.environ, GUZHENG_TEST_FAULT=fault or "")
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, stdin=subprocess.DEVNULL, env=environment)


def init(folder, suite="gm", port=21000, fault=None):
    return run("init-demo", "--suite", suite, "--folder", folder, "--base-port", port, fault=fault)


def tree(folder):
    """Every path with its mode and content."""
    return {str(p.relative_to(folder)): (stat.S_IMODE(p.lstat().st_mode),
                                         p.read_bytes() if p.is_file() else None)
            for p in folder.rglob("*")}


def what_is_made(root, suite):
    folder = root / f"made-{suite}"
    made = init(folder, suite)
    check(f"{suite}: made", made.returncode == 0 and str(folder) in made.stdout, made.stderr)
    check(f"{suite}: these pieces and nothing else", {p.name for p in folder.iterdir()} == PIECES)
    paths = tree(folder)
    secrets = [p for p in paths if p.endswith((".pem", ".key"))]
    check(f"{suite}: the keys of each", sorted(secrets) == sorted(
        ["bank/log.pem", "bank/submission.pem", "bank/receipt.pem", "bank/master.key",
         "bank/identity-master.key"]
        + [f"{c}/{k}.pem" for c in COURTS for k in ("witness", "submission")]), secrets)
    check(f"{suite}: keys have mode 0600", all(paths[p][0] == 0o600 for p in secrets))
    folders = [p for p in ["bank", *COURTS] if paths[p][0] != 0o700]
    check(f"{suite}: folders have mode 0700", not folders, folders)
    check(f"{suite}: the policy can be read by everybody", paths["policy"][0] == 0o644)
    for kind in DATA.rglob("*.yaml"):
        name = f"bank/{kind.relative_to(DATA)}"
        check(f"{suite}: {name}", name in paths and paths[name][1] == kind.read_bytes())
    policy_and_genesis(folder, suite)
    configurations(folder, suite)
    usable(folder, suite)
    again(folder, suite)


def policy_and_genesis(folder, suite):
    policy = (folder / "policy").read_text()
    genesis = json.loads((folder / "genesis.json").read_text())
    check(f"{suite}: the genesis holds the policy", genesis["policy"] == policy)
    check(f"{suite}: suite and origin", (genesis["suite"], genesis["origin"])
          == (suite, f"guzheng/demo-{suite}"))
    check(f"{suite}: organisations and roles",
          [(o["name"], o["role"], o["receipt"] is None) for o in genesis["organisations"]]
          == [("ccb.sd", "bank", False)] + [(c, "court", True) for c in COURTS.values()])
    check(f"{suite}: a witness for each court, with its port",
          re.findall(r"^witness (\S+) \S+ (\S+)$", policy, re.M)
          == [(c, f"http://127.0.0.1:{21001 + n}") for n, c in enumerate(COURTS.values())])
    check(f"{suite}: the log with its port", re.findall(r"^log \S+ (\S+)$", policy, re.M)
          == ["http://127.0.0.1:21000"])
    check(f"{suite}: any two of three", "group courts 2 court.sd court.jn court.lx\n"
          "quorum courts\n" in policy)


def configurations(folder, suite):
    bank = (folder / "bank/config.yaml").read_text()
    check(f"{suite}: the bank's port", "\nlisten_port: 21000\n" in bank)
    check(f"{suite}: the port of the push API", "\napi_port: 21004\n" in bank)
    for number, court in enumerate(COURTS, 1):
        text = (folder / court / "config.yaml").read_text()
        check(f"{suite}: {court}'s port and log", f"\nlisten_port: {21000 + number}\n" in text
              and "\nlog_url: http://127.0.0.1:21000\n" in text)
    places = [p for p in folder.rglob("config.yaml") if str(folder) in p.read_text()]
    check(f"{suite}: no configuration names the folder, so that it can be moved", not places)


def usable(folder, suite):
    certificate = VECTORS / f"{suite}-001.gzcert"
    other = run("verify", "--json", "--policy", folder / "policy", certificate)
    check(f"{suite}: verify can use the policy, and finds another log's certificate invalid",
          other.returncode == 1 and json.loads(other.stdout)["result"] == "invalid", other.stderr)


def again(folder, suite):
    before = tree(folder)
    second = init(folder, suite, 22000)
    check(f"{suite}: a second call is refused and changes nothing", second.returncode == 1
          and second.stdout == "" and str(folder) in second.stderr and tree(folder) == before,
          second)


def keys_are_fresh(root):
    texts = []
    for name in ("one", "two"):
        init(root / name)
        texts.append({hashlib.sha256(p.read_bytes()).digest()
                      for p in (root / name).rglob("*") if p.suffix in (".pem", ".key")})
    check("two demonstrations share no key", len(texts[0]) == 11 and not texts[0] & texts[1])


def beside_others(root):
    """run-demo.sh holds a lock file in the folder, and others may have a file of ours there."""
    folder = root / "beside"
    folder.mkdir()
    (folder / ".lock").touch()
    check("a folder with other files", init(folder).returncode == 0 and (folder / ".lock").exists())
    for piece in sorted(PIECES):
        folder = root / f"taken-{piece}"
        (folder / piece).mkdir(parents=True)
        answer = init(folder)
        check(f"{piece} is there: refused, left alone", answer.returncode == 1
              and piece in answer.stderr and list(folder.rglob("*")) == [folder / piece], answer)


def call_fails(root, number):
    """That call of all fails: an error, and nothing is left. False: there was none such."""
    folder = root / f"fault-{number}"
    answer = init(folder, "intl", fault=f"any:{number}:ENOSPC")
    if answer.returncode == 0:
        check(f"no call {number}: whole", {p.name for p in folder.iterdir()} == PIECES)
        shutil.rmtree(folder)
        return False
    check(f"call {number} fails: status 1, said, nothing left", answer.returncode == 1
          and answer.stdout == "" and "init-demo" in answer.stderr
          and not folder.exists(), (answer, folder.exists()))
    return True


def every_write_fails(root):
    """Each of the first and of the last calls; between them, where kinds and mappings are written
    one like the other, one in SWEEP_STEP."""
    number = 0
    while call_fails(root, number):
        number += 1 if number < SWEEP_EDGE else SWEEP_STEP
    check("the sweep ended with a success", number > 2 * SWEEP_EDGE, number)
    for last in range(number - SWEEP_STEP - SWEEP_EDGE, number):
        call_fails(root, last)


def after_a_kill(root):
    """As a killed run leaves it: some pieces moved out, the rest in the staging folder."""
    good, folder = root / "whole", root / "killed"
    init(good)
    shutil.copytree(good, folder / ".init-demo")
    for piece in ("genesis.json", "bank"):
        (folder / ".init-demo" / piece).rename(folder / piece)
    answer = init(folder)
    check("after a killed run: made anew, whole", answer.returncode == 0
          and {p.name for p in folder.iterdir()} == PIECES, answer)
    check("after a killed run: no key of it is left", (folder / "bank/log.pem").read_bytes()
          != (good / "bank/log.pem").read_bytes())


def usage(root):
    folder = root / "usage"
    for what, answer in [("port below 1024", init(folder, port=1023)),
                         ("port with no room", init(folder, port=65532)),
                         ("port is no number", init(folder, port="many")),
                         ("unknown suite", init(folder, "rsa")),
                         ("no folder", run("init-demo", "--suite", "gm", "--base-port", 21000)),
                         ("empty folder", init("")),
                         ("surplus", run("init-demo", "--suite", "gm", "--folder", folder,
                                         "--base-port", 21000, "more"))]:
        check(f"{what}: status 2, nothing made", answer.returncode == 2 and answer.stdout == ""
              and answer.stderr != "" and not folder.exists(), answer)
    check("the highest port", init(folder, port=65531).returncode == 0)
    (root / "file").touch()
    check("the folder is a file: status 1", init(root / "file").returncode == 1)
    answer = run("init-demo", "--help")
    check("--help", answer.returncode == 0 and answer.stdout.startswith("usage: guzheng init-demo"))


def main():
    with tempfile.TemporaryDirectory(prefix="guzheng-init-demo-") as name:
        root = Path(name)
        what_is_made(root, "gm")
        what_is_made(root, "intl")
        keys_are_fresh(root)
        beside_others(root)
        every_write_fails(root)
        after_a_kill(root)
        usage(root)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
