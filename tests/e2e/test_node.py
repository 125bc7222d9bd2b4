#!/usr/bin/python3
"""Check 8: what a node's own copy says of a certificate's entry."""
import time

from consortium import Checks, Consortium, rows, run


def mirror(chain, court):
    inside = next(p for p in (chain.chain / "court-high/mirror").iterdir() if p.is_dir())
    return f"http://127.0.0.1:{chain.base_port + court}/{inside.name}"


def ask(chain, node, certificate):
    status, report = chain.verify("--node", node, certificate)
    outcome = report["checks"][7]["outcome"] if "checks" in report else report
    return status, outcome, report.get("reason")


def main():
    check = Checks()
    with Consortium() as chain, Consortium() as stranger:
        chain.start_all()
        stranger.start_all()
        for each in (chain, stranger):
            folder, _ = each.batch(loans=2)
            each.submit(folder)
        wanted = rows(folder)
        while {w["size"] for w in chain.status()["log"]["witnesses"]} != {wanted}:
            time.sleep(0.1)
        issued = chain.certificates()
        certificate = next(p for p in sorted(issued.glob("*.gzcert"))
                           if not (issued / "files" / p.stem).exists())
        log = f"http://127.0.0.1:{chain.base_port}"
        for what, node in (("the log", log), ("a court's mirror", mirror(chain, 1))):
            check(f"{what} has it, uncorrected", ask(chain, node, certificate)
                  == (0, "passed", None), ask(chain, node, certificate))
        status, outcome, _ = ask(chain, "http://127.0.0.1:1", certificate)
        check("nobody answers: incomplete", (status, outcome) == (3, "incomplete"))
        other = f"http://127.0.0.1:{stranger.base_port}"
        status, outcome, reason = ask(chain, other, certificate)
        check("a node with another entry there: fails", (status, outcome) == (1, "failed")
              and "另一条" in reason, reason)
        chain.stop("court-high")
        folder, _ = chain.batch(part=2, loans=1)
        chain.submit(folder)
        newest = max(chain.certificates().glob("*.gzcert"), key=lambda p: p.name)
        chain.stop("bank")  # so that the court stays behind
        chain.start("court-high")
        while "witness started" not in chain.log("court-high").split("ending")[-1]:
            time.sleep(0.05)
        status, outcome, _ = ask(chain, mirror(chain, 1), newest)
        check("a node that is behind: incomplete", (status, outcome) == (3, "incomplete"), outcome)
        listed = run("verify", "--policy", chain.policy, "--node", mirror(chain, 2), issued)
        check("a folder against a node", listed.returncode == 0, listed.stdout[-300:])
    check.finish()


if __name__ == "__main__":
    main()
