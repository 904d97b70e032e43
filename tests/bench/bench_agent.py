"""The agent: how soon it runs, how soon the person is asked, what the card is told, what memory it needs. N: how often each is
measured."""

import pathlib
import subprocess
import tempfile

from report import ROOT

RUNS = 9


def run(runs):
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            [ROOT / "scripts/with-display", "--", ROOT / "scripts/with-card", "--log", pathlib.Path(folder) / "log",
             "--", ROOT / "tests/agent/bench.py", str(runs or RUNS)], check=False).returncode
