#!/usr/bin/python3
"""The agent's view of readers and cards, by scripts/with-card's: each change is told to a watcher."""

import os
import unittest

import running_agent
from virtual_card import card, pcscd


class ReadersTest(unittest.TestCase):
    def setUp(self):
        self.agent = running_agent.RunningAgent()
        self.watcher = self.agent.connect()
        self.watcher.send(command="watch")

    def tearDown(self):
        self.watcher.close()
        self.assertEqual(self.agent.end(), 0)
        self.agent.remove()

    def wait_for(self, **wanted):
        """Reads events until the card's reader is as wanted, or pcsc is."""
        while True:
            event = self.watcher.receive()
            self.assertEqual(event["event"], "readers")
            if "pcsc" in wanted and event.get("pcsc", True) == wanted["pcsc"]:
                return event
            for reader in event["readers"]:
                if reader["name"] == os.environ["CARD_READER"] and (
                        reader["card"] == wanted.get("card")):
                    return event

    def test_card_pulled_and_put_back(self):
        event = self.wait_for(card="present")
        self.assertEqual(len(event["readers"]), 2)
        self.assertEqual({reader["contactless"] for reader in event["readers"]}, {False})
        for _ in range(3):
            card("remove")
            self.wait_for(card="absent")
            card("insert")
            self.wait_for(card="present")

    def test_card_upside_down(self):
        self.wait_for(card="present")
        card("remove")
        self.wait_for(card="absent")
        card("insert-upside-down")
        self.wait_for(card="mute")
        card("remove")
        self.wait_for(card="absent")
        card("insert")
        self.wait_for(card="present")

    def test_pcscd_stopped_and_started(self):
        self.wait_for(card="present")
        for end in ("stop", "kill"):
            pcscd(end)
            event = self.wait_for(pcsc=False)
            self.assertEqual(event["readers"], [])
            pcscd("start")
            self.wait_for(card="present")


if __name__ == "__main__":
    unittest.main()
