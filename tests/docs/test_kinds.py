#!/usr/bin/python3
"""docs/kinds.md: its table has every kind with its label and the agreement it needs."""
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
AGREEMENTS = {"none": "—", "business": "业务授权", "enterprise_credit": "企业征信授权",
              "personal_credit": "个人征信授权", "sensitive_info": "敏感个人信息授权",
              "entity_info": "经营实体信息授权"}


def installed():
    for path in (ROOT / "data/kinds").glob("*.yaml"):
        kind = yaml.safe_load(path.read_text(encoding="utf-8"))
        if path.stem == "common":
            continue
        carries = ", or a running contract" if kind.get("contract_carries") else ""
        yield kind["kind"], (kind["label"], AGREEMENTS[kind["consent"]] + carries)


def told():
    text = (ROOT / "docs/kinds.md").read_text(encoding="utf-8")
    for name, label, consent in re.findall(r"^\| `([a-z_.]+)` \| (\S+) \| (.+) \|$", text, re.M):
        yield name, (label, consent)


def main():
    have, said = dict(installed()), dict(told())
    wrong = sorted(k for k in have.keys() | said.keys() if have.get(k) != said.get(k))
    print(("FAIL " if wrong else "ok   ") + f"{len(have)} kinds are told", *wrong)
    return 1 if wrong or len(have) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
