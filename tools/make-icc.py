#!/usr/bin/python3
"""The colour profile that PDF/A wants, made from the published numbers of sRGB (IEC 61966-2-1),
as a C array: `make-icc.py OUT.c`. ICC version 2, a matrix and one curve; nobody's copyright."""
import struct
import sys
from pathlib import Path

CURVE_POINTS = 256
D50 = (0.9642, 1.0, 0.8249)
PRIMARIES = {  # adapted to D50 by the Bradford matrix
    b"rXYZ": (0.4360747, 0.2225045, 0.0139322),
    b"gXYZ": (0.3850649, 0.7168786, 0.0971045),
    b"bXYZ": (0.1430804, 0.0606169, 0.7141733),
}


def fixed(value):
    return struct.pack(">i", round(value * 65536))


def xyz(values):
    return b"XYZ \0\0\0\0" + b"".join(fixed(v) for v in values)


def description(text):
    ascii_text = text.encode() + b"\0"
    return (b"desc\0\0\0\0" + struct.pack(">I", len(ascii_text)) + ascii_text
            + bytes(4 + 4 + 2 + 1 + 67))


def curve():
    def linear(value):
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
    points = [round(linear(n / (CURVE_POINTS - 1)) * 65535) for n in range(CURVE_POINTS)]
    return b"curv\0\0\0\0" + struct.pack(f">I{CURVE_POINTS}H", CURVE_POINTS, *points)


def profile():
    trc = curve()
    tags = [(b"desc", description("sRGB")), (b"cprt", b"text\0\0\0\0No copyright\0"),
            (b"wtpt", xyz(D50))]
    tags += [(name, xyz(values)) for name, values in PRIMARIES.items()]
    tags += [(name, trc) for name in (b"rTRC", b"gTRC", b"bTRC")]
    at, table, body, placed = 128 + 4 + 12 * len(tags), b"", b"", {}
    for name, data in tags:
        if data not in placed:
            placed[data] = at + len(body)
            body += data + bytes(-len(data) % 4)
        table += name + struct.pack(">II", placed[data], len(data))
    size = at + len(body)
    head = struct.pack(">I4xI4s4s4s6H4s", size, 0x02100000, b"mntr", b"RGB ", b"XYZ ",
                       2026, 1, 1, 0, 0, 0, b"acsp")
    head += bytes(64 - len(head)) + bytes(4) + b"".join(fixed(v) for v in D50)
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + table + body


def main():
    data = profile()
    rows = [", ".join(str(b) for b in data[at:at + 20]) for at in range(0, len(data), 20)]
    Path(sys.argv[1]).write_text(
        '#include "document/srgb.h"\n\nstatic const uint8_t profile[] = {\n'
        + ",\n".join(rows) + "};\nconst struct bytes srgb_profile = {profile, sizeof profile};\n",
        encoding="utf-8")


if __name__ == "__main__":
    main()
