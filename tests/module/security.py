#!/usr/bin/python3
"""Rows A2, C2 to C6 of docs/security.md for the module, each a class: `security.py A2`."""

import contextlib
import ctypes
import functools
import json
import operator
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import cryptoki as ck
import rival
from stack import BUSY_S, DATA, PATIENCE, REMOVED_S, ROLES, TIMEOUT_S, card, commands_sent
from stack import log_in_and_sign, open_session, pcscd, pcsc, pin_of, variable, verifies_sent, wait_for_card

IMAGE = json.loads(pathlib.Path(os.environ["CARD_IMAGE"]).read_text())
# What rival.py says when it got as far as the card: PSO, security status not satisfied.
REFUSED = "2A 6982"
# A part of CARD_HOLD_MS.
HELD_S = 0.5 * PATIENCE
CARDS_MAX, SLOTS = 9, 2  # one more than scripts/with-card has; cards in one of its readers
HERE = os.path.dirname(os.path.abspath(__file__))


@contextlib.contextmanager
def takes_at_most(seconds):
    begin = time.monotonic()
    yield
    spent = time.monotonic() - begin
    assert spent <= seconds, f"{spent:.1f} s, not {seconds}"


class Test(unittest.TestCase):
    @contextlib.contextmanager
    def fails_with(self, *names):
        with self.assertRaises(ck.CkError) as caught:
            yield
        self.assertIn(caught.exception.name, names)


def said_in(line):
    """What rival.py printed, without the time."""
    return line.split(maxsplit=1)[-1].strip()


class Rival:
    """rival.py at work."""

    def __init__(self, role, manner):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "rival.py"), variable("CARD_READER"),
             variable("CARD_IMAGE"), role, manner],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
        )
        self.output = self.process.stdout
        self.heard = []

    def __enter__(self):
        self.attempts(5)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.heard += map(said_in, self.output.read().decode().splitlines())
        self.process.wait()
        self.output.close()

    def attempts(self, count, within_s=None):
        """Lets it try this often, or for so long: while the card is held, it may have to wait."""
        end = None if within_s is None else time.monotonic() + within_s
        for _ in range(count):
            left = None if end is None else max(0, end - time.monotonic())
            if not select.select([self.output], [], [], left)[0]:
                break
            self.heard.append(said_in(self.output.readline().decode()))

    def until_refused(self):
        """Lets it try until the card itself has refused it five times more."""
        before = self.heard.count(REFUSED)
        while self.heard.count(REFUSED) < before + 5 and "signed" not in self.heard:
            self.attempts(1)


class A2(Test):
    def signs_beside(self, role, manner):
        with Rival(role, manner) as other, ck.Module() as module:
            session = open_session(module, role)
            session.login(pin_of(role))
            other.attempts(500, HELD_S)
            session.sign_init()
            if role == "sign":
                session.login(pin_of(role), ck.CKU_CONTEXT_SPECIFIC)
                other.attempts(500, HELD_S)
            self.assertTrue(session.sign_final(DATA))
            other.attempts(20)
            if role == "auth":
                self.assertTrue(session.sign(DATA))
                other.attempts(20)
            session.logout()
            other.attempts(20)
            session.login(pin_of(role))
            session.close()
            other.attempts(20)
        self.assertNotIn("signed", other.heard)
        self.assertIn(REFUSED, other.heard, "the rival never came as far as to be refused")

    def test_the_rival_would_sign_if_it_could(self):
        """What the other tests rely on: with a PIN verified, its commands make a signature."""
        pins = {pin["role"]: int(pin["reference"], 16) for pin in IMAGE["pins"]}
        for role in ROLES:
            select_key, reference = rival.key_of(variable("CARD_IMAGE"), role)
            pin = pin_of(role).encode()
            with pcsc.Context() as context:
                other = pcsc.Card(context, variable("CARD_READER"))
                other.transmit(select_key)
                other.transmit(bytes([0, 0x20, 0, pins[role], len(pin)]) + pin)
                self.assertEqual(rival.attempt(other, select_key, reference), "signed")
                other.disconnect()

    def test_nobody_else_signs(self):
        for role in ROLES:
            for manner in ("fresh", "connected"):
                with self.subTest(role=role, manner=manner):
                    self.signs_beside(role, manner)

    def test_nobody_else_signs_when_the_application_just_waits(self):
        """The hold ends by itself, with a reset, and the rival is let in, to no avail."""
        for role in ROLES:
            with Rival(role, "connected") as other, ck.Module() as module:
                session = open_session(module, role)
                session.login(pin_of(role))
                other.until_refused()
            self.assertNotIn("signed", other.heard)

    def test_nobody_else_signs_after_a_kill(self):
        """Exclusively held, as nobody else is connected: no window at all."""
        victim = (
            "import cryptoki as ck, stack, sys\n"
            "module = ck.Module(); module.__enter__()\n"
            "session = stack.open_session(module, sys.argv[1])\n"
            "session.login(stack.pin_of(sys.argv[1]))\n"
            "print('in', flush=True); sys.stdin.read()\n"
        )
        for role in ROLES * 5:
            process = subprocess.Popen(
                [sys.executable, "-c", victim, role], cwd=HERE, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": HERE},
            )
            self.assertEqual(process.stdout.readline(), b"in\n")
            with Rival(role, "fresh") as other:
                process.send_signal(signal.SIGKILL)
                other.until_refused()
            process.communicate()
            self.assertNotIn("signed", other.heard)


class C2(Test):
    """Cards in readers of their own are pulled side by side, each by a process of its own (Pulled):
    most of the time goes by until pcscd notices."""

    def commands_of(self, role):
        before = len(commands_sent())
        with ck.Module() as module:
            log_in_and_sign(module, role)
        return len(commands_sent()) - before

    def test_pulled_at_every_command(self):
        places = [(role, index) for role in ROLES
                  for index in range(1, self.commands_of(role) + 1)]
        numbers = [n for n in range(3, CARDS_MAX, SLOTS) if f"CARD_READER_{n}" in os.environ]
        numbers = [1, *numbers]
        self.assertGreater(len(places), 20)
        processes = [
            subprocess.Popen(
                [sys.executable, __file__, "Pulled"], stderr=subprocess.PIPE, text=True,
                env={**os.environ, "PULLED": json.dumps([number, places[i :: len(numbers)]])},
            )
            for i, number in enumerate(numbers)
        ]
        for process in processes:
            _, said = process.communicate()
            self.assertEqual(process.returncode, 0, said)

    def test_pulled_between_two_calls(self):
        with ck.Module() as module:
            session = log_in_and_sign(module, "auth")
            card("remove")
            wait_for_card(False)
            with self.fails_with("DEVICE_REMOVED", "SESSION_HANDLE_INVALID"):
                session.sign(DATA)
            with self.fails_with("TOKEN_NOT_PRESENT"):
                open_session(module, "auth")
            card("insert")
            wait_for_card()
            with self.fails_with("SESSION_HANDLE_INVALID"):
                session.sign(DATA)
            log_in_and_sign(module, "auth")


class Pulled(Test):
    """A share of C2, run by it for each card."""

    def test_at_each_place(self):
        number, places = json.loads(os.environ["PULLED"])
        for role, index in places:
            with self.subTest(role=role, index=index), ck.Module() as module:
                card(f"remove-at {index}", number)
                with takes_at_most(REMOVED_S), self.fails_with("DEVICE_REMOVED"):
                    log_in_and_sign(module, role, number)
                card("insert", number)
                wait_for_card(number=number)
                log_in_and_sign(module, role, number).close()


class C3(Test):
    """The first card falls silent. The other is in the second reader: the two slots of one wait for
    each other in pcscd."""

    def mute_at(self, module, role, index):
        caught = []

        def run():
            try:
                log_in_and_sign(module, role)
            except ck.CkError as error:
                caught.append(error.name)

        card(f"mute-at {index}")
        thread = threading.Thread(target=run)
        with takes_at_most(TIMEOUT_S):
            thread.start()
            log_in_and_sign(module, role, number=3).close()
            self.assertTrue(thread.is_alive(), "the other reader waited for the mute one")
            thread.join()
        self.assertEqual(caught, ["DEVICE_ERROR"])

    def test_a_mute_card_stops_only_itself(self):
        with ck.Module() as module:
            for role, index in (("auth", 1), ("sign", 2)):
                self.mute_at(module, role, index)
                with takes_at_most(REMOVED_S), self.fails_with("DEVICE_ERROR"):
                    open_session(module, role)
                card("remove")
                wait_for_card(False)
                card("insert")
                wait_for_card()
                log_in_and_sign(module, role).close()

    def test_the_module_ends_while_a_card_is_mute(self):
        with ck.Module() as module:
            session = open_session(module, "auth")
            card("mute")
            with self.fails_with("DEVICE_ERROR"):
                session.login(pin_of("auth"))
        card("remove")
        wait_for_card(False)
        card("insert")
        wait_for_card()
        with ck.Module() as module:
            log_in_and_sign(module, "auth")


class C4(Test):
    def test_a_restarted_pcscd_heals(self):
        with ck.Module() as module:
            for _ in range(3):
                session = open_session(module, "auth")
                session.login(pin_of("auth"))
                pcscd("kill")
                with self.fails_with("FUNCTION_FAILED", "DEVICE_REMOVED"):
                    session.sign(DATA)
                self.assertEqual(module.slots(), [])
                pcscd("start")
                wait_for_card()
                log_in_and_sign(module, "auth").close()

    def test_also_when_nobody_noticed(self):
        with ck.Module() as module:
            log_in_and_sign(module, "sign")
            pcscd("kill")
            pcscd("start")
            wait_for_card()
            log_in_and_sign(module, "sign")


class C5(Test):
    def setUp(self):
        self.context = pcsc.Context()

    def test_anothers_transaction(self):
        holder = pcsc.Card(self.context, variable("CARD_READER"))
        pcsc.call("SCardBeginTransaction", holder.handle)
        with ck.Module() as module:
            with takes_at_most(BUSY_S), self.fails_with("PIRADI_CARD_BUSY"):
                open_session(module, "auth")
            pcsc.call("SCardEndTransaction", holder.handle, ctypes.c_ulong(pcsc.LEAVE_CARD))
            holder.disconnect(pcsc.LEAVE_CARD)
            log_in_and_sign(module, "auth")

    def test_anothers_transaction_under_an_open_session(self):
        with ck.Module() as module:
            session = open_session(module, "auth")
            holder = pcsc.Card(self.context, variable("CARD_READER"))
            pcsc.call("SCardBeginTransaction", holder.handle)
            with takes_at_most(BUSY_S), self.fails_with("PIRADI_CARD_BUSY"):
                session.login(pin_of("auth"))
            pcsc.call("SCardEndTransaction", holder.handle, ctypes.c_ulong(pcsc.LEAVE_CARD))
            holder.disconnect(pcsc.LEAVE_CARD)
            log_in_and_sign(module, "auth", session=session)

    def test_anothers_exclusive_hold(self):
        holder = pcsc.Card(self.context, variable("CARD_READER"), pcsc.SHARE_EXCLUSIVE)
        with ck.Module() as module:
            with takes_at_most(BUSY_S), self.fails_with("PIRADI_CARD_BUSY"):
                open_session(module, "auth")
            holder.disconnect(pcsc.LEAVE_CARD)
            log_in_and_sign(module, "auth")


    def test_the_end_of_anothers_exclusive_hold_is_noticed(self):
        holder = pcsc.Card(self.context, variable("CARD_READER"), pcsc.SHARE_EXCLUSIVE)
        end = threading.Timer(HELD_S, holder.disconnect, [pcsc.LEAVE_CARD])
        with ck.Module() as module:
            end.start()
            log_in_and_sign(module, "auth")
        end.join()


class C6(Test):
    def test_no_length_that_was_not_declared(self):
        with ck.Module() as module:
            for role in ROLES:
                session = open_session(module, role)
                good = pin_of(role)
                for pin in ("", "1", good[1:], good + "1", "1" * 64, "1" * 65, good[1:] + "a"):
                    with self.fails_with("PIN_LEN_RANGE"):
                        session.login(pin)
                session.close()
        self.assertEqual(verifies_sent(), [])

    def test_only_references_that_were_declared(self):
        with ck.Module() as module:
            for role in ROLES:
                log_in_and_sign(module, role)
        declared = {pin["reference"] for pin in IMAGE["pins"]}
        sent = {command[6:8] for command in commands_sent() if command[2:4] == "20"}
        self.assertLessEqual(sent, declared)
        self.assertEqual(len({command[6:8] for command in verifies_sent()}), 2)


    def test_no_reference_on_an_unknown_card(self):
        another = {**IMAGE, "atr": with_check_byte("3BDC96FF8111FE47" + b"SomeOtherEID".hex())}
        contactless = {**IMAGE, "atr": with_check_byte("3B8F8001804F0CA00000030603000300000000")}
        top = "master" if "master" in IMAGE else "application"
        empty = {**IMAGE, top: {**IMAGE[top], "children": []}, "pins": [], "keys": []}
        for image, refusal in (
            (another, "TOKEN_NOT_RECOGNIZED"), (empty, "TOKEN_NOT_RECOGNIZED"),
            (contactless, "PIRADI_CARD_CONTACTLESS"),
        ):
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "image.json"
                path.write_text(json.dumps(image))
                result = subprocess.run(
                    [ck.ROOT / "scripts/with-card", "--image", path, "--log",
                     pathlib.Path(folder) / "log", "--", sys.executable, __file__, "Unknown"],
                    env={**os.environ, "PIRADI_BUILD": str(ck.BUILD), "REFUSAL": refusal},
                    capture_output=True, text=True, check=False,
                )
            self.assertEqual(result.returncode, 0, result.stderr)


def with_check_byte(atr):
    """ISO 7816-3, 8.2.5: all bytes after the first, XORed."""
    check = functools.reduce(operator.xor, bytes.fromhex(atr)[1:])
    return atr + f"{check:02X}"


class Unknown(Test):
    """C6's second half, run by the first with another card in the reader."""

    def test_nothing_is_verified(self):
        with ck.Module() as module:
            slots = module.slots()
            self.assertEqual(len(slots), 2)
            for slot in slots:
                for _ in range(2):
                    with self.fails_with(os.environ["REFUSAL"]):
                        module.token_info(slot)
                with self.fails_with(os.environ["REFUSAL"]):
                    module.session(slot)
        self.assertEqual([command for command in commands_sent() if command[2:4] == "20"], [])


if __name__ == "__main__":
    unittest.main()
