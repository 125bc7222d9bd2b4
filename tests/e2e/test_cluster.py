#!/usr/bin/python3
"""Four organisations, each with a node and an unmodified CometBFT: submissions through every node,
kill -9 of application, engine, both; one node off and back. Equal height means equal head; nothing
acknowledged is lost or doubled. 4 rounds of kills, or 100 with GUZHENG_SOAK."""
import os
import random
import sys
import threading
import time

from cluster import Cluster, Sender, post, post_until, processes, stored
from consortium import Checks, run

ROUNDS = 100 if os.environ.get("GUZHENG_SOAK") else 4
ITEMS = 3
HEADS = ("size", "root", "app_hash")


def equal(states):
    return None not in states and len({tuple(s[k] for k in HEADS) for s in states}) == 1


def is_quiet(running):
    """Two looks with the same height: after the block that carries the last application hash none
    comes any more."""
    before = -1
    for _ in range(20):
        height = running.status()["height"]
        if height == before:
            return True
        before = height
        time.sleep(2)
    return False


def through_every_node(check, cluster, sender):
    """One submission through each member's node; each answers the repeat alike."""
    wires = [sender.submission(number + 1, ITEMS) for number in range(4)]
    for number, running in enumerate(cluster.all):
        seq, wire = number + 1, wires[number]
        status, answer = post(running.member, wire)
        check(f"through {running.member.short}", status == 200 and
              answer == {"org": sender.member.name, "seq": seq, "index": ITEMS * number,
                         "count": ITEMS}, (status, answer))
    states = cluster.settled(4 * ITEMS)
    check("all four have the same head", equal(states), states)
    for running in cluster.all:
        wire = wires[1]
        status, answer = post(running.member, wire)
        check(f"a repeat at {running.member.short}", status == 200 and answer["index"] == ITEMS,
              (status, answer))
        check(f"the bytes at {running.member.short}",
              stored(running.member, sender.member.name, 2) == wire)
    published(check, cluster, 4 * ITEMS, 4)
    check("without submissions the chain becomes quiet", is_quiet(cluster.all[0]))


def published(check, cluster, size, lines):
    """Every node that is up comes to hold this size's checkpoint with so many members' lines."""
    names = [r.member.name for r in cluster.all]
    for running in cluster.all:
        signed, end = [], time.monotonic() + 30
        while running.is_whole() and len(signed) < lines and time.monotonic() < end:
            note = processes.get(f"{running.member.url}/checkpoint/{size}")[1].decode()
            signed = [n for n in names if f"\u2014 {n} " in note]
            time.sleep(0.1)
        check(f"checkpoint {size} at {running.member.short} is cosigned by {lines}",
              not running.is_whole() or len(signed) >= lines, signed)
        state = running.status() if running.is_whole() else None
        check("it is published and nobody is forked", state is None or (
            state["published_size"] >= size and not any(m["forked"] for m in state["members"])),
            state)


def looking(check, cluster):
    """guzheng chain: all well, one entry, and what it says while a node is away."""
    urls = [r.member.url for r in cluster.all]
    seen = run("chain", "status", *urls)
    for _ in range(50):
        if seen.returncode == 0:
            break
        time.sleep(0.2)
        seen = run("chain", "status", *urls)
    check("chain status: all well", seen.returncode == 0 and "正常" in seen.stdout and
          all(r.member.name in seen.stdout for r in cluster.all), seen.stdout)
    one = run("chain", "entry", "--index", 4, urls[1])
    check("chain entry", one.returncode == 0 and "ccb.sd" in one.stdout, one.stdout + one.stderr)
    none = run("chain", "entry", "--index", 4000, urls[1])
    check("chain entry that is not there", none.returncode == 4, none.stderr)
    status, page = processes.get(urls[2] + "/chain?index=4")
    text = page.decode()
    check("the page for people", status == 200 and "第 4 条" in text and
          all(r.member.name in text for r in cluster.all) and "alarm\">" not in text, text)
    text = processes.get(urls[2] + "/chain?index=%3Cscript%3E")[1].decode()
    check("the page says nothing back", "没有这一条" in text and "<script" not in text, text)
    away = run("chain", "status", urls[0], "http://127.0.0.1:1")
    check("chain status says who does not answer", away.returncode == 1 and
          "! http://127.0.0.1:1" in away.stdout, away.stdout)
    check("chain status without any node", run("chain", "status", "http://127.0.0.1:1").returncode
          == 4)
    check("chain without an address", run("chain", "status").returncode == 2)


def refusals(check, cluster, sender, court):
    bank, other = cluster.all[0].member, cluster.all[1].member
    status, answer = post(other, sender.submission(2, ITEMS, salt=9))
    check("another body for a number is 409", status == 409 and answer["expected"] == 5,
          (status, answer))
    kept = list((other.folder / "data/evidence").glob("conflict-*/submission"))
    check("and the second body is kept as proof", len(kept) == 1, kept)
    status, _ = post(bank, b"no submission")
    check("what has no form is 400", status == 400, status)
    wire = bytearray(sender.submission(5, ITEMS))
    wire[-1] ^= 1
    status, _ = post(bank, bytes(wire))
    check("a wrong signature is 403", status == 403, status)
    status, _ = post(bank, sender.submission(5 + 64, ITEMS))
    check("beyond the window is 429", status == 429, status)
    status, answer = post(other, court.submission(1, ITEMS))
    check("a court submits too", status == 200 and answer["index"] == 4 * ITEMS, (status, answer))


def out_of_order(check, cluster, sender):
    """Several in flight through different nodes, the first one last."""
    answers = {}

    def send(seq):
        member = cluster.all[seq % 4].member
        answers[seq] = post_until(lambda: member, sender.submission(seq, ITEMS))
    threads = [threading.Thread(target=send, args=(seq,)) for seq in range(12, 4, -1)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    indexes = [answers[seq] and answers[seq].get("index") for seq in range(5, 13)]
    check("eight in flight take their places in order",
          indexes == [5 * ITEMS + ITEMS * i for i in range(8)], answers)


def one_off_and_back(check, cluster, sender, seq):
    off = cluster.all[3]
    off.kill()
    for _ in range(3):
        answer = post_until(lambda: cluster.all[0].member, sender.submission(seq, ITEMS))
        check(f"with one off, submission {seq}", answer and "index" in answer, answer)
        seq += 1
    published(check, cluster, ITEMS * seq, 3)
    off.start()
    states = cluster.settled(ITEMS * seq)
    published(check, cluster, ITEMS * seq, 4)
    check("it is back, with the same head", equal(states), states)
    return seq


def kills(check, cluster, sender, seq, rng):
    acknowledged = {}
    for number in range(1, ROUNDS + 1):
        victim = rng.choice(cluster.all)
        what = rng.choice(["node", "engine", "both"])
        wire = sender.submission(seq, ITEMS)

        def load(seq=seq, wire=wire):
            answer = post_until(lambda: rng.choice(cluster.all).member, wire)
            if answer is not None:
                acknowledged[seq] = (wire, answer)
        thread = threading.Thread(target=load)
        thread.start()
        time.sleep(rng.uniform(0, 0.8))
        if what in ("node", "both"):
            victim.kill_node()
        if what in ("engine", "both"):
            victim.kill_engine()
        print(f"round {number}: killed {what} of {victim.member.short}", flush=True)
        thread.join()
        victim.mend()
        seq += 1
    states = cluster.settled(ITEMS * seq)
    check("after the kills all have the same head", equal(states), states)
    check("every one was acknowledged in the end", len(acknowledged) == ROUNDS, acknowledged)
    for number, (wire, answer) in acknowledged.items():
        same = [stored(r.member, sender.member.name, number) == wire for r in cluster.all]
        check(f"submission {number} is at all four, once", all(same) and
              answer.get("index") == ITEMS * number, (same, answer))
    return seq


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(10**6)
    print(f"seed {seed}, {ROUNDS} rounds", flush=True)
    rng, check = random.Random(seed), Checks()
    with Cluster(sys.argv[2] if len(sys.argv) > 2 else "intl") as cluster:
        sender, court = Sender(cluster, 0), Sender(cluster, 1)
        through_every_node(check, cluster, sender)
        looking(check, cluster)
        refusals(check, cluster, sender, court)
        out_of_order(check, cluster, sender)
        seq = one_off_and_back(check, cluster, sender, 13)
        seq = kills(check, cluster, sender, seq, rng)
        check("all have their engines", processes.wait_for_blocks(cluster.all) is not None)
        for r in cluster.all:
            r.stop()
            done = run("fsck", r.member.folder / "data")
            check(f"fsck of {r.member.short}", done.returncode == 0, done.stdout + done.stderr)
    check.finish()


if __name__ == "__main__":
    main()
