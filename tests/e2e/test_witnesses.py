#!/usr/bin/python3
"""Courts that are slow or dead: publishing waits for the quorum and for nobody else. And an
afternoon without any submission changes nothing."""
import os
import signal
import time

from consortium import Checks, Consortium, count, rows

SETTLE_S = 60
STALLED_S = 3
IDLE_S = 7 * 3600


def published(chain):
    status = chain.status()
    return status["records"]["published"] if status else -1


def wait_published(chain, wanted):
    end = time.monotonic() + SETTLE_S
    while time.monotonic() < end:
        if published(chain) == wanted:
            return True
        time.sleep(0.1)
    return False


def signal_to(chain, name, what):
    os.kill(chain.children[name].pid, what)


def submit(chain, part):
    folder, _ = chain.batch(part=part, loans=3)
    answer = chain.submit(folder, wait=False)
    return rows(folder) if answer and count(answer, "accepted") == rows(folder) else -1


def main():
    check = Checks()
    with Consortium() as chain:
        chain.start_all()
        wanted = submit(chain, 1)
        check("all three there: published", wait_published(chain, wanted), chain.status())

        signal_to(chain, "court-basic", signal.SIGSTOP)  # takes connections, never answers
        wanted += submit(chain, 2)
        check("one stalls: published", wait_published(chain, wanted), chain.status())
        chain.kill("court-high")
        before, wanted = wanted, wanted + submit(chain, 3)
        time.sleep(STALLED_S)
        check("one stalls and one is dead: acknowledged, not published",
              published(chain) == before, chain.status())
        signal_to(chain, "court-basic", signal.SIGCONT)
        check("the stalled one goes on: published", wait_published(chain, wanted), chain.status())
        chain.start("court-high")
        wanted += submit(chain, 4)
        check("the dead one is back: published", wait_published(chain, wanted), chain.status())
        end = time.monotonic() + SETTLE_S
        sizes = set()
        while sizes != {wanted} and time.monotonic() < end:
            sizes = {w["size"] for w in chain.status()["log"]["witnesses"]}
            time.sleep(0.1)
        check("all three have cosigned the newest", sizes == {wanted}, sizes)

        chain.stop_all()  # hours pass: every clock moves, nothing else does
        later = {"GUZHENG_TEST_CLOCK_OFFSET_S": str(IDLE_S)}
        for name in ["court-high", "court-intermediate", "court-basic", "bank"]:
            chain.start(name, later)
        chain.wait_ready()
        check("hours later: everything is still published", wait_published(chain, wanted),
              chain.status())
        folder, _ = chain.batch(part=5, loans=3, now=int(time.time()) + IDLE_S)
        chain.submit(folder, wait=False)
        wanted += rows(folder)
        check("hours later: the next is published", wait_published(chain, wanted), chain.status())
        certificates = chain.certificates()
        check("a certificate each, over old and new checkpoints",
              len(list(certificates.glob("*.gzcert"))) == wanted)
        status, _ = chain.verify(certificates)
        check("all of them valid", status == 0, status)
        check("all four stop when asked", chain.stop_all() == [0, 0, 0, 0])
    check.finish()


if __name__ == "__main__":
    main()
