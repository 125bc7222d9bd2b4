#!/usr/bin/python3
"""An electronic signature upon a PDF (ISO 32000-1, 12.8.1): an incremental update with a signature
field, detached CMS (RFC 5652) over everything but its own digits. The signer and its authority are
invented; their keys are made once in a folder, and the same key, document and time give the same
bytes.

`electronic_signature.py FOLDER` makes the keys where there are none.
"""
import re
import subprocess
import sys
from pathlib import Path

DIGITS = 6000  # room for the signature, in hexadecimal
ROOT, SIGNER = "/CN=演示电子认证根证书", "/O=鲁商示范银行股份有限公司/CN=鲁商示范银行电子签章"
CONFIG = """[ca]
default_ca = demo
[demo]
dir = {folder}
new_certs_dir = {folder}
database = {folder}/index.txt
serial = {folder}/serial
default_md = sha256
policy = any
default_startdate = 20150101000000Z
default_enddate = 20450101000000Z
unique_subject = no
[any]
commonName = supplied
organizationName = optional
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[signer]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature,nonRepudiation
"""


def openssl(*arguments, data=None):
    out = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True,
                         check=False)
    if out.returncode != 0:
        sys.exit("openssl: " + out.stderr.decode(errors="replace"))
    return out.stdout


class Signer:
    """root.pem is what a verifier may trust."""

    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.root, self.certificate = self.folder / "root.pem", self.folder / "signer.pem"
        if not self.certificate.exists():
            self.make()

    def key(self, name):
        return self.folder / f"{name}.key"

    def make(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "index.txt").write_text("")
        (self.folder / "serial").write_text("01\n")
        config = self.folder / "ca.cnf"
        config.write_text(CONFIG.format(folder=self.folder))
        for name, subject, how, out in (("root", ROOT, ["-selfsign"], self.root),
                                        ("signer", SIGNER, ["-cert", self.root],
                                         self.certificate)):
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out",
                    self.key(name))
            request = self.folder / f"{name}.csr"
            openssl("req", "-new", "-utf8", "-key", self.key(name), "-subj", subject, "-out",
                    request)
            openssl("ca", "-batch", "-notext", "-utf8", "-config", config, "-keyfile",
                    self.key("root"), *how, "-extensions", name, "-in", request, "-out", out)

    def sign(self, path, at):
        head, tail = open_up(path.read_bytes(), at)
        signature = openssl("cms", "-sign", "-binary", "-noattr", "-md", "sha256", "-signer",
                            self.certificate, "-inkey", self.key("signer"), "-outform", "DER",
                            data=head + tail)
        digits = signature.hex().encode()
        assert len(digits) <= DIGITS
        path.write_bytes(head + b"<" + digits.ljust(DIGITS, b"0") + b">" + tail)


def find_object(pdf, mark):
    """(number, what stands between << and >>) of the first dictionary that ends with the mark."""
    found = re.search(rb"(\d+) 0 obj\n<<\n((?:(?!endobj).)*?" + mark + rb")\n>>\nendobj", pdf,
                      re.DOTALL)
    return int(found[1]), found[2]


def open_up(pdf, at):
    """The document with its update, before and behind the signature's digits. As reportlab writes
    it: plain objects and one table."""
    size, before = int(re.findall(rb"/Size (\d+)", pdf)[-1]), re.findall(rb"startxref\n(\d+)", pdf)
    catalog, catalog_body = find_object(pdf, rb"/Type /Catalog")
    page, page_body = find_object(pdf, rb"/Type /Page")
    objects = {
        page: b"<<\n%s /Annots [%d 0 R]\n>>" % (page_body, size + 1),
        catalog: b"<<\n%s /AcroForm << /Fields [%d 0 R] /SigFlags 3 >>\n>>"
                 % (catalog_body, size + 1),
        size + 1: b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (signature) /V %d 0 R /F 132 "
                  b"/Rect [0 0 0 0] /P %d 0 R >>" % (size, page),
    }
    places, out = {}, pdf
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    places[size] = len(out)
    head = out + (b"%d 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached"
                  b" /M (D:%s+08'00') /Contents " % (size, f"{at:%Y%m%d%H%M%S}".encode()))
    end = b" >>\nendobj\n"
    gap = DIGITS + 2
    where = b" /ByteRange [0 %010d %010d %010d]"
    table = len(head) + gap + len(where % (0, 0, 0)) + len(end)
    rows = b"".join(b"%d 1\n%010d 00000 n \n" % (n, places[n]) for n in sorted(places))
    end += (b"xref\n%strailer\n<< /Size %d /Root %d 0 R /Prev %s >>\nstartxref\n%d\n%%%%EOF\n"
            % (rows, size + 2, catalog, before[-1], table))
    length = len(where % (0, 0, 0)) + len(end)
    return head, where % (len(head), len(head) + gap, length) + end


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    Signer(sys.argv[1])
