#!/usr/bin/python3
"""A bank on the consortium chain: batches through its node, certificates under a checkpoint that
the members cosigned, receipts, reconciliation with every member; the node dies and comes back; a
bank restored from an older backup notices that the chain is ahead."""
import json
import shutil
import subprocess
import sys
import tempfile
import time

from cluster import Cluster
from consortium import PROGRAM, ROOT, START_S, Checks, count, rows, run, verify


class Bank:
    """The process of the bank beside its node: the data of the demonstration, the keys and the
    genesis of the chain."""

    def __init__(self, cluster, source=None):
        self.cluster = cluster
        self.member = cluster.all[0].member
        self.folder = cluster.chain / "bank-process"
        self.socket = self.folder / "bank.sock"
        self.process = None
        with tempfile.TemporaryDirectory() as scratch:
            made = run("init-demo", "--suite", cluster.suite, "--folder", scratch + "/demo",
                       "--base-port", 20000)
            if made.returncode != 0:
                sys.exit(made.stderr)
            shutil.copytree(source or scratch + "/demo/bank", self.folder,
                            ignore=shutil.ignore_patterns("*.sock", "log"))
            shutil.copy(scratch + "/demo/policy", cluster.folder / "other-policy")
        for purpose in ("submission", "receipt"):
            shutil.copy(self.member.folder / f"{purpose}.pem", self.folder)
        (self.folder / "log.pem").unlink()
        lines = [line for line in (self.folder / "config.yaml").read_text().splitlines()
                 if not line.startswith(("log_key:", "listen_port:", "api_port:", "submitted:"))]
        lines += [f"submitted: {self.member.folder}/submitted", "listen_port: 0",
                  f"node_url: {self.member.url}"]
        (self.folder / "config.yaml").write_text("\n".join(lines) + "\n")

    def start(self):
        with open(self.cluster.folder / "bank-process.log", "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "bank", "--config", str(self.folder / "config.yaml")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + START_S
        while self.status() is None:
            if time.monotonic() > end or self.process.poll() is not None:
                sys.exit("the bank does not start: " + self.cluster.logs())
            time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=30)

    def status(self):
        answer = run("status", "--json", "--socket", self.socket)
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def batch(self, part):
        folder = self.cluster.folder / f"batch-{part}"
        subprocess.run([ROOT / "tools/demo/make-batch.py", "--now", str(int(time.time())), "--part",
                        str(part), "--seed", str(part), "--loans", "5", folder], check=True,
                       capture_output=True)
        return folder

    def submit(self, folder, wait=True):
        answer = run("submit", "--socket", self.socket, "--json", *(["--wait"] if wait else []),
                     folder)
        if answer.returncode not in (0, 1):
            return {"files": [], "error": answer.stderr}
        return json.JSONDecoder().raw_decode(answer.stdout)[0]

    def until(self, is_so):
        """The status when it is so, or the last one."""
        end = time.monotonic() + 60
        while True:
            status = self.status()
            if status and is_so(status) or time.monotonic() > end:
                return status
            time.sleep(0.2)


def is_published(status):
    records = status["records"]
    return records["total"] > 0 and records["published"] == records["total"]


def certificates(check, bank, policy, wanted):
    folder = bank.cluster.folder / "certificates"
    made = run("certificate", "--socket", bank.socket, "--all", "--every", "-o", folder)
    check("certificates of all", made.returncode == 0 and
          len(list(folder.glob("*.gzcert"))) == wanted, made.stderr)
    status, report = verify(policy, folder)
    check("all valid under the chain's policy", status == 0, report)
    one = sorted(folder.glob("*.gzcert"))[0]
    status, report = verify(policy, "--node", bank.member.url, one)
    check("a node says that it stands there, uncorrected", status in (0, 3), report)
    other = verify(bank.cluster.folder / "other-policy", one)
    check("not valid under another consortium's policy", other[0] == 1, other)
    return folder, one


def receipts(check, bank, policy, one):
    receipt = bank.cluster.folder / "one.gzreceipt"
    made = run("receipt", "--socket", bank.socket, "-o", receipt, one.stem)
    check("a receipt", made.returncode == 0, made.stderr)
    status = run("verify", "--policy", policy, "--genesis", bank.cluster.chain / "genesis.json",
                 receipt, one)
    check("the receipt is kept", status.returncode == 0, status.stdout + status.stderr)


def node_dies(check, bank, cluster):
    """The batch is accepted without the node, and published when that is back."""
    cluster.all[0].kill()
    answer = bank.submit(bank.batch(2), wait=False)
    check("accepted while the node is away", count(answer, "accepted") > 0, answer)
    time.sleep(1)
    check("not published without it", not is_published(bank.status()))
    cluster.all[0].start()
    status = bank.until(is_published)
    check("published when it is back", is_published(status), status)


def restored(check, bank):
    """The store of an older backup: it stops, and signs no second body for a number."""
    backup = bank.cluster.folder / "backup"
    bank.stop()
    shutil.copytree(bank.folder, backup, ignore=shutil.ignore_patterns("*.sock"))
    bank.start()
    bank.submit(bank.batch(3))
    bank.until(is_published)
    check("the bank stops when asked", bank.stop() == 0)
    shutil.rmtree(bank.folder)
    backup.rename(bank.folder)
    bank.start()
    status = bank.until(lambda s: s["publishing"] == "stopped")
    check("a bank from an older backup stops", status["publishing"] == "stopped", status)
    log = (bank.cluster.folder / "bank-process.log").read_text()
    check("and says why", "the log is ahead of the store" in log, log[-500:])
    states = [r.status() for r in bank.cluster.all]
    check("nobody saw a second body", all(s["conflicts"] == 0 for s in states), states)


def main():
    check = Checks()
    with Cluster("gm") as cluster:
        bank = Bank(cluster)
        bank.start()
        try:
            folder = bank.batch(1)
            answer = bank.submit(folder)
            check("a batch is accepted", count(answer, "accepted") == rows(folder), answer)
            status = bank.until(is_published)
            check("and published", is_published(status), status)
            _, one = certificates(check, bank, cluster.policy, rows(folder))
            receipts(check, bank, cluster.policy, one)
            done = run("reconcile", "--socket", bank.socket)
            check("reconciled with every member", done.returncode == 0, done.stdout + done.stderr)
            node_dies(check, bank, cluster)
            restored(check, bank)
            check("no member is forked", not any(
                m["forked"] for r in cluster.all for m in r.status()["members"]))
        finally:
            bank.process.kill()
            bank.process.wait()
    check.finish()


if __name__ == "__main__":
    main()
