#!/usr/bin/python3
"""Signed contracts through the bank: the result of each stands in its certificate, also where
nobody signed; and what changes when a root is trusted."""
import sys

from consortium import ROOT, Checks, Consortium, count, run

sys.path.insert(0, str(ROOT / "tests/document"))
from signed_pdf import Authority, sign  # noqa: E402


def spoil(folder, authority):
    """The first contract is signed, the second signed and changed, the others are not signed."""
    files = sorted((folder / "files").glob("*.pdf"))
    signer = authority.person("李·签署")
    for path in files[:2]:
        path.write_bytes(sign(path.read_bytes(), signer))
    files[1].write_bytes(files[1].read_bytes() + b"%changed\n")
    spoilt = bytearray(files[1].read_bytes())
    spoilt[100] ^= 1
    files[1].write_bytes(bytes(spoilt))
    return [path.name for path in files]


def disclosed(chain):
    """What each contract's certificate says, by the name of its original."""
    chain.certificates()
    out = {}
    for path in (chain.folder / "certificates").glob("*.gzcert"):
        _, report = chain.verify(path)
        if report["entry"]["kind"] == "loan.contract":
            out[report["disclosed"]["file/1"]["name"]] = report["disclosed"]
    return out


def main():
    check = Checks()
    with Consortium() as chain:
        authority = Authority(chain.folder / "authority")
        folder, _ = chain.batch(loans=3)
        names = spoil(folder, authority)
        chain.start_all()
        check("all are received", count(chain.submit(folder), "refused") == 0)
        said = disclosed(chain)
        first, second, third = (said[n] for n in names[:3])
        check("a signature whose root is not known",
              first["signature.result"] == "有效但证书未被信任"
              and first["signature.signer"] == "李·签署"
              and first["signature.algorithm"] == "RSA-2048 SHA-256"
              and "T" in first["signature.time"], first)
        check("a signed one that was changed", second["signature.result"] == "无效"
              and "改动" in second["signature.detail"], second)
        check("nobody signed: that is said too", third["signature.result"] == "未签名"
              and "signature.signer" not in third, third)
        (chain.chain / "bank/roots/a.pem").write_bytes(authority.root.read_bytes())
        chain.stop("bank")
        chain.start_all()
        known = [w["size"] for w in chain.status()["log"]["witnesses"]]
        check("after a restart the courts of the newest checkpoint are known",
              sum(size > 0 for size in known) >= 2, known)
        check("with another root the same batch is no conflict",
              count(chain.submit(folder), "repeated") > 0
              and count(chain.submit(folder), "conflicts") == 0)
        other, _ = chain.batch(part=2, loans=3)
        names = spoil(other, authority)
        chain.submit(other)
        check("a trusted root", disclosed(chain)[names[0]]["signature.result"] == "有效")
        (chain.chain / "bank/roots/b.pem").write_text("none")
        chain.stop("bank")
        refused = run("bank", "--config", chain.chain / "bank/config.yaml")
        check("a broken root stops the start, and is named", refused.returncode != 0
              and "b.pem" in refused.stderr, refused.stderr)
    check.finish()


if __name__ == "__main__":
    main()
