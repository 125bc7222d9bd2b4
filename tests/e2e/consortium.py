"""A bank and three courts as processes in a folder of their own, for the end-to-end scripts."""
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("GUZHENG", str(ROOT / "build/guzheng"))
COURTS = ["court-high", "court-intermediate", "court-basic"]
SKIPPED = 77
START_S = 30
ANSWER_S = 240


def free_ports(count):
    """First of count neighbouring ports that nobody listens on, below the ephemeral range."""
    while True:
        first = random.randrange(20000, 32000)
        try:
            for port in range(first, first + count):
                with socket.socket() as s:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    s.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue


def run(*arguments, timeout=ANSWER_S):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout, stdin=subprocess.DEVNULL)


def verify(policy, *arguments):
    """(exit status, report)"""
    answer = run("verify", "--json", "--policy", policy, *arguments)
    try:
        return answer.returncode, json.JSONDecoder().raw_decode(answer.stdout)[0]
    except ValueError:
        return answer.returncode, {"error": answer.stderr}


class Consortium:
    def __init__(self, suite="gm"):
        self.folder = Path(tempfile.mkdtemp(prefix="guzheng-e2e-"))
        self.chain = self.folder / "demo"
        self.socket = self.chain / "bank/bank.sock"
        self.policy = self.chain / "policy"
        self.children = {}
        self.base_port = free_ports(5)
        self.api_port = self.base_port + 4
        made = run("init-demo", "--suite", suite, "--folder", self.chain,
                   "--base-port", self.base_port)
        if made.returncode != 0:
            sys.exit(f"init-demo: {made.stderr}")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for name in list(self.children):
            self.kill(name)
        if kind is None and not os.environ.get("KEEP"):
            shutil.rmtree(self.folder)
        else:
            print(f"kept for a look: {self.folder}", file=sys.stderr)

    def start(self, name, environment=None):
        role = "bank" if name == "bank" else "witness"
        with open(self.folder / f"{name}.log", "ab") as log:
            self.children[name] = subprocess.Popen(
                [PROGRAM, role, "--config", str(self.chain / name / "config.yaml")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(environment or {})})

    def start_all(self):
        for name in COURTS + ["bank"]:
            if name not in self.children:
                self.start(name)
        self.wait_ready()

    def wait_ready(self):
        end = time.monotonic() + START_S
        while self.status() is None:
            if time.monotonic() > end or self.children["bank"].poll() is not None:
                sys.exit("the bank does not start: " + self.log("bank"))
            time.sleep(0.05)

    def kill(self, name):
        """kill -9"""
        child = self.children.pop(name)
        child.send_signal(signal.SIGKILL)
        child.wait()

    def stop(self, name):
        child = self.children.pop(name)
        child.terminate()
        return child.wait(timeout=20)

    def stop_all(self):
        return [self.stop(name) for name in list(self.children)]

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]

    def status(self):
        answer = run("status", "--json", "--socket", self.socket)
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def batch(self, part=1, loans=10, spoil=0, now=None):
        """A folder with a part of the day's batch; (folder, spoilt rows)."""
        folder = self.folder / f"batch-{part}"
        out = subprocess.run(
            [ROOT / "tools/demo/make-batch.py", "--now", str(now or int(time.time())), "--part",
             str(part), "--seed", str(part), "--loans", str(loans), "--spoil", str(spoil), folder],
            check=True, capture_output=True, text=True)
        return folder, out.stdout.splitlines()

    def submit(self, folder, wait=True):
        """The bank's answer, None where there was none (it died)."""
        options = ["--wait"] if wait else []
        answer = run("submit", "--socket", self.socket, "--json", *options, folder)
        if answer.returncode not in (0, 1):
            return None
        return json.JSONDecoder().raw_decode(answer.stdout)[0]

    def certificates(self):
        folder = self.folder / "certificates"
        answer = run("certificate", "--socket", self.socket, "--all", "--every", "-o", folder)
        if answer.returncode != 0:
            sys.exit("certificate --every: " + answer.stderr)
        return folder

    def verify(self, *arguments):
        return verify(self.policy, *arguments)


def count(answer, what):
    return sum(f.get(what, 0) for f in answer["files"])


def rows(folder):
    return sum(len(p.read_bytes().splitlines()) - 1 for p in Path(folder).glob("*.txt"))


class Checks:
    def __init__(self):
        self.failed = 0

    def __call__(self, what, truth, detail=""):
        print(("ok   " if truth else "FAIL ") + what + ("" if truth else f"  {detail}"), flush=True)
        self.failed += not truth
        return truth

    def finish(self):
        sys.exit(1 if self.failed else 0)
