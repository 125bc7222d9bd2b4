#!/usr/bin/python3
"""`sm2-base.py OUT`: the odd multiples of SM2's base point as constants, G, 3G, 5G … in affine
coordinates and Montgomery form (R = 2^256), for src/core/sm2.c."""
import sys
from pathlib import Path

P = 2**256 - 2**224 - 2**96 + 2**64 - 1
A = P - 3
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
     0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)  # GB/T 32918.5
COUNT = 32


def add(p, q):
    """Of two points that are neither opposite nor infinite."""
    if p == q:
        slope = (3 * p[0] * p[0] + A) * pow(2 * p[1], -1, P)
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, P)
    x = (slope * slope - p[0] - q[0]) % P
    return x, (slope * (p[0] - x) - p[1]) % P


def words(value):
    value = value * 2**256 % P
    four = (value >> 64 * i & 2**64 - 1 for i in range(4))
    return "{{" + ", ".join(f"UINT64_C({word:#018x})" for word in four) + "}}"


def main():
    twice, point, rows = add(G, G), G, []
    for _ in range(COUNT):
        rows.append("    {" + words(point[0]) + ",\n     " + words(point[1]) + "},\n")
        point = add(point, twice)
    Path(sys.argv[1]).write_text(
        '#include "core/sm2_base.h"\n\nconst struct sm2_affine sm2_base[SM2_BASE_TABLE] = {\n'
        + "".join(rows) + "};\n", encoding="ascii")


main()
