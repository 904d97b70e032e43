#!/usr/bin/python3
"""The holder's PINs: changed, unblocked with the PUK, set with the transport PIN. Each class has a card of its own.

    pins.py Holder | Blocked | Transport
"""

import os
import unittest

import person
import running_agent
from running_agent import ORIGIN, receive_after_pin

PINS = {"login": os.environ["SPECIMEN_PIN_AUTH"], "sign": os.environ["SPECIMEN_PIN_SIGN"]}
PUK = os.environ["SPECIMEN_PUK"]


def another(pin):
    return "".join(str((int(digit) + 3) % 10) for digit in pin)


class Base(unittest.TestCase):
    def setUp(self):
        self.agent = running_agent.RunningAgent()
        self.person = person.Person(self.agent)

    def tearDown(self):
        self.assertEqual(self.agent.end(), 0, self.agent.log)
        self.agent.remove()
        log = "".join(self.agent.log)
        for secret in (*PINS.values(), PUK, *map(another, PINS.values())):
            self.assertNotIn(secret, log)

    def begin(self, action, which):
        client = self.agent.connect()
        self.addCleanup(client.close)
        client.send(command="pin", action=action, which=which)
        return client

    def asked(self, client):
        self.assertEqual(client.receive(), {"event": "waiting", "for": "pin"})

    def enters(self, *values):
        for value in values:
            self.person.enters(value)

    def refused(self, action, which, status):
        client = self.begin(action, which)
        self.assertEqual(client.receive()["status"], status)
        self.person.presses("Escape")
        person.sees_no_window()

    def done(self, client):
        self.assertEqual(receive_after_pin(client), {"status": "OK"})
        prompt = self.agent.children()["piradi-prompt"]
        self.person.reads("new PIN|PIN is set|unblocked|changed")
        self.person.presses("Return")
        self.assertTrue(person.has_ended(prompt))

    def log_in(self, pin):
        client = self.agent.connect()
        with client:
            client.send(command="authenticate", origin=ORIGIN, nonce="n" * 44)
            self.asked(client)
            self.person.enters(pin)
            answer = receive_after_pin(client)
        return answer.get("status", "asked again")


class Holder(Base):
    def test_changes_a_pin(self):
        old, new = PINS["login"], another(PINS["login"])
        client = self.begin("change", "login")
        self.asked(client)
        self.enters(new, new, new)  # not the old one
        self.assertEqual(receive_after_pin(client), {"event": "waiting", "for": "pin"})
        self.person.reads("2 tries left")
        self.enters(old, new, new)
        self.done(client)
        self.assertEqual(self.log_in(new), "OK")
        client = self.begin("change", "login")
        self.asked(client)
        self.enters(new, old, old)
        self.done(client)

    def test_says_no(self):
        client = self.begin("change", "sign")
        self.asked(client)
        self.person.reads("0 digits typed")
        self.person.presses("Escape")
        self.assertEqual(client.receive()["status"], "USER_CANCELLED")

    def test_has_nothing_to_activate(self):
        self.refused("activate", "sign", "BAD_REQUEST")

    def test_is_not_asked_for_a_portal(self):
        answer = self.agent.ask(command="pin", action="change", which="login", origin=ORIGIN)
        self.assertEqual(answer["status"], "BAD_REQUEST")


class Blocked(Base):
    def test_is_unblocked_with_the_puk(self):
        old, new = PINS["sign"], another(PINS["sign"])
        client = self.begin("change", "sign")
        self.asked(client)
        for _ in range(3):
            self.enters(new, new, new)
            answer = receive_after_pin(client)
        self.assertEqual(answer["status"], "PIN_BLOCKED")
        self.person.presses("Escape")
        person.sees_no_window()
        self.refused("change", "sign", "PIN_BLOCKED")
        client = self.begin("unblock", "sign")
        self.asked(client)
        self.enters(another(PUK), old, old)
        self.assertEqual(receive_after_pin(client), {"event": "waiting", "for": "pin"})
        self.person.reads("4 tries left")
        self.enters(PUK, old, old)
        self.done(client)
        client = self.begin("unblock", "login")  # one that is not blocked may be set anew, too
        self.asked(client)
        self.enters(PUK, new, new)
        self.done(client)
        self.assertEqual(self.log_in(new), "OK")


class Transport(Base):
    def test_sets_the_signature_pin_once(self):
        transport, pin = os.environ["SPECIMEN_TRANSPORT_PIN"], PINS["sign"]
        self.refused("change", "sign", "PIN_NOT_SET")
        self.refused("unblock", "sign", "PIN_NOT_SET")
        client = self.begin("activate", "sign")
        self.asked(client)
        self.enters(another(transport), pin, pin)
        self.assertEqual(receive_after_pin(client), {"event": "waiting", "for": "pin"})
        self.enters(transport, pin, pin)
        self.done(client)
        self.refused("activate", "sign", "BAD_REQUEST")
        client = self.begin("change", "sign")
        self.asked(client)
        self.enters(pin, pin, pin)
        self.done(client)


if __name__ == "__main__":
    unittest.main()
