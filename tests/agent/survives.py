#!/usr/bin/python3
"""The agent outlives what it starts and what it needs: each of them is killed at each step of a login, and the next login
works; and many logins leave it as it was.

    survives.py [LOGINS]
"""

import os
import pathlib
import signal
import sys
import unittest

import person
import running_agent
from running_agent import ORIGIN, receive_after_pin
from virtual_card import pcscd

PIN = os.environ["SPECIMEN_PIN_AUTH"]
LOGINS = 8
IS_SANITIZED = bool(os.environ.get("PIRADI_SANITIZE"))  # it keeps for a while what was freed


class SurvivesTest(unittest.TestCase):
    def setUp(self):
        self.agent = running_agent.RunningAgent()
        self.person = person.Person(self.agent)

    def tearDown(self):
        self.assertEqual(self.agent.end(), 0, self.agent.log)
        self.agent.remove()

    def begin(self):
        client = self.agent.connect()
        self.addCleanup(client.close)
        client.send(command="authenticate", origin=ORIGIN, nonce="n" * 44)
        return client

    def log_in(self):
        with self.agent.connect() as client:
            client.send(command="authenticate", origin=ORIGIN, nonce="n" * 44)
            while client.receive() != {"event": "waiting", "for": "pin"}:
                pass  # the card may have to be noticed first
            self.person.enters(PIN)
            self.assertEqual(receive_after_pin(client)["status"], "OK")

    def kill(self, what):
        if what == "pcscd":
            pcscd("kill")
        else:
            os.kill(self.agent.children()[what], signal.SIGKILL)

    def children_are_gone(self):
        """Those of the login before, which would be killed instead of the next one's."""
        person.until(lambda: not self.agent.children(), "the last children to end")

    def last_answer(self, client):
        answer = client.receive()
        while "status" not in answer:
            answer = client.receive()
        return answer["status"]

    def test_killed_before_anything_was_asked(self):
        for what, status in (("piradi-worker", "INTERNAL"), ("piradi-prompt", "PROMPT_UNAVAILABLE")):
            self.children_are_gone()
            client = self.begin()
            person.until(lambda: what in self.agent.children(), what)  # noqa: B023
            self.kill(what)
            self.assertEqual(self.last_answer(client), status)
            self.log_in()

    def test_killed_while_the_pin_is_asked(self):
        for what, status in (("piradi-worker", "INTERNAL"), ("piradi-prompt", "PROMPT_UNAVAILABLE"),
                             ("pcscd", "PCSC_UNAVAILABLE")):
            self.children_are_gone()
            client = self.begin()
            while client.receive() != {"event": "waiting", "for": "pin"}:
                pass
            self.person.reads("0 digits typed")
            self.kill(what)
            self.assertEqual(self.last_answer(client), status)
            if what == "pcscd":
                pcscd("start")
            self.log_in()

    def test_killed_while_the_card_works(self):
        for what, statuses in (("piradi-worker", ("INTERNAL", "OK")), ("piradi-prompt", ("PROMPT_UNAVAILABLE", "OK"))):
            self.children_are_gone()
            client = self.begin()
            while client.receive() != {"event": "waiting", "for": "pin"}:
                pass
            children = self.agent.children()
            self.person.enters(PIN)
            try:
                os.kill(children[what], signal.SIGKILL)
            except ProcessLookupError:
                pass  # it was done already
            self.assertIn(self.last_answer(client), statuses)
            self.log_in()

    def look(self):
        process = pathlib.Path(f"/proc/{self.agent.process.pid}")
        resident = next(line for line in (process / "status").read_text().splitlines() if line.startswith("RssAnon"))
        return len(list((process / "fd").iterdir())), int(resident.split()[1])

    def test_many_logins_leave_nothing(self):
        self.log_in()
        self.log_in()
        descriptors, kilobytes = self.look()
        for _ in range(LOGINS):
            self.log_in()
        self.children_are_gone()
        now = self.look()
        print(f"{LOGINS} logins: descriptors {descriptors} to {now[0]}, kB {kilobytes} to {now[1]}")
        self.assertLessEqual(now[0], descriptors)
        if not IS_SANITIZED:
            self.assertLessEqual(now[1], kilobytes + GROWTH_KB)


# The heap's own coming and going; a leak of a login's certificate alone would be a multiple of it in 1,000.
GROWTH_KB = 512

if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[-1].isdigit():
        LOGINS = int(sys.argv.pop())
    unittest.main()
