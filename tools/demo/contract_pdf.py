"""A loan contract as a PDF: a page of real text with the glyphs it needs embedded."""
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FONT = "/usr/share/fonts/truetype/babelstone/BabelStoneHan.ttf"
LENDER = "鲁商示范银行股份有限公司云汀分行"


def to_unicode_map(name, subset):
    """As reportlab's own, but characters outside of the BMP become surrogate pairs, as PDF asks."""
    rows = "\n".join(f"<{i:02X}> <{chr(v).encode('utf-16-be').hex().upper()}>"
                     for i, v in enumerate(subset))
    return ("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            f"/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def\n"
            f"/CMapName /{name} def\n/CMapType 2 def\n1 begincodespacerange\n"
            f"<00> <{len(subset) - 1:02X}>\nendcodespacerange\n{len(subset)} beginbfchar\n"
            f"{rows}\nendbfchar\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend")


def load_font():
    ttfonts.makeToUnicodeCMap = to_unicode_map
    pdfmetrics.registerFont(ttfonts.TTFont("han", FONT))


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


def clauses(loan):
    party = loan.party
    return [
        ("第一条 借款金额与用途",
         f"贷款人向借款人提供流动资金借款，合同金额人民币（大写）{yuan_in_words(loan.amount_fen)}"
         f"（¥{loan.amount_fen / 100:,.2f}）。借款仅用于借款人日常生产经营周转，不得用于股票、期货、房地产投资。"),
        ("第二条 借款期限",
         f"自 {loan.start} 起至 {loan.end} 止。借款人可在额度与期限内分次提款，每次以借据为准。"),
        ("第三条 利率与计息",
         f"年利率（单利）{loan.rate_percent}%。按实际用款天数计息，日利率=年利率÷360;"
         "逾期部分自逾期之日起按约定利率加收百分之五十计收罚息。"),
        ("第四条 还款方式",
         f"{loan.repayment}。还款按先息后本的次序清偿；借款人可提前还款，不收违约金。"),
        ("第五条 借款人的陈述与保证",
         "借款人提供的营业执照、身份证明、经营流水真实、合法、有效；发生停业、歇业、重大诉讼或经营地址变更的，"
         "应在五日内书面告知贷款人。"),
        ("第六条 违约与提前到期",
         "借款人未按期足额还本付息，或将借款挪作他用的，贷款人可宣布借款提前到期，并要求借款人承担实现债权的"
         "合理费用（包括诉讼费、保全费、律师费）。"),
        ("第七条 送达地址",
         f"借款人确认手机号 {party.phone} 与营业执照登记地址为催收及诉讼文书的送达地址，适用于"
         "一审、二审、再审及执行程序；地址变更未通知的，按原地址送达视为送达。"),
        ("第八条 电子数据存证",
         "双方同意：本合同及放款、还款记录在发生时以数字指纹方式存证，原文由贷款人保管，借款人可随时"
         "取得存证证书自行核验。存证内容不含可识别个人的明文信息。"),
        ("第九条 争议解决",
         "因本合同产生的争议，双方协商不成的，由贷款人住所地有管辖权的人民法院管辖。"),
        ("第十条 生效",
         "本合同自双方以可靠电子签名签署之日起生效。电子数据与纸质文本具有同等效力。"),
    ]


def styles():
    body = ParagraphStyle("body", fontName="han", fontSize=10, leading=15.5, wordWrap="CJK")
    return {
        "body": body,
        "title": ParagraphStyle("title", parent=body, fontSize=18, leading=26, alignment=1),
        "head": ParagraphStyle("head", parent=body, fontSize=11.5, leading=18, spaceBefore=3),
        "text": ParagraphStyle("text", parent=body, firstLineIndent=20),
        "small": ParagraphStyle("small", parent=body, fontSize=8.5, leading=12),
    }


def table(rows, style):
    cells = [[Paragraph(cell, style) for cell in row] for row in rows]
    return Table(cells, colWidths=[30 * mm, 52 * mm, 32 * mm, 56 * mm], style=TableStyle([
        ("GRID", (0, 0), (-1, -1), 0.4, (0.4, 0.4, 0.4)),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]))


def footer(canvas, doc):
    canvas.setFont("han", 8)
    canvas.drawCentredString(A4[0] / 2, 12 * mm,
                             f"第 {doc.page} 页 · 演示数据：当事人与号码均为虚构")


def write_contract(loan, path):
    s = styles()
    party = loan.party
    firm = party.kind == "小微企业"
    story = [
        Paragraph("小微企业流动资金借款合同" if firm else "个体工商户经营性借款合同", s["title"]),
        Spacer(1, 3 * mm),
        table([
            ["合同编号", loan.number, "签署时间", loan.signed_text],
            ["贷款人", LENDER, "借款人", party.name],
            ["法定代表人" if firm else "经营者", party.person, "身份证号码", party.id_number],
            ["统一社会信用代码", party.credit_code, "手机号", party.phone],
        ], s["body"]),
        Spacer(1, 3 * mm),
    ]
    for head, text in clauses(loan):
        story += [Paragraph(head, s["head"]), Paragraph(text, s["text"])]
    story += [
        Spacer(1, 5 * mm),
        Paragraph(f"贷款人（电子签章）：{LENDER}", s["body"]),
        Paragraph(f"借款人（电子签名）：{party.name} {party.person}", s["body"]),
        Paragraph(f"签署时间：{loan.signed_text}", s["body"]),
    ]
    doc = SimpleDocTemplate(str(path), pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm,
                            topMargin=18 * mm, bottomMargin=20 * mm, invariant=1,
                            title=f"借款合同 {loan.number}", author=LENDER)
    doc.build(story, onFirstPage=footer, onLaterPages=footer)
