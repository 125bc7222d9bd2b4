"""Signs PDFs by pyHanko, in an environment that has it: `pyhanko_sign.py IN KEY CERT OUT KIND`."""
import sys
from pathlib import Path

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter


def sign(source, target, key, certificate, sub_filter, field, visible):
    signer = signers.SimpleSigner.load(key, certificate)
    with open(source, "rb") as data, open(target, "wb") as out:
        box = (20, 20, 220, 80) if visible else None
        signers.PdfSigner(
            signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256",
                                         reason="合同签署", subfilter=sub_filter),
            signer=signer,
            new_field_spec=SigFieldSpec(field, box=box)).sign_pdf(
                IncrementalPdfFileWriter(data), output=out)


def main():
    source, key, certificate, target, kind = sys.argv[1:]
    filters = {"adobe": SigSeedSubFilter.ADOBE_PKCS7_DETACHED, "pades": SigSeedSubFilter.PADES}
    if kind in filters:
        sign(source, target, key, certificate, filters[kind], "Sig1", kind == "pades")
        return
    between = Path(target).with_suffix(".once")
    sign(source, between, key, certificate, filters["adobe"], "Sig1", True)
    sign(between, target, key, certificate, filters["pades"], "Sig2", False)


if __name__ == "__main__":
    main()
