#!/usr/bin/python3
"""The order of the tree, checked: direction of #include, sizes, words that may not stand in src.

`tidy.py [ROOT]` prints one line a defect and fails if there is any; else it prints what nine
functions in ten keep to. The rules are those of docs/architecture.md.
"""
import re
import subprocess
import sys
from pathlib import Path

ORDER = ["base", "core", "ledger", "litigation", "compliance", "host", "store", "vault", "node",
         "document", "robot", "app"]
DOORS = ["api", "jobs"]  # beside one another, right of app
LAST = "cli"  # its processes join the doors, so it may include them
PURE = ["base", "core", "ledger", "litigation", "compliance"]
FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 500
HEADER_LINES_MAX = 120
COLUMNS_MAX = 100

WORDS = [
    (re.compile(r"\b(float|double)\b"), "no floating point: integers with a unit (fen, ms, ppm)"),
    (re.compile(r"\bgoto\b"), "no goto: TRY and DEFER"),
    (re.compile(r"\btypedef\s+struct\b"), "no typedef of a struct"),
]
TOUCHES_THE_WORLD = re.compile(
    r"(?<![\w.>])(time|clock|clock_gettime|gettimeofday|localtime|localtime_r|gmtime|gmtime_r|"
    r"s?rand|random|srandom|getrandom|getentropy|arc4random|fopen|open|openat|fread|fwrite|"
    r"read|write|pread|pwrite|socket|connect|bind|listen|getenv|setlocale|printf|puts|perror|"
    r"fprintf|syslog|sleep|usleep|nanosleep|fork|execv\w*|system|pthread_\w+)\s*\(")
WORLD_HEADER = re.compile(
    r"#\s*include\s*<(time|unistd|fcntl|pthread|locale|signal|errno|sys/.*|netinet/.*|arpa/.*|"
    r"openssl/.*|curl/.*|sqlite3|jansson|threads|stdatomic)\.h>")
# Written apart, so that this page does not find itself.
OUTSIDE = re.compile("/" + r"work\b/|\.\./" + "shared" + r"\b|/tmp/" + "brief")

COMMENT_OR_STRING = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(match):
    """Comments and strings keep their lines and lose their words."""
    return re.sub(r"[^\n]", " ", match.group())


def columns(line):
    """Characters, a wide (Chinese) one counted as one as editors of code do."""
    return len(line.rstrip("\n"))


def place(folder):
    if folder in ORDER:
        return ORDER.index(folder)
    if folder == LAST:
        return len(ORDER) + 1
    return len(ORDER) if folder in DOORS else None


def check_includes(path, folder, text, say):
    mine = place(folder)
    for number, line in enumerate(text.splitlines(), 1):
        m = re.match(r'\s*#\s*include\s*[<"]([^">]+)[">]', line)
        if not m or "/" not in m.group(1):
            continue
        other = m.group(1).split("/")[0]
        if other == "guzheng":
            continue
        if place(other) is None:
            continue
        if folder == "include":
            say(path, number, f"a public header includes {m.group(1)}")
        elif other != folder and (place(other) >= mine):
            say(path, number, f"{folder} may not include {m.group(1)}: {other} stands right of it")


def functions(text):
    """(line, name, lines) of every function body in text: our layout puts the ends in column 0."""
    start, name = None, ""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if start is None:
            if re.match(r"^[A-Za-z_].*\)\s*\{.*\}\s*$", line):
                yield number, line, 1
            elif re.match(r"^[A-Za-z_].*\)\s*\{\s*$", line):
                start, name = number, line
            elif line.rstrip() == "{":
                head = number - 1
                while head > 1 and lines[head - 1].startswith((" ", "\t")):
                    head -= 1
                start, name = number, lines[head - 1]
        elif line.startswith("}"):
            yield start, name, number - start + 1
            start = None


def check_pure(path, code, text, say):
    for number, (line, original) in enumerate(zip(code.splitlines(), text.splitlines()), 1):
        m = TOUCHES_THE_WORLD.search(line)
        if m and not re.match(r"\s*#", line):
            say(path, number, f"a pure folder calls {m.group(1)}")
        if WORLD_HEADER.match(original):
            say(path, number, f"a pure folder includes {original.strip()}")


def check_source(root, path, lengths, say):
    text = path.read_text(encoding="utf-8")
    code = COMMENT_OR_STRING.sub(blank, text)
    parts = path.relative_to(root).parts
    folder = parts[1] if parts[0] == "src" and len(parts) > 2 else parts[0]
    lines = text.count("\n")
    limit = HEADER_LINES_MAX if path.suffix == ".h" else FILE_LINES_MAX
    if lines > limit:
        say(path, 0, f"{lines} lines, at most {limit}: split by noun")
    for number, line in enumerate(code.splitlines(), 1):
        for pattern, why in WORDS:
            if pattern.search(line):
                say(path, number, why)
    if place(folder) is not None or folder == "include":
        check_includes(path, folder, text, say)
    if folder in PURE:
        check_pure(path, code, text, say)
    for number, name, length in functions(code):
        lengths.append(length)
        if length > FUNCTION_LINES_MAX:
            say(path, number, f"{length} lines, at most {FUNCTION_LINES_MAX}: {name.strip()[:60]}")


def check_text(path, say):
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    source = path.suffix in (".c", ".h", ".py", ".sh")
    for number, line in enumerate(text.splitlines(), 1):
        if OUTSIDE.search(line):
            say(path, number, "names a path outside of the project")
        if source and columns(line) > COLUMNS_MAX:
            say(path, number, f"{columns(line)} columns, at most {COLUMNS_MAX}")


def tracked(root):
    out = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others",
                          "--exclude-standard"], capture_output=True, check=False)
    if out.returncode == 0:
        return [root / p for p in out.stdout.decode().split("\0") if p]
    return [p for p in root.rglob("*") if p.is_file() and "build" not in p.parts[:1]]


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    defects, lengths = [], []

    def say(path, number, what):
        at = f":{number}" if number else ""
        defects.append(f"{path.relative_to(root)}{at}: {what}")

    for path in sorted(tracked(root)):
        parts = path.relative_to(root).parts
        if not path.is_file() or "vectors" in parts:
            continue
        check_text(path, say)
        if parts[0] in ("src", "include") and path.suffix in (".c", ".h"):
            check_source(root, path, lengths, say)
    for line in defects:
        print(line, file=sys.stderr)
    if defects:
        print(f"tidy: {len(defects)} defects", file=sys.stderr)
        return 1
    if not lengths:
        print("tidy: no function found: wrong folder?", file=sys.stderr)
        return 1
    lengths.sort()
    nine = lengths[(len(lengths) - 1) * 9 // 10]
    print(f"tidy: {len(lengths)} functions, nine in ten at most {nine} lines, "
          f"longest {lengths[-1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
