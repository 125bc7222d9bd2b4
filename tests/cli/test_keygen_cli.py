#!/usr/bin/python3
"""guzheng keygen: modes, formats that OpenSSL reads, vkeys, and that nothing is overwritten."""
import base64
import hashlib
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = sys.argv[1]
PURPOSES = ["log", "witness", "submission", "receipt"]
IDENTIFIER = {"log": "sm2-sm3/note/v1", "witness": "sm2-sm3/cosignature/v1",
              "submission": "sm2-sm3/submission/v1", "receipt": "sm2-sm3/receipt/v1"}
failed = 0


def check(what, truth, detail=""):
    global failed
    print(("ok   " if truth else "FAIL ") + what + ("" if truth else f"  {detail}"))
    failed += not truth


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, stdin=subprocess.DEVNULL)


def keygen(suite, purpose, name, out):
    return run("keygen", "--suite", suite, "--purpose", purpose, "--name", name, "--out", out)


def public_half(path):
    der = subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER"],
                         capture_output=True, check=True).stdout
    return der


def one_key(folder, suite, purpose):
    name = "guzheng/test" if purpose == "log" else "court.sd"
    path = folder / f"{suite}-{purpose}.pem"
    made = keygen(suite, purpose, name, path)
    what = f"{suite} {purpose}"
    if not check_made(what, made, path):
        return
    vkey = made.stdout.strip()
    got_name, key_id, body = vkey.split("+", 2)
    raw = base64.b64decode(body)
    size = 65 if suite == "gm" else 32
    check(f"{what}: the name", got_name == name, vkey)
    check(f"{what}: the public half is the file's", public_half(path).endswith(raw[-size:]))
    if suite == "gm":
        check(f"{what}: the purpose is in the key",
              raw[:-size] == b"\xff" + IDENTIFIER[purpose].encode() + b"\0", raw[:-size])
    elif purpose in ("log", "witness"):
        want = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
        check(f"{what}: C2SP type and key ID",
              raw[0] == (1 if purpose == "log" else 4) and key_id == want, vkey)


def check_made(what, made, path):
    good = made.returncode == 0 and path.exists()
    check(f"{what}: made", good, made.stderr)
    if not good:
        return False
    check(f"{what}: mode 0600", stat.S_IMODE(path.stat().st_mode) == 0o600)
    check(f"{what}: PKCS#8 PEM", path.read_text().startswith("-----BEGIN PRIVATE KEY-----"))
    check(f"{what}: one line, and no secret in it", made.stdout.count("\n") == 1
          and "PRIVATE" not in made.stdout + made.stderr)
    return True


def refusals(folder):
    path = folder / "gm-log.pem"
    before = path.read_bytes()
    again = keygen("gm", "log", "guzheng/test", path)
    check("an existing file: status 1, unchanged", again.returncode == 1 and again.stdout == ""
          and path.read_bytes() == before and str(path) in again.stderr, again)
    new = folder / "new.pem"
    for what, answer, status in [
            ("no such folder", keygen("gm", "log", "a", folder / "none/a.pem"), 1),
            ("unknown suite", keygen("rsa", "log", "a", new), 2),
            ("unknown purpose", keygen("gm", "tls", "a", new), 2),
            ("empty name", keygen("gm", "log", "", new), 2),
            ("a name with a space", keygen("gm", "log", "a b", new), 2),
            ("a name with a plus", keygen("gm", "log", "a+b", new), 2),
            ("a name that is too long", keygen("gm", "log", "a" * 129, new), 2),
            ("no --out", run("keygen", "--suite", "gm", "--purpose", "log", "--name", "a"), 2),
            ("a surplus argument", run("keygen", "--suite", "gm", "--purpose", "log", "--name", "a",
                                       "--out", new, "b"), 2)]:
        check(f"{what}: status {status}, said, nothing made", answer.returncode == status
              and answer.stdout == "" and answer.stderr != "" and not new.exists(), answer)
    left = sorted(p.name for p in folder.iterdir())
    check("no file but the keys is left", len(left) == 8, left)
    answer = run("keygen", "--help")
    check("--help", answer.returncode == 0 and answer.stdout.startswith("usage: guzheng keygen"))


def main():
    with tempfile.TemporaryDirectory(prefix="guzheng-keygen-") as name:
        folder = Path(name)
        for suite in ("gm", "intl"):
            for purpose in PURPOSES:
                one_key(folder, suite, purpose)
        refusals(folder)
        keys = {p.read_bytes() for p in folder.iterdir()}
        check("eight different keys", len(keys) == 8)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
