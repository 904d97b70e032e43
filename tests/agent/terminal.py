#!/usr/bin/python3
"""Without a display the person is asked in the terminal in which `piradi` was started."""

import os
import select
import subprocess
import unittest

import running_agent
import wire
from running_agent import ORIGIN

PIN = os.environ["SPECIMEN_PIN_AUTH"]


class TerminalTest(unittest.TestCase):
    def setUp(self):
        self.agent = running_agent.RunningAgent()
        self.addCleanup(self.agent.remove)
        self.addCleanup(self.agent.end)
        self.screen, self.terminal = os.openpty()
        self.addCleanup(os.close, self.screen)
        self.addCleanup(os.close, self.terminal)

    def start(self):
        return subprocess.Popen([wire.BUILD / "bin/piradi", "login", "--origin", ORIGIN, "--nonce", "n" * 44],
                                env=self.agent.environment, stdin=self.terminal, stdout=subprocess.PIPE,
                                stderr=self.terminal)

    def reads(self, text):
        told = ""
        while text not in told:
            ready, _, _ = select.select([self.screen], [], [], wire.PATIENCE_S)
            self.assertTrue(ready, told)
            told += os.read(self.screen, 4096).decode()
        return told

    def test_login(self):
        with self.start() as piradi:
            self.reads("Authentication PIN")
            os.write(self.screen, PIN.encode() + b"\r")
            token = piradi.stdout.read()
        self.assertEqual(piradi.returncode, 0)
        self.assertIn(b"web-eid:1.0", token)

    def test_another_persons_terminal_is_not_opened(self):
        """Nor one that is none: then there is no way to ask."""
        for name, status in (("/dev/pts/999999", "PROMPT_UNAVAILABLE"), ("/dev/tty", "BAD_REQUEST"),
                             ("/dev/pts/../null", "BAD_REQUEST"), ("/dev/pts/", "BAD_REQUEST")):
            answer = self.agent.ask(command="authenticate", origin=ORIGIN, nonce="n" * 44, terminal=name)
            while answer.get("event"):
                answer = self.agent.ask(command="authenticate", origin=ORIGIN, nonce="n" * 44, terminal=name)
            self.assertEqual(answer["status"], status, name)


if __name__ == "__main__":
    unittest.main()
