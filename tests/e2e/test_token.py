#!/usr/bin/python3
"""A bank whose master keys a PKCS#11 token protects (SoftHSM plays it): it works as with files, no
master key lies in a file, and a wrong PIN or a missing token is refused with a reason. Skipped (77)
without SoftHSM."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

from consortium import SKIPPED, Checks, Consortium, count, rows, run

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")


def make_token(folder):
    (folder / "tokens").mkdir()
    conf = folder / "softhsm.conf"
    conf.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(conf)
    for label in ("business", "identity"):
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", label, "--pin",
                        "12345678", "--so-pin", "87654321"], check=True, capture_output=True)


def use_token(bank):
    (bank / "pin").write_text("12345678\n")
    (bank / "pin").chmod(0o600)
    for name in ("master.key", "identity-master.key"):
        (bank / name).unlink()
    with open(bank / "config.yaml", "a") as f:
        f.write(f"token_module: {MODULE}\nmaster_token: business\nmaster_pin_file: pin\n"
                "identity_token: identity\nidentity_pin_file: pin\n")


def refused(chain, check, what, reason):
    answer = run("bank", "--config", chain.chain / "bank/config.yaml", timeout=30)
    said = answer.stdout + answer.stderr
    check(f"{what}: the bank does not start, and says why", answer.returncode == 1
          and reason in said and "12345678" not in said, said)


def main():
    if not MODULE.exists() or shutil.which("softhsm2-util") is None:
        print("skipped: no SoftHSM (Debian: softhsm2)")
        sys.exit(SKIPPED)
    check = Checks()
    with Consortium() as chain:
        bank = chain.chain / "bank"
        make_token(chain.folder)
        use_token(bank)
        made = run("make-master", "--config", bank / "config.yaml")
        check("both master keys are made", made.returncode == 0 and made.stdout.count("made") == 2,
              made.stdout + made.stderr)
        chain.start_all()
        folder, _ = chain.batch(loans=3)
        answer = chain.submit(folder)
        check("a day's work", answer is not None and count(answer, "accepted") == rows(folder),
              answer)
        check("certificates", len(list(chain.certificates().glob("*.gzcert"))) == rows(folder))
        chain.stop("bank")
        state = run("fsck", "--config", bank / "config.yaml")
        check("fsck opens all by the token", state.returncode == 0, state.stdout + state.stderr)
        kept = (bank / "master.key").read_text()
        check("the file holds what is wrapped", kept.startswith("guzheng/token-master/v1 "), kept)
        (bank / "pin").write_text("00000000\n")
        refused(chain, check, "a wrong PIN", "refuses this PIN")
        (bank / "pin").write_text("12345678\n")
        (chain.folder / "tokens").rename(chain.folder / "unplugged")
        (chain.folder / "tokens").mkdir()
        refused(chain, check, "no token", "no token of this label")
        (chain.folder / "tokens").rmdir()
        (chain.folder / "unplugged").rename(chain.folder / "tokens")
        chain.start_all()
        check("plugged in again it starts", chain.status() is not None)
    check.finish()


if __name__ == "__main__":
    main()
