#!/usr/bin/python3
"""Four validators on this machine: records a second that a block has executed and made durable on
the node that took them, then the delay of a submission until it is published. Beside it CometBFT's
own kvstore with one transaction a record, its engines configured alike. `CHAIN_SECONDS` for each
(15)."""
import base64
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from cluster import BIN, Cluster, Sender, need_engine, post, processes  # noqa: E402
from consortium import SKIPPED, free_ports  # noqa: E402

SECONDS = int(os.environ.get("CHAIN_SECONDS", "15"))
ITEMS = 4096
IN_FLIGHT = 24
KV_BATCH = 200


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def say(what, value):
    print(f"  {what:58} {value}")


def saturate(cluster, sender, first):
    """Many in flight at one node; (records a second, next number)."""
    member = cluster.all[0].member
    lock, state = threading.Lock(), {"next": 0, "done": 0}
    wires = [sender.submission(first + n, ITEMS) for n in range(SECONDS * 30)]
    end = time.monotonic() + SECONDS

    def send():
        while time.monotonic() < end:
            with lock:
                number = state["next"]
                if number == len(wires):
                    return
                state["next"] += 1
            while post(member, wires[number])[0] != 200:
                time.sleep(0.02)
            with lock:
                state["done"] += 1
    begin = time.monotonic()
    threads = [threading.Thread(target=send) for _ in range(IN_FLIGHT)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return state["done"] * ITEMS / (time.monotonic() - begin), first + state["next"]


def delays(cluster, sender, first, items, every):
    """Milliseconds until durable, and until a node has the checkpoint with the quorum."""
    member, durable, published = cluster.all[0].member, [], []
    wires = [sender.submission(first + n, items) for n in range(int(SECONDS / every))]
    begin = time.monotonic()
    threads = []

    def send(number):
        at = time.monotonic()
        while True:
            status, answer = post(member, wires[number])
            if status == 200:
                break
        durable.append((time.monotonic() - at) * 1000)
        while True:
            body = processes.get(f"{member.url}/checkpoint?covers={answer['index']}")
            if body[0] == 200:
                break
            time.sleep(0.01)
        published.append((time.monotonic() - at) * 1000)
    for number in range(len(wires)):
        time.sleep(max(0, begin + number * every - time.monotonic()))
        threads.append(threading.Thread(target=send, args=(number,)))
        threads[-1].start()
    for t in threads:
        t.join()
    return durable, published, first + len(wires)


def call(port, body):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", data=json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def kvstore(cluster):
    """Records a second of the engine's own example, a transaction each."""
    folder = Path(tempfile.mkdtemp(prefix="guzheng-kv-"))
    base, homes, engines = free_ports(8), [], []
    engine = BIN / "cometbft"
    subprocess.run([engine, "testnet", "--v", "4", "--o", folder, "--starting-ip-address",
                    "127.0.0.1"], check=True, capture_output=True)
    ids = []
    for n in range(4):
        homes.append(folder / f"node{n}")
        ids.append(subprocess.run([engine, "show-node-id", "--home", homes[n]], check=True,
                                  capture_output=True, text=True).stdout.strip())
    peers = ",".join(f"{i}@127.0.0.1:{base + n}" for n, i in enumerate(ids))
    ours = (cluster.all[0].member.home / "config/config.toml").read_text()
    for n in range(4):
        text = re.sub(r'proxy_app = .*', 'proxy_app = "kvstore"', ours)
        text = re.sub(r'(\[rpc\]\nladdr = ).*', rf'\1"tcp://127.0.0.1:{base + 4 + n}"', text)
        text = re.sub(r'(\[p2p\]\nladdr = ).*', rf'\1"tcp://127.0.0.1:{base + n}"', text)
        text = re.sub(r'persistent_peers = .*', f'persistent_peers = "{peers}"', text)
        text = re.sub(r'private_peer_ids = .*', 'private_peer_ids = ""', text)
        (homes[n] / "config/config.toml").write_text(text)
        engines.append(subprocess.Popen([engine, "start", "--home", homes[n]],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    try:
        time.sleep(8)
        return load_kvstore(base + 4)
    finally:
        for e in engines:
            e.kill()
            e.wait()
        shutil.rmtree(folder)


def load_kvstore(port):
    sent, lock, begin = [0], threading.Lock(), time.monotonic()

    def send(thread):
        number = 0
        while time.monotonic() < begin + SECONDS:
            batch = []
            for _ in range(KV_BATCH):
                number += 1
                tx = base64.b64encode(f"{thread}.{number}={number:032d}".encode()).decode()
                batch.append({"jsonrpc": "2.0", "id": number, "method": "broadcast_tx_sync",
                              "params": {"tx": tx}})
            good = sum("error" not in a for a in call(port, batch))
            with lock:
                sent[0] += good
    threads = [threading.Thread(target=send, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    while True:
        answer = call(port, {"jsonrpc": "2.0", "id": 1, "method": "num_unconfirmed_txs",
                             "params": {}})
        if answer["result"]["total"] == "0":
            return sent[0] / (time.monotonic() - begin)
        time.sleep(0.1)


def main():
    try:
        need_engine()
    except SystemExit as end:  # it has said why
        sys.exit(0 if end.code == SKIPPED else end.code)
    print(f"chain: four validators on this machine, {SECONDS} s each")
    with Cluster("gm") as cluster:
        sender = Sender(cluster, 0)
        rate, first = saturate(cluster, sender, 1)
        say(f"records/s, submissions of {ITEMS}, {IN_FLIGHT} in flight", f"{rate:,.0f}")
        durable, published, first = delays(cluster, sender, first, 1000, 0.1)
        for name, values in (("durable", durable), ("published", published)):
            say(f"ms until {name} at 10,000 records/s: p50 / p99",
                f"{statistics.median(values):,.0f} / {percentile(values, 0.99):,.0f}")
        cluster.all[3].kill()
        durable, published, first = delays(cluster, sender, first, 1000, 0.1)
        say("ms until published, one validator down: p50 / p99",
            f"{statistics.median(published):,.0f} / {percentile(published, 0.99):,.0f}")
        for r in cluster.all:
            r.kill()
        say("kvstore of CometBFT, a transaction a record: records/s", f"{kvstore(cluster):,.0f}")


if __name__ == "__main__":
    main()
