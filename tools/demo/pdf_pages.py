"""Pages of real text with the glyphs they need embedded, the same bytes each time."""
from functools import lru_cache

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FONT = "/usr/share/fonts/truetype/babelstone/BabelStoneHan.ttf"  # has the rare characters
GREY = (0.4, 0.4, 0.4)


def to_unicode_map(name, subset):
    """As reportlab's own, but characters outside of the BMP become surrogate pairs, as PDF asks."""
    rows = "\n".join(f"<{i:02X}> <{chr(v).encode('utf-16-be').hex().upper()}>"
                     for i, v in enumerate(subset))
    return ("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            f"/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def\n"
            f"/CMapName /{name} def\n/CMapType 2 def\n1 begincodespacerange\n"
            f"<00> <{len(subset) - 1:02X}>\nendcodespacerange\n{len(subset)} beginbfchar\n"
            f"{rows}\nendbfchar\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend")


@lru_cache(maxsize=None)
def load_font():
    ttfonts.makeToUnicodeCMap = to_unicode_map
    font = ttfonts.TTFont("han", FONT)
    # Without this the 40 MB of its outlines are copied for every document.
    font.face.get_table = lru_cache(maxsize=None)(font.face.get_table)
    pdfmetrics.registerFont(font)


@lru_cache(maxsize=None)
def styles():
    load_font()
    body = ParagraphStyle("body", fontName="han", fontSize=10, leading=15.5, wordWrap="CJK")
    return {
        "body": body,
        "title": ParagraphStyle("title", parent=body, fontSize=18, leading=26, alignment=1),
        "head": ParagraphStyle("head", parent=body, fontSize=11.5, leading=18, spaceBefore=3,
                               keepWithNext=1),
        "text": ParagraphStyle("text", parent=body, firstLineIndent=20),
        "small": ParagraphStyle("small", parent=body, fontSize=8.5, leading=12, textColor=GREY),
    }


def paragraph(text, style="body"):
    return Paragraph(text, styles()[style])


def gap(millimetres):
    return Spacer(1, millimetres * mm)


def table(rows, widths=(30, 52, 32, 56)):
    cells = [[paragraph(cell) for cell in row] for row in rows]
    return Table(cells, colWidths=[w * mm for w in widths], style=TableStyle([
        ("GRID", (0, 0), (-1, -1), 0.4, GREY), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]))


def footer(canvas, doc):
    canvas.setFont("han", 8)
    canvas.drawCentredString(A4[0] / 2, 12 * mm,
                             f"第 {doc.page} 页 · 演示数据：当事人与号码均为虚构")


def write_pdf(path, title, author, story):
    load_font()
    doc = SimpleDocTemplate(str(path), pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm,
                            topMargin=18 * mm, bottomMargin=20 * mm, invariant=1,
                            title=title, author=author)
    doc.build(story, onFirstPage=footer, onLaterPages=footer)


def yuan_in_words(fen):
    """大写金额： 120000.00 is 壹拾贰万元整."""
    digits, units = "零壹贰叁肆伍陆柒捌玖", ["", "拾", "佰", "仟"]

    def group(n):
        out, zero = "", False
        for place in (3, 2, 1, 0):
            d = n // 10 ** place % 10
            if d == 0:
                zero = out != ""
                continue
            out += ("零" if zero else "") + digits[d] + units[place]
            zero = False
        return out

    yuan, rest = divmod(fen, 100)
    high, low = divmod(yuan, 10000)
    words = group(high) + "万" if high else ""
    if low:
        words += ("零" if high and low < 1000 else "") + group(low)
    words += "元"
    if rest == 0:
        return words + "整"
    jiao, cents = divmod(rest, 10)
    words += digits[jiao] + "角" if jiao else "零"
    return words + (digits[cents] + "分" if cents else "整")
