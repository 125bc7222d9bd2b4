#!/usr/bin/python3
"""The push API of a running bank: one item in, its receipt and its certificate out, and every
refusal with a code."""
import json
import threading

from evidence_client import (COURTS, Api, Checks, Consortium, correction, open_api, repayment,
                             run, wait_published)

check = Checks()
RECORD = {"result", "id", "fingerprint", "received_at", "publish_by", "receipt"}


def problem(what, got, status, code, pointers=None):
    answer_status, headers, body = got
    fine = (answer_status == status and body["code"] == code and body["status"] == status
            and headers["Content-Type"] == "application/problem+json"
            and body["request_id"] == headers["X-Request-Id"]
            and body["type"] == f"urn:guzheng:problem:{code}")
    if pointers is not None:
        fine = fine and [(e["pointer"], e["code"]) for e in body["errors"]] == pointers
    check(what, fine, (answer_status, body))


def one_item(chain, api):
    status, headers, body = api.post(repayment("E1"))
    check("an item is accepted: 201 with what the contract says", status == 201
          and set(body) == RECORD and body["result"] == "accepted", (status, body))
    check("and its place", headers["Location"] == f"/v1/evidence/{body['id']}")
    again = api.post(repayment("E1"))
    check("the same item again: 200, the same record", again[0] == 200
          and again[2]["result"] == "repeated" and again[2]["id"] == body["id"], again)
    problem("another content under its number", api.post(repayment("E1", principal="2.00")), 409,
            "conflict")
    found = wait_published(api, body["id"])
    check("it is published, and says where it stands", found["state"] == "published"
          and isinstance(found["index"], int) and found["event_number"] == "E1"
          and found["received_at"] == body["received_at"]
          and found["publish_by"] == body["publish_by"]
          and found["fingerprint"] == body["fingerprint"], found)
    return body


def what_is_given_out_verifies(chain, api, record):
    receipt, certificate = chain.folder / "a.gzreceipt", chain.folder / "a.gzcert"
    status, headers, note = api.get(f"/v1/evidence/{record['id']}/receipt")
    check("the receipt by itself", status == 200 and note.decode().splitlines()[:7]
          == record["receipt"].splitlines()[:7])
    for name, text in (("of the answer", record["receipt"]), ("by itself", note.decode())):
        receipt.write_text(text)
        report = chain.verify("--genesis", chain.chain / "genesis.json", receipt)
        check(f"verify has no doubt about the receipt {name}", report[0] in (0, 3), report)
    for disclose, least, most in (("", 0, 0), ("?disclose=principal,interest", 2, 2),
                                  ("?disclose=all", 7, 99)):
        status, _, body = api.get(f"/v1/evidence/{record['id']}/certificate{disclose}")
        certificate.write_text(json.dumps(body))
        check(f"a certificate with {least} values", status == 200
              and least <= len(body["disclosures"]) <= most, body)
    raw = api.connection.request("GET", f"/v1/evidence/{record['id']}/certificate?disclose=all")
    certificate.write_bytes(api.connection.getresponse().read())
    report = chain.verify(certificate)
    check("verify finds the certificate valid", report[0] == 0, (raw, report))
    problem("no such field", api.get(f"/v1/evidence/{record['id']}/certificate?disclose=shoe"),
            422, "disclose")
    for choice in ("a" * 4097, "%E4%B8%80", "a%20b", "A"):
        problem(f"no choice of fields: {choice[:9]}", api.get(
            f"/v1/evidence/{record['id']}/certificate?disclose={choice}"), 400, "parameter")


def found_without_its_source(chain, record):
    """A source that no mapping has is looked through too."""
    for option, value in (("--event", "E1"), ("--contract", "HT-1")):
        answer = run("find", "--socket", chain.socket, "--json", option, value)
        check(f"found by {option} alone", answer.returncode == 0 and record["id"] in
              [json.loads(line)["id"] for line in answer.stdout.splitlines()], answer)


def corrections(api):
    problem("nothing to be corrected", api.post(correction("K1", "no-such")), 422, "corrects")
    problem("the field says another", api.post(correction("K1", "E1", corrects="E2")), 422,
            "defects", [("/corrects", "corrects")])
    problem("a kind that corrects nothing", api.post(repayment("K1", corrects="E1")), 422,
            "defects", [("/corrects", "corrects")])
    status, _, made = api.post(correction("K1", "E1"))
    check("a correction is accepted", status == 201, made)
    first = api.post(repayment("E1"))[2]["id"]
    check("and both say so", api.get(f"/v1/evidence/{first}")[2]["corrected_by"] == made["id"]
          and api.get(f"/v1/evidence/{made['id']}")[2]["corrects"] == first)


def defects(api):
    spoilt = repayment("E9 ")
    spoilt["fields"].update(principal=5, interest="1,0", more="x")
    del spoilt["fields"]["balance"]
    problem("all defects at once", api.post(spoilt), 422, "defects",
            [("/event_number", "event_number"), ("/fields/principal", "type"),
             ("/fields/interest", "money"), ("/fields/more", "unknown_member"),
             ("/fields/balance", "required")])
    problem("a kind that is not there", api.post(repayment("E9", kind="no.kind")), 422, "defects",
            [("/kind", "kind")])
    for name, body in (("nothing", b""), ("cut", b'{"event_number":"E9"'), ("deep", b"[" * 5000),
                       ("not UTF-8", json.dumps(repayment("E9")).encode().replace(b"E9", b"\xff")),
                       ("a number without end", b'{"a":' + b"9" * 100000 + b"}x"),
                       ("two documents", b"{}{}"), ("a mark before", b"\xef\xbb\xbf{}")):
        problem(f"no JSON: {name}", api.post(body), 400, "json", [("", "json")])
    problem("duplicate members", api.post(
        json.dumps(repayment("E9")).replace('"source"', '"matter":"HT-9","source"')), 422,
        "defects", [("/matter", "duplicate_member")])
    huge = json.dumps(repayment("E9")).replace('"1000.00"', "1e400")
    problem("a number in place of money", api.post(huge), 422, "defects",
            [("/fields/principal", "type")])


def frames(api):
    for kind in ("text/plain", "application/json; charset=gb18030", "application/jsonx", ""):
        problem(f"the content type {kind!r}", api.post(repayment("E9"), Content_Type=kind), 415,
                "media_type")
    problem("a body that is packed", api.post(repayment("E9"), Content_Encoding="gzip"), 415,
            "media_type")
    check("UTF-8 may be said", api.post(
        repayment("E1"), Content_Type='application/json; charset="UTF-8"')[0] == 200)
    for path in ("/", "/v1", "/v1/evidence/", "/v1/evidence/no-such",
                 "/v1/evidence/no-such/receipt", "/v1/evidence/no-such/certificate",
                 "/v1/evidence/%00/receipt", "/v1/evidence/a/b/c", "/v1/evidence//receipt"):
        problem(f"GET {path}", api.get(path), 404, "not_found")
    for method, path, allowed in (("PUT", "/v1/evidence", "POST"), ("GET", "/v1/evidence", "POST"),
                                  ("POST", "/healthz", "GET"),
                                  ("GET", "/v1/evidence/batches", "POST"),
                                  ("OPTIONS", "/v1/evidence/batches", "POST"),
                                  ("DELETE", "/v1/evidence/x", "GET")):
        got = api.ask(method, path)
        problem(f"{method} {path}", got, 405, "method_not_allowed")
        check(f"{method} {path}: Allow", got[1]["Allow"] == allowed, got[1]["Allow"])
    check("healthz", api.get("/healthz")[::2] == (200, {"status": "ok"}))


def pages_of_others(api):
    """What a page in a browser on this machine can send."""
    for headers in ({"Origin": "https://example.com"}, {"Origin": "null"}, {"Host": "example.com"},
                    {"Host": "127.0.0.1.example.com"}, {"Host": "localhost.example.com:1"},
                    {"Host": ""}):
        for path, body in (("/v1/evidence", b"{}"), ("/v1/evidence/batches", b"{}\n")):
            kind = "application/json" if path == "/v1/evidence" else "application/x-ndjson"
            problem(f"a page that posts to {path}: {headers}",
                    api.ask("POST", path, body, Content_Type=kind, **headers), 403, "denied")
        problem(f"a page that reads: {headers}", api.ask("GET", "/v1/kinds", **headers), 403,
                "denied")
    for host in ("127.0.0.1", "localhost", f"LOCALHOST:{api.port}", "[::1]:80"):
        check(f"the address itself: {host}", api.ask("GET", "/healthz", Host=host)[0] == 200)
    check("no answer is kept by anybody", api.get("/docs")[1]["Cache-Control"] == "no-store")


def keys(api):
    def post(item, key):
        return api.post(item, Idempotency_Key=key)
    first = post(repayment("I1"), "key-1")
    again = post(repayment("I1"), "key-1")
    same = [{**r[2], "receipt": r[2]["receipt"].splitlines()[:7]} for r in (first, again)]
    check("the same key and body: the same answer", first[0] == again[0] == 201
          and same[0] == same[1], (first, again))
    problem("the same key, another body", post(repayment("I2"), "key-1"), 422,
            "idempotency_key_reused")
    check("and nothing of it was recorded", post(repayment("I2"), "key-2")[0] == 201)
    known = post(repayment("I1"), "key-3")
    check("another key, the same item: a repeat, also the second time",
          (known[0], post(repayment("I1"), "key-3")[0]) == (200, 200))
    problem("a refused item does not use up its key",
            post(repayment("I4", matter=""), "key-4"), 422, "defects")
    check("so that it can be sent right", post(repayment("I4"), "key-4")[0] == 201)
    for bad in ("", "a b", "x" * 256, "é"):
        problem(f"a key of another form: {bad[:5]!r}", post(repayment("I5"), bad), 400,
                "parameter")


def many(chain, api):
    """Callers at once, some with the same item and the same key: each once, none waits for ever."""
    answers = []

    def call(number):
        caller = Api(chain)
        for i in range(20):
            answers.append(caller.post(repayment(f"M{i}-{number % 16}"),
                                       Idempotency_Key=f"many-{i}-{number % 16}"))

    callers = [threading.Thread(target=call, args=(n,)) for n in range(32)]
    for c in callers:
        c.start()
    for c in callers:
        c.join()
    in_flight = [a for a in answers if a[0] == 409]
    check("two with the same key at once: one is answered, or told to come again",
          all(a[2]["code"] == "idempotency_key_in_flight" and a[1]["Retry-After"]
              for a in in_flight), in_flight[:1])
    check("the others are accepted, each record once", all(a[0] in (201, 409) for a in answers)
          and len({a[2]["id"] for a in answers if a[0] == 201}) == 320,
          sorted({a[0] for a in answers}))


def without_a_quorum(chain, api):
    """One court alone: what is accepted is not published, and no certificate is made of it."""
    for court in COURTS[:2]:
        chain.kill(court)
    status, _, made = api.post(repayment("Q1"))
    check("it is accepted, with a receipt", status == 201 and made["receipt"], made)
    got = api.get(f"/v1/evidence/{made['id']}/certificate")
    problem("there is no certificate yet", got, 409, "not_published")
    check("but later", got[1]["Retry-After"] == "1")
    check("and the record says how far it is",
          api.get(f"/v1/evidence/{made['id']}")[2]["state"] in ("received", "integrated"))
    for court in COURTS[:2]:
        chain.start(court)
    check("with a quorum it is published", wait_published(api, made["id"])["state"] == "published")
    check("and has its certificate", api.get(f"/v1/evidence/{made['id']}/certificate")[0] == 200)


def main():
    with Consortium() as chain:
        api = open_api(chain)
        record = one_item(chain, api)
        what_is_given_out_verifies(chain, api, record)
        found_without_its_source(chain, record)
        corrections(api)
        defects(api)
        frames(api)
        pages_of_others(api)
        keys(api)
        many(chain, api)
        without_a_quorum(chain, api)
        total = chain.status()["records"]["total"]
        check("nothing else was recorded", total == 326, total)
        said = (chain.folder / "bank.log").read_text()
        check("the log names no value", "HT-1" not in said and "1000.00" not in said)
        check("all stop when asked", chain.stop_all() == [0, 0, 0, 0])
    check.finish()


if __name__ == "__main__":
    main()
