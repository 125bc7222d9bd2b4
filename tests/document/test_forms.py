#!/usr/bin/python3
"""Certificate PDF and evidence package: what stands on the pages, what is attached, and that the
verifier takes one certificate or none: `test_forms.py PROGRAM VECTORS`."""
import json
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

PROGRAM, VECTORS = sys.argv[1], Path(sys.argv[2])
PDF_NAME, CERT_NAME = "certificate.pdf", "certificate.gzcert"
failed = 0


def check(what, truth, detail=""):
    global failed
    print(("ok   " if truth else "FAIL ") + what + ("" if truth else f"  {detail}"))
    failed += not truth


def run(*arguments, **more):
    return subprocess.run([str(a) for a in arguments], capture_output=True, timeout=60,
                          stdin=subprocess.DEVNULL, check=False, **more)


def verify(*arguments, policy="gm.policy"):
    return run(PROGRAM, "verify", "--policy", VECTORS / policy, *arguments)


def report(path, *originals, policy="gm.policy"):
    out = verify("--json", path, *originals, policy=policy)
    return out.returncode, json.loads(out.stdout) if out.stdout else {}


def render(gzcert, out, *originals, policy="gm.policy"):
    return verify("--render", out, gzcert, *originals, policy=policy)


def text_of(pdf):
    """The text of all pages, without the white space that layout makes."""
    text = run("pdftotext", "-layout", pdf, "-").stdout.decode()
    return re.sub(r"\s+", "", text)


def qpdf(*arguments):
    out = run("qpdf", *arguments)
    if out.returncode not in (0, 3):
        raise RuntimeError(out.stderr.decode())


# --- the page ------------------------------------------------------------------------------------

def page_says_what_the_certificate_says(folder):
    good, pdf = VECTORS / "gm-001.gzcert", folder / "good.pdf"
    check("rendered", render(good, pdf).returncode == 3 and pdf.exists())
    _, said = report(good)
    text = text_of(pdf)
    wanted = [v for v in said["disclosed"].values() if isinstance(v, str)]
    original = said["disclosed"]["file/1"]
    wanted += [original["name"], original["sm3"], original["sha256"], f"{original['size']}字节"]
    wanted += [said["entry"][m] for m in ("id", "org", "kind", "matter", "fingerprint",
                                          "recorded_at")]
    wanted += [said["position"]["origin"], said["position"]["root"], *said["times"]["witnesses"]]
    wanted += ["存证证书", "借款合同", "合同金额", "不晚于2026-03-0510:30:02", "3602秒", "迟固",
               "不是联盟链", "本证书不证明", "提交机构自称", "第1页共2页", "guzhengverify--policy"]
    missing = [w for w in wanted if re.sub(r"\s+", "", w) not in text]
    check("every value and time stands on the page", not missing, missing)
    fonts = run("pdffonts", pdf).stdout.decode().splitlines()[2:]
    check("all fonts are embedded and cut", fonts and all(" yes yes yes" in f for f in fonts),
          fonts)


def attachment_is_the_certificate(folder):
    good, pdf, out = VECTORS / "gm-001.gzcert", folder / "good.pdf", folder / "detached"
    listed = run("pdfdetach", "-list", pdf).stdout.decode()
    check("one attachment", listed.startswith("1 embedded file"), listed)
    run("pdfdetach", "-save", "1", "-o", out, pdf)
    check("it is the certificate to the byte", out.read_bytes() == good.read_bytes())


def page_is_reproducible(folder):
    good, again = VECTORS / "gm-001.gzcert", folder / "again.pdf"
    render(good, again, VECTORS / "gm-contract-0.pdf")
    check("same input, same bytes", again.read_bytes() == (folder / "good.pdf").read_bytes())
    fresh = folder / "fresh.pdf"
    render(folder / "good.pdf", fresh)
    check("rendered from the PDF: the same bytes", fresh.read_bytes() == again.read_bytes())


def qr_code_is_read(folder):
    if run("sh", "-c", "command -v zbarimg").returncode != 0:
        print("skip the QR code: zbarimg is missing")
        return
    run("pdftoppm", "-r", "200", "-png", "-f", "1", "-l", "1", folder / "good.pdf", folder / "page")
    read = run("zbarimg", "-q", "--raw", next(folder.glob("page*.png"))).stdout.decode().strip()
    _, said = report(folder / "good.pdf")
    wanted = (f"GZ1:{said['position']['origin']}:{said['position']['index']}:"
              f"{said['entry']['fingerprint']}:{said['entry']['id']}")
    check("the QR code locates the record", read == wanted, (read, wanted))


def all_vectors_render(folder):
    wrong, rendered = [], 0
    for row in json.loads((VECTORS / "vectors.json").read_text()):
        out = folder / "vector.pdf"
        out.unlink(missing_ok=True)
        status = render(VECTORS / row["certificate"], out, policy=row["policy"]).returncode
        if status in (0, 3):
            again, _ = report(out, policy=row["policy"])
            rendered += 1
            if not out.exists() or again != status:
                wrong.append((row["about"], status, again))
        elif out.exists():
            wrong.append((row["about"], "rendered although invalid"))
    check("every vector that holds is rendered, and no other", not wrong and rendered > 10,
          (rendered, wrong[:5]))


# --- PDF -----------------------------------------------------------------------------------------

def attach(pdf, content, name, out, key, media="application/octet-stream"):
    part = out.with_suffix(".part")
    part.write_bytes(content)
    qpdf(pdf, "--add-attachment", part, f"--filename={name}", f"--key={key}", f"--mimetype={media}",
         "--", out)


def strangers_pdfs(folder):
    pdf, original = folder / "good.pdf", VECTORS / "gm-contract-0.pdf"
    gzcert = (VECTORS / "gm-001.gzcert").read_bytes()
    status, said = report(pdf, original)
    check("the PDF alone is enough", status == 0 and said["form"] == "pdf", said.get("reason"))
    out = verify(pdf, original).stdout.decode()
    check("its pages are said not to be checked", "页面本身没有核对" in out, out[:200])

    def fails(what, path, word):
        status, said = report(path)
        check(what + ": check 1", (status, said.get("check")) == (1, 1) and word in said["reason"],
              said)

    none, more, same = folder / "none.pdf", folder / "more.pdf", folder / "same.pdf"
    qpdf(pdf, "--remove-attachment=certificate.gzcert", none)
    fails("no certificate", none, "没有证书数据")
    attach(pdf, (VECTORS / "gm-002.gzcert").read_bytes(), "other.gzcert", more, "second")
    fails("two certificates", more, "多于一份")
    attach(pdf, gzcert, "certificate.gzcert", same, "copy")
    fails("the same one twice", same, "多于一份")
    attach(pdf, gzcert, "photo.jpg", same, "copy")
    fails("a second one under another name", same, "多于一份")
    attach(pdf, b"a note", "note.txt", more, "note", "text/plain")
    check("another attachment does no harm", report(more, original)[0] == 0)
    attach(none, gzcert, "renamed.bin", same, "renamed")
    check("a renamed one is found by its content", report(same, original)[0] == 0)
    altered = gzcert.replace(b'"suite": "gm"', b'"suite":"gm" ')
    attach(none, altered.replace(b'"proof": "', b'"proof": "x'), "a.gzcert", same, "k")
    check("an altered attachment is invalid", report(same)[0] == 1)
    attach(none, b" " * (4 << 20) + gzcert, "a.gzcert", same, "k")
    fails("a certificate of more than 4 MiB", same, "4 MiB")
    locked = folder / "locked.pdf"
    qpdf("--encrypt", "", "x", "256", "--", pdf, locked)
    fails("encrypted", locked, "加密")


def altered_pages(folder):
    """The page may say anything; the report shows what the certificate says."""
    pdf, altered = folder / "good.pdf", folder / "altered.pdf"
    other = folder / "other.pdf"
    render(VECTORS / "gm-003.gzcert", other)
    qpdf(pdf, "--pages", other, "1", "--", altered)
    status, said = report(altered, VECTORS / "gm-contract-0.pdf")
    check("another page around the true certificate: its values are shown",
          status == 0 and said["entry"]["id"] == report(pdf)[1]["entry"]["id"], said)


def damaged_pdfs(folder):
    whole = (folder / "good.pdf").read_bytes()
    broken, wrong = folder / "broken.pdf", []
    for cut in range(8, len(whole) - 8, len(whole) // 40):
        broken.write_bytes(whole[:cut])
        if verify(broken).returncode != 1:
            wrong.append(cut)
    check("a PDF that is cut is invalid", not wrong, wrong)
    crashed = []
    for at in range(0, len(whole), len(whole) // 150):
        broken.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1:])
        status = verify(broken).returncode
        if status not in (0, 1, 3):
            crashed.append((at, status))
    check("a flipped byte never crashes the reader", not crashed, crashed)


def bomb(folder):
    """A cross-reference stream that unpacks to 4 GiB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 24)) for _ in range(256)) + packer.flush()
    head = b"%PDF-1.7\n"
    body = (b"1 0 obj\n<< /Type /XRef /Size 2 /W [1 2 1] /Root 1 0 R /Filter /FlateDecode /Length "
            + str(len(packed)).encode() + b" >>\nstream\n" + packed + b"\nendstream\nendobj\n")
    path = folder / "bomb.pdf"
    path.write_bytes(head + body + b"startxref\n" + str(len(head)).encode() + b"\n%%EOF\n")
    out = verify("--json", path)
    check("a bomb in a PDF is refused", out.returncode == 1, (out.returncode, out.stderr[:200]))


# --- package -------------------------------------------------------------------------------------

def package(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as z:
        for name, content in members:
            z.writestr(zipfile.ZipInfo(name), content, compress_type=method)


def packages(folder):
    gzcert = (VECTORS / "gm-001.gzcert").read_bytes()
    pdf = (folder / "good.pdf").read_bytes()
    original = (VECTORS / "gm-contract-0.pdf").read_bytes()
    path = folder / "case.gzcert.zip"
    both = [(CERT_NAME, gzcert), (PDF_NAME, pdf)]
    package(path, both + [("files/1-合同.pdf", original)])
    status, said = report(path)
    check("a package is enough by itself", status == 0 and said["form"] == "package", said)
    check("its originals are listed", said["originals"][0]["path"] == "files/1-合同.pdf", said)
    package(path, both)
    check("without its original: incomplete", report(path)[0] == 3)
    check("the original given beside it: valid",
          report(path, VECTORS / "gm-contract-0.pdf")[0] == 0)
    package(path, both + [("files/1", original + b"x")])
    check("an altered original: check 3", report(path)[1]["check"] == 3)

    def fails(what, members, word, method=zipfile.ZIP_DEFLATED):
        package(path, members, method)
        status, said = report(path)
        check(what + ": check 1", (status, said.get("check")) == (1, 1) and word in said["reason"],
              said)

    fails("no certificate", [(PDF_NAME, pdf)], "没有 certificate.gzcert")
    fails("no PDF", [(CERT_NAME, gzcert)], "没有 certificate.pdf")
    fails("its PDF has another one", [(CERT_NAME, (VECTORS / "gm-002.gzcert").read_bytes()),
                                      (PDF_NAME, pdf)], "另一份")
    fails("another white space is another one", [(CERT_NAME, gzcert + b"\n"), (PDF_NAME, pdf)],
          "另一份")
    for name in ("files/../x", "/files/x", "../x", "files/a/../../x", "files/", "files//x", "x",
                 "files/a\\..\\x", "Files/x", "files/c:x", "files/a\u202eb", "META-INF/x",
                 "files/./x"):
        fails(f"member {name!r}", both + [(name, original)], "不合规定的成员")
    fails("a name twice", both + [("files/a", original), ("files/a", original)], "")
    fails("a name twice but for case", both + [("files/a", original), ("files/A", original)], "重名")
    fails("an unusual packing", both + [("files/a", original)], "不常用", zipfile.ZIP_BZIP2)


def encrypted_or_damaged(folder):
    path = folder / "case.gzcert.zip"
    members = [(CERT_NAME, (VECTORS / "gm-001.gzcert").read_bytes()),
               (PDF_NAME, (folder / "good.pdf").read_bytes()),
               ("files/1", (VECTORS / "gm-contract-0.pdf").read_bytes())]
    package(path, members, zipfile.ZIP_STORED)
    whole = path.read_bytes()
    at = whole.index(b"files/1") + 7
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
    check("a flipped byte of a member: check 1", report(path)[1]["check"] == 1)
    wrong = []
    for n in range(0, len(whole), len(whole) // 100):
        path.write_bytes(whole[:n])
        if verify(path).returncode not in (1, 2):
            wrong.append(n)
    check("a package that is cut is never valid", not wrong, wrong)
    flags = bytearray(whole)
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = whole.rindex(signature)
        flags[at + offset] |= 1
    path.write_bytes(flags)
    check("an encrypted member: check 1", report(path)[1]["check"] == 1)


def zip_bomb(folder):
    """A little more than 2 GiB of zeros; and one whose directory says that it is small."""
    path = folder / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        z.writestr(CERT_NAME, (VECTORS / "gm-001.gzcert").read_bytes())
        with z.open(zipfile.ZipInfo("files/1"), "w", force_zip64=True) as member:
            block = bytes(1 << 24)
            for _ in range(129):
                member.write(block)
    # The address sanitizer wants more address space than any limit.
    limit = "true" if b"__asan_init" in Path(PROGRAM).read_bytes() else "ulimit -v 1500000"
    out = run("sh", "-c", f"{limit}; exec '{PROGRAM}' verify --json --policy "
              f"'{VECTORS / 'gm.policy'}' '{path}'")
    said = json.loads(out.stdout)
    check("more than 2 GiB: check 1", said["check"] == 1 and "2 GiB" in said["reason"], said)
    small = folder / "small.zip"
    package(small, [("files/1", bytes(1 << 20))])
    data = bytearray(small.read_bytes())
    for signature, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<I", data, data.index(signature) + offset, 16)
    small.write_bytes(data)
    check("a member that says it is smaller: check 1", report(small)[1]["check"] == 1)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page_says_what_the_certificate_says(folder)
        attachment_is_the_certificate(folder)
        page_is_reproducible(folder)
        qr_code_is_read(folder)
        all_vectors_render(folder)
        strangers_pdfs(folder)
        altered_pages(folder)
        damaged_pdfs(folder)
        bomb(folder)
        packages(folder)
        encrypted_or_damaged(folder)
        zip_bomb(folder)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
