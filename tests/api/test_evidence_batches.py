#!/usr/bin/python3
"""Batches and originals over the push API: a result a line in the same order, whatever stands in
between; multipart with originals beside; memory that does not grow with the batch."""
import contextlib
import json
import re
import socket
import threading
import time

from evidence_client import (PDF, Checks, Consortium, batch, contract, lines, multipart, open_api,
                             repayment)

check = Checks()
LARGE = 30000


def short(results):
    return [(r["line"], r["status"], r["result"]) for r in results]


def one_bad_line_never_sinks_the_rest(api):
    spoilt = repayment("B3", principal="1,0")
    spoilt["more"] = 1
    body = lines(repayment("B1"), b"{", spoilt, repayment("B1"), repayment("B1", principal="2.00"),
                 b"", repayment("B2"), b"\xff\xfe") + json.dumps(repayment("B4")).encode()
    status, results = batch(api, body)
    check("a result a line, in order", status == 200 and short(results) == [
        (1, 201, "accepted"), (2, 422, "refused"), (3, 422, "refused"), (4, 200, "repeated"),
        (5, 409, "conflict"), (6, 422, "refused"), (7, 201, "accepted"), (8, 422, "refused"),
        (9, 201, "accepted")], results)
    check("with all defects of a line", [(e["pointer"], e["code"]) for e in results[2]["errors"]]
          == [("/more", "unknown_member"), ("/fields/principal", "money")], results[2])
    check("with its event number where it has one",
          [r.get("event_number") for r in results[:4]] == ["B1", None, "B3", "B1"])
    check("the repeat is the same record", results[3]["id"] == results[0]["id"])
    again = batch(api, body)[1]
    check("the same batch again adds nothing", [r["result"] for r in again].count("accepted") == 0
          and [r["result"] for r in again].count("repeated") == 4, short(again))
    found = api.get(f"/v1/evidence/{results[0]['id']}")[2]
    check("a line's record is like any other", found["event_number"] == "B1", found)
    signed = batch(api, body, "?receipts=true")[1]
    check("receipts where they are asked for", "receipt" not in again[0]
          and found["receipt"].splitlines()[:7] == signed[0]["receipt"].splitlines()[:7], signed[0])


def frames(api):
    check("an empty batch", batch(api, b"") == (200, []))
    check("no line without an end is lost", batch(api, b"{}")[1][0]["line"] == 1)
    for query, kind, status, code in (("", "application/json", 415, "media_type"),
                                      ("", "application/x-ndjson; charset=gbk", 415, "media_type"),
                                      ("?receipts=1", "application/x-ndjson", 400, "parameter")):
        got = batch(api, lines(repayment("F1")), query, kind)
        check(f"refused: {kind} {query}", (got[0], got[1]["code"]) == (status, code), got)
    long = b'{"a":"' + b"x" * (9 * 1024 * 1024) + b'"}\n'
    got = batch(api, lines(repayment("F2")) + long + lines(repayment("F3")))
    check("a line that is too long is refused alone", short(got[1]) == [
        (1, 201, "accepted"), (2, 413, "refused"), (3, 201, "accepted")], got)
    got = batch(api, lines(repayment("F4")) + long[:-1])
    check("also the last one", short(got[1])[1] == (2, 413, "refused"), got)


def memory_kb(chain):
    with open(f"/proc/{chain.children['bank'].pid}/status", encoding="ascii") as text:
        return int(re.search(r"VmHWM:\s+(\d+)", text.read()).group(1))


def a_large_batch(chain, api):
    one = json.dumps(repayment("L0", kind="no.kind")).encode() + b"\n"
    batch(api, one * 2000)
    before = memory_kb(chain)
    status, results = batch(api, one * LARGE)
    check("a large batch: every line has its result, in order", status == 200
          and [r["line"] for r in results] == list(range(1, LARGE + 1)))
    check("and no more memory is taken than for a small one", memory_kb(chain) - before < 16 * 1024,
          (before, memory_kb(chain)))


def a_batch_that_breaks_off(api):
    body = lines(*(repayment(f"C{i}") for i in range(1000)))
    with socket.create_connection(("127.0.0.1", api.port)) as s:
        s.sendall(b"POST /v1/evidence/batches HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                  b"Content-Type: application/x-ndjson\r\n"
                  + f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:-100])
    results = batch(api, body)[1]
    check("a batch that breaks off and is sent again: each line once", len(results) == 1000
          and {r["result"] for r in results} <= {"accepted", "repeated"}
          and len({r["id"] for r in results}) == 1000)


def originals(chain, api):
    status, _, alone = api.post(contract("O1"))
    check("an original in Base64", status == 201, alone)
    body, kind = multipart(("item", "application/json", json.dumps(contract("O1", part="p1"))),
                           ("p1", "application/pdf", PDF))
    again = api.post(body, Content_Type=kind)
    check("the same original as a part: the same record", again[0] == 200
          and again[2]["id"] == alone["id"], again)
    body, kind = multipart(("p1", None, PDF), ("item", None, json.dumps(contract("O2", part="p1"))),
                           boundary="another")
    first = api.post(body, Content_Type=kind, Idempotency_Key="o2")
    other, other_kind = multipart(("item", None, json.dumps(contract("O2", part="p1"))),
                                  ("p1", None, PDF), boundary="third")
    check("another order and boundary, and the same key: the same answer", first[0] == 201
          and api.post(other, Content_Type=other_kind, Idempotency_Key="o2")[0] == 201)
    items = lines(contract("O3", part="a"), contract("O4", part="none"), contract("O5", part="a"))
    body, kind = multipart(("items", "application/x-ndjson", items), ("a", None, PDF))
    got = batch(api, body, kind=kind)
    check("a batch with originals beside", short(got[1]) == [
        (1, 201, "accepted"), (2, 422, "refused"), (3, 201, "accepted")]
        and got[1][1]["errors"][0]["code"] == "file_part", got)
    large, kind = multipart(("item", None, json.dumps(contract("O6", part="p"))),
                            ("p", None, PDF + b"\n" * (31 * 1024 * 1024)))
    check("an original of 31 MiB", api.post(large, Content_Type=kind)[0] == 201)
    certificate = api.get(f"/v1/evidence/{alone['id']}/certificate?disclose=all")
    check("not published, or a certificate", certificate[0] in (200, 409), certificate[:1])


def spoilt_multipart(api):
    item = json.dumps(contract("S1", part="p1"))
    good, kind = multipart(("item", None, item), ("p1", None, PDF))

    def refused(what, body, content_type, status, code):
        got = api.post(body, Content_Type=content_type)
        check(f"multipart: {what}", (got[0], got[2]["code"]) == (status, code), got)

    for n in (0, 10, len(good) // 2, len(good) - 5):
        refused(f"cut at {n}", good[:n], kind, 400, "multipart")
    refused("no boundary", good, "multipart/form-data", 400, "multipart")
    refused("another boundary", good, "multipart/form-data; boundary=x", 400, "multipart")
    refused("two parts of one name", multipart(("item", None, item), ("p1", None, PDF),
                                               ("p1", None, PDF))[0], kind, 400, "multipart")
    refused("no item", multipart(("p1", None, PDF))[0], kind, 400, "multipart")
    refused("an item of another type", multipart(("item", "text/xml", item),
                                                 ("p1", None, PDF))[0], kind, 415, "media_type")
    refused("a part that nobody names", multipart(("item", None, item), ("p1", None, PDF),
                                                  ("p2", None, PDF))[0], kind, 400, "multipart")
    refused("a part that is not there", multipart(("item", None, item))[0], kind, 422, "defects")
    refused("an original that is none", multipart(("item", None, item), ("p1", None, b"x"))[0],
            kind, 422, "defects")
    refused("too many parts", multipart(*((f"p{i}", None, b"") for i in range(300)))[0], kind, 400,
            "multipart")
    refused("too large", b"x" * (65 * 1024 * 1024), kind, 413, "too_large")
    check("none of it was recorded, so the item is new",
          api.post(good, Content_Type=kind)[0] == 201)


def at_once(do, things):
    threads = [threading.Thread(target=do, args=(t,)) for t in things]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def send(connection, body):
    with contextlib.suppress(OSError):  # whoever is refused is also cut off
        connection.sendall(body)


def bodies_together(api):
    """What all callers send at once is bounded: one more is told to come again. Should one more be
    quicker than the rest of what the others send, one of them is refused in its place, and they
    begin anew."""
    size = 64 * 1024 * 1024 - 64 * 1024
    head = ("POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\n"
            f"Content-Length: {size + 1}\r\n\r\n")
    one_more = b"x" * 1024 * 1024
    for path, kind in (("/v1/evidence", "application/json"),
                       ("/v1/evidence/batches", "multipart/form-data; boundary=b")):
        def more():
            return api.ask("POST", path, one_more, Content_Type=kind)
        body = (head % (path, kind)).encode() + b"x" * size
        for _ in range(10):
            callers = [socket.create_connection(("127.0.0.1", api.port)) for _ in range(4)]
            at_once(lambda c, body=body: send(c, body), callers)  # or the first would time out
            time.sleep(0.2)  # what was sent is also read
            got = more()
            for c in callers:
                c.close()
            if got[0] == 503:
                break
        check(f"{path}: one body too many is told to come again", got[0] == 503
              and got[2]["code"] == "busy" and got[1]["Retry-After"] == "1", got)
        end = time.monotonic() + 60
        while (got := more())[0] == 503 and time.monotonic() < end:
            time.sleep(0.2)
        check(f"{path}: and is taken when the others have gone", got[0] == 400, got)


def main():
    with Consortium() as chain:
        api = open_api(chain)
        one_bad_line_never_sinks_the_rest(api)
        frames(api)
        a_large_batch(chain, api)
        a_batch_that_breaks_off(api)
        originals(chain, api)
        spoilt_multipart(api)
        bodies_together(api)
        check("all stop when asked", chain.stop_all() == [0, 0, 0, 0])
    check.finish()


if __name__ == "__main__":
    main()
