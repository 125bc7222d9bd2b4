#!/usr/bin/python3
"""Certificates for people from a running bank: the PDF and the evidence package beside each, and
guzheng verify on all three forms."""
import subprocess
import zipfile

from consortium import Checks, Consortium, rows, run


def text_of(pdf):
    return subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True,
                          check=True).stdout


def masked_view(check, chain, made):
    """Nothing personal is in the certificate or on its page; what is, is valid."""
    contract = next(p for p in made if chain.verify(p)[1]["entry"]["kind"] == "loan.contract")
    _, whole = chain.verify(contract)
    out = chain.folder / "masked.gzcert"
    done = run("certificate", "--socket", chain.socket, "--masked", "--pdf", "--vouchers", "-o",
               out, contract.stem)
    status, report = chain.verify(str(out) + ".pdf")
    check("a masked certificate is valid", done.returncode == 0 and status == 0, done.stderr)
    secret = [whole["disclosed"][n] for n in ("borrower.name", "borrower.id_number", "amount",
                                              "contract_no", "borrower.phone")]
    for name in ("masked.gzcert.pdf", "masked.gzcert.note.pdf", "masked.gzcert.repayments.pdf"):
        text = text_of(chain.folder / name).replace("\n", "")
        check(f"{name}: nothing personal, and it says so", "遮盖视图" in text
              and not [s for s in secret if s in text], text)
    check("nor in what is attached", report["disclosed"]["rate"] == whole["disclosed"]["rate"]
          and not set(secret) & set(map(str, report["disclosed"].values())), report)
    text = text_of(str(out) + ".pdf")
    check("the page shows the masks", whole["disclosed"]["contract_no"][-6:] in text
          and "不能用本证书核验" in text, text)
    both = run("certificate", "--socket", chain.socket, "--masked", "--all", contract.stem)
    check("not with all", both.returncode == 2)


def main():
    check = Checks()
    with Consortium() as chain:
        chain.start_all()
        folder, _ = chain.batch(loans=2)
        chain.submit(folder)
        out = chain.folder / "issued"
        done = run("certificate", "--socket", chain.socket, "--all", "--every", "--pdf",
                   "--package", "-o", out)
        made = sorted(out.glob("*.gzcert"))
        check("every record in three forms", done.returncode == 0 and len(made) == rows(folder)
              and all((out / (p.name + end)).exists() for p in made for end in (".pdf", ".zip")),
              done.stderr)
        with_original = next(p for p in made if (out / "files" / p.stem).exists())
        original = next((out / "files" / with_original.stem).iterdir())
        for end, files in (("", [original]), (".pdf", [original]), (".zip", [])):
            status, report = chain.verify(str(with_original) + end, *files)
            check(f"{end or '.gzcert'} is valid", status == 0 and report["result"] == "valid",
                  report)
        _, report = chain.verify(with_original, original)
        page = text_of(str(with_original) + ".pdf")
        check("the page says what the certificate discloses", all(
            value in page.replace("\n", "") for name, value in report["disclosed"].items()
            if isinstance(value, str) and len(value) < 30), (report["disclosed"], page))
        with zipfile.ZipFile(str(with_original) + ".zip") as package:
            names = sorted(package.namelist())
            check("the package holds certificate, page and originals", names == sorted(
                ["certificate.gzcert", "certificate.pdf", f"files/{original.name}"]), names)
            check("byte for byte", package.read("certificate.gzcert")
                  == with_original.read_bytes()
                  and package.read(f"files/{original.name}") == original.read_bytes())
        before = {p: p.read_bytes() for p in out.iterdir() if p.is_file()}
        run("certificate", "--socket", chain.socket, "--all", "--every", "--pdf", "--package",
            "-o", out)
        check("again: the same bytes", before == {p: p.read_bytes() for p in out.iterdir()
                                                  if p.is_file()})
        masked_view(check, chain, made)
        refused = run("certificate", "--socket", chain.socket, "--pdf", with_original.stem)
        check("a PDF needs a place", refused.returncode == 2 and "-o" in refused.stderr)
    check.finish()


if __name__ == "__main__":
    main()
