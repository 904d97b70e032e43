#!/usr/bin/python3
"""The last tries of a PIN; the card of this run is of no use afterwards."""

import os
import unittest

import person
import running_agent
from running_agent import ORIGIN, receive_after_pin

PIN = os.environ["SPECIMEN_PIN_AUTH"]
WRONG = "000000" if PIN != "000000" else "111111"


class BlockedTest(unittest.TestCase):
    def test_three_wrong_pins_block_it(self):
        agent = running_agent.RunningAgent()
        citizen = person.Person(agent)
        self.addCleanup(agent.remove)
        with agent.connect() as client:
            client.send(command="authenticate", origin=ORIGIN, nonce="n" * 44)
            while client.receive()["for"] != "pin":
                pass
            for says in ("0 digits typed", "2 tries left"):
                citizen.enters(WRONG, says)
                self.assertEqual(receive_after_pin(client)["for"], "pin")
            citizen.enters(WRONG, "[Ll]ast")
            self.assertEqual(receive_after_pin(client)["status"], "PIN_BLOCKED")
        answer = agent.ask(command="authenticate", origin=ORIGIN, nonce="n" * 44)
        self.assertEqual(answer["status"], "PIN_BLOCKED")
        self.assertEqual(agent.end(), 0)


if __name__ == "__main__":
    unittest.main()
