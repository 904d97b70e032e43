"""A program is killed between VERIFY and signature while another one tries to sign with its PIN: does it ever? Once with the
card held exclusively, once in a transaction. N: how many kills of each."""

import json
import subprocess

from report import ROOT

KILLS = 1000
WAYS = {"alone": "held exclusively", "connected": "held in a transaction"}


def run(kills):
    result = subprocess.run([ROOT / "scripts/with-card", "--", ROOT / "tests/bench/kills.py", str(kills or KILLS)],
                            stdout=subprocess.PIPE, check=False)
    if result.returncode != 0:
        return 1
    for way, found in json.loads(result.stdout).items():
        print(f"  {WAYS[way]:<22} {found['kills']} kills: signed after {found['signed']}, "
              f"{found['latest_ms']} ms after the kill at the latest")
    return 0
