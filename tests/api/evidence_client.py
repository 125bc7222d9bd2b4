"""A caller of the push API, for the scripts that test it."""
import base64
import http.client
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import openapi  # noqa: E402
from consortium import COURTS, SKIPPED, Checks, Consortium, run  # noqa: E402,F401

PUBLISHED_S = 60
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


class Api:
    """One connection that is kept. Every answer is compared with the description."""

    def __init__(self, chain):
        self.port = chain.api_port
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method, path, body=None, **headers):
        """(status, headers, body: decoded where it is JSON)"""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body, names)
        answer = self.connection.getresponse()
        content = answer.read()
        openapi.check_answer(method, path, answer.status, answer.headers, content)
        kind = answer.headers.get("Content-Type", "")
        is_json = kind.endswith("json") and not kind.endswith("ndjson")
        return answer.status, answer.headers, json.loads(content) if is_json else content

    def get(self, path):
        return self.ask("GET", path)

    def post(self, item, path="/v1/evidence", **headers):
        body = item if isinstance(item, (bytes, str)) else json.dumps(item, ensure_ascii=False)
        body = body.encode() if isinstance(body, str) else body
        return self.ask("POST", path, body, **{"Content_Type": "application/json", **headers})


def open_api(chain):
    """A caller of a bank that has just started and whose clock is trusted by now."""
    chain.start_all()
    end = time.monotonic() + PUBLISHED_S
    while not chain.status()["clock_is_trusted"] and time.monotonic() < end:
        time.sleep(0.05)
    return Api(chain)


def repayment(number, matter="HT-1", principal="1000.00", **changes):
    """An item of a kind that needs no original."""
    fields = {"contract_no": matter, "note_no": "JJ-1", "occurred_at": "2026-03-05T09:30:00+08:00",
              "principal": principal, "interest": "10.00", "penalty": "0.00",
              "balance": "9000.00"}
    return {"event_number": number, "source": "core", "kind": "loan.repayment", "matter": matter,
            "fields": fields, **changes}


def correction(number, target, matter="HT-1", **changes):
    fields = {"contract_no": matter, "corrects": target, "field": "principal",
              "value": "1001.00", "reason": "录入有误", "occurred_at": "2026-03-06T09:30:00+08:00"}
    return {"event_number": number, "source": "core", "kind": "evidence.correction",
            "matter": matter, "fields": fields, **{"corrects": target, **changes}}


def wait_published(api, identity):
    end = time.monotonic() + PUBLISHED_S
    while True:
        answer = api.get(f"/v1/evidence/{identity}")[2]
        if answer["state"] == "published" or time.monotonic() > end:
            return answer
        time.sleep(0.05)


def contract(number, part=None, **changes):
    """An item of a kind with an original; part: its name in multipart."""
    fields = {"contract_no": "HT-1", "borrower.kind": "小微企业", "borrower.name": "测试㐂公司",
              "borrower.id_type": "居民身份证", "borrower.id_number": "379999199001010010",
              "borrower.phone": "13800000000", "amount": "120000.00", "rate": "4.35",
              "term.start": "2026-03-05", "term.end": "2027-03-05", "repayment_method": "等额本息",
              "occurred_at": "2026-03-05T09:30:00+08:00"}
    original = {"field": "file/1", "name": "contract.pdf"}
    content = {"part": part} if part else {"content_base64": base64.b64encode(PDF).decode()}
    return {"event_number": number, "source": "core", "kind": "loan.contract", "matter": "HT-1",
            "fields": fields, "files": [{**original, **content}], **changes}


def multipart(*parts, boundary="b0undary"):
    """(body, content type) of parts (name, content type or None, content)."""
    body = b""
    for name, kind, content in parts:
        body += (f"--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n"
                 + (f"Content-Type: {kind}\r\n" if kind else "") + "\r\n").encode()
        body += (content if isinstance(content, bytes) else content.encode()) + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def lines(*items):
    return b"".join((i if isinstance(i, bytes) else json.dumps(i, ensure_ascii=False).encode())
                    + b"\n" for i in items)


def batch(api, body, query="", kind="application/x-ndjson"):
    """(status, results or problem)"""
    status, headers, content = api.ask("POST", "/v1/evidence/batches" + query, body,
                                       Content_Type=kind)
    if "ndjson" in headers["Content-Type"]:
        content = [json.loads(line) for line in content.splitlines()]
    return status, content
