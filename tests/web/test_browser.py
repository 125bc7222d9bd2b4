#!/usr/bin/python3
"""The WebAssembly package in headless Chromium: every vector gives its result.

Skipped (77) without clang, wasm-ld or Chromium.
"""
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SKIP, PATIENCE_S, VECTORS = 77, 240, 354
TYPES = {".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript",
         ".wasm": "application/wasm", ".json": "application/json"}


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIP)


class Handler(SimpleHTTPRequestHandler):
    def __init__(self, package, answer, *args):
        self.roots = {"package": package, "web": ROOT / "tests/web",
                      "vectors": ROOT / "tests/vectors"}
        self.answer = answer
        super().__init__(*args)

    def translate_path(self, path):
        first, _, rest = path.lstrip("/").partition("/")
        root = self.roots.get(first)
        return str(root / rest) if root and ".." not in rest else "/nowhere"

    def guess_type(self, path):
        return TYPES.get(Path(path).suffix, "application/octet-stream")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.answer["report"] = json.loads(body)
        self.answer["is_there"].set()

    def log_message(self, *args):
        pass


def ask(browser, profile, url, answer):
    process = subprocess.Popen(
        [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         "--no-first-run", "--disable-background-networking", f"--user-data-dir={profile}", url],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert answer["is_there"].wait(PATIENCE_S), "the page never answered"
    finally:
        process.terminate()
        process.wait()
    return answer["report"]


def main():
    browser = shutil.which("chromium") or skip("chromium is missing")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        package = Path(name) / "package"
        built = subprocess.run([ROOT / "tools/build-wasm.sh", package], capture_output=True,
                               text=True)
        if built.returncode == SKIP:
            skip(built.stderr.strip())
        assert built.returncode == 0, built.stderr
        answer = {"is_there": threading.Event()}
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, package, answer)) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            report = ask(browser, Path(name) / "profile",
                         f"http://127.0.0.1:{server.server_port}/web/page.html", answer)
            server.shutdown()
    print(f"{report['count']} vectors, {len(report['failures'])} wrong")
    assert report["failures"] == [], report["failures"][:5]
    assert report["count"] == VECTORS


main()
