#!/usr/bin/python3
"""A loan is destroyed by order of two operators: nothing of it can be read any more, the others are
whole, and what was handed out before stays valid. Refused: one signature, a hold, a retention that
runs, a bank that runs."""
import json
import os
import subprocess

from consortium import PROGRAM, Checks, Consortium, rows, run

LATER_S = 30 * 366 * 24 * 3600


def run_later(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, stdin=subprocess.DEVNULL,
                          env={**os.environ, "GUZHENG_TEST_CLOCK_OFFSET_S": str(LATER_S)})


def said(answer):
    return answer.stdout + answer.stderr


class Office:
    def __init__(self, chain, check):
        self.chain, self.check = chain, check
        self.bank = chain.chain / "bank"
        self.config = self.bank / "config.yaml"
        self.order = chain.folder / "order.json"

    def operators(self):
        keys = []
        for name in ("op.a", "op.b"):
            made = run("keygen", "--suite", "gm", "--purpose", "operator", "--name", name,
                       "--out", self.chain.folder / f"{name}.pem")
            keys.append(made.stdout.strip())
        with open(self.config, "a") as f:
            f.write("operators:\n" + "".join(f'  - "{k}"\n' for k in keys))

    def write(self, record):
        self.order.write_text(json.dumps({
            "type": "guzheng/destroy-order/v1", "organisation": "ccb.sd", "record": record,
            "reason": "保存期限届满", "ground": "个人信息保护法第四十七条",
            "retention_until": "2026-01-01", "no_legal_hold": True, "no_open_grievance": True},
            ensure_ascii=False) + "\n")

    def sign(self, name):
        return run("sign-order", "--suite", "gm", "--name", name, "--key",
                   self.chain.folder / f"{name}.pem", self.order)

    def destroy(self, later=True):
        call = run_later if later else run
        return call("destroy-matter", "--config", self.config, "--order", self.order)

    def hold(self, *arguments):
        verb, *rest = arguments
        return run("hold", verb, "--config", self.config, *rest)

    def fsck(self):
        return run("fsck", "--config", self.config)


def refusals(office, check, record):
    check("without a signature", office.destroy().returncode == 1)
    check("signed once", office.sign("op.a").returncode == 0)
    one = office.destroy()
    check("one signature: refused", one.returncode == 1 and "两名" in said(one), said(one))
    second = office.sign("op.b")
    check("signed by a second", second.returncode == 0 and "保存期限届满" in second.stdout,
          said(second))
    busy = office.destroy()
    check("while the bank runs: refused", busy.returncode == 1 and "停止" in said(busy), said(busy))
    office.chain.stop_all()
    early = office.destroy(later=False)
    check("before its retention is over: refused", early.returncode == 1
          and "期限未满" in said(early), said(early))
    for what, words, where in (("add", "没有这个证据编号", ["--record", "no-such"]),
                               ("add", "没有这个事项句柄", ["--matter", "no-such"]),
                               ("remove", "没有这个编号的留存要求", ["--hold", "99"])):
        none = office.hold(what, *where, "--reason", "1 号", "--by", "op.a")
        check(f"{what} {where[0]} of none: said", none.returncode == 1 and words in said(none),
              said(none))
    held = office.hold("add", "--record", record, "--reason", "保全 1 号", "--by", "op.a")
    check("a hold is added", held.returncode == 0, said(held))
    stopped = office.destroy()
    check("held: refused", stopped.returncode == 1 and "hold list" in said(stopped), said(stopped))
    listed = office.hold("list")
    check("it is listed", "保全 1 号" in listed.stdout, said(listed))
    lifted = office.hold("remove", "--hold", "1", "--reason", "解除 2 号", "--by", "op.b")
    check("and lifted", lifted.returncode == 0 and office.hold("list").stdout == "", said(lifted))
    check("nothing was destroyed by all that", "(erased)" not in office.fsck().stdout)


def destruction(office, check, record):
    old = (office.bank / "master.key").read_bytes()
    done = office.destroy()
    check("destroyed", done.returncode == 0 and "重做备份" in done.stdout, said(done))
    check("there is a new master key", (office.bank / "master.key").read_bytes() != old)
    again = office.destroy()
    check("again: it is already", again.returncode == 1 and "已依法销毁" in said(again), said(again))
    state = office.fsck()
    check("fsck: erased and not damaged", state.returncode == 0
          and f"{record}: 已依法销毁 (erased)" in state.stdout and "损坏 0 条" in state.stdout,
          said(state))
    return state.stdout.count("(erased)")


def main():
    check = Checks()
    with Consortium() as chain:
        office = Office(chain, check)
        office.operators()
        chain.start_all()
        folder, _ = chain.batch(loans=3)
        chain.submit(folder)
        before = chain.certificates()
        certificates = sorted(before.glob("*.gzcert"))
        record = certificates[0].stem
        office.write(record)
        refusals(office, check, record)
        erased = destruction(office, check, record)
        chain.start_all()
        refused = run("certificate", "--socket", chain.socket, "--all", record)
        check("no new certificate shows its content", refused.returncode != 0
              and "销毁" in said(refused), said(refused))
        bare = run("certificate", "--socket", chain.socket, record)
        check("the bare proof is still to be had", bare.returncode == 0, said(bare))
        after = chain.folder / "after"
        every = run("certificate", "--socket", chain.socket, "--all", "--every", "-o", after)
        check("every other record has its certificate", every.returncode == 0
              and 0 < erased < rows(folder)
              and len(list(after.glob("*.gzcert"))) == rows(folder) - erased, said(every))
        valid = run("verify", "--policy", chain.policy, before)
        check("what was handed out before stays valid", valid.returncode == 0, said(valid)[-600:])
        compared = run("reconcile", "--socket", chain.socket)
        check("reconciliation finds no difference, and counts what was destroyed",
              compared.returncode == 0 and f"依法销毁 {erased} 条" in said(compared), said(compared))
        matter = json.loads(run("find", "--socket", chain.socket, "--json", "--id",
                                record).stdout)["matter"]
        voucher = run("voucher", "note", "--socket", chain.socket, "-o", chain.folder / "v.pdf",
                      matter)
        check("no voucher is made of it", voucher.returncode != 0 and "销毁" in said(voucher)
              and not (chain.folder / "v.pdf").exists(), said(voucher))
    check.finish()


if __name__ == "__main__":
    main()
