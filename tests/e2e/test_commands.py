#!/usr/bin/python3
"""What the commands of a running bank say and leave, rightly and wrongly used."""
import json
import os
import re
import socket

from consortium import Checks, Consortium, run

check = Checks()


def said(what, answer, status, *words):
    """Exit status, and each word on standard error."""
    check(f"{what}: status {status}", answer.returncode == status, answer)
    check(f"{what}: said", all(w in answer.stderr for w in words), answer.stderr)


def silent_bank(folder):
    folder.mkdir()
    note = folder / "note"
    note.write_text("no socket")
    for name, path, words in [("nothing there", folder / "none.sock", "不存在"),
                              ("no socket", note, "不是套接字"),
                              ("path too long", folder / ("s" * 200), "路径太长")]:
        for command in (["status"], ["submit", folder], ["certificate", "x"]):
            said(f"{command[0]}: {name}", run(command[0], "--socket", path, *command[1:]), 4,
                 str(path), words, "guzheng bank")


def submitting(chain, batch):
    empty = chain.folder / "empty"
    empty.mkdir()
    socket = ["--socket", chain.socket]
    said("submit nothing", run("submit", *socket), 2, "没有给出", "usage:")
    said("submit two", run("submit", *socket, batch, batch), 2, "一次只给", "usage:")
    said("submit what is not there", run("submit", *socket, empty / "x"), 2, str(empty / "x"))
    said("submit an empty folder", run("submit", *socket, empty), 2, "没有可提交的文件")
    (empty / "strange.txt").write_text("x\n")
    answer = run("submit", *socket, empty)
    said("submit an unknown kind of file", answer, 1, "[mapping]")
    check("a defect of the whole file has no line", "第 0 行" not in answer.stderr, answer.stderr)
    answer = run("submit", *socket, "--wait", batch)
    check("submit: each file is counted", answer.returncode == 0
          and answer.stdout.count("：接收 ") == 3 and answer.stderr == "", answer)
    answer = run("submit", *socket, batch)
    check("submit again: all known", answer.returncode == 0
          and answer.stdout.count("接收 0，") == 3, answer)


def status(chain):
    answer = run("status", "--socket", chain.socket)
    total = chain.status()["records"]["total"]
    check("status: the records and the courts", answer.returncode == 0
          and f"共 {total} 条：已固证 {total}，" in answer.stdout
          and all(f"法院    {c}：" in answer.stdout for c in ("court.sd", "court.jn", "court.lx"))
          and answer.stdout.count(f"共签至 {total} 条") >= 2, answer)
    check("status: nothing to be done", "\n!" not in answer.stdout, answer.stdout)
    said("status: unknown option", run("status", "--socket", chain.socket, "--quick"), 2, "usage:")


def refusals(chain, uuid):
    socket = ["--socket", chain.socket]
    said("no number", run("certificate", *socket), 2, "没有给出证据编号", "usage:")
    said("two numbers", run("certificate", *socket, uuid, uuid), 2, "只给一个 ID")
    said("all and some", run("certificate", *socket, "--all", "--disclose", "amount", uuid), 2,
         "只能用一个")
    said("every without a folder", run("certificate", *socket, "--every"), 2, "-o")
    said("unknown number", run("certificate", *socket, uuid[:-1] + "x"), 1, "没有这个证据编号")
    said("receipt of an unknown number", run("receipt", *socket, uuid[:-1] + "x"), 1,
         "没有这个证据编号")
    said("unknown field", run("certificate", *socket, "--disclose", "colour", uuid), 1,
         "没有所选的字段")


def written_beside(chain, uuid):
    """Originals lie where verify FOLDER looks for them, whatever the certificate is called."""
    socket = ["--socket", chain.socket]
    folder = chain.folder / "new/one"
    case = folder / "case.gzcert"
    made = run("certificate", *socket, "--disclose", "amount,file/1", "-o", case, uuid)
    check("one certificate is written, its folder made", made.returncode == 0
          and str(case) in made.stdout, made)
    check("with its original", len(list((folder / "files/case").iterdir())) == 1)
    code, _ = chain.verify(folder)
    check("the folder verifies", code == 0, code)
    before = case.read_bytes()
    stray = next((folder / "files/case").iterdir())
    stray.rename(stray.with_name(stray.name + ".new-0123456789abcdef"))
    again = run("certificate", *socket, "--disclose", "amount,file/1", "-o", case, uuid)
    check("what an interrupted run left is put right", again.returncode == 0
          and [p.name for p in (folder / "files/case").iterdir()] == [stray.name], again)
    check("the same certificate is not written again", case.read_bytes() == before)
    bare = run("certificate", *socket, uuid, "-o", "bare.gzcert")
    check("a name alone is a path", bare.returncode == 0 and os.path.exists("bare.gzcert"), bare)
    os.remove("bare.gzcert")


def nothing_overwritten(chain, uuid, other):
    socket = ["--socket", chain.socket]
    folder = chain.folder / "new/kept"
    every = chain.folder / "new/every"
    folder.mkdir()
    note, case, link = folder / "note.txt", folder / "case.gzcert", folder / "link"
    note.write_text("mine")
    link.symlink_to(note)
    run("certificate", *socket, "--disclose", "amount", "-o", case, uuid)
    before = case.read_bytes()
    for what, arguments, words in [
            ("another file", ["-o", note, uuid], "已有别的文件"),
            ("a folder", ["-o", folder, uuid], "是一个目录"),
            ("a link", ["-o", link, uuid], "不是普通文件"),
            ("another record's certificate", ["-o", case, other], "已有别的"),
            ("a fuller certificate", ["--all", "-o", case, uuid], "披露的内容不同"),
            ("a barer certificate", ["-o", case, uuid], "披露的内容不同")]:
        said(what, run("certificate", *socket, *arguments), 1, words, "未作改动")
    text = run("verify", "--policy", chain.policy, note).stdout
    check("verify says that this is no certificate", "不是存证证书" in text, text)
    check("all is as it was", note.read_text() == "mine" and link.is_symlink()
          and case.read_bytes() == before and not (folder / "files").exists())
    first = run("certificate", *socket, "--disclose", "contract_no", "--every", "-o", every)
    more = run("certificate", *socket, "--all", "--every", "-o", every)
    check("every, some fields", first.returncode == 0, first)
    said("every, more fields into the same folder", more, 1, "披露的内容不同")
    said("every, into a file", run("certificate", *socket, "--every", "-o", note), 4, str(note))


def one_loan(chain, uuid):
    """All certificates of a loan, by its handle or its number, and of no other."""
    socket = ["--socket", chain.socket]
    story = [json.loads(line) for line in
             run("find", *socket, "--json", "--id", uuid).stdout.splitlines()]
    handle = story[0]["matter"]
    records = [json.loads(line)["id"] for line in
               run("find", *socket, "--json", "--matter", handle).stdout.splitlines()]
    made = run("certificate", *socket, "--all", "--matter", handle, "-o", chain.folder / "new/loan")
    names = sorted(p.stem for p in (chain.folder / "new/loan").glob("*.gzcert"))
    check("a loan's certificates, all and no other", made.returncode == 0
          and names == sorted(records) and len(names) > 1, (made, names))
    check("they verify together", chain.verify(chain.folder / "new/loan")[0] == 0)
    report = json.loads(run("verify", "--policy", chain.policy, "--json",
                            chain.folder / f"new/loan/{uuid}.gzcert").stdout)
    again = run("certificate", *socket, "--all", "--contract", report["disclosed"]["contract_no"],
                "-o", chain.folder / "new/loan")
    check("by its number: the same, written once", again.returncode == 0
          and f"{len(records)} 份，其中新写 0 份" in again.stdout, again)
    said("of an unknown loan", run("certificate", *socket, "--contract", "LS0", "-o",
                                   chain.folder / "new/none"), 1, "没有这笔贷款的记录")
    said("of a loan without a folder", run("certificate", *socket, "--matter", handle), 2, "-o")
    said("of all and of one loan", run("certificate", *socket, "--every", "--matter", handle,
                                       "-o", chain.folder / "new/none"), 2, "不与")


def unwritable(chain, uuid):
    place = chain.folder / "new/note/x/case.gzcert"
    (chain.folder / "new/note").write_text("a file")
    said("a folder that cannot be made",
         run("certificate", "--socket", chain.socket, "-o", place, uuid), 4, "不能写",
         str(place.parent))


def listening(chain):
    """A bank that cannot listen says which of the two it is; a bad address makes no folder."""
    config = chain.chain / "bank/config.yaml"
    text = config.read_text()
    bad = config.with_name("bad.yaml")
    bad.write_text(text.replace("listen_port:", 'listen_address: "192.0.2.1"\nlisten_port:')
                   .replace("vault_folder: ", "vault_folder: new-"))
    said("not a loopback address", run("bank", "--config", bad), 1, "192.0.2.1", "回环")
    check("which made no folder", not list(config.parent.glob("**/new-*")))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        bad.write_text(re.sub("listen_port: .*", f"listen_port: {port}", text))
        said("a port that is taken", run("bank", "--config", bad), 1, f"端口 {port} 已被占用")


def main():
    with Consortium() as chain:
        silent_bank(chain.folder / "silent")
        chain.start_all()
        batch, _ = chain.batch(loans=3)
        submitting(chain, batch)
        status(chain)
        certificates = chain.certificates()
        uuid = sorted(p.name for p in (certificates / "files").iterdir())[0]
        other = next(p.stem for p in certificates.glob("*.gzcert") if p.stem != uuid)
        os.chdir(chain.folder)
        (chain.folder / "new").mkdir()
        refusals(chain, uuid)
        written_beside(chain, uuid)
        nothing_overwritten(chain, uuid, other)
        one_loan(chain, uuid)
        unwritable(chain, uuid)
        chain.kill("bank")
        said("a killed bank's socket", run("status", "--socket", chain.socket), 4, "无人应答")
        listening(chain)
        os.chdir("/")
    check.finish()


if __name__ == "__main__":
    main()
