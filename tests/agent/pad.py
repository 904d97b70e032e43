#!/usr/bin/python3
"""A login whose PIN is typed on the reader: the window says so, and no PIN is in any program."""

import os
import sys
import unittest

import person
import running_agent
import wire
from running_agent import ORIGIN

sys.path.insert(0, str(wire.TOP / "tests/pinpad"))
from pinpad import Person  # noqa: E402  (before the reader)

PIN = os.environ["SPECIMEN_PIN_AUTH"]
WRONG = "000000" if PIN != "000000" else "111111"


class PadTest(unittest.TestCase):
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
        self.assertEqual(client.receive(), {"event": "waiting", "for": "pin"})
        return client

    def goes_on(self, client, reads, *keys):
        self.person.reads(reads)
        for key in keys:
            self.person.presses(key)
        self.assertEqual(client.receive(), {"event": "waiting", "for": "pin"})

    def test_login(self):
        client = self.begin()
        with Person(f"type {WRONG}", f"type {PIN}") as pad:
            self.goes_on(client, "on the reader|card reader", "Tab", "Tab", "space")
            self.assertEqual(client.receive(), {"event": "waiting", "for": "pin"})
            self.goes_on(client, "2 tries left", "Tab", "Tab", "Tab", "space")
            self.assertEqual(client.receive()["status"], "OK")
        self.assertEqual(pad.answers, ["ok", "ok"])

    def test_cancelled_on_the_reader(self):
        client = self.begin()
        with Person("cancel"):
            self.goes_on(client, "on the reader|card reader", "Tab", "Tab", "space")
            self.assertEqual(client.receive()["status"], "USER_CANCELLED")


if __name__ == "__main__":
    unittest.main()
