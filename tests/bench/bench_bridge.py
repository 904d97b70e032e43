"""Requests, an upload of 1 GiB and 1,000 idle event streams, beside a bare libmicrohttpd server and `openssl dgst`. N: runs
of each."""

import subprocess

from report import ROOT

RUNS = 5


def run(runs):
    return subprocess.run([ROOT / "scripts/in-namespace", ROOT / "tests/bench/bridge.py", str(runs or RUNS)],
                          check=False).returncode
