#!/usr/bin/python3
"""Electronic signatures of PDFs, made by openssl: `test_signatures.py TOOL`."""
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from signed_pdf import Authority, openssl, plain_pdf, sign

TOOL = sys.argv[1]
NOW = int(time.time()) + 60
failed = 0
FOLDER = Path(tempfile.mkdtemp(prefix="guzheng-signatures-"))


def check(what, truth, detail=""):
    global failed
    print(("ok   " if truth else "FAIL ") + what + ("" if truth else f"  {detail}"), flush=True)
    failed += not truth


def ask(pdf, roots, now=None, mode="check"):
    path = FOLDER / "a.pdf"
    path.write_bytes(pdf)
    return subprocess.run([TOOL, mode, path, str(roots), str(now or NOW)], capture_output=True,
                          text=True, timeout=110, check=False)


def result(pdf, roots, now=None):
    """state, how many, bytes behind, signer, algorithm, time, detail"""
    answer = ask(pdf, roots, now)
    fields = answer.stdout.rstrip("\n").split("|")
    return fields if answer.returncode == 0 and len(fields) == 7 else [answer.stdout] * 7


class World:
    def __init__(self):
        self.rsa, self.ec = Authority(FOLDER / "rsa"), Authority(FOLDER / "ec", "ec")
        self.sm2 = Authority(FOLDER / "sm2", "sm2", "国密根证书")
        self.roots = FOLDER / "roots"
        self.roots.mkdir()
        for authority in (self.rsa, self.ec, self.sm2):
            (self.roots / f"{authority.kind}.pem").write_bytes(authority.root.read_bytes())
        self.signer = self.rsa.person("张三·测试")
        self.signed = sign(plain_pdf(), self.signer)


def right_ones(w):
    check("none", result(plain_pdf(), w.roots) == ["未签名", "0", "0", "", "", "", ""],
          result(plain_pdf(), w.roots))
    got = result(w.signed, w.roots)
    check("RSA", got[:5] == ["有效", "1", "0", "张三·测试", "RSA-2048 SHA-256"] and got[6] == "", got)
    check("the time of signing", got[5].startswith(time.strftime("%Y-", time.gmtime(NOW))), got)
    got = result(w.signed, "")
    check("no root is known", got[0] == "有效但证书未被信任" and "根证书" in got[6], got)
    got = result(sign(plain_pdf(), w.ec.person("李四")), w.roots)
    check("ECDSA", got[0] == "有效" and got[4] == "ECDSA-P256 SHA-256", got)
    got = result(sign(plain_pdf(), w.sm2.person("王五"), options=[TOOL]), w.roots)
    check("SM2 with SM3", got[0] == "有效" and got[3:5] == ["王五", "SM2-256 SM3"], got)
    gm = sign(plain_pdf(), w.sm2.person("赵六"), options=[TOOL, "sign-gm"])
    got = result(gm, w.roots)
    check("SM2 in the form of GM/T 0010", got[0] == "有效" and got[3] == "赵六", got)
    got = result(gm.replace(b"A contract", b"A contracT"), w.roots)
    check("that was changed", got[0] == "无效" and "改动" in got[6], got)
    plain = sign(plain_pdf(), w.signer, options=["-md", "sha256", "-noattr"])
    got = result(plain, w.roots)
    check("no signed attributes", got[0] == "有效", got)
    got = result(plain.replace(b"A contract", b"A contracT"), w.roots)
    check("that was changed too", got[0] == "无效" and "改动" in got[6], got)
    got = result(sign(plain_pdf(), w.signer, sub_filter="ETSI.CAdES.detached",
                      options=["-md", "sha384", "-cades"]), w.roots)
    check("CAdES, SHA-384", got[0] == "有效" and got[4] == "RSA-2048 SHA-384", got)
    got = result(sign(plain_pdf(), w.signer, options=["-md", "sha256", "-keyopt",
                                                      "rsa_padding_mode:pss"]), w.roots)
    check("RSA-PSS", got[0] == "有效", got)
    got = result(sign(plain_pdf(), w.signer, range_key=b"/Byte#52ange"), w.roots)
    check("a name written with an escape", got[0] == "有效", got)


def several(w):
    two = sign(w.signed, w.ec.person("第二人"), number=11)
    got = result(two, w.roots)
    check("two that are right", got[:3] == ["有效", "2", "0"] and "共 2 处" in got[6], got)
    stamped = sign(w.signed, w.signer, number=11, sub_filter="ETSI.RFC3161")
    got = result(stamped, w.roots)
    check("a document timestamp is told apart", got[:3] == ["有效", "1", "0"]
          and "1 处文档时间戳" in got[6], got)
    got = result(sign(w.signed, w.signer, number=11, signature=b"\x30\x00"), w.roots)
    check("the worse counts", got[0] == "无效" and got[1] == "2", got)
    got = result(sign(two.replace(b"A contract", b"B contract"), w.signer, number=12), w.roots)
    check("the first two no longer hold", got[0] == "无效" and "改动" in got[6], got)
    got = result(w.signed + b"% more\n", w.roots)
    check("bytes behind it are told", got[:3] == ["有效", "1", "7"] and "7 字节" in got[6], got)
    got = result(b"".join([w.signed] + [b"9 0 obj << /ByteRange [1] >> endobj\n"] * 100), w.roots)
    check("too many of them", got[0] == "无效" and int(got[1]) > 20, got)


def changed(w):
    got = result(w.signed.replace(b"A contract", b"A contracT"), w.roots)
    check("a changed byte", got[0] == "无效" and "改动" in got[6], got)
    other = sign(plain_pdf("Another"), w.signer)
    at, end = other.index(b"<3"), other.index(b"0>")
    mine = w.signed.index(b"<3")
    moved = w.signed[:mine] + other[at:end] + w.signed[mine + end - at:]
    got = result(moved, w.roots)
    check("the signature of another file", got[0] == "无效", got)
    answer = ask(w.signed, w.roots, mode="flip")
    check("each turned bit is found", answer.returncode == 0, answer.stdout)


def misleading_ranges(w):
    for what, change in [
            ("not from the begin", lambda n: [n[0] - 1, n[1], n[2]]),
            ("a gap that is wider", lambda n: [n[0], n[1] + 5, n[2] - 5]),
            ("beyond the end", lambda n: [n[0], n[1], n[2] + 5]),
            ("backwards", lambda n: [n[1], n[0], n[2]])]:
        got = result(sign(plain_pdf(), w.signer, change_range=change), w.roots)
        check("range " + what, got[0] == "无效" and got[1] == "1", got)
    hidden = sign(plain_pdf(), w.signer, more=b"/Contents (x)\n")
    check("two strings", result(hidden, w.roots)[0] == "无效")
    got = result(plain_pdf() + b"9 0 obj\n<< /Type /Sig /ByteRange [0 /* /* /*] >>\nendobj\n",
                 w.roots)
    check("never finished", got[0] == "无效", got)
    got = result(plain_pdf("/ByteRange [0 1 2 3]"), w.roots)
    check("in a page's text it is none", got[0] == "未签名", got)
    got = result(b"9 0 obj\n" + b"<< /A " * 5000 + b"/ByteRange [0 1 2 3]", w.roots)
    check("deeply nested", got[0] == "无效", got)
    got = result(b"9 0 obj << /ByteRange", w.roots)
    check("cut off", got[0] == "无效", got)


def unsupported(w):
    got = result(sign(plain_pdf(), w.signer, sub_filter="adbe.pkcs7.sha1"), w.roots)
    check("another type", got[0] == "不支持" and "SubFilter" in got[6], got)
    got = result(sign(plain_pdf(), w.signer, options=["-md", "sha1"]), w.roots)
    check("SHA-1", got[0] == "不支持", got)
    got = result(sign(plain_pdf(), w.rsa.person("短", "short")), w.roots)
    check("a short key", got[0] == "不支持" and got[3] == "短", got)
    got = result(sign(plain_pdf(), w.signer, options=["-md", "sha256", "-nocerts"]), w.roots)
    check("no certificate", got[0] == "不支持", got)
    got = result(sign(plain_pdf(), w.signer, options=["-md", "sha256", "-nodetach"]), w.roots)
    check("not detached", got[0] == "不支持", got)
    got = result(sign(plain_pdf(), w.signer, signature=b"\xff" * 200), w.roots)
    check("no CMS at all", got[0] == "无效", got)


def trust(w):
    short = w.rsa.person("一日", days=1)
    signed = sign(plain_pdf(), short)
    got = result(signed, w.roots, NOW + 40 * 24 * 3600)
    check("expired since, but not when it signed", got[0] == "有效", got)
    got = result(sign(plain_pdf(), Authority(FOLDER / "other").person("外人")), w.roots)
    check("of another authority", got[0] == "有效但证书未被信任", got)
    got = result(sign(plain_pdf(), w.rsa.person("a\u202eb")), w.roots)
    check("nothing hidden in a name", got[3] == "a?b", got)
    (FOLDER / "bad").mkdir()
    (FOLDER / "bad/broken.pem").write_text("nothing")
    answer = ask(plain_pdf(), FOLDER / "bad")
    check("a broken root is named", answer.returncode == 3 and "broken.pem" in answer.stdout,
          answer.stdout)
    check("a missing folder is named", ask(plain_pdf(), FOLDER / "none").returncode == 3)
    der = FOLDER / "der"
    der.mkdir()
    openssl("x509", "-in", w.rsa.root, "-outform", "DER", "-out", der / "root.cer")
    check("a root as DER", result(w.signed, der)[0] == "有效")


def main():
    world = World()
    for test in (right_ones, several, changed, misleading_ranges, unsupported, trust):
        test(world)
    subprocess.run(["rm", "-r", str(FOLDER)], check=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
