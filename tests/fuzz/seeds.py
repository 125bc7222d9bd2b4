#!/usr/bin/python3
"""Seeds for the fuzz targets from the vectors: `seeds.py FOLDER` writes FOLDER/<target>/…"""
import base64
import hashlib
import json
import sys
from pathlib import Path

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
OUT = Path(sys.argv[1])


def put(target, content):
    folder = OUT / target
    folder.mkdir(parents=True, exist_ok=True)
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def from_certificate(path):
    raw = path.read_bytes()
    put("certificate", raw)
    put("json", raw)
    try:
        certificate = json.loads(raw)
        put("entry", unb64(certificate["entry"]))
        for disclosure in certificate["disclosures"]:
            put("disclosure", disclosure)
            put("json", unb64(disclosure))
        put("proof", certificate["proof"])
        put("note", certificate["proof"].split("\n\n", 1)[1])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError,
            RecursionError):
        return  # a bad certificate on purpose


def genesis(suite):
    rows = json.loads((VECTORS / "submissions.json").read_text(encoding="utf-8"))
    row = next(r for r in rows if r["suite"] == suite and r["status"] == 200)
    key = row["submission_vkey"]
    return json.dumps({
        "type": "guzheng/genesis/v1", "origin": row["origin"], "suite": suite,
        "created_at": "2026-01-02T03:04:05Z",
        "organisations": [{"name": key.split("+")[0], "role": "bank", "submission": key,
                           "receipt": None, "from_index": 0, "until_index": None}],
        "policy": (VECTORS / f"{suite}.policy").read_text(), "continues": None}).encode()


def main():
    for path in sorted(VECTORS.rglob("*.gzcert")):
        from_certificate(path)
    for pattern in ("*policy*", "*history*.json"):
        for path in sorted(VECTORS.rglob(pattern)):
            put("policy", path.read_bytes())
            for word in path.read_bytes().split():
                if word.count(b"+") >= 2 and len(word) < 400:
                    put("key", word)
    for path in sorted(VECTORS.rglob("submissions.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            put("submission", bytes.fromhex(row["submission"]))
            put("key", row["submission_vkey"])
    for suite in ("gm", "intl"):
        put("ledger", genesis(suite) + b"\n")
    for target in sorted(OUT.iterdir()):
        print(f"  {target.name}: {len(list(target.iterdir()))} seeds")


if __name__ == "__main__":
    main()
