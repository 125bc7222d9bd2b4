#!/usr/bin/python3
"""The consortium chain of four organisations on loopback, until Ctrl-C: `make cluster` calls it.

`run.py FOLDER [--suite gm|intl] [--base-port P]` makes the folder at its first start and keeps
everything; where one of a member's two processes ends, both are started again.
"""
import argparse
import fcntl
import signal
import sys
import time
from pathlib import Path

import members
import processes

LOOK_S = 1


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--suite", choices=["gm", "intl"], default="gm")
    parser.add_argument("--base-port", type=int, default=19080)
    return parser.parse_args()


def prepare(options):
    if not (options.folder / "base-port").exists():
        print(f"一、建立联盟链：银行一家，高级、中级、基层法院各一（密码套件 {options.suite}）")
        return members.init(options.folder, options.suite, options.base_port)
    print(f"一、联盟链已在 {options.folder}，继续使用")
    return members.load(options.folder)


def show(running):
    print("三、各节点（GET /chain/status 为其状态）")
    for r in running:
        state = r.status() or {}
        print(f"  {r.member.short:18} {r.member.url}  高度 {state.get('height')}  "
              f"条数 {state.get('size')}")
    print("四个节点继续运行；按 Ctrl-C 停止。", flush=True)


def watch(running):
    while True:
        time.sleep(LOOK_S)
        for r in running:
            if r.mend():
                print(f"{r.member.short}：一个进程退出，两者已一同重新启动", flush=True)


def main():
    options = parse()
    all_members = prepare(options)
    with open(options.folder / ".lock", "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit("这个目录里的联盟链已在运行")
        logs = options.folder / "log"
        logs.mkdir(exist_ok=True)
        running = [processes.Running(m, logs) for m in all_members]
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            print(f"二、启动四个机构，各一个节点、一个共识引擎（日志 {logs}）", flush=True)
            for r in running:
                r.start()
            if processes.wait_for_blocks(running) is None:
                sys.exit(f"没有启动起来，见 {logs}")
            show(running)
            watch(running)
        except KeyboardInterrupt:
            print("\n正在停止……")
        finally:
            for r in running:
                r.stop()


if __name__ == "__main__":
    main()
