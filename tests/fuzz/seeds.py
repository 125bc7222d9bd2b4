#!/usr/bin/python3
"""Seeds for the fuzz targets from the vectors: `seeds.py FOLDER` writes FOLDER/<target>/…"""
import base64
import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
DATA = Path(__file__).resolve().parents[2] / "data"
OUT = Path(sys.argv[1])


def put(target, content):
    folder = OUT / target
    folder.mkdir(parents=True, exist_ok=True)
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def from_proof(proof):
    head, note = proof.split("\n\n", 1)
    path = "".join(line + "\n" for line in head.split("\n")[2:])
    put("note", note)
    put("checkpoint", note)
    put("checkpoint", note.split("\n\n", 1)[0] + "\n")
    put("cosign", f"old 0\n\n{note}")
    put("cosign", f"old 7\n{path}\n{note}")


def from_certificate(path):
    raw = path.read_bytes()
    put("certificate", raw)
    put("json", raw)
    try:
        certificate = json.loads(raw)
        put("entry", unb64(certificate["entry"]))
        for disclosure in certificate["disclosures"]:
            put("disclosure", disclosure)
            put("json", unb64(disclosure))
        put("proof", certificate["proof"])
        from_proof(certificate["proof"])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError,
            RecursionError):
        return  # a bad certificate on purpose


# What stands in a snapshot between the genesis's hash and the sum: an empty tree; a tree of one.
EMPTY_STATE = (0).to_bytes(8, "big") + (1).to_bytes(8, "big") + (0).to_bytes(16, "big")
# Freeze b, suspend b with an engine key, close policy 1; vote yes; withdraw.
GOVERNANCE = [b"\x22\x05\x08\x07\x12\x01b",
              b"\x22\x27\x08\x02\x12\x01b\x2a\x20" + bytes(32),
              b"\x22\x09\x08\x06\x30\x01\x38\x01\x42\x01p",
              b"\x2a\x04\x08\x01\x10\x01", b"\x32\x02\x08\x01"]
TILES = ["0/000", "7/999.p/255", "entries/x001/x234/067", "1/x123/456.p/1"]


def varint(v):
    return bytes([v & 0x7f | 0x80]) + varint(v >> 7) if v > 0x7f else bytes([v])


def served(first, wire):
    return varint(first) + varint(len(wire)) + wire


def genesis(suite):
    rows = json.loads((VECTORS / "submissions.json").read_text(encoding="utf-8"))
    row = next(r for r in rows if r["suite"] == suite and r["status"] == 200)
    key = row["submission_vkey"]
    return json.dumps({
        "type": "guzheng/genesis/v1", "origin": row["origin"], "suite": suite,
        "created_at": "2026-01-02T03:04:05Z",
        "organisations": [{"name": key.split("+")[0], "role": "bank", "submission": key,
                           "receipt": None, "from_index": 0, "until_index": None}],
        "policy": (VECTORS / f"{suite}.policy").read_text(), "continues": None}).encode()


BATCHES = [
    "事件编号|合同编号|客户类型|借款人名称|证件类型|证件号码|统一社会信用代码|手机号|合同金额|年利率|起始日|"
    "到期日|还款方式|签署时间|合同文件\n"
    "C1|L1|小微企业|永𠮷·䶮|居民身份证|11010519491231002X|91350100M000100Y43|15400000001|120000.00|"
    "4.35|2026-11-25|2027-11-25|等额本息|2026-11-25 10:00:00|files/a.pdf\n"
    "C2|L1|企业|甲|居民身份证|11010519491231002X||15400000001|1,000.00|4.35%|2026-02-29|"
    "0000-00-00|x|2026-11-25 10:00:00|../a.pdf",
    "事件编号|合同编号|借据编号|放款金额|放款时间|收款账号|年利率|到期日\r\n"
    "D1|L1|J1|100.00|2026-11-25 10:00:00|6200000000000000|4.35|2027-11-25\r\n"
    "D2|1.2E+17|１|-1.00|2026-11-25 24:00:00|62|100.5|2027-11-31\r\n",
    "事件编号|余额|合同编号|借据编号|还款时间|还本金额|还息金额|罚息金额\n"
    "R1|900.00|L1|J1|2026-11-25 10:00:00|100.00|1.00|0.00\n\nR2|900.00|L1|J1\n",
]


SAMPLES = ["password=Abc12345", "您的验证码是123456", "CVV: 123", ";6222021234567890128=27122200012?",
           "山东省济南市历下区泉城路1号", "买买提·艾力", "[-0.1234, 0.5678, 0.9999]", "a@b.cn"]


PART = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n%s\r\n%s\r\n'


REPAYMENT = {"event_number": "E1", "source": "core", "kind": "loan.repayment", "matter": "L-1",
             "fields": {"contract_no": "L-1", "note_no": "J-1", "principal": "1000.00",
                        "occurred_at": "2026-03-05T09:30:00+08:00", "interest": "10.00",
                        "penalty": "0.00", "balance": "9000.00"}}
ORIGINAL = {"field": "file/1", "name": "a.pdf"}


def items():
    yield REPAYMENT
    yield {**REPAYMENT, "corrects": "E0", "files": []}
    for more in ({"part": "p1"},
                 {"content_base64": "JVBERi0xLjQ=", "media_type": "application/pdf"}):
        yield {**REPAYMENT, "kind": "loan.contract", "files": [{**ORIGINAL, **more}]}
    fields = {"contract_no": "L-1", "corrects": "E1", "field": "amount", "value": "1",
              "reason": "x", "occurred_at": "2026-03-05 09:30:00"}
    yield {**REPAYMENT, "kind": "evidence.correction", "corrects": "E1", "fields": fields}


def from_callers():
    for item in items():
        put("json_item", json.dumps(item, ensure_ascii=False).encode())
        put("json_item", json.dumps(item, indent=1).encode())
    pdf = b"Content-Type: application/pdf\r\n"
    for body in (b"--b--\r\n", PART % (b"item", b"", b"{}") + b"--b--",
                 PART % (b"item", b"Content-Type: application/json\r\n", b"{}")
                 + PART % (b"p1", pdf, b"%PDF-1.4\r\n--c\r\n") + b"--b--\r\n",
                 PART % (b"a", b"Content-Transfer-Encoding: binary\r\n", b"") + b"--b"):
        put("multipart", b"multipart/form-data; boundary=b\n" + body)
        put("multipart", b'multipart/form-data; x="a\\"b" ; boundary="b"\n' + body)


ROWS = [
    (0, "id|@a|@b|@c/d|@c/@e|@f\nE1|@ １ |@12,000|@20261125|@01|@0012\n"),
    (17, "id,a,b,c/d,c/@e,f\r\nE1,\"x\"\"y\",5,20261125,2,0000\r\nT,1,0.05\r\n"),
    (25, "id,a,b,c/d,c/@e,f\nE1,\"x\ny\",500,,01,\nT,1,500\n"),
    (2, '{"id":"E1","a":" x ","b":"1,000","c":{"d":"20261125","@e":"01"},"f":"1234"}\n'),
    (3, '<?xml version="1.0" encoding="utf-8"?><r><head><x/></head><row id="1"><g>a<b/></g>'
        '<id>E1</id><a>&lt;</a><b>5</b>'
        '<c e="01"><d>20261125</d></c><f><![CDATA[1234]]></f></row></r>'),
    (26, "rows=1\nsum=5\n"),
]


def from_bank():
    for first, text in ROWS:
        put("rows", bytes([first]) + text.encode())
        put("rows", bytes([first | 4]) + text.encode("gb18030"))
    for text in SAMPLES:
        put("tripwire", text)
    for text in BATCHES:
        put("batch", text)
        put("batch", text.encode("gb18030"))
    for path in sorted(DATA.glob("*/*.yaml")):
        put("mapping", path.read_bytes())
        put("yaml", path.read_bytes())
    put("yaml", "a: [1, {b: 'c'}]\nd: |\n  x\n  y\n? e\n: f\na: \"\\u4e00\"\n")


def pdf_with(content):
    """A small PDF with one embedded file."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names "
               b"[(certificate.gzcert) 4 0 R] >> >> >>",
               b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
               b"<< /Type /Filespec /F (certificate.gzcert) /EF << /F 5 0 R >> >>",
               b"<< /Type /EmbeddedFile /Length %d >>\nstream\n%s\nendstream"
               % (len(content), content)]
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
                  b"startxref\n%d\n%%%%EOF\n"
                  % (len(objects) + 1, table, len(objects) + 1, len(out)))


def abci_requests():
    """A stream as the engine sends it: info, a check, a proposal, a block, commit, flush."""
    def field(number, content):
        return varint(number << 3 | 2) + varint(len(content)) + content

    def message(number, content):
        whole = field(number, content)
        return varint(len(whole)) + whole

    tx = field(1, b"\x0a\x03abc\x12\x02de")
    txs = field(2, b"one") + field(2, b"two") + b"\x08\x80\x80\x40\x28\x07"
    block = field(1, b"one") + field(4, bytes(32)) + b"\x28\x07"
    init = field(2, b"guzheng") + field(5, b'"00"') + b"\x30\x01"
    return [message(3, field(1, b"0.38.26")), message(5, init), message(8, tx + b"\x10\x01"),
            message(16, txs), message(17, block), message(20, block), message(11, b""),
            message(2, b"")]


def package_of(pdf, certificate):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("certificate.gzcert", certificate)
        package.writestr("certificate.pdf", pdf)
        package.writestr("files/1-contract.pdf", b"%PDF-1.4 contract")
    return packed.getvalue()


def from_forms():
    certificate = (VECTORS / "gm-003.gzcert").read_bytes()
    pdf = pdf_with(certificate)
    put("pdf", pdf)
    put("pdf", (VECTORS / "gm-contract-0.pdf").read_bytes())
    put("package", package_of(pdf, certificate))
    put("package", package_of(pdf, certificate + b" "))


# A whole signed PDF takes openssl to make; these have its form.
SIGNED = (b"%%PDF-1.7\n9 0 obj\n<< /Type /Sig /SubFilter /adbe.pkcs7.detached /M "
          b"(D:20261125093000+08'00') /Contents <%s>/ByteRange [0 %d %d %d] >>\nendobj\n")


def from_signatures():
    for cms in (b"", b"3000", b"30820102" + b"00" * 40, b"308006092a864886f70d010702a0803080020101"
                b"310f300d06096086480165030402010500308006092a864886f70d01070100000000"):
        start = SIGNED.index(b"<%s>") - 1  # "%%" is one byte
        put("pdf_signature", SIGNED % (cms, start, start + len(cms) + 2, 33))
        put("pdf_signature", SIGNED % (cms, start, start + len(cms) + 2, 99))
    put("pdf_signature", (VECTORS / "gm-contract-0.pdf").read_bytes())


def main():
    from_callers()
    from_signatures()
    for path in sorted(VECTORS.rglob("*.gzcert")):
        from_certificate(path)
    for pattern in ("*policy*", "*history*.json"):
        for path in sorted(VECTORS.rglob(pattern)):
            put("policy", path.read_bytes())
            for word in path.read_bytes().split():
                if word.count(b"+") >= 2 and len(word) < 400:
                    put("key", word)
    for path in sorted(VECTORS.rglob("submissions.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            put("submission", bytes.fromhex(row["submission"]))
            put("stream", served(0, bytes.fromhex(row["submission"])))
            put("key", row["submission_vkey"])
    for suite in ("gm", "intl"):
        put("genesis", genesis(suite))
        put("ledger", genesis(suite) + b"\n" + EMPTY_STATE)
    put("ledger", b"\n")  # an empty genesis
    for path in TILES:
        put("tile", path)
    for inside in GOVERNANCE:
        body = b"\x0a\x01a\x12\x04\0\0\0\0\x18\x01" + inside
        put("governance_wire", b"\x1a" + varint(len(body)) + body + b"\x22\x40" + bytes(64))
    put("receipt", "guzheng/receipt/v1\nguzheng/test\nccb.sd\n" + "Bwc" * 14 + "w\n"
        "2026-11-25T09:30:00.000+08:00\n2026-11-25T10:30:00.000Z\n\n"
        "\u2014 ccb.sd " + base64.b64encode(bytes(68)).decode() + "\n")
    order = ('{"type":"guzheng/destroy-order/v1","organisation":"ccb.sd","record":"01a2130e",\n'
             '"reason":"r","ground":"g","retention_until":"2026-01-31","no_legal_hold":true,'
             '"no_open_grievance":true}\n')
    put("order", order)
    put("order", order.replace('"record":"01a2130e"', '"matter":"q2tlyc3Mhx8bXUtBEzmEZQ"'))
    put("order", order + "\n\u2014 op.a " + base64.b64encode(bytes(68)).decode() + "\n")
    for request in abci_requests():
        put("abci", request)
    put("abci", b"".join(abci_requests()))
    from_bank()
    from_forms()
    for target in sorted(OUT.iterdir()):
        print(f"  {target.name}: {len(list(target.iterdir()))} seeds")


if __name__ == "__main__":
    main()
