#!/usr/bin/python3
"""`piradi status`: what the agent sees."""

import os
import unittest

import piradi
import running_agent
from virtual_card import card, pcscd


class StatusTest(unittest.TestCase):
    def setUp(self):
        self.agent = running_agent.RunningAgent()
        self.addCleanup(self.agent.remove)
        self.addCleanup(self.agent.end)

    def until(self, sees):
        """Waits until the agent has seen it."""
        with self.agent.connect() as watcher:
            watcher.send(command="watch")
            while not sees(watcher.receive()):
                pass

    def card_is(self, state):
        return lambda event: state in [reader["card"] for reader in event["readers"]]

    def test_states(self):
        reader = os.environ["CARD_READER"]
        self.until(self.card_is("present"))
        self.assertIn(f"{reader}: a card\n", piradi.run("status", env=self.agent.environment).stdout)
        card("remove")
        self.until(lambda event: {reader["card"] for reader in event["readers"]} == {"absent"})
        self.assertIn(f"{reader}: no card\n", piradi.run("status", env=self.agent.environment).stdout)
        card("insert-upside-down")
        self.until(self.card_is("mute"))
        self.assertIn(f"{reader}: a card that does not answer",
                      piradi.run("status", env=self.agent.environment).stdout)
        card("remove")
        card("insert")
        pcscd("stop")
        self.until(lambda event: event.get("pcsc") is False)
        exit_status, answer = piradi.run_json("status", env=self.agent.environment)
        self.assertEqual((exit_status, answer["pcsc"], answer["readers"]), (0, False, []))
        pcscd("start")


if __name__ == "__main__":
    unittest.main()
