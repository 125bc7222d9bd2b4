#!/usr/bin/python3
"""A published certificate with its original and policy: each part is altered in turn, and every
alteration must be caught by the check that docs/threat-model.md names."""
import base64
import json
import shutil
import tempfile
from pathlib import Path

from consortium import ROOT, Checks, verify


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def flip(path, offset=None, bit=1):
    content = bytearray(Path(path).read_bytes())
    content[len(content) // 2 if offset is None else offset] ^= bit
    Path(path).write_bytes(content)


class Tamper:
    """Alterations of one good certificate, each written as a file of its own."""

    def __init__(self, folder, policy, check, certificate, original):
        self.folder, self.policy, self.check = Path(folder), policy, check
        self.certificate, self.original = certificate, original
        self.good = json.loads(certificate.read_text())
        self.copy = self.folder / "altered.gzcert"

    def all(self, stranger):
        self.fields()
        self.proof()
        self.originals()
        self.policies(stranger)

    def expect(self, what, changed, status, failed_check, *files, policy=None):
        self.copy.write_text(json.dumps({**self.good, **changed}))
        got, report = verify(policy or self.policy, self.copy, *(files or [self.original]))
        fits = got == status and (failed_check is None or report.get("check") in failed_check)
        self.check(what, fits, f"status {got}, check {report.get('check')}: {report}"[:400])

    def fields(self):
        entry = bytearray(unb64(self.good["entry"]))
        at = entry.index(b'"recorded_at"') + 18
        entry[at] ^= 1
        self.expect("a digit of the entry", {"entry": b64(bytes(entry))}, 1, [1, 4, 6])
        self.expect("the entry cut short", {"entry": self.good["entry"][:-8]}, 1, [1])
        salt, name, value = json.loads(unb64(self.good["disclosures"][0]))
        first = b64(json.dumps([salt, name, "别的值"], ensure_ascii=False).encode())
        rest = self.good["disclosures"][1:]
        self.expect("a disclosed value", {"disclosures": [first] + rest}, 1, [2])
        self.expect("a disclosure twice",
                    {"disclosures": self.good["disclosures"] + rest[:1]}, 1, [2])
        invented = b64(json.dumps([b64(bytes(16)), "note", "x"]).encode())
        self.expect("a disclosure invented",
                    {"disclosures": self.good["disclosures"] + [invented]}, 1, [2])
        other = "intl" if self.good["suite"] == "gm" else "gm"
        self.expect("the other suite", {"suite": other}, 1, [1, 2, 3, 4, 5])
        self.expect("an unknown member", {"extra": 1}, 1, [1])

    def proof(self):
        text = self.good["proof"]
        head, body, signatures = text.split("\n\n", 2)
        lines = head.split("\n")
        if len(lines) > 2:
            path = bytearray(base64.b64decode(lines[2]))
            path[0] ^= 1
            lines[2] = base64.b64encode(path).decode()
            self.expect("a hash of the path",
                        {"proof": "\n\n".join(["\n".join(lines), body, signatures])}, 1, [4])
        index = int(head.split("\n")[1].split()[1])
        moved = head.replace(f"index {index}", f"index {index + 1 if index == 0 else index - 1}")
        self.expect("another index", {"proof": "\n\n".join([moved, body, signatures])}, 1, [4])
        origin, size, root = body.split("\n")[:3]
        larger = "\n".join([origin, str(int(size) + 1), root])
        self.expect("the checkpoint's size",
                    {"proof": "\n\n".join([head, larger, signatures])}, 1, [4, 5])
        notes = signatures.split("\n")
        for at, line in enumerate(n for n in notes if n):
            dash, name, blob = line.split(" ")
            raw = bytearray(base64.b64decode(blob))
            raw[-1] ^= 1
            broken = list(notes)
            broken[at] = " ".join([dash, name, base64.b64encode(raw).decode()])
            self.expect(f"signature {at + 1} of {name}",
                        {"proof": "\n\n".join([head, body, "\n".join(broken)])}, 1, [5])
        alone = "\n".join(notes[:2]) + "\n"
        self.expect("one court alone is no quorum",
                    {"proof": "\n\n".join([head, body, alone])}, 1, [5])
        self.expect("no log signature",
                    {"proof": "\n\n".join([head, body, "\n".join(notes[1:])])}, 1, [5])

    def originals(self):
        copy = self.folder / "altered.pdf"
        shutil.copy(self.original, copy)
        flip(copy)
        self.expect("a bit of the original", {}, 1, [3], copy)
        copy.write_bytes(self.original.read_bytes() + b"\n")
        self.expect("a byte more at the end of the original", {}, 1, [3], copy)
        status, _ = verify(self.policy, self.certificate)
        self.check("original not given: incomplete", status == 3, status)

    def policies(self, stranger):
        text = self.policy.read_text()
        altered = self.folder / "policy"
        at = text.index("+", text.index("witness")) + 3
        altered.write_text(text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1:])
        self.expect("a key ID of the policy: unusable", {}, 2, None, policy=altered)
        self.expect("another consortium's policy", {}, 1, [5], policy=stranger)
        altered.write_text("\n".join(line for line in text.split("\n")
                                     if not line.startswith("quorum")))
        self.expect("policy without quorum: unusable", {}, 2, None, policy=altered)
        flip(self.copy, 0, 0x10)
        status, _ = verify(self.policy, self.copy, self.original)
        self.check("no JSON at all", status == 1, status)


def main():
    check = Checks()
    vectors = ROOT / "tests/vectors"
    for suite, other in (("gm", "intl"), ("intl", "gm")):
        print(f"suite {suite}")
        certificate = vectors / f"{suite}-001.gzcert"
        original = vectors / f"{suite}-contract-0.pdf"
        policy = vectors / f"{suite}.policy"
        status, report = verify(policy, certificate, original)
        check("untouched it is valid", status == 0, report)
        with tempfile.TemporaryDirectory() as folder:
            tamper = Tamper(folder, policy, check, certificate, original)
            tamper.all(vectors / f"{other}.policy")
    check.finish()


if __name__ == "__main__":
    main()
