#!/usr/bin/python3
"""Every file of the bank and of a court, with one flipped bit and cut in half: the process refuses
to start and says why, or runs and hands out nothing but valid certificates. No crash, and with the
file as it was everything is there again."""
import re
import shutil
import time

from consortium import Checks, Consortium, rows, run

START_S = 8
PASSING = re.compile(r"(\.lock|lock|\.sock|-shm|-wal)$")


def files(folder):
    """One of each kind: blobs of the vault are alike."""
    seen = set()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.stat().st_size):
        kind = re.sub(r"[0-9a-f]{32}", "<blob>", path.name)
        if not PASSING.search(path.name) and kind not in seen:
            seen.add(kind)
            yield path


def flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1:]


DAMAGES = {"flipped": flipped, "cut": lambda content: content[:len(content) // 2]}


def started(chain, name):
    """True: it runs; else its exit status."""
    child = chain.children[name]
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if child.poll() is not None:
            del chain.children[name]
            return child.returncode
        if name == "bank" and chain.status() is not None:
            return True
        if name != "bank" and "witness started" in chain.log(name):
            return True
        time.sleep(0.05)
    return True


def forget_log(chain, name):
    """What is in the log afterwards is of this start."""
    (chain.folder / f"{name}.log").write_bytes(b"")


def outcome(chain, check, name, what, wanted):
    how = started(chain, name)
    log = chain.log(name)
    if how is not True:
        check(f"{what}: refused with a reason", how in (1, 2) and "guzheng" in log, (how, log))
        return
    if name != "bank":
        check(f"{what}: runs", chain.stop(name) == 0, log)
        return
    folder = chain.folder / "issued"
    answer = run("certificate", "--socket", chain.socket, "--all", "--every", "-o", folder)
    made = list(folder.glob("*.gzcert")) if folder.exists() else []
    status = run("verify", "--policy", chain.policy, folder).returncode if made else 0
    check(f"{what}: every certificate or a clear error, none invalid", status in (0, 3)
          and (answer.returncode == 0 and len(made) == wanted and status == 0
               or answer.returncode != 0 and answer.stderr), (answer, len(made), status))
    for path in made:
        path.unlink()
    check(f"{what}: stops when asked", chain.stop(name) == 0, chain.log(name))


def damage_each(chain, check, name, wanted):
    place = chain.chain / name
    for path in list(files(place)):
        content = path.read_bytes()
        for how, change in DAMAGES.items():
            path.write_bytes(change(content))
            forget_log(chain, name)
            chain.start(name)
            outcome(chain, check, name, f"{path.relative_to(chain.chain)} {how}", wanted)
            shutil.rmtree(place)  # as it was before
            shutil.copytree(chain.backup / name, place)


def main():
    check = Checks()
    with Consortium() as chain:
        chain.backup = chain.folder / "backup"
        chain.start_all()
        folder, _ = chain.batch(loans=3)
        chain.submit(folder)
        wanted = rows(folder)
        while {w["size"] for w in chain.status()["log"]["witnesses"]} != {wanted}:
            time.sleep(0.1)
        chain.stop("bank")
        chain.stop("court-high")
        for name in ("bank", "court-high"):
            shutil.copytree(chain.chain / name, chain.backup / name)
            damage_each(chain, check, name, wanted)
        forget_log(chain, "bank")
        chain.start_all()
        certificates = chain.certificates()
        status = run("verify", "--policy", chain.policy, certificates).returncode
        check("as it was: all certificates, all valid", status == 0
              and len(list(certificates.glob("*.gzcert"))) == wanted, status)
    check.finish()


if __name__ == "__main__":
    main()
