"""Numbers whose last characters are right, in a region that does not exist."""

REGION = "379999"
CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: no I, O, S, V, Z


def id_number(region, birth, order):
    """GB 11643: the last character by MOD 11-2."""
    body = f"{region}{birth}{order:03d}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(int(c) * w for c, w in zip(body, weights))
    return body + "10X98765432"[total % 11]


def organisation_code(eight):
    """GB 11714: the ninth character by MOD 11. X at the value 10, 0 at 11."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    total = sum(digits.index(c) * w for c, w in zip(eight, [3, 7, 9, 10, 5, 8, 4, 2]))
    return eight + "0123456789X0"[11 - total % 11]


def credit_code(kind, region, eight):
    """GB 32100: department 9, kind 1 (firm) or 2 (sole trader), last character by MOD 31."""
    body = f"9{kind}{region}{organisation_code(eight)}"
    total = sum(CODE_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + CODE_ALPHABET[(31 - total % 31) % 31]


def card_number(prefix, serial, length):
    """ISO/IEC 7812: the last digit by Luhn."""
    body = prefix + f"{serial:0{length - len(prefix) - 1}d}"
    total = 0
    for place, c in enumerate(reversed(body)):
        digit = int(c) * (2 if place % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return body + str(-total % 10)
