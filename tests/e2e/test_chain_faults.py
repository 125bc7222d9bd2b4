#!/usr/bin/python3
"""Faults of the consortium chain: two of four away, an engine that stands still, one that dies at
each of its own points of failure, a clock that is ten minutes off, a byte changed in a node's files
and the repair from the others. Equal height is an equal head; nothing acknowledged is lost."""
import json
import os
import shutil
import signal
import time

from cluster import Cluster, Sender, post, post_until, processes, stored
from consortium import Checks, run

FAIL_POINTS = range(9)
OFFSET_S = "600"


class Load:
    """One organisation's submissions, one after the other, and what was acknowledged."""

    def __init__(self, cluster, check):
        self.cluster, self.check, self.seq, self.sent = cluster, check, 1, {}
        self.sender = Sender(cluster, 0)

    def send(self, what, number=0):
        wire = self.sender.submission(self.seq, 2)
        answer = post_until(lambda: self.cluster.all[number].member, wire)
        self.check(f"{what}: submission {self.seq}", answer and "index" in answer, answer)
        self.sent[self.seq] = wire
        self.seq += 1

    def settled(self, what):
        states = self.cluster.settled(2 * (self.seq - 1))
        heads = {(s["root"], s["app_hash"]) for s in states if s}
        self.check(f"{what}: all four have the same head", all(states) and len(heads) == 1, states)


def two_away(check, cluster, load):
    for r in cluster.all[2:]:
        r.kill()
    wire = load.sender.submission(load.seq, 2)
    status, _ = post(cluster.all[0].member, wire)
    check("with two of four away nothing is acknowledged", status == 503, status)
    check("nor executed", stored(cluster.all[0].member, load.sender.member.name, load.seq) is None)
    for r in cluster.all[2:]:
        r.start()
    load.send("two came back")
    load.settled("two came back")


def standing_still(check, cluster, load):
    """As behind a link that delivers nothing and breaks nothing."""
    engine = cluster.all[1].engine
    engine.send_signal(signal.SIGSTOP)
    for _ in range(3):
        load.send("one engine stands still")
    engine.send_signal(signal.SIGCONT)
    load.settled("it goes on")
    check("nobody is forked", not any(m["forked"] for r in cluster.all
                                      for m in r.status()["members"]))


def points_of_failure(check, cluster, load):
    """The engine ends itself inside of a block, at each of its own points."""
    victim, died = cluster.all[3], 0
    for point in FAIL_POINTS:
        victim.kill()
        victim.start_node()
        victim.start_engine({"FAIL_TEST_INDEX": str(point)})
        load.send(f"point {point}")
        end = time.monotonic() + 15
        while victim.is_alive(victim.engine) and time.monotonic() < end:
            time.sleep(0.1)
        died += not victim.is_alive(victim.engine)
        victim.kill_engine()
        victim.start_engine()
    check("it died at most of them", died >= len(FAIL_POINTS) - 2, died)
    load.settled("after each point")


def clock_off(check, cluster, load):
    """Its node executes, and does not cosign; the three others are enough."""
    victim = cluster.all[2]
    victim.kill()
    os.environ["GUZHENG_TEST_CLOCK_OFFSET_S"] = OFFSET_S
    victim.start()
    del os.environ["GUZHENG_TEST_CLOCK_OFFSET_S"]
    load.send("a clock ten minutes off")
    load.settled("a clock ten minutes off")
    size, end = 2 * (load.seq - 1), time.monotonic() + 30
    while cluster.all[0].status()["published_size"] < size and time.monotonic() < end:
        time.sleep(0.1)
    check("published without it", cluster.all[0].status()["published_size"] == size)
    note = processes.get(f"{cluster.all[0].member.url}/checkpoint/{size}")[1].decode()
    check("it has not cosigned", f"\u2014 {victim.member.name} " not in note, note)
    check("and says that its clock is not trusted", not victim.status()["clock_is_trusted"])
    victim.kill()
    victim.start()
    end = time.monotonic() + 30
    while f"\u2014 {victim.member.name} " not in note and time.monotonic() < end:
        note = processes.get(f"{cluster.all[0].member.url}/checkpoint/{size}")[1].decode()
        time.sleep(0.2)
    check("with its clock right it does, late", f"\u2014 {victim.member.name} " in note, note)


def changed_byte(check, cluster, load):
    """The node does not serve what was changed: fsck names it, the others give it again."""
    victim = cluster.all[3]
    victim.stop()
    data = victim.member.folder / "data"
    submissions = data / "chain/submissions"
    whole = bytearray(submissions.read_bytes())
    whole[len(whole) // 2] ^= 1
    submissions.write_bytes(whole)
    done = run("fsck", data)
    check("fsck names the file", done.returncode == 1 and "submissions" in done.stdout, done.stdout)
    (data / "chain/state").unlink()  # with its snapshot it would look only at what lies behind
    refused = run("node", "--config", victim.member.folder / "node.yaml")
    check("the node refuses to start", refused.returncode == 1 and "submissions" in refused.stderr,
          refused.stderr)
    shutil.rmtree(data)
    keep = victim.member.home / "data/priv_validator_state.json"
    state = keep.read_bytes()
    shutil.rmtree(victim.member.home / "data")
    keep.parent.mkdir()
    keep.write_bytes(state)
    victim.start()
    load.send("a node begins anew")
    load.settled("a node begins anew")
    done = run("fsck", data)
    check("while it runs fsck says so", done.returncode == 2, done.stderr)


def main():
    check = Checks()
    with Cluster("intl") as cluster:
        load = Load(cluster, check)
        load.send("at first")
        two_away(check, cluster, load)
        standing_still(check, cluster, load)
        points_of_failure(check, cluster, load)
        clock_off(check, cluster, load)
        changed_byte(check, cluster, load)
        lost = [(seq, r.member.short) for seq, wire in load.sent.items() for r in cluster.all
                if stored(r.member, load.sender.member.name, seq) != wire]
        check("every acknowledged submission is at all four", not lost, lost)
        states = [r.status() for r in cluster.all]
        check("no second body, no fork", all(s["conflicts"] == 0 for s in states) and not any(
            m["forked"] for s in states for m in s["members"]), json.dumps(states))
    check.finish()


if __name__ == "__main__":
    main()
