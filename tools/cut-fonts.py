#!/usr/bin/python3
"""Fonts for the printed pages, cut to size: `cut-fonts.py OUT_FOLDER`.

A page's cost follows the size of the font files that it touches, so the characters that nearly
every page needs (GB/T 2312, Latin, punctuation) stand in small files, and the rare ones in others,
which are opened only when a text has them. Shared parts of outlines are taken apart, or a page
would carry all of them:

    serif.otf  serif-bold.otf  mono.ttf     every page
    serif-rest.otf  symbols.ttf             names such as 喆, characters such as 䶮 and 𠮷; ☑
    han-rest.ttf                            what Noto Serif CJK SC does not have
"""
import re
import subprocess
import sys
from pathlib import Path

NOTO = "/usr/share/fonts/opentype/noto/NotoSerifCJK-{}.ttc"
NOTO_SC = 2  # of the five faces in the collection
MONO = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
SYMBOLS = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
HAN = "/usr/share/fonts/truetype/babelstone/BabelStoneHan.ttf"
IDEOGRAPHS = set(range(0x3400, 0xA000)) | set(range(0xF900, 0xFB00)) | set(range(0x20000, 0x38000))
SYMBOL_BLOCKS = set(range(0x2000, 0x2C00)) | set(range(0x1F300, 0x1F700))


def decodable(name):
    found = set()
    for high in range(0x81, 0xFF):
        for low in range(0x40, 0xFF):
            try:
                text = bytes([high, low]).decode(name)
            except UnicodeDecodeError:
                continue
            found |= {ord(c) for c in text}
    return found


def covered(path, face=0):
    """The code points that a font has, from fontconfig: "20-7e a0 …" in hexadecimal."""
    out = subprocess.run(["fc-query", "--index", str(face), "-f", "%{charset}", path], check=True,
                         capture_output=True, text=True).stdout
    points = set()
    for first, last in re.findall(r"([0-9a-f]+)(?:-([0-9a-f]+))?", out):
        points |= set(range(int(first, 16), int(last or first, 16) + 1))
    return points


def cut(source, face, points, out):
    listed = out.with_suffix(".txt")
    listed.write_text(",".join(f"{p:x}" for p in sorted(points)))
    subprocess.run(["hb-subset", f"--face-index={face}", f"--unicodes-file={listed}",
                    "--layout-features=", "--no-hinting", "--desubroutinize",
                    f"--output-file={out}", source],
                   check=True, stdin=subprocess.DEVNULL)
    listed.unlink()
    if not out.stat().st_size:
        sys.exit(f"{out} is empty")


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for path in (NOTO.format("Regular"), NOTO.format("Bold"), MONO, SYMBOLS, HAN):
        if not Path(path).exists():
            sys.exit(f"{path} is missing: run tools/install-deps.sh")
    latin = set(range(0x20, 0x7F)) | set(range(0xA0, 0x100))
    common = latin | decodable("gb2312") | (decodable("gbk") - IDEOGRAPHS) | {0x3007}
    noto = covered(NOTO.format("Regular"), NOTO_SC)
    cut(NOTO.format("Regular"), NOTO_SC, common & noto, out / "serif.otf")
    cut(NOTO.format("Bold"), NOTO_SC, common & noto, out / "serif-bold.otf")
    cut(MONO, 0, latin, out / "mono.ttf")
    cut(NOTO.format("Regular"), NOTO_SC, noto - common, out / "serif-rest.otf")
    symbols = covered(SYMBOLS) & SYMBOL_BLOCKS - noto
    cut(SYMBOLS, 0, symbols, out / "symbols.ttf")
    cut(HAN, 0, covered(HAN) - noto - symbols, out / "han-rest.ttf")


if __name__ == "__main__":
    main()
