"""Signed PDFs made with openssl: certificates, incremental updates, signatures of each kind."""
import os
import subprocess
import tempfile
from pathlib import Path

SM2 = ["-sigopt", "distid:1234567812345678"]
HEX_ROOM = 12000  # digits for a signature
KEYS = {"rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        "short": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
        "ec": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "sm2": ["-algorithm", "SM2"]}


def openssl(*arguments, **more):
    out = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, timeout=60,
                         check=False, **more)
    if out.returncode != 0:
        raise RuntimeError(out.stderr.decode())
    return out.stdout


class Authority:
    """A root, and people with certificates of it, in a folder."""

    def __init__(self, folder, kind="rsa", name="测试根证书"):
        self.folder, self.kind = Path(folder), kind
        self.folder.mkdir(parents=True)
        self.extra = ["-sm3", *SM2] if kind == "sm2" else ["-sha256"]
        self.key, self.root = self.folder / "root.key", self.folder / "root.pem"
        openssl("genpkey", *KEYS[kind], "-out", self.key)
        openssl("req", "-x509", "-new", "-key", self.key, "-days", "3650", "-utf8", "-subj",
                f"/CN={name}", *self.extra, "-out", self.root)

    def person(self, name, kind=None, days=3650):
        """(certificate, key)"""
        kind = kind or self.kind
        stem = f"{kind}-{len(list(self.folder.iterdir()))}"
        key, request = self.folder / f"{stem}.key", self.folder / f"{stem}.csr"
        certificate = self.folder / f"{stem}.crt"
        openssl("genpkey", *KEYS[kind], "-out", key)
        own = ["-sm3", *SM2] if kind == "sm2" else ["-sha256"]
        check = ["-vfyopt", "distid:1234567812345678"] if kind == "sm2" else []
        openssl("req", "-new", "-key", key, "-utf8", "-subj", f"/O=某公司/CN={name}", *own, "-out",
                request)
        openssl("x509", "-req", "-in", request, "-CA", self.root, "-CAkey", self.key, "-days", days,
                "-set_serial", len(list(self.folder.iterdir())), *check, *self.extra, "-out",
                certificate)
        return certificate, key


def plain_pdf(text="A contract"):
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>",
               b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R >>",
               b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text.encode())]
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
                  b"startxref\n%d\n%%%%EOF\n"
                  % (len(objects) + 1, table, len(objects) + 1, len(out)))


def cms(covered, signer, options=()):
    """A detached signature by openssl; of SM2 by the tool, which is `options`."""
    with tempfile.TemporaryDirectory() as name:
        data, out = Path(name) / "data", Path(name) / "cms"
        data.write_bytes(covered)
        if signer[0].name.startswith("sm2"):
            form = options[1] if options[1:] else "sign-sm2"
            # What OpenSSL leaves behind when it signs is not ours.
            subprocess.run([options[0], form, *signer, data, out], check=True,
                           env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
            return out.read_bytes()
        return openssl("cms", "-sign", "-binary", "-in", data, "-signer", signer[0], "-inkey",
                       signer[1], "-outform", "DER", *(options or ["-md", "sha256"]))


def sign(pdf, signer, *, options=(), sub_filter="adbe.pkcs7.detached", number=10, more=b"",
         range_key=b"/ByteRange", change_range=None, signature=None, also=b""):
    """An incremental update with one signature over everything but its own string."""
    head = (pdf + b"%d 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /%s\n%s/Contents "
            % (number, sub_filter.encode(), more))
    gap = b"<" + b"0" * HEX_ROOM + b">"
    tail = b"\n>>\nendobj\n%s%%%%EOF\n" % also
    where = range_key + b" [0 %010d %010d %010d]"
    room = len(where % (0, 0, 0))
    start, rest = len(head), len(head) + len(gap)
    numbers = [start, rest, room + len(tail)]
    if change_range:
        numbers = change_range(numbers)
    tail = where % tuple(numbers) + tail
    if signature is None:
        signature = cms(head + tail, signer, options)
    digits = signature.hex().encode()
    assert len(digits) <= HEX_ROOM
    return head + b"<" + digits.ljust(HEX_ROOM, b"0") + b">" + tail
