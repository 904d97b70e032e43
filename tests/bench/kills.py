#!/usr/bin/python3
"""Run by scripts/bench inside scripts/with-card: a program that has just verified its PIN is killed
(SIGKILL), while another one tries to sign all the time. Prints, as JSON, how often that one could
(row A2 of docs/security.md), and how long after the kill at the latest.

    kills.py KILLS

`alone`: nobody else was connected at the login, so that the card was held exclusively. `connected`:
the other was, and the card was held in a transaction.
"""

import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/module"))
import cryptoki as ck  # noqa: E402
from stack import open_session, pin_of, variable  # noqa: E402

REFUSED = "2A 6982"
REFUSALS = 3  # after which the card was certainly reset
PATIENCE_S = 20


def start_victim(role):
    """A process with the PIN verified, and nothing else to do."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with ck.Module() as module:
            open_session(module, role).login(pin_of(role))
            os.write(writing, b"in")
            signal.pause()
    os.close(writing)
    ready = os.read(reading, 2)
    os.close(reading)
    if ready != b"in":
        sys.exit("kills: the victim could not log in")
    return child


class Rival:
    def __init__(self, role, manner):
        self.process = subprocess.Popen(
            [sys.executable, ROOT / "tests/module/rival.py", variable("CARD_READER"),
             variable("CARD_IMAGE"), role, manner],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
        )

    def hear(self):
        """When and what."""
        if not select.select([self.process.stdout], [], [], PATIENCE_S)[0]:
            sys.exit("kills: the rival says nothing")
        at, said = self.process.stdout.readline().decode().strip().split(maxsplit=1)
        return float(at), said

    def hear_until_refused(self, since=0.0, times=REFUSALS):
        """When it signed, if it did, and was refused as often as this since then."""
        signed = []
        while times > 0:
            at, said = self.hear()
            times -= said == REFUSED and at > since
            if said == "signed":
                signed.append(at)
        return signed

    def end(self):
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait()


def kill(child):
    os.kill(child, signal.SIGKILL)
    killed = time.monotonic()
    os.waitpid(child, 0)
    return killed


def kill_alone(role):
    child = start_victim(role)
    rival = Rival(role, "fresh")
    killed = kill(child)
    signed = rival.hear_until_refused(killed)
    rival.end()
    return killed, signed


def kill_connected(role):
    rival = Rival(role, "connected")
    rival.hear_until_refused(times=1)
    killed = kill(start_victim(role))
    signed = rival.hear_until_refused(killed)
    rival.end()
    return killed, signed


def measure(kills, one_kill):
    late = []
    leaks = 0
    for number in range(kills):
        killed, signed = one_kill("sign" if number % 2 else "auth")
        leaks += bool(signed)
        late += [at - killed for at in signed]
    return {"kills": kills, "signed": leaks, "latest_ms": round(max(late, default=0) * 1e3, 2)}


def main():
    kills = int(sys.argv[1])
    print(json.dumps({
        "alone": measure(kills, kill_alone),
        "connected": measure(kills, kill_connected),
    }))


if __name__ == "__main__":
    main()
