#!/usr/bin/python3
"""Rule A1 on the whole stack: PINs made up for this run are looked for in the memory of every process of ours, while they
are typed, after the card took them or did not, and after the person said no. Started by with-own-pins."""

import os
import socket
import sys
import unittest

import memory
import stack  # and where the next ones are
import person
import wire
from virtual_card import card

AUTH, SIGN = os.environ["SPECIMEN_PIN_AUTH"], os.environ["SPECIMEN_PIN_SIGN"]
# VERIFY is among the first commands after a PIN, and a signature needs at least this many.
COMMANDS_OF_A_SIGNATURE = 4

# In locked memory between C_Login and C_Logout, since PKCS#11 lets an application sign more than once after one C_Login;
# a PIN that is good for one signature is not kept.
KEPT_BY_THE_MODULE = 1


def other_pin(pin):
    return "".join(str((int(digit) + 1) % 10) for digit in pin)


WORDS = [AUTH, SIGN, other_pin(AUTH), other_pin(SIGN)]


def look(names=None):
    """Those processes, or all: the children of an operation that is over end at any time."""
    return {name: memory.count(pid, WORDS) for name, pid in stack.processes().items() if names is None or name in names}


def look_quickly():
    """While a card does not answer, for which its user has not much patience."""
    copies = {name: memory.copy(pid) for name, pid in stack.processes().items()}
    return lambda: {name: memory.count_in(pieces, WORDS) for name, pieces in copies.items()}


class Pins(unittest.TestCase):
    def setUp(self):
        self.person = stack.citizen()
        self.portal = stack.Portal()

    def asked_for_pin(self, children):
        """What was in memory by chance before anybody typed."""
        self.person.reads("0 digits typed")
        before = look()
        self.assertEqual(set(before), {"piradi-agent", "piradi-bridge", "piradi-portal", *children})
        return before

    def assert_copies(self, before, pin, now=None, **most):
        """At most so many in the prompt or the worker, none elsewhere, but for what was there before."""
        now = now or look()
        self.assertLessEqual(set(before), set(now), "a process ended before it could be looked at")
        for name, counts in before.items():
            more = {word: now[name][word] - counts[word] for word in WORDS}
            self.assertLessEqual(more.pop(pin), most.get(name.removeprefix("piradi-"), 0), name)
            self.assertEqual(set(more.values()), {0}, name)

    def types(self, before, pin):
        person.xdotool("windowfocus", "--sync", self.person.sees_window(), "type", pin)
        self.person.reads(f"{len(pin)} digits typed")
        self.assert_copies(before, pin, prompt=1)
        self.assertEqual(look()["piradi-prompt"][pin] - before["piradi-prompt"][pin], 1, "the search sees no PIN")

    def enters(self, before, pin, in_worker=0):
        """The card stops in the middle of its work, so that prompt and worker can be looked at once it has the PIN."""
        self.types(before, pin)
        card(f"mute-at {COMMANDS_OF_A_SIGNATURE}")
        self.person.presses("Return")
        person.until(lambda: " mute " in card("status"), "the card to stop")
        seen = look_quickly()
        card("unmute")
        self.assert_copies(before, pin, seen(), worker=in_worker)

    def enters_wrong(self, before, pin):
        self.types(before, pin)
        self.person.presses("Return")
        self.person.reads("Wrong PIN")
        self.assert_copies(before, pin)

    def says_no(self, before, pin):
        self.types(before, pin)
        self.person.presses("Escape")

    def assert_gone(self, before, pin):
        rest = {name: counts for name, counts in before.items() if name not in stack.CHILDREN}
        self.assert_copies(rest, pin, look(rest))

    def log_in(self):
        asked = stack.log_in(self.portal.nonce())
        before = self.asked_for_pin({"piradi-prompt", "piradi-worker"})
        self.enters(before, AUTH, in_worker=KEPT_BY_THE_MODULE)
        reply = asked.reply()
        self.assertEqual(reply.status, 200, reply.body)
        self.assertTrue(self.portal.log_in(reply.json)["name"])
        self.assert_gone(before, AUTH)

    def test_login(self):
        self.log_in()

    def test_wrong_pin_then_cancelled(self):
        asked = stack.log_in(self.portal.nonce())
        before = self.asked_for_pin({"piradi-prompt", "piradi-worker"})
        self.enters_wrong(before, other_pin(AUTH))
        self.says_no(before, AUTH)
        self.assertEqual(asked.reply().json["code"], "USER_CANCELLED")
        self.assert_gone(before, AUTH)
        self.log_in()  # all tries again

    def test_letter(self):
        self.log_in()
        letter, draft = self.portal.compose()
        asked = stack.sign(draft)
        before = self.asked_for_pin({"piradi-prompt", "piradi-worker", "piradi-document"})
        self.enters_wrong(before, other_pin(SIGN))
        self.enters(before, SIGN)
        reply = asked.reply()
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(self.portal.send(letter, reply.body)["state"], "sent")
        self.assert_gone(before, SIGN)

    def test_worker_keeps_nothing(self):
        """By itself: one that stays for the next question, as the agent's does not."""
        prompt, pins = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with prompt, pins, wire.Child("piradi-worker", pins) as worker:
            worker.send(command="find", purpose="login", chain=False, unblocking=False)
            self.assertEqual(worker.receive()["status"], "OK")
            before = memory.count(worker.process.pid, WORDS)
            for pin, said in ((other_pin(AUTH), "PIN_WRONG"), (AUTH, "OK")):
                worker.send(command="login", key=0, origin=stack.ORIGIN, nonce="n" * 44)
                prompt.send(pin.encode())
                self.assertEqual(worker.receive()["status"], said)
                self.assertEqual(memory.count(worker.process.pid, WORDS), before, said)

    @classmethod
    def tearDownClass(cls):
        for log in stack.STATE.glob("*.log"):
            text = log.read_text(encoding="utf-8", errors="replace")
            assert not any(word in text for word in WORDS), log


class Search(unittest.TestCase):
    def test_finds_what_is_there(self):
        """In this very process, which knows the PINs."""
        self.assertGreater(memory.count(os.getpid(), [AUTH])[AUTH], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2, argv=sys.argv)
