#!/usr/bin/python3
"""Planted values go in through every door, rightly and wrongly; afterwards they are found nowhere
in plain on the disks of bank and courts, in a backup, in a log, or on the wire between them."""
import base64
import json
import shutil
import socket
import struct
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from consortium import SKIPPED, Checks, Consortium, count

ETH_P_ALL = 3
# Long enough that they are not there by chance.
NAME, PHONE, ACCOUNT = "金丝雀𠮷若䶮之", "15498765432", "6200997777888866665"
NUMBER, PURPOSE = "379999198001015550", "购买金丝雀饲料七百袋"
AMOUNT, IN_ORIGINAL, PASSWORD = "7654321.89", "CANARY-IN-THE-ORIGINAL-0bd1", "Kanarienvogel-4711"


def with_check_digit(number):
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return number[:17] + "10X98765432"[sum(int(c) * w for c, w in zip(number, weights)) % 11]


CANARIES = {"name": NAME, "phone": PHONE, "account": ACCOUNT, "purpose": PURPOSE,
            "number": with_check_digit(NUMBER), "amount": AMOUNT, "original": IN_ORIGINAL,
            "password": PASSWORD}


def forms(text):
    """The text as bytes in the ways in which it may be written: bare, in hexadecimal, in Base64 at
    each of the three places where a group of three bytes may begin."""
    for charset in ("utf-8", "gb18030", "utf-16-le"):
        bare = text.encode(charset)
        yield bare
        yield bare.hex().encode()
        for before in range(3):
            coded = base64.b64encode(b"x" * before + bare)
            yield coded[4 if before else 0:len(coded) - 4]


SOUGHT = {name: sorted(set(forms(text))) for name, text in CANARIES.items()}


def found(content):
    return [name for name, all_forms in SOUGHT.items() if any(f in content for f in all_forms)]


class Wire(threading.Thread):
    """What goes over loopback to or from these ports."""

    def __init__(self, ports):
        super().__init__(daemon=True)
        self.ports, self.ends, self.heard = set(ports), False, bytearray()
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.bind(("lo", 0))
        self.socket.settimeout(0.2)

    def run(self):
        while not self.ends:
            try:
                packet = self.socket.recv(1 << 17)
            except TimeoutError:
                continue
            head = 14 + (packet[14] & 15) * 4
            if packet[12:14] != b"\x08\x00" or packet[23] != socket.IPPROTO_TCP:
                continue
            if self.ports & set(struct.unpack(">HH", packet[head:head + 4])):
                self.heard += packet[head + (packet[head + 12] >> 4) * 4:]

    def stop(self):
        self.ends = True
        self.join()
        self.socket.close()
        return bytes(self.heard)


def contract(number, **more):
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400))
    return {"contract_no": number, "borrower.kind": "小微企业主", "borrower.name": NAME,
            "borrower.id_type": "居民身份证", "borrower.id_number": CANARIES["number"],
            "borrower.phone": PHONE, "amount": AMOUNT, "rate": "4.35", "term.start": day,
            "term.end": "2031-01-01", "repayment_method": "随借随还", "purpose": PURPOSE,
            "occurred_at": day + " 09:30:00", **more}


def original():
    """A file that passes for a PDF, with the canary uncompressed inside."""
    return (f"%PDF-1.7\n% {IN_ORIGINAL} {NAME}\n".encode() + b"trailer<</Size 1>>\n%%EOF\n")


def through_a_batch(chain, name, fields):
    folder = chain.folder / name
    (folder / "files").mkdir(parents=True)
    (folder / "files/c.pdf").write_bytes(original())
    mapping = (chain.chain / "bank/mappings/demo-contract.yaml").read_text()
    columns = dict(line.strip().split(": ") for line in
                   mapping.split("columns:\n")[1].splitlines())
    row = {**fields, "file/1": "files/c.pdf"}
    lines = ["|".join(["事件编号", *columns]),
             "|".join([f"{name}-1", *(row.get(field, "") for field in columns.values())])]
    (folder / "contract_1.txt").write_bytes("\n".join(lines).encode("gb18030") + b"\n")
    return chain.submit(folder)


def item(number, fields):
    return {"event_number": number, "source": "canary", "kind": "loan.contract", "matter": number,
            "fields": fields,
            "files": [{"field": "file/1", "name": "c.pdf", "media_type": "application/pdf",
                       "content_base64": base64.b64encode(original()).decode()}]}


def post(chain, path, content_type, body):
    request = urllib.request.Request(f"http://127.0.0.1:{chain.api_port}{path}", data=body,
                                     headers={"Content-Type": content_type})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def through_the_api(check, chain):
    one = item("A-1", contract("A-1"))
    status, _ = post(chain, "/v1/evidence", "application/json", json.dumps(one).encode())
    check("one item by the API", status == 201, status)
    many = [item(f"B-{n}", contract(f"B-{n}")) for n in range(3)]
    status, said = post(chain, "/v1/evidence/batches", "application/x-ndjson",
                        b"".join(json.dumps(m).encode() + b"\n" for m in many))
    check("several lines by the API", status == 200 and said.count(b'"accepted"') >= 3, said)
    spoilt = item("C-1", contract("C-1", amount=AMOUNT + "9", purpose=f"password={PASSWORD}"))
    status, said = post(chain, "/v1/evidence", "application/json", json.dumps(spoilt).encode())
    check("a spoilt item is refused", status == 422, status)
    check("and the refusal repeats nothing of it", not found(said), found(said))
    status, said = post(chain, "/v1/evidence", "application/json",
                        json.dumps(one).encode()[:-40])
    check("half an item is refused without an echo", status == 400 and not found(said), said)


def look(check, what, folder):
    files = [p for p in folder.rglob("*") if p.is_file()]
    check(f"{what}: there are files", len(files) > 5, len(files))
    for path in files:
        hit = found(path.read_bytes())
        check(f"{what}: {path.relative_to(folder)}", not hit, hit)


def main():
    check = Checks()
    with Consortium() as chain:
        try:  # the API's own port is not among them: what a caller sends is its own
            wire = Wire(range(chain.base_port, chain.base_port + 4))
        except PermissionError:
            print("skipped: listening to the wire needs root")
            sys.exit(SKIPPED)
        wire.start()
        chain.start_all()
        answer = through_a_batch(chain, "good", contract("G-1"))
        check("a row by a batch file", answer and count(answer, "accepted") == 1, answer)
        check("the search finds what is there", set(found(
            (chain.folder / "good/contract_1.txt").read_bytes())) >= {"name", "amount"})
        answer = through_a_batch(chain, "bad", contract("G-2", purpose=f"密码：{PASSWORD}"))
        check("a row with a password is refused", count(answer, "refused") == 1, answer)
        through_the_api(check, chain)
        chain.certificates()
        backup = chain.folder / "backup"
        shutil.copytree(chain.chain, backup, ignore=shutil.ignore_patterns("*.sock"))
        check("all four stop when asked", chain.stop_all() == [0, 0, 0, 0])
        heard = wire.stop()
        check("the wire was heard", len(heard) > 10_000, len(heard))
        check("the wire", not found(heard), found(heard))
        look(check, "backup", backup)
        look(check, "disk", chain.chain)
        for log in Path(chain.folder).glob("*.log"):
            check(f"log {log.name}", not found(log.read_bytes()), found(log.read_bytes()))
    check.finish()


if __name__ == "__main__":
    main()
