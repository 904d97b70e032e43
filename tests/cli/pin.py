#!/usr/bin/python3
"""`piradi pin`: the card's own PINs, asked for in the real window."""

import json
import os
import unittest

import person
import piradi
import running_agent

PIN = os.environ["SPECIMEN_PIN_AUTH"]
SIGNATURE_PIN = os.environ["SPECIMEN_PIN_SIGN"]
PUK = os.environ["SPECIMEN_PUK"]
NEW_PIN = "".join(str((int(digit) + 3) % 10) for digit in PIN)


class PinTest(unittest.TestCase):
    def setUp(self):
        self.agent = running_agent.RunningAgent()
        self.addCleanup(self.agent.remove)
        self.addCleanup(self.agent.end)
        self.person = person.Person(self.agent)

    def run_pin(self, *words, entered, steps):
        command = piradi.start("pin", *words, agent=self.agent)
        for step, digits in zip(steps, entered):
            self.person.reads(step)
            self.person.enters(digits)
        self.person.reads("new PIN is valid from now on")
        self.person.presses("Return")
        told, errors = command.communicate()
        self.assertEqual((command.returncode, errors), (0, ""))
        return told

    def test_is_changed_and_unblocked(self):
        told = self.run_pin("change", entered=(PIN, NEW_PIN, NEW_PIN),
                            steps=("Present authentication PIN", "New authentication PIN [(]", "once more"))
        self.assertEqual(told, "The authentication PIN has been changed.\n")
        told = self.run_pin("unblock", "--json", entered=(PUK, PIN, PIN),
                            steps=("PUK code", "New authentication PIN [(]", "once more"))
        self.assertEqual(json.loads(told), {"status": "OK"})
        told = self.run_pin("change", "--signature", entered=(SIGNATURE_PIN,) * 3,
                            steps=("Present signature PIN", "New signature PIN [(]", "once more"))
        self.assertEqual(told, "The signature PIN has been changed.\n")

    def test_person_says_no(self):
        command = piradi.start("pin", "change", "--json", agent=self.agent)
        self.person.reads("Present authentication PIN")
        self.person.presses("Escape")
        told, _ = command.communicate()
        self.assertEqual((command.returncode, json.loads(told)["status"]), (40, "USER_CANCELLED"))

    def test_is_set_once_only(self):
        command = piradi.start("pin", "activate", agent=self.agent)
        _, errors = command.communicate()
        self.assertEqual(command.returncode, 50, errors)


if __name__ == "__main__":
    unittest.main()
