"""From C_Initialize to the first signature, with the certificate read and the PIN verified, and then a second log-in and
signature in the same process. Piradi's module is compared with a program that does the least by hand over PC/SC (raw.c)
and with OpenSC's module on a card that OpenSC knows; all in turns, in the same virtual readers, on a fast card and on a
slow one (8 ms an APDU, 40 microseconds a byte, 350 ms a signature). Ratios are of medians. The comparison with OpenSC
leaves out the time that the card takes to sign. N: runs of each program."""

import json
import pathlib
import statistics
import subprocess
import tempfile

from report import ROOT, NotMeasured, Report

RUNS = {"fast": 25, "slow": 5}
APDUS_FIRST = 18
APDUS_SECOND = {"auth": 4, "sign": 5}
SLOW_SIGNATURE_MS = 350  # of scripts/with-card --slow; the card's log has only the fast card's
KEYS = {"auth": "authentication key", "sign": "signature key"}
PROGRAMS = {
    "raw": "by hand, authentication key",
    "auth": "Piradi, authentication key",
    "sign": "Piradi, signature key",
    "opensc": "OpenSC on a card of its own",
}
RAW_TIMES_MOST = {"fast": 2.0, "slow": 1.3}
OPENSC_TIMES_LEAST = {"fast": 4.0, "slow": 1.7}


def measure(speed, runs):
    with tempfile.TemporaryDirectory() as folder:
        slow = ["--slow"] if speed == "slow" else []
        result = subprocess.run(
            [ROOT / "scripts/with-card", *slow, "--log", pathlib.Path(folder) / "log", "--",
             ROOT / "tests/bench/measure.py", str(runs), *slow],
            stdout=subprocess.PIPE, check=False,
        )
    if result.returncode != 0:
        raise NotMeasured(f"the {speed} card could not be measured")
    return json.loads(result.stdout)


def median(runs, program, phase, kind):
    return statistics.median(run[program][phase][kind] for run in runs)


def own_ms(speed, runs, program):
    """Without the card's own signing."""
    if speed == "slow":
        return median(runs, program, "first", "ms") - SLOW_SIGNATURE_MS
    return statistics.median(
        run[program]["first"]["ms"] - run[program]["first"]["signing_ms"] for run in runs)


def report_apdus(report, runs):
    for key, name in KEYS.items():
        report.line(f"APDUs to the first signature, {name}",
                    max(run[key]["first"]["apdus"] for run in runs), APDUS_FIRST, True)
    for key, name in KEYS.items():
        report.line(f"APDUs of the second log-in and signature, {name}",
                    max(run[key]["second"]["apdus"] for run in runs), APDUS_SECOND[key], True)


def report_times(report, speed, runs):
    times = {name: median(runs, name, "first", "ms") for name in runs[0]}
    apdus = {name: median(runs, name, "first", "apdus") for name in runs[0]}
    for name, elapsed in times.items():
        print(f"  {PROGRAMS[name]:<42} {elapsed:7.2f} ms, {own_ms(speed, runs, name):7.2f} ms "
              f"without the signing; {apdus[name]:.0f} APDUs")
    report.line("times as long as by hand", times["auth"] / times["raw"],
                RAW_TIMES_MOST[speed], True)
    faster = own_ms(speed, runs, "opensc") / own_ms(speed, runs, "auth")
    report.line("times faster than OpenSC", faster, OPENSC_TIMES_LEAST[speed], False)


def run(only_runs):
    report = Report()
    failures = []
    for speed, runs in RUNS.items():
        try:
            measured = measure(speed, only_runs or runs)
            print(f"\nThe {speed} card, {len(measured)} runs of each in turns")
            report_apdus(report, measured)
            report_times(report, speed, measured)
        except NotMeasured as failure:
            failures.append(f"{speed}: {failure}")
    print("\nAll limits that were measured are reached." if report.reached else
          "\nNot all limits are reached.")
    print("".join(f"Not measured: {failure}\n" for failure in failures), end="")
    return 1 if failures else 0
