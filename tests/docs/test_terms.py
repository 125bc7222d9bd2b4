#!/usr/bin/python3
"""docs/terms.md: no word twice in either language, and every name stands in the folder named."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEADER = ["Chinese", "English", "in the code", "meaning"]
failed = 0


def check(what, truth, detail=""):
    global failed
    print(("ok   " if truth else "FAIL ") + what + ("" if truth else f"  {detail}"))
    failed += not truth


def rows():
    """(line, cells) of every row of every table."""
    for number, line in enumerate((ROOT / "docs/terms.md").read_text().splitlines(), 1):
        if not line.startswith("|"):
            continue
        cells = [c.strip() for c in line.strip("|").split("|")]
        if cells != HEADER and not set(cells[0]) <= {"-"}:
            yield number, cells


def text_of(folder):
    files = (ROOT / "data/kinds").glob("*.yaml") if folder == "kinds" else [
        *(ROOT / "src" / folder).glob("*.[ch]")]
    return "\n".join(f.read_text() for f in sorted(files))


def twice(words):
    return sorted({w for w in words if words.count(w) > 1})


def main():
    found = list(rows())
    check("there are terms", len(found) > 100, len(found))
    odd = [n for n, cells in found if len(cells) != 4 or not all(cells)]
    check("each row has four cells", not odd, odd)
    check("no Chinese word twice", not twice([c[0] for _, c in found]),
          twice([c[0] for _, c in found]))
    check("no English word twice", not twice([c[1].lower() for _, c in found]),
          twice([c[1].lower() for _, c in found]))
    texts, wrong = {}, []
    for number, (_, _, place, _) in found:
        if place == "—":
            continue
        folder, _, name = place.partition(": ")
        if folder not in texts:
            texts[folder] = text_of(folder)
        if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", texts[folder]):
            wrong.append(f"line {number}: {place}")
    check("every name stands where it is said to be", not wrong, wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
