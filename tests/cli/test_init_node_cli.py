#!/usr/bin/python3
"""guzheng init-node and init-chain: keys that stay, a description without secrets, the same shared
files in whatever order, and configurations that name the others. The engine is not needed: its key
files are written here."""
import base64
import hashlib
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = sys.argv[1]
MEMBERS = [("ccb.sd", "bank"), ("court.sd", "court"), ("court.jn", "court"), ("court.lx", "court")]
failed = 0


def check(what, truth, detail=""):
    global failed
    print(("ok   " if truth else "FAIL ") + what + ("" if truth else f"  {detail}"), flush=True)
    failed += not truth


def run(*arguments, fault=None):
    environment = dict(os.environ, GUZHENG_TEST_FAULT=fault or "")
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, stdin=subprocess.DEVNULL, env=environment)


def engine_keys(folder, number):
    """As `cometbft init` leaves them; the id of the node."""
    config = folder / "engine/config"
    config.mkdir(parents=True)
    public = hashlib.sha256(b"node %d" % number).digest()
    key = base64.b64encode(bytes(32) + public).decode()
    (config / "node_key.json").write_text(json.dumps(
        {"priv_key": {"type": "tendermint/PrivKeyEd25519", "value": key}}))
    validator = base64.b64encode(hashlib.sha256(b"validator %d" % number).digest()).decode()
    (config / "priv_validator_key.json").write_text(json.dumps(
        {"address": f"{number:040X}",
         "pub_key": {"type": "tendermint/PubKeyEd25519", "value": validator},
         "priv_key": {"type": "tendermint/PrivKeyEd25519", "value": "c2VjcmV0"}}))
    return hashlib.sha256(public).hexdigest()[:40]


def init(folder, number, *more, suite="gm", fault=None):
    name, role = MEMBERS[number]
    return run("init-node", "--organisation", name, "--role", role, "--suite", suite, "--origin",
               "guzheng/test", "--url", f"http://10.1.0.{number}:19080", "--peer",
               f"10.1.0.{number}:26656", "--folder", folder, *more, fault=fault)


def step_one(root, suite):
    ids = []
    for number, (name, role) in enumerate(MEMBERS):
        folder = root / name
        folder.mkdir()
        refused = init(folder, number, suite=suite)
        check(f"{name}: without the engine's keys it says how to make them",
              refused.returncode == 1 and "cometbft init" in refused.stderr, refused.stderr)
        ids.append(engine_keys(folder, number))
        made = init(folder, number, suite=suite)
        check(f"{name}: made", made.returncode == 0, made.stderr)
        text = (folder / "member.json").read_text()
        member = json.loads(text)
        check(f"{name}: the node's id stands in it", member["peer"].startswith(ids[-1]), member)
        check(f"{name}: a receipt key for the bank alone",
              (member["receipt"] is not None) == (role == "bank"), member)
        check(f"{name}: nothing secret in it", "PRIVATE" not in text and "c2VjcmV0" not in text)
        pems = sorted(folder.glob("*.pem"))
        check(f"{name}: its keys are its own", len(pems) == 3 + (role == "bank") and
              all(stat.S_IMODE(p.stat().st_mode) == 0o600 for p in pems), pems)
        before = [p.read_bytes() for p in pems]
        again = init(folder, number, suite=suite)
        check(f"{name}: a second call changes nothing", again.returncode == 1 and
              before == [p.read_bytes() for p in pems], again.stderr)
    return ids


def step_two(root, suite):
    files = [root / name / "member.json" for name, _ in MEMBERS]
    made = run("init-chain", "--folder", root / "shared", *files)
    check("the shared files are made", made.returncode == 0, made.stderr)
    other = run("init-chain", "--folder", root / "other", *reversed(files))
    check("also from another order", other.returncode == 0, other.stderr)
    texts = [re.sub(r'"created_at": "[^"]*"', "", (root / f / "genesis.json").read_text())
             for f in ("shared", "other")]
    check("with the same genesis", texts[0] == texts[1])
    genesis = (root / "shared/genesis.json").read_bytes()
    digest = hashlib.new("sm3" if suite == "gm" else "sha256", genesis).hexdigest()
    engine = json.loads((root / "shared/engine-genesis.json").read_text())
    check("the engine's genesis names ours", engine["app_state"] == digest and
          digest in made.stdout, engine["app_state"])
    check("four validators of one vote each", [v["power"] for v in engine["validators"]] ==
          ["1"] * 4, engine)
    policy = (root / "shared/policy").read_text()
    check("three of four are the quorum", "group members 3 ccb.sd court.jn court.lx court.sd"
          in policy, policy)
    again = run("init-chain", "--folder", root / "shared", *files)
    check("it is not made twice", again.returncode == 1 and
          (root / "shared/genesis.json").read_bytes() == genesis, again.stderr)
    few = run("init-chain", "--folder", root / "few", files[0])
    check("one member alone is told what that means", "停链" in few.stderr, few.stderr)
    twice = run("init-chain", "--folder", root / "twice", files[0], files[0])
    check("a member twice is refused", twice.returncode == 1, twice.stderr)


def step_three(root, ids):
    folder = root / "court.sd"
    joined = run("init-node", "--join", root / "shared", "--rpc-port", 26000, "--folder", folder)
    check("joined", joined.returncode == 0, joined.stderr)
    config = (folder / "engine/config/config.toml").read_text()
    others = [f"{ids[n]}@10.1.0.{n}:26656" for n in (0, 2, 3)]
    check("the engine knows the three others", all(o in config for o in others) and
          ids[1] not in config, config)
    check("its RPC is on loopback", 'laddr = "tcp://127.0.0.1:26000"' in config)
    check("its socket is the node's", f"unix://{folder.resolve()}/engine.sock" in config)
    check("the genesis files are those of the consortium",
          (folder / "genesis.json").read_bytes() == (root / "shared/genesis.json").read_bytes() and
          (folder / "engine/config/genesis.json").read_bytes() ==
          (root / "shared/engine-genesis.json").read_bytes())
    unit = (folder / "guzheng-engine.service").read_text()
    check("the units are bound", "BindsTo=guzheng-node.service" in unit, unit)
    stranger = root / "stranger"
    stranger.mkdir()
    engine_keys(stranger, 1)
    init(stranger, 1)
    refused = run("init-node", "--join", root / "shared", "--folder", stranger)
    check("keys that the genesis does not know are refused", refused.returncode == 1 and
          not (stranger / "node.yaml").exists(), refused.stderr)


def faults(root):
    """Whatever write fails: no member.json, or all of it."""
    for after in range(40):
        folder = root / f"fault-{after}"
        folder.mkdir()
        engine_keys(folder, 1)
        made = init(folder, 1, fault=f"any:{after}:ENOSPC")
        left = sorted(p.name for p in folder.glob("*.*"))
        if made.returncode == 0:
            check(f"whole after {after} writes", "member.json" in left and len(left) == 4, left)
            return
        if "member.json" not in left and left:
            check(f"nothing left when write {after} fails", False, left)
    check("it is made in the end", False)


def usage(root):
    for arguments in (["--folder", root / "x"], ["--join", root / "shared"],
                      ["--organisation", "a b", "--role", "court", "--origin", "o", "--url",
                       "http://h:1", "--peer", "h:1", "--folder", root / "x"],
                      ["--organisation", "a", "--role", "court", "--origin", "o", "--url",
                       "http://h:1\"", "--peer", "h:1", "--folder", root / "x"]):
        refused = run("init-node", *arguments)
        check(f"refused: {arguments[:4]}", refused.returncode == 2 and "usage" in refused.stderr)


for suite in ("gm", "intl"):
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        ids = step_one(root, suite)
        step_two(root, suite)
        step_three(root, ids)
        faults(root)
        usage(root)
sys.exit(1 if failed else 0)
