#!/usr/bin/python3
"""From the batch file to verified certificates of a running consortium; then each artefact is
altered in turn: certificate, original and policy as in test_tamper, and every file of the log and
of a mirror."""
import sys

from consortium import Checks, Consortium, count, rows, run
from test_tamper import Tamper, flip


def check_files(chain, check):
    """Every file of the log and of a mirror: a flipped byte is named by fsck."""
    for owner, folder in (("bank", "bank/log"), ("court-high", "court-high/mirror")):
        place = chain.chain / folder
        good = run("fsck", place)
        check(f"fsck of {owner}, untouched", good.returncode == 0, good.stderr + good.stdout)
        for path in sorted(p for p in place.rglob("*") if p.is_file() and p.stat().st_size):
            if path.name in ("lock",):
                continue
            kept = path.read_bytes()
            flip(path)
            bad = run("fsck", place)
            said = bad.stdout + bad.stderr
            check(f"fsck of {owner}: {path.relative_to(place)}",
                  bad.returncode != 0 and path.name in said, said[:300])
            path.write_bytes(kept)


def main():
    check = Checks()
    suite = sys.argv[1] if len(sys.argv) > 1 else "gm"
    with Consortium(suite) as chain, Consortium(suite) as stranger:
        chain.start_all()
        batch, spoilt = chain.batch(loans=12, spoil=5)
        answer = chain.submit(batch)
        check("all good rows accepted", answer and count(answer, "accepted")
              == rows(batch) - len(spoilt), answer)
        check("all bad rows refused", answer and count(answer, "refused") == len(spoilt), answer)
        again = chain.submit(batch)
        check("the same batch again: nothing new", again and count(again, "accepted") == 0, again)
        folder = chain.certificates()
        made = sorted(folder.glob("*.gzcert"))
        check("a certificate each", len(made) == rows(batch) - len(spoilt), len(made))
        with_original = sorted(p for p in (folder / "files").iterdir())
        certificate = folder / (with_original[0].name + ".gzcert")
        original = next(with_original[0].iterdir())
        status, report = chain.verify(certificate, original)
        check("a contract's certificate is valid", status == 0, report)
        status = run("verify", "--policy", chain.policy, folder).returncode
        check("the folder is valid as a set", status == 0, status)
        Tamper(chain.folder, chain.policy, check, certificate, original).all(stranger.policy)
        check("all four stop when asked", chain.stop_all() == [0, 0, 0, 0])
        check_files(chain, check)
    check.finish()


if __name__ == "__main__":
    main()
