#!/usr/bin/python3
"""Tessera's fsck, unmodified, reads our log over HTTP: every entry bundle, every tile whole and
partial, and the root. It finds a changed byte."""
import subprocess
import sys

from interop import (ANSWER_S, ORIGIN, TESSERA_FSCK, Checks, Folder, Litewitness, Log, go_program,
                     log_entry)


def fsck(log):
    """fsck's own words: its exit status does not tell."""
    key = log.folder.path / "log.vkey"
    key.write_text(log.vkey)
    out = subprocess.run([go_program(TESSERA_FSCK), "-ui=false", "-N=4", f"-public_key={key}",
                          f"-storage_url={log.url}/", f"-origin={ORIGIN}"],
                         capture_output=True, text=True, timeout=ANSWER_S,
                         stdin=subprocess.DEVNULL)
    return out.stdout + out.stderr


def flip(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


def main():
    check = Checks()
    with Folder() as folder:
        log, witness = Log(folder), Litewitness(folder, "witness.interop")
        witness.start()
        witness.add_log(ORIGIN, log.vkey)
        log.start(f"witness w {witness.vkey} {witness.url}\nquorum w\n")
        total = 0
        for count in (1, 254, 1, 1, 4096, 4096, 300):  # 255, 256, 257: around a whole tile
            total += count
            size = log.publish(log.submit(count) + count - 1)
            said = fsck(log)
            check(f"fsck of {total} entries",
                  size == total and f"Successfully fsck'd log with size {total} " in said, said)

        chain = log.path / "chain"
        assert log_entry(1, 0).split(b"\n", 1)[1] == (chain / "entries").read_bytes()[:32]
        for name, offset in (("entries", 5), ("level-0", 3000), ("level-8", 40)):
            flip(chain / name, offset)
            said = fsck(log)
            check(f"a changed bit in {name} is found",
                  "fsck failed" in said and "Successfully" not in said, said)
            flip(chain / name, offset)
        check("mended again", "Successfully" in fsck(log))
        log.stop()
    check.finish()


sys.exit(main())
