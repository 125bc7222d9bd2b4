#!/usr/bin/python3
"""guzheng witness as a process: starts, answers, ends; and what it refuses to start with."""
import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

PROGRAM = sys.argv[1]
ORIGIN = "guzheng/demo-gm"
STRANGE = ("old 0\n\nsomebody/else\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"
           "— x AAAAAAAA\n".encode())
failed = 0


def check(what, truth, detail=""):
    global failed
    print(("ok   " if truth else "FAIL ") + what + ("" if truth else f"  {detail}"), flush=True)
    failed += not truth


def run(*arguments):
    """For those that end by themselves."""
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, stdin=subprocess.DEVNULL)


def init(folder, suite="gm"):
    made = run("init-demo", "--suite", suite, "--folder", folder, "--base-port", 21400)
    if made.returncode != 0:
        sys.exit("init-demo: " + made.stderr)


def edit(path, *changes, more=""):
    """Each change: (name, value), a line of the configuration."""
    text = path.read_text()
    for name, value in changes:
        text = re.sub(rf"^{name}:.*\n", "", text, flags=re.M) + f"{name}: {value}\n"
    path.write_text(text + more)


def get(port, path, body=None):
    """(status, content type, body)"""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read()


class Witness:
    """A running one; its first line says where it listens."""

    def __init__(self, config):
        self.process = subprocess.Popen([PROGRAM, "witness", "--config", str(config)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.lines = []
        for line in self.process.stderr:
            self.lines.append(line)
            if " started " in line:
                break
        found = re.search(r" port=(\d+)", "".join(self.lines))
        self.port = int(found[1]) if found else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def end(self, number):
        self.process.send_signal(number)
        _, rest = self.process.communicate(timeout=30)
        self.lines.append(rest)
        return self.process.returncode


def court(root, name="court-high"):
    """A fresh copy of a court's folder beside its genesis, on any free port."""
    folder = Path(tempfile.mkdtemp(dir=root))
    shutil.copytree(root / "demo", folder, dirs_exist_ok=True)
    config = folder / name / "config.yaml"
    edit(config, ("listen_port", 0))
    return config


def starts_answers_ends(root):
    config = court(root)
    genesis = config.parent.parent / "genesis.json"
    for number in (signal.SIGTERM, signal.SIGINT):
        with Witness(config) as w:
            if w.port is None:
                check("starts", False, w.lines)
                return
            prefix = "/" + hashlib.sha256(ORIGIN.encode()).hexdigest()
            status, kind, body = get(w.port, "/status")
            log = json.loads(body)["logs"][0]
            check("/status: JSON", status == 200 and kind == "application/json")
            check("/status: the log, nothing cosigned", (log["origin"], log["size"],
                                                         log["mirror_size"]) == (ORIGIN, 0, 0), log)
            check("/status: alone it does not trust its clock, and says so",
                  {"origin": ORIGIN, "alarm": "clock"} in json.loads(body)["alarms"], body)
            check("an unknown origin: 404", get(w.port, "/add-checkpoint", STRANGE)[0] == 404)
            check("no checkpoint request: 400", get(w.port, "/add-checkpoint", b"x")[0] == 400)
            check("no checkpoint yet: 404", get(w.port, prefix + "/checkpoint")[0] == 404)
            check("another path: 404", get(w.port, "/etc/passwd")[0] == 404)
            check("takes no submission", get(w.port, prefix + "/submission", b"x")[0] in (404, 405))
            check(f"ends when asked (signal {int(number)})", w.end(number) == 0, w.lines)
            text = "".join(w.lines)
            check("one line at the start: who, which chain, where", text.count(" started ") == 1
                  and f"organisation=court.sd origin={ORIGIN} genesis=" in text
                  and "address=127.0.0.1" in text, text)
    check("it is the chain's identity", "genesis=" + subprocess.run(
        ["openssl", "dgst", "-sm3", "-r", genesis], capture_output=True, text=True,
        check=True).stdout.split()[0] in text, text)


def refused(what, config, *words, status=1):
    answer = run("witness", "--config", config)
    check(f"{what}: status {status}, said", answer.returncode == status and answer.stdout == ""
          and all(w in answer.stderr for w in words), answer)
    check(f"{what}: no secret in it", "PRIVATE" not in answer.stderr)
    check(f"{what}: never started", " started " not in answer.stderr)


def keys(root):
    config = court(root)
    key = config.parent / "witness.pem"
    key.chmod(0o644)
    refused("a key that others can read", config, str(key), "chmod 600")
    key.chmod(0o600)
    whole = key.read_bytes()
    key.write_bytes(whole[:100])
    refused("a key that is cut short", config, str(key))
    key.unlink()
    refused("no key", config, str(key))
    shutil.copy(config.parent.parent / "court-basic/witness.pem", key)
    refused("the key of another court", config, str(key), "court.sd", "witness")
    shutil.copy(config.parent / "submission.pem", key)
    refused("a key for another purpose", config, str(key), "court.sd", "witness")
    run("keygen", "--suite", "intl", "--purpose", "witness", "--name", "court.sd", "--out",
        config.parent / "intl.pem")
    edit(config, ("witness_key", "intl.pem"))
    refused("a key of another suite", config, "intl.pem")
    config = court(root)
    edit(config, ("organisation", "court.jn"))
    refused("another organisation's name", config, "court.jn")


def genesis(root):
    config = court(root)
    path = config.parent.parent / "genesis.json"
    whole = path.read_bytes()
    for size in (0, 1, 100, len(whole) // 2, len(whole) - 3):
        path.write_bytes(whole[:size])
        refused(f"genesis cut to {size} bytes", config, str(path.name), "创世文件")
    path.write_bytes(whole + b"x")
    refused("genesis with more behind it", config, "创世文件")
    path.write_bytes(whole.replace(b'"suite": "gm"', b'"suite": "intl"'))
    refused("genesis of another suite", config, "创世文件")
    path.unlink()
    refused("no genesis", config, "创世文件")
    check("what was refused made no folder", not (config.parent / "mirror").exists())


def configuration(root):
    config = court(root)
    edit(config, ("clock_check", "sundial"), ("listen_port", 70000), more="colour: blue\n")
    refused("three defects at once, with lines", config, "clock_check", "listen_port", "colour",
            str(config) + ":", status=2)
    refused("no configuration", config.parent / "none.yaml", "none.yaml", status=2)
    for url in ("https://127.0.0.1:1", "127.0.0.1:18080", "http://127.0.0.1:18080/"):
        config = court(root)
        edit(config, ("log_url", url))
        refused(f"log_url {url}", config, "log_url")
    for arguments in ([], ["--config"], ["--config", config, "more"], ["--quick"]):
        answer = run("witness", *arguments)
        check(f"arguments {len(arguments)}: status 2", answer.returncode == 2
              and "usage: guzheng witness" in answer.stderr, answer)
    answer = run("witness", "--help")
    check("--help names every key", answer.returncode == 0 and all(
        f"\n{key}: " in answer.stdout for key in
        ("organisation", "genesis", "log_url", "listen_address", "listen_port", "witness_key",
         "folder", "submitted", "mirror", "clock_check", "logs", "test_allow_other_address")))


def in_namespace(config, *setup):
    """Start it for a moment in a network namespace of its own: what it says. None: not allowed."""
    script = "; ".join(["ip link set lo up", *setup,
                        f"timeout 3 {PROGRAM} witness --config {config}"])
    done = subprocess.run(["unshare", "--net", "sh", "-c", script], capture_output=True, text=True)
    return None if "unshare" in done.stderr else done.stdout + done.stderr


def other_address(config):
    """The test option counts only where nothing outside can be reached."""
    inside = in_namespace(config)
    if inside is None:
        print("skipped: no network namespaces here")
        return
    check("any address, in a namespace without a way out", "started" in inside, inside)
    way_out = in_namespace(config, "ip route add default dev lo")
    check("refused where there is a default route", "started" not in way_out
          and "default route" in way_out, way_out)


def addresses(root):
    for address in ("0.0.0.0", "192.0.2.1", "::"):
        config = court(root)
        edit(config, ("listen_address", f'"{address}"'))
        refused(f"listen_address {address}", config, address, "回环")
        check("a refused address made no folder", not (config.parent / "mirror").exists())
    config = court(root)
    edit(config, ("listen_address", "0.0.0.0"), ("test_allow_other_address", "true"))
    other_address(config)
    config = court(root)
    with Witness(config) as w:
        other = court(root, "court-basic")
        edit(other, ("listen_port", w.port))
        refused("a port that is taken", other, str(w.port))
        refused("a folder that is in use", config, "mirror")


def several_logs(root):
    init(root / "foreign", "intl")
    config = court(root)
    edit(config, more=f"logs:\n  - genesis: {root}/foreign/genesis.json\n"
                      "    url: http://127.0.0.1:21409\n    mirror: none\n")
    with Witness(config) as w:
        check("two logs", w.port is not None, w.lines)
        logs = json.loads(get(w.port, "/status")[2])["logs"] if w.port else []
        check("both are shown", [log["origin"] for log in logs]
              == [ORIGIN, "guzheng/demo-intl"], logs)
        check("ends", w.end(signal.SIGTERM) == 0)
    config = court(root)
    edit(config, more="logs:\n  - genesis: ../genesis.json\n    url: http://127.0.0.1:21409\n")
    refused("one log twice", config, ORIGIN)


def main():
    with tempfile.TemporaryDirectory(prefix="guzheng-witness-") as name:
        root = Path(name)
        init(root / "demo")
        starts_answers_ends(root)
        keys(root)
        genesis(root)
        configuration(root)
        addresses(root)
        several_logs(root)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
