#!/usr/bin/python3
"""Schemathesis (PyPI) over the description of the push API: whatever it makes up from it, the
running bank answers as promised. Skipped (77) where it cannot be installed."""
import os
import subprocess
import sys
from pathlib import Path

from evidence_client import (SKIPPED, Api, Checks, Consortium, contract, open_api, repayment,
                             wait_published)

VERSION = "4.32.5"
VENV = Path(os.environ.get("SCHEMATHESIS_VENV", "build/schemathesis"))
INSTALL_S, RUN_S = 120, 150
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "25")
# What is right by the description may still be refused: kinds and their rules are data of the bank.
LEFT_OUT = "positive_data_acceptance"


def install():
    """The program; None where there is none."""
    program = VENV / "bin/schemathesis"
    mark = VENV / f"installed-{VERSION}"
    if mark.exists():
        return program
    try:
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True, capture_output=True,
                       timeout=INSTALL_S)
        subprocess.run([VENV / "bin/pip", "install", "-q", f"schemathesis=={VERSION}"], check=True,
                       capture_output=True, timeout=INSTALL_S)
    except (OSError, subprocess.SubprocessError) as e:
        print(f"skipped: schemathesis {VERSION} cannot be installed ({type(e).__name__})")
        return None
    mark.touch()
    return program


def main():
    program = install()
    if program is None:
        sys.exit(SKIPPED)
    check = Checks()
    with Consortium() as chain:
        api = open_api(chain)
        record = api.post(repayment("S1"))[2]
        wait_published(api, record["id"])
        done = subprocess.run(
            [program, "run", f"http://127.0.0.1:{chain.api_port}/openapi.json", "--seed", "1",
             "--max-examples", EXAMPLES, "--exclude-checks", LEFT_OUT, "--no-color",
             "--suppress-health-check", "all"],
            capture_output=True, text=True, timeout=RUN_S, cwd=chain.folder,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
                 "PYTHONPATH": str(Path(__file__).resolve().parent)})
        print("\n".join(line[:400] for line in done.stdout.splitlines()), done.stderr[-2000:])
        check("every answer keeps to the description", done.returncode == 0, done.returncode)
        check("the bank still takes items", Api(chain).post(contract("S2"))[0] == 201)
        alarms = [line for line in (chain.folder / "bank.log").read_text().splitlines()
                  if " alarm " in line.lower() or " error " in line.lower()]
        check("and has nothing to complain of", not alarms, alarms[:3])
        check("it stops when asked", chain.stop_all() == [0, 0, 0, 0])
    check.finish()


if __name__ == "__main__":
    main()
