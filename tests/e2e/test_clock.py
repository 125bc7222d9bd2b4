#!/usr/bin/python3
"""Clocks that jump: a bank far from its courts takes nothing in, a court far from the others
cosigns nothing, and what is published stays provable. Each goes on when its clock is right
again."""
import time

from consortium import COURTS, Checks, Consortium, count, rows, run

SETTLE_S = 60
FAR_S = 600


def wait_published(chain, wanted):
    end = time.monotonic() + SETTLE_S
    while time.monotonic() < end:
        status = chain.status()
        if status and status["records"]["published"] == wanted:
            return True
        time.sleep(0.1)
    return False


def restart(chain, name, shift_s):
    chain.stop(name)
    chain.start(name, {"GUZHENG_TEST_CLOCK_OFFSET_S": str(shift_s)})
    chain.wait_ready()


def bank_jumps(chain, check, wanted, part, shift_s):
    folder, _ = chain.batch(part=part, loans=3)
    restart(chain, "bank", shift_s)
    answer = run("submit", "--socket", chain.socket, folder)
    check(f"bank {shift_s:+} s: takes nothing and says why", answer.returncode == 4
          and "时钟" in answer.stderr, answer.stdout + answer.stderr)
    check(f"bank {shift_s:+} s: the status says so", chain.status()["clock_is_trusted"] is False)
    restart(chain, "bank", 0)
    again = chain.submit(folder)
    check(f"bank right again after {shift_s:+} s: taken", again and count(again, "accepted")
          == rows(folder) and wait_published(chain, wanted + rows(folder)), again)
    return wanted + rows(folder)


def court_jumps(chain, check, wanted, part, shift_s):
    """The other two are enough; the jumped one signs nothing."""
    folder, _ = chain.batch(part=part, loans=3)
    restart(chain, "court-basic", shift_s)
    chain.submit(folder)
    check(f"a court {shift_s:+} s: published by the others",
          wait_published(chain, wanted + rows(folder)), chain.status())
    size = next(w["size"] for w in chain.status()["log"]["witnesses"] if w["name"] == "court.lx")
    check(f"a court {shift_s:+} s: it has not cosigned", size <= wanted, (size, wanted))
    restart(chain, "court-basic", 0)
    return wanted + rows(folder)


def main():
    check = Checks()
    with Consortium() as chain:
        chain.start_all()
        folder, _ = chain.batch(part=1, loans=3)
        chain.submit(folder)
        wanted = rows(folder)
        check("before: published", wait_published(chain, wanted), chain.status())
        wanted = bank_jumps(chain, check, wanted, 2, FAR_S)
        wanted = bank_jumps(chain, check, wanted, 3, -FAR_S)
        wanted = court_jumps(chain, check, wanted, 4, FAR_S)
        wanted = court_jumps(chain, check, wanted, 5, -FAR_S)
        status = run("verify", "--policy", chain.policy, chain.certificates()).returncode
        check("every certificate is valid", status == 0, status)
        check("all four stop when asked", chain.stop_all() == [0] * (len(COURTS) + 1))
    check.finish()


if __name__ == "__main__":
    main()
