"""Images as a customer's phone would send them: both sides of an identity card and a business
licence, drawn, each marked 样本 across. No portrait: a head of two shapes stands for it.
"""
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from loans import add_months
from parties import FIRM
from pdf_pages import FONT

CARD = (856, 540)       # 85.6 mm by 54 mm, ten dots a millimetre
LICENCE = (1189, 841)
INK, BLUE, RED = (40, 44, 52), (52, 104, 160), (178, 34, 34)


@lru_cache(maxsize=None)
def font(size):
    return ImageFont.truetype(FONT, size)


@lru_cache(maxsize=None)
def mark(size):
    """样本 across the whole, half transparent, to lay over."""
    text = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(text).text((size[0] // 2, size[1] // 2), "样 本", font=font(size[1] // 3),
                              fill=(200, 30, 30, 70), anchor="mm")
    layer = text.rotate(20, resample=Image.Resampling.BICUBIC)
    ImageDraw.Draw(layer).text((size[0] - 12, size[1] - 10), "样本 · 虚构人物 · 仅供演示",
                               font=font(20), fill=(150, 30, 30, 220), anchor="rb")
    return layer


@lru_cache(maxsize=None)
def ground(size, top, bottom, lines):
    """A gradient with a guilloche of thin waves: what recognition must see through."""
    image = Image.new("RGB", size, top)
    draw = ImageDraw.Draw(image)
    for y in range(size[1]):
        shade = tuple(a + (b - a) * y // size[1] for a, b in zip(top, bottom))
        draw.line([(0, y), (size[0], y)], fill=shade)
    for n in range(0, size[1] + 200, 26):
        points = [(x, n - 100 + abs((x * 7 // 10 + n * 3) % 160 - 80))
                  for x in range(0, size[0] + 20, 10)]
        draw.line(points, fill=lines)
    return image


def finish(image, path):
    """Framed on a table as a photo is, marked, as JPEG."""
    image = image.convert("RGBA")
    image.alpha_composite(mark(image.size))
    photo = Image.new("RGB", (image.size[0] + 80, image.size[1] + 80), (104, 98, 92))
    photo.paste(image.convert("RGB"), (40, 40))
    photo.save(path, "JPEG", quality=82)


def wrap(text, width):
    return [text[i:i + width] for i in range(0, len(text), width)]


def label(draw, x, y, name, value, size=30, gap=92):
    draw.text((x, y), name, font=font(size - 6), fill=BLUE, anchor="lm")
    draw.text((x + gap, y), value, font=font(size), fill=INK, anchor="lm")


# --- identity card --------------------------------------------------------------------------------

def validity(person):
    """(from, until) as the card shows it: twenty years, and without end from the age of 46 on."""
    begin = add_months(person.birth, 12 * (2012 + person.birth.day % 10 - person.birth.year))
    old = begin.year - person.birth.year >= 46
    return f"{begin:%Y.%m.%d}", "长期" if old else f"{add_months(begin, 240):%Y.%m.%d}"


def portrait(draw, x, y):
    draw.rectangle([x, y, x + 210, y + 270], fill=(226, 232, 238))
    draw.ellipse([x + 62, y + 40, x + 148, y + 146], fill=(170, 182, 194))
    draw.pieslice([x + 12, y + 160, x + 198, y + 380], 180, 360, fill=(170, 182, 194))


def draw_id_front(path, person):
    image = ground(CARD, (232, 242, 248), (206, 226, 236), (194, 214, 226)).copy()
    draw = ImageDraw.Draw(image)
    birth = person.birth
    label(draw, 48, 70, "姓 名", person.name, 36 if len(person.name) < 8 else 28)
    label(draw, 48, 134, "性 别", person.sex)
    label(draw, 230, 134, "民 族", person.people)
    label(draw, 48, 198, "出 生", f"{birth.year} 年 {birth.month} 月 {birth.day} 日")
    for n, line in enumerate(wrap(person.address, 14)):
        label(draw, 48, 262 + 42 * n, "住 址" if n == 0 else "", line, 28)
    portrait(draw, 594, 70)
    draw.text((48, 470), "公民身份号码", font=font(28), fill=BLUE, anchor="lm")
    draw.text((250, 470), person.id_number, font=font(40), fill=INK, anchor="lm")
    finish(image, path)


def draw_id_back(path, person):
    image = ground(CARD, (236, 240, 246), (214, 222, 236), (204, 212, 228)).copy()
    draw = ImageDraw.Draw(image)
    draw.ellipse([52, 48, 178, 174], outline=RED, width=6)  # the place of the emblem
    draw.text((115, 111), "徽", font=font(64), fill=RED, anchor="mm")
    draw.text((510, 84), "虚构共和国", font=font(46), fill=INK, anchor="mm")
    draw.text((510, 168), "居 民 身 份 证", font=font(62), fill=INK, anchor="mm")
    begin, end = validity(person)
    label(draw, 200, 388, "签发机关", "云汀市公安局（虚构）", 32, 150)
    label(draw, 200, 452, "有效期限", f"{begin}-{end}", 32, 150)
    finish(image, path)


# --- business licence -----------------------------------------------------------------------------

def licence_rows(person, firm):
    trader = firm.kind != FIRM
    founded = firm.founded
    return [
        ("名 称", firm.name),
        ("类 型", "个体工商户" if trader else "有限责任公司（自然人投资或控股）"),
        ("经营者" if trader else "法定代表人", person.name),
        ("组成形式" if trader else "注册资本", firm.capital),
        ("注册日期" if trader else "成立日期",
         f"{founded.year} 年 {founded.month} 月 {founded.day} 日"),
        ("经营场所" if trader else "住 所", firm.address),
        ("经营范围", firm.scope + "（依法须经批准的项目，经批准后方可开展经营活动）"),
    ]


def draw_licence(path, person, firm):
    image = ground(LICENCE, (252, 249, 238), (246, 240, 222), (236, 228, 204)).copy()
    draw = ImageDraw.Draw(image)
    right, bottom = LICENCE
    draw.rectangle([24, 24, right - 24, bottom - 24], outline=(190, 150, 70), width=6)
    draw.rectangle([36, 36, right - 36, bottom - 36], outline=(190, 150, 70), width=2)
    draw.text((right // 2, 128), "营 业 执 照", font=font(80), fill=INK, anchor="mm")
    draw.text((80, 216), f"统一社会信用代码  {firm.credit_code}", font=font(32), fill=INK,
              anchor="lm")
    y = 282
    for name, value in licence_rows(person, firm):
        draw.text((80, y), name, font=font(26), fill=(120, 90, 40), anchor="lm")
        for line in wrap(value, 26):
            draw.text((250, y), line, font=font(30), fill=INK, anchor="lm")
            y += 42
        y += 12
    draw.text((right - 350, 726), "登记机关（虚构）", font=font(28), fill=INK, anchor="mm")
    draw.ellipse([right - 270, 610, right - 100, 780], outline=RED, width=6)
    draw.text((right - 185, 695), "样章", font=font(48), fill=RED, anchor="mm")
    finish(image, path)
