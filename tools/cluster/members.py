"""A consortium chain of four organisations on one machine, for demonstration and tests, made by the
same commands as a real one (deploy/README.md). Real members make their keys each on its own
machine; this makes all in one place.
"""
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("GUZHENG", str(ROOT / "build/guzheng"))
ENGINE = os.environ.get("COMETBFT", str(ROOT / "build/bin/cometbft"))
# Folder, name, role.
MEMBERS = [("bank", "ccb.sd", "bank"), ("court-high", "court.sd", "court"),
           ("court-intermediate", "court.jn", "court"), ("court-basic", "court.lx", "court")]
PORTS = 3 * len(MEMBERS)  # of the nodes, of the engines among themselves, of their RPC


def call(*arguments):
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"{arguments[:2]}: {done.stderr}")
    return done.stdout


class Member:
    """One organisation: where its files lie and which ports it has."""

    def __init__(self, folder, number, base_port):
        self.short, self.name, self.role = MEMBERS[number]
        self.folder = Path(folder) / self.short
        self.home = self.folder / "engine"
        self.port = base_port + number
        self.peer_port = base_port + len(MEMBERS) + number
        self.rpc_port = base_port + 2 * len(MEMBERS) + number
        self.url = f"http://127.0.0.1:{self.port}"

    def make_keys(self, suite, origin):
        self.folder.mkdir(mode=0o700)
        call(ENGINE, "init", "--home", self.home)
        call(PROGRAM, "init-node", "--organisation", self.name, "--role", self.role, "--suite",
             suite, "--origin", origin, "--url", self.url, "--peer",
             f"127.0.0.1:{self.peer_port}", "--folder", self.folder)

    def join(self, consortium, log):
        more = [] if log is None else ["--import", log]
        call(PROGRAM, "init-node", "--join", consortium, "--rpc-port", self.rpc_port, *more,
             "--folder", self.folder)
        with open(self.folder / "node.yaml", "a", encoding="utf-8") as config:
            config.write("clock_check: peers    # 仅用于演示；正式部署用 kernel\n")


def init(folder, suite, base_port, origin=None, log=None, log_genesis=None):
    """The whole consortium into a folder that does not exist yet, or is of a run that did not end;
    the members. log: the folder of an embedded log that it continues."""
    folder = Path(folder).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    members = [Member(folder, n, base_port) for n in range(len(MEMBERS))]
    for m in members:
        m.make_keys(suite, origin or f"guzheng/chain-{suite}")
    more = [] if log is None else ["--continues", log, "--genesis", log_genesis]
    call(PROGRAM, "init-chain", *more, "--folder", folder / "shared",
         *(m.folder / "member.json" for m in members))
    for m in members:
        m.join(folder / "shared", log)
    for name in ("genesis.json", "policy"):
        shutil.copy(folder / "shared" / name, folder)
    (folder / "base-port").write_text(f"{base_port}\n")
    return members


def load(folder):
    base_port = int((Path(folder) / "base-port").read_text())
    return [Member(Path(folder).resolve(), n, base_port) for n in range(len(MEMBERS))]
