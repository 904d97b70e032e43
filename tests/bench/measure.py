#!/usr/bin/python3
"""Run by scripts/bench inside scripts/with-card: takes the measurements, in turns, and prints them
as JSON. Each is {"ms": …, "apdus": …, "signing_ms": …}, in lists by their names.

    measure.py RUNS
"""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PIRADI_BUILD", ROOT / "build")).resolve()
LAYOUT = json.loads((ROOT / "tests/card/specimen/generation-b.json").read_text())
PIRADI = BUILD / "lib/piradi-pkcs11.so"
OPENSC = pathlib.Path("/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so")


def raw():
    """The paths and references of a card that is not shuffled."""
    files = LAYOUT["files"]
    paths = ["5031", files["private_keys"], files["certificates"], files["auth_certificate"]]
    return [
        BUILD / "tests/bench-raw", os.environ["CARD_READER"], os.environ["CARD_LOG"],
        LAYOUT["pins"]["auth"]["reference"], LAYOUT["keys"]["auth"]["reference"],
        *[files["application"] + path for path in paths],
    ]


def client(module, slot, pin, log="CARD_LOG"):
    return [BUILD / "tests/bench-client", module, os.environ[log], str(slot), pin]


def contestants():
    programs = {
        "raw": raw(),
        "auth": client(PIRADI, 0, "SPECIMEN_PIN_AUTH"),
        "sign": client(PIRADI, 1, "SPECIMEN_PIN_SIGN"),
    }
    return programs


def measure(command):
    """{"first": {…}, "second": {…}}"""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{command[0]}: {result.stderr}")
    measured = {}
    for line in result.stdout.splitlines():
        name, elapsed, apdus, signing = line.split()
        measured[name] = {"ms": float(elapsed), "apdus": int(apdus), "signing_ms": float(signing)}
    return measured


def main():
    programs = contestants()
    runs = [
        {name: measure(command) for name, command in programs.items()}
        for _ in range(int(sys.argv[1]))
    ]
    print(json.dumps(runs))


if __name__ == "__main__":
    main()
