#!/usr/bin/python3
"""tools/tidy.py finds each kind of defect, alone, and nothing in a tree that is in order."""
import subprocess
import sys
import tempfile
from pathlib import Path

TIDY = Path(__file__).resolve().parents[2] / "tools/tidy.py"
GOOD = {
    "src/base/text.h": "int text_size(void);\n",
    "src/core/hash.c": '#include "base/text.h"\n\nint hash_size(void)\n{\n    return 32;\n}\n',
    "src/cli/bank.c": '#include "api/routes.h"\n#include "jobs/publish.h"\n',
    "src/host/clock.c": "#include <time.h>\n\nint ms(void)\n{\n    return (int)time(NULL);\n}\n",
}
BAD = [
    ("leftwards only", {"src/core/a.c": '#include "host/file.h"\n'}, "stands right of it"),
    ("doors do not see each other", {"src/api/a.c": '#include "cli/commands.h"\n'},
     "stands right of it"),
    ("nor do those beside one another", {"src/jobs/a.c": '#include "api/routes.h"\n'},
     "stands right of it"),
    ("a public header stands alone", {"include/guzheng/a.h": '#include "base/text.h"\n'},
     "a public header includes"),
    ("a giant function", {"src/host/a.c": "int f(void)\n{\n" + "    ;\n" * 60 + "}\n"},
     "at most 60"),
    ("a giant file", {"src/host/a.c": "int x;\n" * 501}, "at most 500"),
    ("a giant header", {"src/host/a.h": "int x;\n" * 121}, "at most 120"),
    ("a long line", {"src/host/a.c": "/* " + "x" * 100 + " */\n"}, "columns"),
    ("floating point", {"src/app/a.c": "static double rate;\n"}, "no floating point"),
    ("goto", {"src/app/a.c": "int f(void)\n{\n    goto end;\n}\n"}, "no goto"),
    ("typedef struct", {"src/app/a.h": "typedef struct a a;\n"}, "no typedef"),
    ("a clock in a pure folder", {"src/core/a.c": "int f(void)\n{\n    return time(0);\n}\n"},
     "pure folder calls time"),
    ("a file in a pure folder", {"src/ledger/a.c": "int f(void)\n{\n    return open(0);\n}\n"},
     "pure folder calls open"),
    ("a system header in a pure folder", {"src/base/a.c": "#include <unistd.h>\n"},
     "pure folder includes"),
    ("a path outside", {"docs/a.md": "see /" + "work/elsewhere\n"}, "outside of the project"),
]
HARMLESS = {"src/core/b.c": '/* no goto, no double time(NULL) */\nconst char *const s = "float";\n'}


def tidy(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        out = subprocess.run([TIDY, folder], capture_output=True, text=True, check=False)
        return out.returncode, out.stdout + out.stderr


def main():
    failed = 0
    cases = [("a tree in order", GOOD, 0, "tidy: 2 functions"),
             ("words in comments and strings", {**GOOD, **HARMLESS}, 0, "tidy: 2 functions"),
             ("no source at all", {"README.md": "x\n"}, 1, "no function found")]
    cases += [(what, {**GOOD, **files}, 1, said) for what, files, said in BAD]
    for what, files, status, said in cases:
        got, text = tidy(files)
        one = status == 0 or said == "no function found" or "tidy: 1 defects" in text
        good = got == status and said in text and one
        print(("ok   " if good else "FAIL ") + what + ("" if good else f": {got} {text}"))
        failed += not good
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
