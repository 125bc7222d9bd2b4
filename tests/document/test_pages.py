#!/usr/bin/python3
"""Pages of any text: rare characters, what could deceive, long values: `test_pages.py MAKER
FONTS`."""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

MAKER, FONTS = sys.argv[1], sys.argv[2]
failed = 0


def check(what, truth, detail=""):
    global failed
    print(("ok   " if truth else "FAIL ") + what + ("" if truth else f"  {detail}"))
    failed += not truth


def run(*arguments, fonts=FONTS):
    return subprocess.run([str(a) for a in arguments], capture_output=True, timeout=100,
                          stdin=subprocess.DEVNULL, check=False,
                          env={**os.environ, "GUZHENG_FONTS": str(fonts)})


def make(out, text, copies=1, fonts=FONTS):
    return run(MAKER, out, text, copies, fonts=fonts).returncode


def text_of(pdf):
    return re.sub(r"\s+", "", run("pdftotext", "-layout", pdf, "-").stdout.decode())


def characters(folder):
    out = folder / "page.pdf"
    for what, text in [("a name with a rare character", "𠮷野䶮"), ("of GBK", "喆堃镕赟"),
                       ("of extension B and later", "𫍽𰻝𬎆㐂"), ("with a middle dot", "阿·买买提"),
                       ("ticks and boxes", "☑☐□✓"), ("letters", "Ænøther Ünit №5 ≤ 3 ℃"),
                       ("full width", "ＡＢ１２（）")]:
        check(what + ": made", make(out, text) == 0)
        found = text_of(out)
        check(what + ": the text is that of the page", text.replace(" ", "") in found, found)
        fonts = run("pdffonts", out).stdout.decode().splitlines()[2:]
        check(what + ": every font is cut and embedded",
              all(" yes yes yes" in f for f in fonts), fonts)


def what_could_deceive(folder):
    out = folder / "page.pdf"
    for what, text, shown in [("a turned direction", "a\u202e001", "a\\u{202e}001"),
                              ("nothing to see", "a\u200bb", "a\\u{200b}b"),
                              ("a control character", "a\u0085b", "a\\u{85}b"),
                              ("in no font", "a\U00012000b", "a\\u{12000}b"),
                              ("markup", "<b>&amp;</b>", "<b>&amp;</b>")]:
        make(out, text)
        check(what + " is written out", shown in text_of(out), text_of(out))


def long_values(folder):
    out, text = folder / "page.pdf", "这是一段很长的内容，要分到许多页上。"
    check("forty pages are made", make(out, text, 5000) == 0)
    found = text_of(out)
    pages = int(re.search(r"共(\d+)页", found)[1])
    check("each page says which it is", all(f"第{n}页共{pages}页" in found
                                            for n in range(1, pages + 1)), pages)
    body = re.sub(r"foot第\d+页共\d+页", "", found)
    check("nothing is lost between them", body.count(text) >= 5000, body.count(text))
    check("a word without end is split", make(out, "x" * 3000) == 0
          and "x" * 3000 in re.sub(r"foot第\d+页共\d+页", "", text_of(out)))
    check("an empty value", make(out, "") == 0 and "字段" in text_of(out))


def reproducible(folder):
    one, other = folder / "one.pdf", folder / "other.pdf"
    make(one, "𠮷野 100.00")
    make(other, "𠮷野 100.00")
    check("same text, same bytes", one.read_bytes() == other.read_bytes())
    check("no date of making", b"CreationDate" not in one.read_bytes())


def fonts_are_missing(folder):
    """Without the files of rare characters those are written out; without the others it says so."""
    some = folder / "fonts"
    some.mkdir()
    for name in ("serif.otf", "serif-bold.otf", "mono.ttf"):
        (some / name).symlink_to(Path(FONTS) / name)
    out = folder / "page.pdf"
    check("made without rare characters", make(out, "甲𠮷", fonts=some) == 0)
    check("they are written out", "甲\\u{20bb7}" in text_of(out), text_of(out))
    check("no font at all: refused", make(out, "甲", fonts=folder / "none") == 1)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for test in (characters, what_could_deceive, long_values, reproducible, fonts_are_missing):
            test(folder)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
