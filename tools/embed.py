#!/usr/bin/python3
"""Files as C arrays: `embed.py HEADER ARRAY OUT FILE…`.

OUT defines `const struct embedded_file ARRAY[]` and `ARRAY_n`, declared in HEADER. A file's name is
its own with that of its folder: kinds/loan.contract.yaml.
"""
import sys
from pathlib import Path

BYTES_A_LINE = 20


def array(number, content):
    rows = [", ".join(str(b) for b in content[at:at + BYTES_A_LINE])
            for at in range(0, len(content), BYTES_A_LINE)]
    return f"static const uint8_t file_{number}[] = {{\n" + ",\n".join(rows) + "};\n"


def main():
    header, name, out, *files = sys.argv[1:]
    files = [Path(f) for f in files]
    text = f'#include "{header}"\n\n'
    text += "".join(array(n, f.read_bytes()) for n, f in enumerate(files))
    text += f"const struct embedded_file {name}[] = {{\n"
    text += "".join(f'{{"{f.parent.name}/{f.name}", {{file_{n}, sizeof file_{n}}}}},\n'
                    for n, f in enumerate(files))
    text += f"}};\nconst size_t {name}_n = sizeof {name} / sizeof {name}[0];\n"
    Path(out).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
