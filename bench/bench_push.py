#!/usr/bin/python3
"""Records a second over the push API, each durable when it is acknowledged, beside inserts of the
same bytes into PostgreSQL (Debian's, as it is configured by default: fsync, synchronous commit) in
the same run on the same disk. The bank's log and three courts run beside it on the same cores.
PostgreSQL is left out, with a word, where it is not installed or cannot be run as another user."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests/api")]
from evidence_client import Api, Consortium, batch, lines, open_api, repayment  # noqa: E402

BUILD = Path(os.environ["GUZHENG"]).parent
CALLERS = (1, 64)
REQUESTS = {1: 1000, 64: 12000}
BATCH_LINES = 10000
NUMBER = "@" * 12
HEAD = "| {:<44} | {:>10} | {:>10} | {:>7} | {:<24} |"
START_S = 60


def cpu_us(pid):
    """Processor time of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) * 10**6 // os.sysconf("SC_CLK_TCK")


def ours(chain, body, callers, prefix):
    """(accepted a second, median ms, 99 % ms, processor µs of the bank for each)"""
    pid = chain.children["bank"].pid
    before = cpu_us(pid)
    done = subprocess.run([BUILD / "bench/push_client", str(chain.api_port), str(callers),
                           str(REQUESTS[callers]), prefix, body], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"push_client: {done.stderr}")
    accepted, us, half, most = map(int, done.stdout.split())
    spent = (cpu_us(pid) - before) // accepted
    return accepted * 10**6 // us, half / 1000, most / 1000, spent


def one_batch(chain):
    """(lines accepted a second, processor µs of the bank for each) of one NDJSON body."""
    body = lines(*(repayment(f"B-{i}") for i in range(BATCH_LINES)))
    pid = chain.children["bank"].pid
    before, start = cpu_us(pid), time.monotonic()
    results = batch(Api(chain), body)[1]
    spent = time.monotonic() - start
    if [r["result"] for r in results] != ["accepted"] * BATCH_LINES:
        sys.exit("not every line was accepted")
    return int(BATCH_LINES / spent), (cpu_us(pid) - before) // BATCH_LINES


class Postgres:
    """A cluster of its own, on a socket in its folder."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="guzheng-postgres-"))
        shutil.chown(self.folder, "postgres")
        self.bin = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]

    def run(self, program, *arguments):
        return subprocess.run(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups",
                               self.bin / program, *arguments], capture_output=True, text=True,
                              check=True, timeout=START_S * 3, cwd=self.folder).stdout

    def __enter__(self):
        self.run("initdb", "-D", self.folder / "data", "-A", "trust")
        self.run("pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o",
                 f"-k {self.folder} -h '' -c max_connections=100", "start")
        self.run("psql", "-h", self.folder, "-d", "postgres", "-c",
                 "CREATE TABLE evidence (source text, event_number text, body bytea,"
                 " PRIMARY KEY (source, event_number))")
        return self

    def __exit__(self, *_):
        self.run("pg_ctl", "-D", self.folder / "data", "-m", "fast", "-w", "stop")
        shutil.rmtree(self.folder)

    def inserts(self, body, callers):
        """(inserts a second, processor µs of the server for each)"""
        pid = int((self.folder / "data/postmaster.pid").read_text().split()[0])
        before = cpu_us(pid)
        script = self.folder / f"insert-{callers}.sql"
        text = body.replace("'", "''")
        script.write_text("\\set n random(1, 1000000000000000)\n"
                          "INSERT INTO evidence VALUES ('core', :n || '-' || :client_id,"
                          f" convert_to('{text}', 'UTF8'));\n")
        script.chmod(0o644)
        said = self.run("pgbench", "-h", self.folder, "-n", "-M", "prepared", "-c", str(callers),
                        "-t", str(REQUESTS[callers] // callers), "-f", script, "postgres")
        time.sleep(1)  # the callers' processes have ended, and count as children
        spent = (cpu_us(pid) - before) // REQUESTS[callers]
        return int(float(said.split("tps = ")[1].split()[0])), spent


def theirs(body):
    try:
        with Postgres() as postgres:
            return {c: postgres.inserts(body, c) for c in CALLERS}
    except (IndexError, LookupError, OSError, subprocess.SubprocessError) as e:
        print(f"PostgreSQL is left out: {type(e).__name__} {getattr(e, 'stderr', '')}\n")
        return {c: (0, 0) for c in CALLERS}


def main():
    subprocess.run(["ninja", "-C", BUILD, "bench/push_client"], check=True, capture_output=True)
    text = json.dumps(repayment(NUMBER), ensure_ascii=False)
    rows = []
    with Consortium() as chain:
        open_api(chain)
        body = chain.folder / "item.json"
        body.write_text(text)
        for callers in CALLERS:
            rows.append((callers, *ours(chain, body, callers, f"P{callers}-")))
        in_batch = one_batch(chain)
        chain.stop_all()
    peer = theirs(text)
    print(HEAD.format(f"records/s over HTTP, {len(text)} B each", "Guzheng", "PostgreSQL", "ratio",
                      "bar"))
    print("|" + "|".join("-" * n for n in (46, 12, 12, 9, 26)) + "|")
    for callers, rate, half, most, spent in rows:
        row(f"{callers} callers: median {half:.1f} ms, 99 % {most:.1f} ms", rate, peer[callers][0])
        row("  processor µs of the server for each", spent, peer[callers][1])
    row("one NDJSON batch, no receipts", in_batch[0], 0)
    row("  processor µs of the server for each", in_batch[1], 0)


def row(work, mine, peer):
    print(HEAD.format(work, mine, peer or "-", f"{mine / peer:.2f}" if peer else "-", ""))


main()
