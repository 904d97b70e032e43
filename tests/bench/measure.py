#!/usr/bin/python3
"""Run by scripts/bench inside scripts/with-card: takes the measurements, in turns, and prints them
as JSON. Each is {"ms": …, "apdus": …, "signing_ms": …}, in lists by their names.

    measure.py RUNS [OPTION]...

It starts itself once more in another scripts/with-card, with these OPTIONs, for OpenSC's card: each
module has one card in a pcscd of its own, and both are there all the time.
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
OPENSC = "opensc-pkcs11.so"
OUTER = "BENCH_OUTER_STACK"


def raw(stack):
    """The paths and references of a card that is not shuffled."""
    files = LAYOUT["files"]
    paths = ["5031", files["private_keys"], files["certificates"], files["auth_certificate"]]
    return [
        BUILD / "tests/bench-raw", stack["CARD_READER"], stack["CARD_LOG"],
        LAYOUT["pins"]["auth"]["reference"], LAYOUT["keys"]["auth"]["reference"],
        *[files["application"] + path for path in paths],
    ]


def client(stack, module, slot, pin):
    return [BUILD / "tests/bench-client", module, stack["CARD_LOG"], str(slot), pin]


def contestants(georgian, opensc):
    """Each program's command and environment."""
    return {
        "raw": (raw(georgian), georgian),
        "auth": (client(georgian, PIRADI, 0, "SPECIMEN_PIN_AUTH"), georgian),
        "sign": (client(georgian, PIRADI, 1, "SPECIMEN_PIN_SIGN"), georgian),
        "opensc": (client(opensc, OPENSC, 0, "SPECIMEN_PIN_AUTH"), opensc),
    }


def measure(command, environment):
    """{"first": {…}, "second": {…}}"""
    result = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{command[0]}: {result.stderr}")
    measured = {}
    for line in result.stdout.splitlines():
        name, elapsed, apdus, signing = line.split()
        measured[name] = {"ms": float(elapsed), "apdus": int(apdus), "signing_ms": float(signing)}
    return measured


def measure_all(runs):
    programs = contestants(json.loads(os.environ[OUTER]), dict(os.environ))
    print(json.dumps([
        {name: measure(*program) for name, program in programs.items()} for _ in range(runs)
    ]))


def start_again(runs, options):
    log = os.environ["CARD_LOG"] + ".opensc"
    environment = {**os.environ, OUTER: json.dumps(dict(os.environ))}
    return subprocess.run(
        [ROOT / "scripts/with-card", "--personality", "myeid", "--log", log, *options, "--",
         __file__, runs],
        env=environment, check=False,
    ).returncode


def main():
    runs, options = sys.argv[1], sys.argv[2:]
    if OUTER not in os.environ:
        sys.exit(start_again(runs, options))
    measure_all(int(runs))


if __name__ == "__main__":
    main()
