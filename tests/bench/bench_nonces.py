"""Nonces taken by 50 clients at two nodes of piradi-verifyd, on SQLite, PostgreSQL and Redis, once with a node killed in the
middle: each exactly once? PostgreSQL does not run as root. N: how many."""

import os
import subprocess

from report import ROOT

NONCES = 10000


def run(count):
    return subprocess.run([ROOT / "scripts/in-namespace", "/usr/bin/python3", "-B", ROOT / "tests/certs/test_nonces.py"],
                          env={**os.environ, "PIRADI_NONCES": str(count or NONCES)}, check=False).returncode
