"""The two processes of each member, started, watched and ended together."""
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

from members import ENGINE, PROGRAM

START_S = 60
END_S = 10
AGAIN_S = 1  # between the end of one process and the start of both


def get(url, timeout=5):
    """(status, body); (0, b"") where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


class Running:
    """A member with its processes; either may be absent."""

    def __init__(self, member, log_folder):
        self.member = member
        self.log_folder = log_folder
        self.node = self.engine = None

    def _spawn(self, name, *command, environment=None):
        with open(self.log_folder / f"{self.member.short}-{name}.log", "ab") as log:
            return subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL,
                                    stdout=log, stderr=log,
                                    env={**os.environ, **(environment or {})})

    def start_node(self):
        self.node = self._spawn("node", PROGRAM, "node", "--config",
                                self.member.folder / "node.yaml")

    def start_engine(self, environment=None):
        self.engine = self._spawn("engine", ENGINE, "start", "--home", self.member.home,
                                  environment=environment)

    def start(self):
        """The application first: the engine dials it, and tries again only every three seconds."""
        self.start_node()
        end = time.monotonic() + START_S
        while self.status() is None and self.is_alive(self.node):
            if time.monotonic() > end:
                break
            time.sleep(0.05)
        self.start_engine()

    def status(self):
        status, body = get(self.member.url + "/chain/status")
        return json.loads(body) if status == 200 else None

    @staticmethod
    def is_alive(process):
        return process is not None and process.poll() is None

    def is_whole(self):
        return self.is_alive(self.node) and self.is_alive(self.engine)

    @staticmethod
    def _end(process, number):
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(number)
        try:
            process.wait(timeout=END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill_node(self):
        self._end(self.node, signal.SIGKILL)
        self.node = None

    def kill_engine(self):
        self._end(self.engine, signal.SIGKILL)
        self.engine = None

    def kill(self):
        self.kill_engine()
        self.kill_node()

    def stop(self):
        """As systemd does: the engine first."""
        self._end(self.engine, signal.SIGTERM)
        self._end(self.node, signal.SIGTERM)
        self.node = self.engine = None

    def mend(self):
        """One of the two has ended: both start again. True: so it was."""
        if self.is_whole():
            return False
        self.kill()
        time.sleep(AGAIN_S)
        self.start()
        return True


def wait_for_blocks(members, timeout=START_S):
    """Until every engine is connected to its application and to three others. The states."""
    end = time.monotonic() + timeout
    while True:
        states = [m.status() for m in members]
        if all(s and s["engine"] and s["engine"]["peers"] >= len(members) - 1 and
               not s["engine"]["catching_up"] for s in states):
            return states
        if time.monotonic() > end:
            return None
        time.sleep(0.2)
