"""Invented borrowers with real check digits. Region 379999 does not exist, nor does any of them."""
from dataclasses import dataclass

REGION = "379999"
CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: no I, O, S, V, Z

# Family and given names, rare characters among them on purpose (𠮷 is outside of the BMP).
FAMILIES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
GIVENS = ["建国", "秀兰", "志强", "桂英", "晓东", "雅静", "子涵", "永𠮷", "䶮", "国栋", "春燕", "海涛", "玉珍",
          "文博", "丽华", "德𠮷", "振宇", "红梅", "一鸣", "思远", "爱民", "淑芬", "嘉懿", "䶮之"]
LONG_NAMES = ["阿依古丽·买买提", "迪力夏提·吐尔逊", "古丽娜尔·阿不都热依木", "扎西·次仁", "巴特尔·额尔敦"]
TOWNS = ["云汀市", "澜屿县", "青棠市", "白鹭县", "石榴峪区"]
WORDS = ["𠮷祥", "恒润", "宏图", "鑫源", "海右", "金䶮", "瑞丰", "同舟", "泉韵", "百味", "锦程", "绿源", "安泰", "众诚"]
TRADES = ["机械", "食品", "物流", "纺织", "建材", "园艺", "电子", "包装", "水产", "家具"]
SHOPS = ["面馆", "便利店", "五金店", "水果店", "汽修厂", "理发店", "农资店", "服装店"]


def id_number(region, birth, order):
    """GB 11643: the last character by MOD 11-2."""
    body = f"{region}{birth}{order:03d}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(int(c) * w for c, w in zip(body, weights))
    return body + "10X98765432"[total % 11]


def organisation_code(eight):
    """GB 11714: the ninth character by MOD 11."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    total = sum(digits.index(c) * w for c, w in zip(eight, [3, 7, 9, 10, 5, 8, 4, 2]))
    return eight + "0123456789X0"[(11 - total % 11)]


def credit_code(kind, region, eight):
    """GB 32100: department 9, kind 1 (firm) or 2 (sole trader), last character by MOD 31."""
    body = f"9{kind}{region}{organisation_code(eight)}"
    total = sum(CODE_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + CODE_ALPHABET[(31 - total % 31) % 31]


@dataclass
class Party:
    kind: str        # 小微企业 or 个体工商户
    name: str        # as in the contract
    person: str      # legal representative or operator
    id_number: str   # of the person
    credit_code: str
    phone: str
    town: str


def person_name(rng):
    if rng.random() < 0.08:
        return rng.choice(LONG_NAMES)
    return rng.choice(FAMILIES) + rng.choice(GIVENS)


def make_party(rng, number):
    """The number makes ID number, code and phone unique in a batch."""
    firm = rng.random() < 0.55
    town = rng.choice(TOWNS)
    word = rng.choice(WORDS)
    if firm:
        name = f"{town}{word}{rng.choice(TRADES)}有限公司"
    else:
        name = f"{town}{word}{rng.choice(SHOPS)}"
    birth = f"{rng.randint(1962, 2001)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    eight = "MA" + "".join(rng.choice("0123456789ABCDEFGHJK") for _ in range(2)) + f"{number:04d}"
    return Party(
        kind="小微企业" if firm else "个体工商户",
        name=name,
        person=person_name(rng),
        id_number=id_number(REGION, birth, number % 1000),
        credit_code=credit_code("1" if firm else "2", REGION, eight),
        phone=f"154{rng.randint(0, 9999):04d}{number:04d}",  # a range that no operator gives out
        town=town)
