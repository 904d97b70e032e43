"""Cards of each generation, each laid out otherwise: do both keys sign? N: how many of each."""

import subprocess

from report import ROOT

CARDS = 50


def run(count):
    results = [subprocess.run(["/usr/bin/python3", "-B", ROOT / "tests/module/shuffled.py", generation, "1",
                               str(count or CARDS)], check=False).returncode for generation in "ab"]
    return 1 if any(results) else 0
