#!/usr/bin/python3
"""The card is pulled right before it answers the Nth APDU of a login, for every N."""

import os
import unittest

import person
import running_agent
from running_agent import ORIGIN
from virtual_card import card

PIN = os.environ["SPECIMEN_PIN_AUTH"]
APDUS_MAX = 100


class PulledTest(unittest.TestCase):
    def setUp(self):
        self.agent = running_agent.RunningAgent()
        self.person = person.Person(self.agent)
        self.watcher = self.agent.connect()
        self.watcher.send(command="watch")

    def tearDown(self):
        self.watcher.close()
        self.assertEqual(self.agent.end(), 0, self.agent.log)
        self.agent.remove()

    def card_is_noticed(self, wanted):
        while True:
            cards = {reader["name"]: reader["card"] for reader in self.watcher.receive()["readers"]}
            if (cards[os.environ["CARD_READER"]] != "absent") == wanted:
                return

    def window_still_asks(self):
        """The card may be gone by the time that the window is there."""
        return self.person.reads("0 digits typed|The card was taken out") == "0 digits typed"

    def log_in(self):
        """The last answer; a card that is missed before anything was asked of it comes back."""
        with self.agent.connect() as client:
            client.send(command="authenticate", origin=ORIGIN, nonce="n" * 44)
            while True:
                answer = client.receive()
                if "status" in answer:
                    return answer["status"]
                if answer["for"] == "pin" and self.window_still_asks():
                    self.person.types(PIN)
                elif answer["for"] == "card":
                    return "NO_CARD"

    def test_pulled_at_every_apdu_of_a_login(self):
        self.card_is_noticed(True)
        for index in range(1, APDUS_MAX):
            card(f"remove-at {index}")
            with self.subTest(index=index):
                status = self.log_in()
            if status == "OK":
                break
            self.assertIn(status, ("CARD_REMOVED", "NO_CARD"), index)
            self.card_is_noticed(False)
            card("insert")
            self.card_is_noticed(True)
        self.assertGreater(index, 5)
        self.assertEqual(status, "OK")


if __name__ == "__main__":
    unittest.main()
