"""Batch files as a bank's core system exports them: one a kind, GB 18030, `|` between columns, the
columns of data/mappings, originals beside in files/."""
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml

from events import Original

EVERY, FIRST, NONE = "every", "first", "none"
MAPPINGS = Path(__file__).resolve().parents[2] / "data" / "mappings"


@dataclass
class Columns:
    """A mapping: the file's name, its headers in order, the field of each."""
    file: str
    event: str
    headers: list
    fields: list


def read_mappings():
    """{kind: Columns} of the demonstration's mappings."""
    found = {}
    for path in sorted(MAPPINGS.glob("demo-*.yaml")):
        m = yaml.safe_load(path.read_text(encoding="utf-8"))
        if m["charset"] != "gb18030" or m.get("format", "delimited") != "delimited":
            continue
        found[m["kind"]] = Columns(m["file"], m["event_number"], list(m["columns"]),
                                   [field_of(c) for c in m["columns"].values()])
    return found


def field_of(column):
    return column if isinstance(column, str) else column["field"]


class Batch:
    """Rows by kind, and the originals that they name. `left_out` counts events without mapping."""

    def __init__(self, folder, stem, originals, signer=None):
        self.folder, self.stem, self.originals, self.signer = folder, stem, originals, signer
        self.mappings = read_mappings()
        self.rows = {}  # kind: [(time, cells)]
        self.left_out = Counter()
        self.shared = {}  # FIRST: how it is drawn: its name

    def add(self, event):
        columns = self.mappings.get(event.kind)
        if columns is None:
            self.left_out[event.kind] += 1
            return
        cells = [self.cell(event.values.get(name, "")) for name in columns.fields]
        self.rows.setdefault(event.kind, []).append((event.at, [event.number, *cells]))

    def cell(self, value):
        if not isinstance(value, Original):
            return value
        if self.originals == NONE:
            return ""
        if self.originals == FIRST:
            name = self.shared.setdefault(value.draw, value.name)
        else:
            name = value.name
        path = self.folder / "files" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            value.draw(path, *value.about)
            if self.signer is not None and value.signed_at is not None:
                self.signer.sign(path, value.signed_at)
        return f"files/{name}"

    def write(self):
        """(rows, files). In the order of time, as they came about."""
        self.folder.mkdir(parents=True, exist_ok=True)
        total = 0
        for kind, rows in self.rows.items():
            columns = self.mappings[kind]
            lines = ["|".join([columns.event, *columns.headers])]
            lines += ["|".join(cells) for _, cells in sorted(rows, key=lambda r: (r[0], r[1][0]))]
            total += len(rows)
            path = self.folder / f"{columns.file}_{self.stem}.txt"
            path.write_bytes("".join(line + "\n" for line in lines).encode("gb18030"))
        return total, len(self.rows)
