"""A consortium chain of four organisations on one machine, for demonstration and tests: keys,
genesis, policy, and for each member the folders of its node and of its consensus engine.

Real members make their keys each on its own machine (docs/chain.md); this makes all in one place.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("GUZHENG", str(ROOT / "build/guzheng"))
ENGINE = os.environ.get("COMETBFT", str(ROOT / "build/bin/cometbft"))
# Folder, name, role.
MEMBERS = [("bank", "ccb.sd", "bank"), ("court-high", "court.sd", "court"),
           ("court-intermediate", "court.jn", "court"), ("court-basic", "court.lx", "court")]
PORTS = 3 * len(MEMBERS)  # of the nodes, of the engines among themselves, of their RPC
HASHES = {"gm": "sm3", "intl": "sha256"}
BLOCK_BYTES_MAX = 4 * 1024 * 1024  # bounds the delay and the memory of a block, not the speed

# What differs from the engine's defaults, by section of config.toml. The time-outs suit a local
# network; the gossip is woken at once; blocks come only when there is something to order.
TUNED = {
    "rpc": {"pprof_laddr": '""', "max_body_bytes": "1000000"},
    "p2p": {"pex": "false", "addr_book_strict": "false", "allow_duplicate_ip": "true",
            "max_num_inbound_peers": "16", "max_num_outbound_peers": "16",
            "flush_throttle_timeout": '"10ms"', "send_rate": "104857600",
            "recv_rate": "104857600", "max_packet_msg_payload_size": "10240"},
    "mempool": {"recheck": "false", "broadcast": "true", "size": "20000", "cache_size": "40000",
                "max_tx_bytes": "524288"},
    "consensus": {"timeout_propose": '"300ms"', "timeout_propose_delta": '"100ms"',
                  "timeout_prevote": '"200ms"', "timeout_prevote_delta": '"100ms"',
                  "timeout_precommit": '"200ms"', "timeout_precommit_delta": '"100ms"',
                  "timeout_commit": '"200ms"', "skip_timeout_commit": "true",
                  "create_empty_blocks": "false", "peer_gossip_sleep_duration": '"10ms"'},
    "tx_index": {"indexer": '"null"'},
}


def call(*arguments):
    return subprocess.run([str(a) for a in arguments], check=True, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60).stdout.strip()


def set_toml(path, changes):
    """Replace values of keys that stand in the file; a key that does not is an error."""
    section, lines, left = "", [], {(s, k) for s, keys in changes.items() for k in keys}
    for line in path.read_text().splitlines():
        head = re.match(r"\[(\w+)\]$", line)
        key = re.match(r"(\w+) = ", line)
        if head:
            section = head.group(1)
        if key and (section, key.group(1)) in left:
            left.remove((section, key.group(1)))
            line = f"{key.group(1)} = {changes[section][key.group(1)]}"
        lines.append(line)
    if left:
        raise ValueError(f"{path}: no such keys: {sorted(left)}")
    path.write_text("\n".join(lines) + "\n")


class Member:
    """One organisation: where its files lie and which ports it has."""

    def __init__(self, folder, number, base_port):
        self.short, self.name, self.role = MEMBERS[number]
        self.folder = Path(folder) / self.short
        self.home = self.folder / "engine"
        self.socket = self.folder / "engine.sock"
        self.port = base_port + number
        self.peer_port = base_port + len(MEMBERS) + number
        self.rpc_port = base_port + 2 * len(MEMBERS) + number
        self.url = f"http://127.0.0.1:{self.port}"

    def key(self, suite, purpose, name):
        return call(PROGRAM, "keygen", "--suite", suite, "--purpose", purpose, "--name", name,
                    "--out", self.folder / f"{purpose}.pem")

    def make_keys(self, suite, origin):
        self.folder.mkdir(mode=0o700)
        self.log = self.key(suite, "log", origin)
        self.witness = self.key(suite, "witness", self.name)
        self.submission = self.key(suite, "submission", self.name)
        self.receipt = self.key(suite, "receipt", self.name) if self.role == "bank" else None
        call(ENGINE, "init", "--home", self.home)
        self.peer_id = call(ENGINE, "show-node-id", "--home", self.home)
        key = json.loads((self.home / "config/priv_validator_key.json").read_text())
        self.validator = {"address": key["address"], "pub_key": key["pub_key"], "power": "1",
                          "name": self.name}

    def row(self):
        return {"name": self.name, "role": self.role, "submission": self.submission,
                "receipt": self.receipt, "from_index": 0, "until_index": None}

    def write_engine(self, members, genesis):
        peers = [m for m in members if m is not self]
        (self.home / "config/genesis.json").write_text(json.dumps(genesis, indent=1))
        changes = {s: dict(keys) for s, keys in TUNED.items()}
        changes[""] = {"proxy_app": f'"unix://{self.socket}"', "moniker": f'"{self.name}"'}
        changes["rpc"]["laddr"] = f'"tcp://127.0.0.1:{self.rpc_port}"'
        changes["p2p"]["laddr"] = f'"tcp://127.0.0.1:{self.peer_port}"'
        changes["p2p"]["persistent_peers"] = '"' + ",".join(
            f"{m.peer_id}@127.0.0.1:{m.peer_port}" for m in peers) + '"'
        changes["p2p"]["private_peer_ids"] = '"' + ",".join(m.peer_id for m in peers) + '"'
        set_toml(self.home / "config/config.toml", changes)

    def write_node(self):
        (self.folder / "node.yaml").write_text(
            "# 演示节点。各项的说明：guzheng node --help。路径以本文件所在目录为准。\n"
            f"organisation: {self.name}\n"
            "genesis: ../genesis.json\n"
            f"listen_port: {self.port}\n"
            "folder: data\n"
            "engine_socket: engine.sock\n"
            f"engine_url: http://127.0.0.1:{self.rpc_port}\n"
            "log_key: log.pem\n"
            "witness_key: witness.pem\n"
            "clock_check: peers    # 仅用于演示；正式部署用 kernel\n")


def policy_text(members):
    lines = [f"log {m.log} {m.url}" for m in members]
    lines += [f"witness {m.name} {m.witness} {m.url}" for m in members]
    lines.append("group members 3 " + " ".join(m.name for m in members))
    return "\n".join([*lines, "quorum members"]) + "\n"


def engine_genesis(members, created_at, suite, genesis):
    """The engine's genesis names ours: a node of another genesis refuses to begin."""
    digest = hashlib.new(HASHES[suite], genesis).hexdigest()
    return {"genesis_time": created_at, "chain_id": "guzheng-" + digest[:16],
            "initial_height": "1",
            "consensus_params": {
                "block": {"max_bytes": str(BLOCK_BYTES_MAX), "max_gas": "-1"},
                "evidence": {"max_age_num_blocks": "100000",
                             "max_age_duration": "172800000000000", "max_bytes": "1048576"},
                "validator": {"pub_key_types": ["ed25519"]},
                "version": {"app": "1"}, "abci": {"vote_extensions_enable_height": "0"}},
            "validators": [m.validator for m in members], "app_hash": "", "app_state": digest}


def init(folder, suite, base_port):
    """The whole consortium into a folder that does not exist yet; the members."""
    folder = Path(folder).resolve()
    staging = folder.with_name(folder.name + ".new")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True, mode=0o700)
    origin = f"guzheng/chain-{suite}"
    created_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    members = [Member(staging, n, base_port) for n in range(len(MEMBERS))]
    for m in members:
        m.make_keys(suite, origin)
    policy = policy_text(members)
    genesis = (json.dumps({
        "type": "guzheng/genesis/v1", "origin": origin, "suite": suite, "created_at": created_at,
        "organisations": [m.row() for m in members], "policy": policy, "continues": None},
        indent=1) + "\n").encode()
    (staging / "policy").write_text(policy)
    (staging / "genesis.json").write_bytes(genesis)
    (staging / "base-port").write_text(f"{base_port}\n")
    for m in members:
        m.socket = folder / m.short / "engine.sock"
        m.write_engine(members, engine_genesis(members, created_at, suite, genesis))
        m.write_node()
    staging.rename(folder)
    return load(folder)


def load(folder):
    base_port = int((Path(folder) / "base-port").read_text())
    return [Member(Path(folder).resolve(), n, base_port) for n in range(len(MEMBERS))]
