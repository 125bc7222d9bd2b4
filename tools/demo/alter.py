#!/usr/bin/python3
"""Alter a copy of a certificate as a cheat would: the largest disclosed amount gets a zero more,
and its disclosure is encoded anew as carefully as before. `alter.py CERTIFICATE COPY`"""
import base64
import json
import re
import sys


def decode(text):
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def encode(triple):
    text = json.dumps(triple, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def main():
    source, copy = sys.argv[1:]
    with open(source, encoding="utf-8") as f:
        certificate = json.load(f)
    money = [(float(value), at) for at, d in enumerate(certificate["disclosures"])
             for value in [decode(d)[2]]
             if isinstance(value, str) and re.fullmatch(r"[0-9]+\.[0-9]{2}", value)]
    if not money:
        sys.exit(f"{source}: no amount is disclosed")
    at = max(money)[1]
    salt, name, value = decode(certificate["disclosures"][at])
    altered = value[:-3] + "0" + value[-3:]
    certificate["disclosures"][at] = encode([salt, name, altered])
    with open(copy, "w", encoding="utf-8") as f:
        json.dump(certificate, f, ensure_ascii=False)
    print(f"  {name}: {value} -> {altered}")


if __name__ == "__main__":
    main()
