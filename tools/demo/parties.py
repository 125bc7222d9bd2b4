"""Invented borrowers and guarantors with real check digits, in a region that does not exist."""
from dataclasses import dataclass
from datetime import date, timedelta

from check_digits import CODE_ALPHABET, REGION, card_number, credit_code, id_number

FIRM, TRADER, OWNER = "小微企业", "个体工商户", "小微企业主"
CITY = "山东省云汀市"
DISTRICTS = ["澜屿县", "青棠区", "白鹭县", "石榴峪区", "云汀开发区"]
STREETS = ["同心路", "望海街", "锦绣大道", "槐荫巷", "建设路", "泉韵街", "迎宾路", "创业街"]

# Family and given names, rare characters among them on purpose (𠮷 is outside of the BMP).
FAMILIES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
MEN = ["建国", "志强", "晓东", "永𠮷", "国栋", "海涛", "文博", "德𠮷", "振宇", "一鸣", "思远", "爱民", "䶮", "䶮之"]
WOMEN = ["秀兰", "桂英", "雅静", "子涵", "春燕", "玉珍", "丽华", "红梅", "淑芬", "嘉懿", "若䶮", "𠮷祥"]
LONG_MEN = ["迪力夏提·吐尔逊", "扎西·次仁", "巴特尔·额尔敦", "艾克拜尔·买买提"]
LONG_WOMEN = ["阿依古丽·买买提", "古丽娜尔·阿不都热依木", "其其格·娜仁"]
PEOPLES = {"迪力夏提·吐尔逊": "维吾尔", "艾克拜尔·买买提": "维吾尔", "阿依古丽·买买提": "维吾尔",
           "古丽娜尔·阿不都热依木": "维吾尔", "扎西·次仁": "藏", "巴特尔·额尔敦": "蒙古",
           "其其格·娜仁": "蒙古"}
WORDS = ["𠮷祥", "恒润", "宏图", "鑫源", "海右", "金䶮", "瑞丰", "同舟", "泉韵", "百味", "锦程", "绿源", "安泰", "众诚"]
TRADES = {"机械": "机械设备制造、销售", "食品": "食品生产、食品销售", "物流": "道路货物运输、仓储服务",
          "纺织": "针纺织品生产、销售", "建材": "建筑材料销售", "园艺": "花卉苗木种植、销售",
          "电子": "电子元器件制造", "包装": "包装制品生产、销售", "水产": "水产品加工、冷藏",
          "家具": "家具制造、安装"}
SHOPS = {"面馆": "餐饮服务", "便利店": "食品、日用百货零售", "五金店": "五金产品零售",
         "水果店": "新鲜水果零售", "汽修厂": "机动车修理和维护", "理发店": "理发服务",
         "农资店": "化肥、农用薄膜销售", "服装店": "服装服饰零售"}

BIRTH_FIRST, BIRTH_DAYS = date(1962, 1, 1), 14_600
PERSONS_A_LOAN = 4  # at most: operator or representative, a guarantor, room for two


@dataclass(slots=True)
class Person:
    name: str
    sex: str
    people: str
    birth: date
    id_number: str
    phone: str
    address: str


@dataclass(slots=True)
class Enterprise:
    kind: str  # FIRM or TRADER
    name: str
    credit_code: str
    address: str
    founded: date
    scope: str
    capital: str  # of a trader: the form of organisation


@dataclass(slots=True)
class Party:
    """The borrower: an enterprise with its person, or the person who owns one."""
    kind: str
    person: Person
    enterprise: Enterprise
    account: str

    @property
    def name(self):
        return self.person.name if self.kind == OWNER else self.enterprise.name

    @property
    def id_number(self):
        return self.person.id_number

    @property
    def phone(self):
        return self.person.phone

    @property
    def credit_code(self):
        return self.enterprise.credit_code


def make_address(rng):
    return f"{CITY}{rng.choice(DISTRICTS)}{rng.choice(STREETS)}{rng.randint(1, 288)}号"


def make_name(rng, man):
    if rng.random() < 0.06:
        return rng.choice(LONG_MEN if man else LONG_WOMEN)
    return rng.choice(FAMILIES) + rng.choice(MEN if man else WOMEN)


def make_person(rng, index):
    """The index makes ID number and phone unique: 499 and 14,600 have no common factor."""
    man = rng.random() < 0.58
    birth = BIRTH_FIRST + timedelta(days=index * 7919 % BIRTH_DAYS)
    name = make_name(rng, man)
    return Person(
        name=name, sex="男" if man else "女", people=PEOPLES.get(name, "汉"), birth=birth,
        id_number=id_number(REGION, birth.strftime("%Y%m%d"), 2 * (index % 499) + 2 - man),
        phone=f"154{index * 48_611 % 10**8:08d}",  # a range that no operator gives out
        address=make_address(rng))


def make_enterprise(rng, index, kind):
    firm = kind == FIRM
    trade, scope = rng.choice(list((TRADES if firm else SHOPS).items()))
    district, word = rng.choice(DISTRICTS), rng.choice(WORDS)
    code, rest = "", index * 7_368_787 % 31**6
    for _ in range(6):
        rest, digit = divmod(rest, 31)
        code = CODE_ALPHABET[digit] + code
    return Enterprise(
        kind=kind, name=f"{district}{word}{trade}" + ("有限公司" if firm else ""),
        credit_code=credit_code("1" if firm else "2", REGION, "MA" + code),
        address=f"{CITY}{district}{rng.choice(STREETS)}{rng.randint(1, 288)}号",
        founded=date(2012, 1, 1) + timedelta(days=rng.randrange(4000)), scope=scope,
        capital=f"{rng.choice([30, 50, 100, 200, 300, 500])}万元人民币" if firm else "个人经营")


def make_party(rng, number):
    """A borrower. The number makes it unique in a portfolio."""
    kind = rng.choices([FIRM, TRADER, OWNER], [50, 35, 15])[0]
    return Party(
        kind=kind, person=make_person(rng, number * PERSONS_A_LOAN),
        enterprise=make_enterprise(rng, number, TRADER if kind == TRADER else FIRM),
        account=card_number("620099", number * 10_007 % 10**9 * 1000 + rng.randrange(1000), 19))


def make_guarantor(rng, number):
    return make_person(rng, number * PERSONS_A_LOAN + 1)
