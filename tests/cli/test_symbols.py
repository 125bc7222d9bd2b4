#!/usr/bin/python3
"""No function of the program stands twice: of two with one name in two static libraries the linker
takes one for both, without a word. libguzheng is core built once more, and is left out."""
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

where = defaultdict(set)
for library in sorted((Path(sys.argv[1]) / "src").rglob("*.a")):
    if "guzheng" in library.name:
        continue
    listed = subprocess.run(["nm", "-g", "--defined-only", library], capture_output=True, text=True,
                            timeout=60, check=True)
    for line in listed.stdout.splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[1] in "TDBR":
            where[parts[2]].add(library.name)
twice = {name: sorted(libraries) for name, libraries in where.items() if len(libraries) > 1}
print(f"{len(where)} names" if not twice else f"FAIL {twice}")
sys.exit(1 if twice or not where else 0)
