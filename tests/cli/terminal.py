#!/usr/bin/python3
"""`piradi` where there is no display: the questions are asked in its own terminal, and it leaves them there."""

import os
import select
import subprocess
import unittest

import piradi
import running_agent
import wire

PIN = os.environ["SPECIMEN_PIN_AUTH"]


class TerminalTest(unittest.TestCase):
    def setUp(self):
        self.agent = running_agent.RunningAgent()
        self.addCleanup(self.agent.remove)
        self.addCleanup(self.agent.end)
        self.screen, self.terminal = os.openpty()
        self.addCleanup(os.close, self.screen)
        self.addCleanup(os.close, self.terminal)
        self.told = ""

    def start(self, *words):
        return subprocess.Popen([piradi.PROGRAM, *words], env=piradi.environment(self.agent.environment),
                                stdin=self.terminal, stdout=self.terminal, stderr=self.terminal)

    def reads(self, text):
        while text not in self.told:
            ready, _, _ = select.select([self.screen], [], [], wire.PATIENCE_S)
            self.assertTrue(ready, self.told)
            self.told += os.read(self.screen, 4096).decode()

    def types(self, text):
        os.write(self.screen, text.encode())

    def test_a_pin_is_changed(self):
        with self.start("pin", "change") as command:
            for field in ("Present authentication PIN (6 digits): ", "New authentication PIN (6 digits): ",
                          "New authentication PIN once more (6 digits): "):
                self.reads(field)
                self.types(f"{PIN}\r")
            self.reads("The authentication PIN has been changed.")
            self.assertEqual(command.wait(), 0)
        self.assertNotIn(PIN, self.told)
        self.assertNotIn("\x1b", self.told)  # no line of the command's own in between

    def test_person_says_no(self):
        with self.start("pin", "change", "--signature") as command:
            self.reads("Present signature PIN (6 digits): ")
            self.types("12\x03")
            self.assertEqual(command.wait(), 40)
        self.reads("You cancelled")


if __name__ == "__main__":
    unittest.main()
