#!/usr/bin/python3
"""The description of the push API and the program: the same operations both ways, the page of it
complete and without anything from elsewhere, the description handed out as it is. (That live
answers keep to it, every script over the push API checks at each answer.)"""
import os
import re
import subprocess
from pathlib import Path

import openapi
from evidence_client import Checks, Consortium, contract, open_api, repayment

check = Checks()


def operations():
    built = subprocess.run([os.environ["PRINT_OPERATIONS"]], capture_output=True, text=True,
                           check=True).stdout.split("\n")[:-1]
    told = [f"{method.upper()} {path}" for path, methods in openapi.DOCUMENT["paths"].items()
            for method in methods]
    check("what the program does is described", set(built) <= set(told), set(built) - set(told))
    check("what is described the program does", set(told) <= set(built), set(told) - set(built))
    names = [o["operationId"] for methods in openapi.DOCUMENT["paths"].values()
             for o in methods.values()]
    check("each has a name of its own", len(set(names)) == len(names) == len(built))


def codes():
    """Every code of a problem that the program has stands in the description."""
    source = (Path(__file__).resolve().parents[2] / "src/api/problem.h").read_text()
    known = re.findall(r"X\(\w+, (\d+), \"(\w+)\"", source)
    told = " ".join(r["description"] for r in openapi.DOCUMENT["components"]["responses"].values())
    missing = [code for _, code in known if not re.search(rf"\b{code}\b", told)]
    check("every code is told", len(known) > 15 and set(missing) <= {"refused"}, missing)


def page(api):
    status, headers, text = api.get("/docs")
    text = text.decode()
    check("the page", status == 200 and headers["Content-Type"] == "text/html; charset=utf-8")
    check("with every operation and every schema", all(
        f'id="{o["operationId"]}"' in text for methods in openapi.DOCUMENT["paths"].values()
        for o in methods.values()) and all(
        f'id="{name}"' in text for name in openapi.DOCUMENT["components"]["schemas"]))
    outside = re.findall(r"https?://|<script|<link|<img|@import|url\(|\bsrc=", text)
    check("and nothing from elsewhere", not outside, outside)


def the_example_of_the_readme(chain):
    """As it stands there, with the port of this bank."""
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    command = re.search(r"^    (curl -sS http.*?'\{.*?\}\}')$", readme, re.M | re.S).group(1)
    done = subprocess.run(["bash", "-c", command.replace(":18084/", f":{chain.api_port}/")],
                          capture_output=True, text=True, timeout=60)
    check("the README's example", '"result":"accepted"' in done.stdout, done.stdout + done.stderr)


def the_example_of_the_description(api):
    content = openapi.DOCUMENT["paths"]["/v1/evidence"]["post"]["requestBody"]["content"]
    example = content["application/json"]["example"]
    check("the description's example", api.post({**example, "event_number": "X1"})[0] == 201)


def validator():
    """The validator can say no."""
    good = {"line": 1, "status": 201, "result": "accepted"}
    schema = {"$ref": "#/components/schemas/LineResult"}
    check("an answer that keeps to it", openapi.fits(schema, good))
    for name, change in (("a member more", {"more": 1}), ("another type", {"line": "1"}),
                         ("another word", {"result": "ok"}), ("too small", {"line": 0}),
                         ("no number", {"id": "x"}), ("no time", {"received_at": "2026-01-01"}),
                         ("no time zone", {"received_at": "2026-01-01T00:00:00"})):
        check(f"one that does not: {name}", not openapi.fits(schema, {**good, **change}))
    check("one with a member less", not openapi.fits(schema, {"line": 1, "status": 201}))


def kinds(api):
    status, _, body = api.get("/v1/kinds")
    names = {k["name"]: k for k in body["kinds"]}
    for made in (repayment("K1"), contract("K2")):
        fields = {f["name"]: f for f in names[made["kind"]]["fields"]}
        check(f"the fields of {made['kind']}", status == 200 and set(made["fields"]) <= set(fields)
              and fields["occurred_at"]["type"] == "time" and fields["occurred_at"]["required"])
        check(f"an item of {made['kind']} that keeps to it is taken", api.post(made)[0] == 201)


def main():
    operations()
    codes()
    validator()
    with Consortium() as chain:
        api = open_api(chain)
        check("the description is handed out", api.get("/openapi.json")[2] == openapi.DOCUMENT)
        page(api)
        kinds(api)
        the_example_of_the_readme(chain)
        the_example_of_the_description(api)
    check.finish()


if __name__ == "__main__":
    main()
