"""Four members of a consortium chain in a folder of their own, and a sender of submissions, for the
end-to-end scripts. Leaves with 77 where the engine is not to be had."""
import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/cluster"))
BIN = Path(os.environ.get("COMETBFT_OUT", ROOT / "build/bin"))
os.environ.setdefault("COMETBFT", str(BIN / "cometbft"))

import members  # noqa: E402
import processes  # noqa: E402
from consortium import SKIPPED, free_ports  # noqa: E402

POST_S = 40
SETTLE_S = 120


def need_engine():
    done = subprocess.run([ROOT / "tools/install-cometbft.sh", BIN], capture_output=True,
                          text=True, timeout=800, stdin=subprocess.DEVNULL)
    if done.returncode == SKIPPED:
        print("skipped: " + done.stderr.strip().splitlines()[0])
    if done.returncode != 0:
        sys.exit(done.returncode)


class Cluster:
    def __init__(self, suite="gm", **more):
        need_engine()
        self.suite = suite
        self.folder = Path(tempfile.mkdtemp(prefix="guzheng-e2e-"))
        self.chain = self.folder / "chain"
        self.policy = self.chain / "policy"
        all_members = members.init(self.chain, suite, free_ports(members.PORTS), **more)
        self.origin = json.loads((self.chain / "genesis.json").read_text())["origin"]
        self.all = [processes.Running(m, self.folder) for m in all_members]

    def __enter__(self):
        for r in self.all:
            r.start()
        if processes.wait_for_blocks(self.all) is None:
            sys.exit("the cluster does not start: " + self.logs())
        return self

    def __exit__(self, kind, value, trace):
        for r in self.all:
            r.kill()
        if kind is None and not os.environ.get("KEEP"):
            shutil.rmtree(self.folder)
        else:
            print(f"kept for a look: {self.folder}", file=sys.stderr)

    def logs(self):
        return "\n".join(p.name + ": " + p.read_text(errors="replace")[-400:]
                         for p in sorted(self.folder.glob("*.log")))

    def settled(self, size, timeout=SETTLE_S):
        """The states when all four stand at this size and one height; the last ones else."""
        end = time.monotonic() + timeout
        while True:
            states = [r.status() for r in self.all]
            if all(states) and {s["size"] for s in states} == {size} and \
                    len({s["height"] for s in states}) == 1:
                return states
            if time.monotonic() > end:
                return states
            time.sleep(0.1)


def varint(v):
    return bytes([v & 0x7f | 0x80]) + varint(v >> 7) if v > 0x7f else bytes([v])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def plain(der):
    """r ‖ s of 32 bytes each from the two DER integers."""
    first = der[4:4 + der[3]]
    second = der[6 + der[3]:]
    return b"".join(int.from_bytes(n, "big").to_bytes(32, "big") for n in (first, second))


class Sender:
    """An organisation's sender; it signs through openssl."""

    def __init__(self, cluster, number):
        self.cluster = cluster
        self.member = cluster.all[number].member
        self.key = self.member.folder / "submission.pem"
        rows = json.loads((cluster.chain / "genesis.json").read_text())["organisations"]
        self.vkey = next(r["submission"] for r in rows if r["name"] == self.member.name)
        self.key_id = bytes.fromhex(self.vkey.split("+")[1])

    def sign(self, message):
        with tempfile.NamedTemporaryFile() as f:
            f.write(message)
            f.flush()
            more = [] if self.cluster.suite == "intl" else [
                "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
            made = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", self.key, "-rawin",
                                   "-in", f.name, *more], check=True, capture_output=True).stdout
        return made if self.cluster.suite == "intl" else plain(made)

    def submission(self, seq, count=1, salt=0):
        items = b""
        for i in range(count):
            text = f"{self.member.name} {seq} {i} {salt}"
            fingerprint = hashlib.sha256(text.encode()).digest()  # any 32 bytes do
            items += field(4, field(1, fingerprint))
        body = (field(1, self.member.name.encode()) + field(2, self.key_id) + b"\x18" +
                varint(seq) + items)
        digest = hashlib.new("sm3" if self.cluster.suite == "gm" else "sha256", body).hexdigest()
        with open(self.member.folder / "submitted", "a", encoding="ascii") as noted:
            noted.write(digest + "\n")
        origin = self.cluster.origin.encode()
        signature = self.sign(b"guzheng/submission/v1\n" + origin + b"\n" + body)
        return field(1, body) + field(2, signature)


def post(member, wire, timeout=POST_S):
    """(status, answer); (0, None) where nobody answers."""
    request = urllib.request.Request(
        member.url + "/submission", data=wire,
        headers={"Content-Type": "application/vnd.guzheng.submission"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")
    except (OSError, ValueError):
        return 0, None


def post_until(pick, wire, timeout=SETTLE_S):
    """Send the same bytes to whoever pick() says until 200; the answer, None after the time."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        status, answer = post(pick(), wire)
        if status == 200:
            return answer
        if status not in (0, 202, 429, 503):
            return {"refused": status, "answer": answer}
        time.sleep(0.2)
    return None


def stored(member, name, seq):
    """The bytes that a node has for a number, None where it has none."""
    status, body = processes.get(f"{member.url}/submission/{name}/{seq}")
    return body if status == 200 else None


def b64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
