"""What the interop scripts share: the Go programs of others at their pinned versions, our log in a
process of its own, and a litewitness with its key in an ssh-agent."""
import base64
import fcntl
import hashlib
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
GO_MODULE = HERE / "go"
GO_OUT = Path(os.environ.get("INTEROP_GO_OUT", ROOT / "build/interop-go"))
LOG_SERVER = os.environ.get("LOG_SERVER", str(ROOT / "build/tests/log_server"))
TESSERA = "github.com/transparency-dev/tessera"
TORCHWOOD = "filippo.io/torchwood"
TESSERA_FSCK = TESSERA + "/cmd/fsck"
LITEWITNESS = TORCHWOOD + "/cmd/litewitness"
ORIGIN = "guzheng/interop"
ORG = "bank.interop"
SKIPPED = 77
BUILD_S = 600
ANSWER_S = 60


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def go(*arguments):
    return subprocess.run(["go", *arguments], cwd=GO_MODULE, capture_output=True, text=True,
                          timeout=BUILD_S, stdin=subprocess.DEVNULL)


def wanted_go():
    return re.search(r"^go ([0-9.]+)$", (GO_MODULE / "go.mod").read_text(), re.M).group(1)


def numbers(version):
    return [int(n) for n in re.findall(r"\d+", version)]


def go_program(package):
    """Path of the built program; leaves with 77 where Go or its modules are not to be had."""
    if shutil.which("go") is None:
        skip(f"no Go here; it needs {wanted_go()} or newer (Debian 12 has 1.19)")
    version = go("env", "GOVERSION")
    if version.returncode != 0 or numbers(version.stdout)[:2] < numbers(wanted_go())[:2]:
        skip(f"Go {wanted_go()} or newer is needed: {(version.stdout or version.stderr).strip()}")
    GO_OUT.mkdir(parents=True, exist_ok=True)
    with open(GO_OUT / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fetched = go("mod", "download", TORCHWOOD, TESSERA)
        if fetched.returncode != 0 and "mismatch" not in fetched.stderr:
            skip("the Go modules cannot be fetched: " + fetched.stderr.strip()[-300:])
        built = go("build", "-p", "2", "-o", str(GO_OUT) + "/", package)
        if built.returncode != 0:
            sys.exit(f"go build {package}: {built.stderr}")
    return GO_OUT / package.rsplit("/", 1)[-1]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url):
    with urllib.request.urlopen(url, timeout=ANSWER_S) as answer:
        return answer.read()


def sha256_hex(data):
    return hashlib.sha256(data).hexdigest()


def log_entry(seq, i):
    """The log entry that log_server makes of item i of submission seq."""
    name = seq.to_bytes(8, "big") + i.to_bytes(4, "big")
    return ORG.encode() + b"\n" + hashlib.sha256(name).digest()


def judge_proofs(questions):
    """torchwood's word on each: {name: error, empty where accepted}."""
    lines = "".join(json.dumps({**q, "entry": base64.b64encode(q["entry"]).decode()}) + "\n"
                    for q in questions)
    out = subprocess.run([go_program("./proofcheck")], input=lines, capture_output=True, text=True,
                         check=True, timeout=ANSWER_S)
    return {a["name"]: a["error"] for a in map(json.loads, out.stdout.splitlines())}


class Folder:
    """A temporary folder; what was started in it ends with it."""

    def __init__(self):
        self.path = Path(tempfile.mkdtemp(prefix="guzheng-interop-"))
        self.children = []

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for child in reversed(self.children):
            child.terminate()
            child.wait(timeout=ANSWER_S)
        if kind is None and not os.environ.get("KEEP"):
            shutil.rmtree(self.path)
        else:
            print(f"kept for a look: {self.path}", file=sys.stderr)

    def start(self, name, arguments, **options):
        with open(self.path / f"{name}.log", "ab") as log:
            child = subprocess.Popen([str(a) for a in arguments], cwd=self.path, stderr=log,
                                     **{"stdout": log, "stdin": subprocess.DEVNULL, **options})
        self.children.append(child)
        return child

    def stop(self, child):
        self.children.remove(child)
        child.terminate()
        child.wait(timeout=ANSWER_S)

    def said(self, name):
        return (self.path / f"{name}.log").read_text(errors="replace")

    def wait(self, what, is_there):
        end = time.monotonic() + ANSWER_S
        while not is_there():
            if time.monotonic() > end:
                sys.exit(f"no {what} within {ANSWER_S} s; look into {self.path}")
            time.sleep(0.02)


class Log:
    """Our log: tests/interop/log_server.c."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder.path / "log"
        self.vkey = subprocess.run([LOG_SERVER, "keys", self.path], check=True, timeout=ANSWER_S,
                                   capture_output=True, text=True).stdout.strip()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.child = None

    def start(self, witnesses):
        (self.path / "witnesses").write_text(witnesses)
        self.child = self.folder.start("log", [LOG_SERVER, "serve", self.path, self.port],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                       bufsize=1)
        if self.child.stdout.readline() != "ready\n":
            sys.exit("the log does not start: " + self.folder.said("log"))

    def stop(self):
        self.child.stdin.close()
        self.child.stdout.close()
        self.folder.stop(self.child)

    def ask(self, line):
        self.child.stdin.write(line + "\n")
        answer = self.child.stdout.readline().strip()
        if not answer:
            sys.exit(f"the log ended at '{line}': " + self.folder.said("log"))
        return answer

    def submit(self, count):
        return int(self.ask(f"submit {count}").removeprefix("index "))

    def publish(self, index):
        """Size of the earliest cosigned checkpoint that covers the entry."""
        answer = self.ask(f"published {index}")
        if not answer.startswith("size "):
            sys.exit(f"entry {index}: {answer}: " + self.folder.said("log"))
        return int(answer.removeprefix("size "))

    def policy(self):
        return (self.path / "policy").read_text()

    def proof(self, index):
        """A C2SP tlog-proof from what the log serves."""
        note = get(f"{self.url}/checkpoint?covers={index}").decode()
        size = int(note.splitlines()[1])
        path = get(f"{self.url}/proof/inclusion?index={index}&size={size}").decode()
        return f"c2sp.org/tlog-proof@v1\nindex {index}\n{path}\n{note}"


class Litewitness:
    """torchwood's litewitness, unmodified, with a fresh key in an ssh-agent of its own."""

    def __init__(self, folder, name):
        for program in ("ssh-agent", "ssh-add", "ssh-keygen"):
            if shutil.which(program) is None:
                skip(f"{program} is missing (Debian package openssh-client)")
        self.folder, self.name = folder, name
        self.database = folder.path / f"{name}.db"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.agent = folder.path / f"{name}.agent"
        self.child = None
        self.start_agent()

    def start_agent(self):
        key = self.folder.path / f"{self.name}.key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        self.fingerprint = subprocess.run(["ssh-keygen", "-l", "-f", key], check=True, text=True,
                                          capture_output=True).stdout.split()[1]
        self.folder.start(f"{self.name}-agent", ["ssh-agent", "-D", "-a", self.agent])
        self.folder.wait("ssh-agent", self.agent.exists)
        subprocess.run(["ssh-add", "-q", key], check=True, capture_output=True,
                       env={**os.environ, "SSH_AUTH_SOCK": str(self.agent)})

    def start(self):
        program = go_program(LITEWITNESS)
        self.child = self.folder.start(self.name, [
            program, "-name", self.name, "-db", self.database, "-ssh-agent", self.agent,
            "-key", self.fingerprint, "-listen", f"127.0.0.1:{self.port}"])
        self.folder.wait("litewitness", self.is_listening)
        said = self.folder.said(self.name)
        self.vkey = re.search(r"vkey=(\S+)", said).group(1).strip('"')

    def is_listening(self):
        try:
            get(self.url)
            return True
        except OSError:
            return False

    def add_log(self, origin, vkey):
        empty = base64.b64encode(hashlib.sha256(b"").digest()).decode()
        with sqlite3.connect(self.database) as db:
            db.execute("INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)",
                       (origin, empty))
            db.execute("INSERT INTO key (origin, key) VALUES (?, ?)", (origin, vkey))

    def size(self, origin):
        with sqlite3.connect(self.database) as db:
            row = db.execute("SELECT tree_size FROM log WHERE origin = ?", (origin,)).fetchone()
        return row[0] if row else None


class Checks:
    def __init__(self):
        self.failed = 0

    def __call__(self, what, truth, detail=""):
        print(("ok   " if truth else "FAIL ") + what + ("" if truth else f"  {detail}"), flush=True)
        self.failed += not truth
        return truth

    def finish(self):
        sys.exit(1 if self.failed else 0)
