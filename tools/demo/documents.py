"""What the parties sign and what the bank sends: the loan contract, an authorisation, a notice."""
from loans import LENDER, REPAY_DAY, percent, time_text
from parties import FIRM, OWNER
from pdf_pages import gap, paragraph, table, write_pdf, yuan_in_words

SURCHARGES = {30: "三十", 50: "五十"}
NUMBERS = "一二三四五六七八九十"


def money(fen):
    return f"人民币（大写）{yuan_in_words(fen)}（¥{fen // 100:,}.{fen % 100:02d}）"


def ordinal(n):
    return NUMBERS[n - 1] if n <= 10 else "十" + NUMBERS[n - 11]


# --- the contract ---------------------------------------------------------------------------------

def interest_clause(loan):
    later = ("按借款期内的利率、借款到期后按罚息利率计收复利" if loan.compounds
             else "不计收复利")
    return (f"年利率（单利）{percent(loan.rate)}%。利息按实际用款天数计算，算头不算尾，日利率=年利率÷{loan.base}；"
            f"结息日为每月{REPAY_DAY - 1}日，次日付息，末次付息日为借款到期日。每笔应付款项四舍五入至分。"
            f"逾期本金自逾期之日起按约定利率加收百分之{SURCHARGES[loan.surcharge]}计收罚息，即年利率"
            f"{percent(loan.penalty_rate)}%；对未按期支付的期内利息，{later}。")


def guarantee_clause(loan):
    if loan.guarantor is None:
        return "本合同项下借款为信用借款，无保证人、抵押物或质押物。"
    g = loan.guarantor
    return (f"{g.name}（居民身份证 {g.id_number}，手机号 {g.phone}）为本合同项下全部债务提供连带责任保证，"
            "保证期间为主债务履行期限届满之日起三年。")


def clauses(loan):
    return [
        ("借款金额与用途",
         f"贷款人向借款人提供循环额度{money(loan.amount_fen)}。借款仅用于{loan.purpose}，"
         "不得用于股票、期货、房地产投资。"),
        ("借款期限",
         f"额度有效期自 {loan.start} 起至 {loan.end} 止。借款人可在额度与期限内分次支用，还清的部分可再次支用；"
         "每次支用的金额、期限、还款方式以借据为准。"),
        ("利率与计息", interest_clause(loan)),
        ("还款方式",
         f"一般采用{loan.method}；各笔以借据载明的为准。还款依次清偿利息、罚息、复利、本金；实现债权的费用优先"
         "受偿。借款人可提前还款，不收违约金。"),
        ("借款人的陈述与保证",
         "借款人提供的营业执照、身份证明、经营流水真实、合法、有效；发生停业、歇业、重大诉讼或经营地址变更的，"
         "应在五日内书面告知贷款人。"),
        ("违约与提前到期",
         "借款人未按期足额还本付息，或将借款挪作他用的，贷款人可宣布借款提前到期，自通知载明之日起全部本金按罚息"
         "利率计息，并要求借款人承担实现债权的合理费用（包括诉讼费、保全费、律师费）。"),
        ("担保", guarantee_clause(loan)),
        ("送达地址",
         f"借款人确认手机号 {loan.party.phone} 与地址 {loan.party.person.address} 为催收及诉讼文书的送达地址，"
         "适用于一审、二审、再审及执行程序，并同意电子送达；地址变更未通知的，按原地址送达视为送达。"),
        ("电子数据存证",
         "双方同意：本合同、授权、支用、放款、还款及催收记录在发生时以数字指纹方式存证，原文由贷款人保管，借款人"
         "可随时取得存证证书自行核验。存证内容不含可识别个人的明文信息。"),
        ("争议解决", "因本合同产生的争议，双方协商不成的，由贷款人住所地有管辖权的人民法院管辖。"),
        ("生效", "本合同自双方以可靠电子签名签署之日起生效。电子数据与纸质文本具有同等效力。"),
    ]


def contract_title(loan):
    return {FIRM: "小微企业流动资金借款合同", OWNER: "小微企业主经营性借款合同"}.get(
        loan.party.kind, "个体工商户经营性借款合同")


def draw_contract(path, loan):
    party, signed = loan.party, time_text(loan.signed)
    role = {FIRM: "法定代表人", OWNER: "名下企业"}.get(party.kind, "经营者")
    beside = party.enterprise.name if party.kind == OWNER else party.person.name
    story = [
        paragraph(contract_title(loan), "title"), gap(3),
        table([
            ["合同编号", loan.number, "签署时间", signed],
            ["产品", loan.product, "贷款人", LENDER],
            ["借款人", party.name, "统一社会信用代码", party.credit_code],
            [role, beside, "身份证号码", party.id_number],
            ["住所", party.person.address if party.kind == OWNER else party.enterprise.address,
             "手机号", party.phone],
        ]), gap(3)]
    for n, (head, text) in enumerate(clauses(loan), 1):
        story += [paragraph(f"第{ordinal(n)}条 {head}", "head"), paragraph(text, "text")]
    story += [gap(5), paragraph(f"贷款人（电子签章）：{LENDER}"),
              paragraph(f"借款人（电子签名）：{party.name} {party.person.name}")]
    if loan.guarantor:
        story.append(paragraph(f"保证人（电子签名）：{loan.guarantor.name}"))
    story.append(paragraph(f"签署时间：{signed}"))
    write_pdf(path, f"借款合同 {loan.number}", LENDER, story)


# --- an authorisation -----------------------------------------------------------------------------

def draw_agreement(path, loan, agreement, person, number, at):
    by_person = agreement.personal or loan.party.kind == OWNER
    name = person.name if by_person else loan.party.name
    story = [
        paragraph(f"{agreement.name}书", "title"), gap(3),
        table([
            ["授权书编号", number, "模板与版本", agreement.template],
            ["授权人", name, "被授权人", LENDER],
            ["身份证号码", person.id_number, "对应合同", loan.number],
        ]), gap(3),
        paragraph("信息范围", "head"), paragraph(agreement.scope, "text"),
        paragraph("处理目的", "head"), paragraph(agreement.purposes, "text"),
        paragraph("信息接收方", "head"), paragraph(agreement.receivers, "text"),
        paragraph("授权条款", "head")]
    story += [paragraph(f"{ordinal(n)}、{text}", "text")
              for n, text in enumerate(agreement.clauses, 1)]
    if agreement.sensitive:
        story += [gap(3), paragraph("■ 本人单独同意上述敏感个人信息的处理。")]
    story += [gap(6), paragraph(f"授权人（电子签名）：{name}"), paragraph(f"签署时间：{at}"),
              gap(4), paragraph(f"文本摘要（SM3）：{agreement.digest}", "small")]
    write_pdf(path, f"{agreement.name}书 {number}", LENDER, story)


# --- a notice -------------------------------------------------------------------------------------

def draw_notice(path, loan, kind, number, note_number, day, fen):
    whole = kind == "宣布提前到期"
    title = "借款提前到期通知书" if whole else "逾期贷款催收通知书"
    why = (f"根据合同第六条，我行宣布上述借款于 {day} 全部提前到期，请立即清偿全部本金、利息、罚息、复利，合计"
           if whole else "上述借款已逾期，请在收到本通知后十日内清偿截至本日应付的本金、利息、罚息、复利，合计")
    people = [loan.party.name] + ([loan.guarantor.name] if loan.guarantor else [])
    story = [
        paragraph(title, "title"), gap(3),
        paragraph(f"编号：{number}"), gap(2),
        paragraph("、".join(people) + "："),
        paragraph(f"您于 {loan.start} 与我行签订《{contract_title(loan)}》（编号 {loan.number}），借据编号 "
                  f"{note_number}。", "text"),
        paragraph(f"{why}{money(fen)}。", "text"),
        paragraph("如有异议，请于收到之日起五日内联系我行核对。逾期仍未清偿的，我行将依法提起诉讼，由此产生的费用由"
                  "您承担。", "text"),
        gap(8), paragraph(LENDER), paragraph(f"{day.year} 年 {day.month} 月 {day.day} 日")]
    write_pdf(path, f"{title} {number}", LENDER, story)
