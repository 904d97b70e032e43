#!/usr/bin/python3
"""What scripts/with-card promises: clean beginnings and ends, many at once, orders to pcscd."""

import os
import pathlib
import select
import signal
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
WITH_CARD = ROOT / "scripts/with-card"
PCSC = ROOT / "tests/card"
DEADLINE_S = 60

# Runs in with-card's COMMAND: prints what it sees, waits for its standard input to end.
WATCHER = """
import os, sys
print(os.environ["PCSCD_PID"], os.environ["PCSCLITE_CSOCK_NAME"], flush=True)
sys.stdin.read()
"""

ORDERS = """
import os, select, signal, socket, sys
sys.path.insert(0, sys.argv[1])
import pcsc

def say(line):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
        control.connect(os.environ["PCSCD_CONTROL"])
        control.sendall(line.encode() + b"\\n")
        return control.makefile().readline().strip()

def reachable():
    try:
        with pcsc.Context():
            return True
    except pcsc.PcscError:
        return False

name = os.environ["PCSCLITE_CSOCK_NAME"]
pcscd = os.pidfd_open(int(os.environ["PCSCD_PID"]))
signal.pidfd_send_signal(pcscd, signal.SIGKILL)
select.select([pcscd], [], [])
assert say("start") == "ok"
for order, alive, there in (("kill", False, True), ("start", True, True), ("stop", False, False),
                            ("start", True, True)):
    assert say(order) == "ok", order
    assert reachable() == alive, order
    assert os.path.exists(name) == there, order
assert say("start").startswith("error ")
assert say("dance").startswith("error ")
with pcsc.Context() as context:
    reader = os.environ["CARD_READER"]
    states = context.wait(lambda s: reader in s and s[reader] & pcsc.STATE_PRESENT, 20)
    assert states[reader] & pcsc.STATE_PRESENT, states
"""


def run(*arguments, **options):
    return subprocess.run(
        [WITH_CARD, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        timeout=DEADLINE_S, check=False, **options,
    )


def readers_seen(*arguments):
    listing = "import pcsc, sys\nfor r in pcsc.Context().readers(): print(r)"
    result = run(*arguments, "--", sys.executable, "-c", listing,
                 env={**os.environ, "PYTHONPATH": str(PCSC)})
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


class Watched:
    """A with-card whose COMMAND waits."""

    def __init__(self):
        self.process = subprocess.Popen(
            [WITH_CARD, "--", sys.executable, "-c", WATCHER],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        words = self.process.stdout.readline().split()
        self.pcscd = os.pidfd_open(int(words[0]))
        self.folder = pathlib.Path(words[1]).parent

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()
        os.close(self.pcscd)

    def pcscd_is_gone(self):
        """Waits for it, up to the deadline."""
        return bool(select.select([self.pcscd], [], [], DEADLINE_S)[0])


class Ends(unittest.TestCase):
    def test_the_exit_status_is_the_commands(self):
        self.assertEqual(run("--", "sh", "-c", "exit 7").returncode, 7)
        self.assertEqual(run("--", "sh", "-c", "kill -9 $$").returncode, 128 + signal.SIGKILL)
        self.assertEqual(run("--", "/nonexistent/program").returncode, 127)

    def test_nothing_is_left(self):
        with Watched() as watched:
            watched.process.communicate()
            self.assertEqual(watched.process.returncode, 0)
            self.assertTrue(watched.pcscd_is_gone())
            self.assertFalse(watched.folder.exists())

    def test_nothing_is_left_after_a_signal(self):
        with Watched() as watched:
            watched.process.send_signal(signal.SIGTERM)
            self.assertEqual(watched.process.wait(DEADLINE_S), 128 + signal.SIGTERM)
            self.assertTrue(watched.pcscd_is_gone())
            self.assertFalse(watched.folder.exists())

    def test_nothing_is_left_after_a_kill(self):
        with Watched() as watched:
            watched.process.kill()
            watched.process.wait(DEADLINE_S)
            self.assertTrue(watched.pcscd_is_gone())
            self.assertFalse(watched.folder.exists())

    def test_nothing_is_left_when_a_card_never_gets_ready(self):
        build = pathlib.Path(os.environ["HARNESS_SCRATCH"]) / "build"
        program = build / "bin/piradi-card"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\necho started >&2\nexec sleep 1000\n")
        program.chmod(0o755)
        with subprocess.Popen(
            [WITH_CARD, "--image", "/dev/null", "--", "true"], stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PIRADI_BUILD": str(build)},
        ) as process:
            self.assertEqual(process.stderr.readline(), "started\n")
            process.kill()
            # Its end is the end of all who could write there.
            process.communicate(timeout=DEADLINE_S)


class Arrangements(unittest.TestCase):
    def test_two_at_once(self):
        with Watched() as one, Watched() as other:
            self.assertNotEqual(one.folder, other.folder)
            for watched in (one, other):
                watched.process.communicate()
                self.assertEqual(watched.process.returncode, 0)

    def test_readers_without_cards(self):
        self.assertEqual(len(readers_seen("--cards", "0")), 2)

    def test_three_cards_in_four_readers(self):
        self.assertEqual(len(readers_seen("--cards", "3")), 4)

    def test_only_a_pin_pad_has_its_features(self):
        count = (
            "import os, pcsc\n"
            "card = pcsc.Card(pcsc.Context(), os.environ['CARD_READER'])\n"
            "try: print(sorted(card.features()), 'PINPAD_CONTROL' in os.environ)\n"
            "except pcsc.PcscError: print('none')"
        )
        environment = {**os.environ, "PYTHONPATH": str(PCSC)}
        for options, expected in (([], "none\n"), (["--reader-pinpad"], "[6, 7] True\n")):
            result = run(*options, "--", sys.executable, "-c", count, env=environment)
            self.assertEqual(result.stdout, expected, result.stderr)

    def test_a_second_card_is_another_persons(self):
        result = run("--cards", "2", "--", "sh", "-c",
                     'test "$SPECIMEN_PIN_AUTH" != "$SPECIMEN_PIN_AUTH_2" && '
                     'test "$CARD_READER" != "$CARD_READER_2"')
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_pcscd_on_order(self):
        result = run("--", sys.executable, "-c", ORDERS, str(PCSC))
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_options_that_make_no_sense(self):
        for arguments in (["--generation", "c", "--", "true"], ["--cards", "99", "--", "true"],
                          ["--image", "x", "--transport", "--", "true"],
                          ["--personality", "myeid", "--generation", "a", "--", "true"],
                          ["--personality", "myeid", "--transport", "--", "true"],
                          ["--personality", "myeid", "--shuffle", "1", "--", "true"], []):
            result = run(*arguments)
            self.assertEqual(result.returncode, 2)
            self.assertIn("error", result.stderr)

    def test_an_image_that_is_none(self):
        result = run("--image", "/nonexistent", "--", "true")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("/nonexistent", result.stderr)

    def test_the_log_hides_pins(self):
        log = pathlib.Path(os.environ["HARNESS_SCRATCH"]) / "apdu.log"
        verify = (
            "import os, pcsc; card = pcsc.Card(pcsc.Context(), os.environ['CARD_READER'])\n"
            "pin = os.environ['SPECIMEN_PIN_AUTH'].encode()\n"
            "assert card.transmit(bytes([0, 0x20, 0, 0x86, len(pin)]) + pin)[1] == 0x9000"
        )
        result = run("--log", log, "--", sys.executable, "-c", verify,
                     env={**os.environ, "PYTHONPATH": str(PCSC)})
        self.assertEqual(result.returncode, 0, result.stderr)
        commands = [line.split()[1:] for line in log.read_text().splitlines()]
        self.assertIn(["0020008606************", "9000", "0"], commands)


if __name__ == "__main__":
    unittest.main()
