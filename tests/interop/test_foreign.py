#!/usr/bin/python3
"""`guzheng witness` cosigns a log that is not ours: Tessera's, by Tessera's own client, with mirror
none. Nothing is published as long as the witness does not know the log's key."""
import json
import os
import subprocess
import sys

from interop import ANSWER_S, Checks, Folder, free_port, get, go_program, sha256_hex

GUZHENG = os.environ["GUZHENG"]
ORIGIN = "interop.example/tessera"
WITNESS = "court.interop"


def keygen(folder, purpose, name, file):
    return subprocess.run([GUZHENG, "keygen", "--suite", "intl", "--purpose", purpose, "--name",
                           name, "--out", folder.path / file], check=True, timeout=ANSWER_S,
                          capture_output=True, text=True).stdout.strip()


class Witness:
    """Of ours. The genesis names the foreign log's key; nobody submits to it."""

    def __init__(self, folder, log_url):
        self.folder, self.log_url = folder, log_url
        self.vkey = keygen(folder, "witness", WITNESS, "witness.pem")
        self.submission = keygen(folder, "submission", "nobody", "nobody.pem")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.child = None

    def policy(self, log_vkey):
        return f"log {log_vkey}\nwitness w {self.vkey} {self.url}\nquorum w\n"

    def start(self, log_vkey):
        genesis = {"type": "guzheng/genesis/v1", "origin": ORIGIN, "suite": "intl",
                   "created_at": "2026-01-01T00:00:00Z", "continues": None,
                   "policy": self.policy(log_vkey),
                   "organisations": [{"name": "nobody", "role": "other", "receipt": None,
                                      "submission": self.submission, "from_index": 0,
                                      "until_index": None}]}
        (self.folder.path / "genesis.json").write_text(json.dumps(genesis))
        config = self.folder.path / "witness.yaml"
        config.write_text(f"organisation: {WITNESS}\ngenesis: genesis.json\nmirror: none\n"
                          f"log_url: {self.log_url}\nlisten_port: {self.port}\n"
                          "witness_key: witness.pem\nfolder: state\nclock_check: peers\n")
        self.child = self.folder.start("witness", [GUZHENG, "witness", "--config", config])
        self.folder.wait("witness that trusts its clock", self.is_ready)

    def status(self):
        return json.loads(get(self.url + "/status"))

    def is_ready(self):
        try:
            return not [a for a in self.status()["alarms"] if a["alarm"] == "clock"]
        except OSError:
            return False

    def size(self):
        return self.status()["logs"][0]["size"]


class Foreign:
    def __init__(self, folder, name, program):
        self.folder, self.name, self.program = folder, name, program
        self.path = folder.path / name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.vkey = subprocess.run([program, "keys", self.path], check=True, timeout=ANSWER_S,
                                   capture_output=True, text=True).stdout.strip()
        self.child = None

    def start(self, witness):
        self.child = self.folder.start(
            self.name, [self.program, "serve", self.path, self.port, witness.vkey, witness.url],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        if self.child.stdout.readline() != "listening\n":
            sys.exit("the foreign log does not start: " + self.folder.said(self.name))

    def open(self):
        """False: the witness did not cosign the empty tree, with which Tessera begins."""
        return self.ask("open") == "ready"

    def ask(self, line):
        self.child.stdin.write(line + "\n")
        return self.child.stdout.readline().strip()

    def add(self, count):
        return int(self.ask(f"add {count}").removeprefix("index "))

    def publish(self, index, ms=30000):
        return self.ask(f"published {index} {ms}")


def main():
    check = Checks()
    program = go_program("./foreignlog")
    with Folder() as folder:
        known, stranger = (Foreign(folder, name, program) for name in ("known", "stranger"))
        witness = Witness(folder, known.url)
        known.start(witness)
        stranger.start(witness)
        witness.start(known.vkey)
        check("the same origin under a key that is not known is not cosigned",
              not stranger.open() and "403" in folder.said("stranger"), folder.said("stranger"))
        check("the empty tree of Tessera's log is cosigned", known.open(), folder.said("known"))
        first = known.publish(known.add(3))
        check("its first entries are published", first == "size 3", first)
        check("the witness holds its size", witness.size() == 3, witness.status())

        more = known.publish(known.add(600))
        check("its growth is proved to the witness", more == "size 603", more)
        served = get(f"{witness.url}/{sha256_hex(ORIGIN.encode())}/checkpoint").decode()
        check("the witness serves what it cosigned last", served.splitlines()[1] == "603", served)

        folder.stop(witness.child)
        witness.start(known.vkey)
        again = known.publish(known.add(1))
        check("after a restart of the witness", again == "size 604", again)
        note = get(known.url + "/checkpoint").decode()
        check("a line of ours in Tessera's checkpoint", f"\n— {WITNESS} " in note, note)
    check.finish()


sys.exit(main())
