#!/usr/bin/python3
"""`piradi login` and `piradi verify-token`, one after the other."""

import base64
import json
import os
import signal
import subprocess
import unittest

import person
import piradi
import running_agent
from running_agent import LOGIN_ONLY, ORIGIN

PIN = os.environ["SPECIMEN_PIN_AUTH"]
TRUST = os.environ["SPECIMEN_TRUST"]
NONCE = "n" * 44


class LoginTest(unittest.TestCase):
    def setUp(self):
        self.agent = running_agent.RunningAgent()
        self.addCleanup(self.agent.remove)
        self.addCleanup(self.agent.end)
        self.person = person.Person(self.agent)

    def begin(self, *words):
        return piradi.start("login", "--origin", ORIGIN, "--nonce", NONCE, *words, agent=self.agent)

    def log_in(self):
        command = self.begin()
        self.person.enters(PIN)
        told, errors = command.communicate()
        self.assertEqual((command.returncode, errors), (0, ""))
        return told

    def verify(self, token, *words, origin=ORIGIN, nonce=NONCE):
        return piradi.run_json("verify-token", "-", "--origin", origin, "--nonce", nonce, "--trust", TRUST,
                               "--revocation", "off", *words, stdin=token)

    def test_token_is_verified(self):
        token = self.log_in()
        self.assertEqual(json.loads(token)["format"], "web-eid:1.0")
        exit_status, answer = self.verify(token)
        self.assertEqual((exit_status, answer["status"]), (0, "OK"), answer)
        self.assertRegex(answer["citizen"]["personal_number"], r"^\d{11}$")
        told = piradi.run("verify-token", "-", "--origin", ORIGIN, "--nonce", NONCE, "--trust", TRUST,
                          "--revocation", "off", stdin=token)
        self.assertIn(answer["citizen"]["name"], told.stdout)
        for change, code, status in (
                ({"origin": LOGIN_ONLY}, "SIGNATURE_INVALID", 64),
                ({"nonce": "m" * 44}, "SIGNATURE_INVALID", 64),
                ({"nonce": "n"}, "NONCE_TOO_SHORT", 51)):
            exit_status, answer = self.verify(token, **change)
            self.assertEqual((exit_status, answer["status"]), (status, code), change)
        self.assertEqual(self.verify(token, "--at", piradi.in_years(3))[1]["status"], "CERTIFICATE_EXPIRED")
        self.assertEqual(self.verify(token, "--at", "2001-01-01")[1]["status"], "CERTIFICATE_UNTRUSTED")

    def test_a_changed_token_is_refused(self):
        token = json.loads(self.log_in())
        signature = bytearray(base64.b64decode(token["signature"]))
        signature[0] ^= 1
        token["signature"] = base64.b64encode(signature).decode()
        self.assertEqual(self.verify(json.dumps(token))[1]["status"], "SIGNATURE_INVALID")
        self.assertEqual(self.verify(json.dumps(dict(token, format="web-eid:9")))[1]["status"], "VERSION_UNSUPPORTED")

    def test_person_says_no(self):
        command = self.begin("--json")
        self.person.reads("Authentication PIN")
        self.person.presses("Escape")
        told, _ = command.communicate()
        self.assertEqual((command.returncode, json.loads(told)["status"]), (40, "USER_CANCELLED"))

    def test_an_origin_that_is_not_listed(self):
        for origin, code, exit_status in (("https://evil.test", "ORIGIN_NOT_ALLOWED", 43),):
            done = piradi.run_json("login", "--origin", origin, "--nonce", NONCE, env=self.agent.environment)
            self.assertEqual((done[0], done[1]["status"]), (exit_status, code))
        done = piradi.run_json("login", "--origin", ORIGIN, "--nonce", "n", env=self.agent.environment)
        self.assertEqual((done[0], done[1]["status"]), (51, "NONCE_TOO_SHORT"))

    def test_interrupted(self):
        command = self.begin()
        self.person.reads("Authentication PIN")
        command.send_signal(signal.SIGINT)
        command.communicate()
        self.assertEqual(command.returncode, 130)
        person.sees_no_window()

    def test_a_terminal_is_told_what_is_waited_for(self):
        terminal, its_end = os.openpty()
        command = subprocess.Popen([piradi.PROGRAM, "login", "--origin", ORIGIN, "--nonce", NONCE], stderr=its_end,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   env=piradi.environment(self.agent.environment))
        os.close(its_end)
        told = b""
        while "Enter the PIN in the window…".encode() not in told:
            told += os.read(terminal, 4096)
        command.terminate()
        self.assertEqual(command.wait(), 130)
        os.close(terminal)

    def test_second_login_is_busy(self):
        first = self.begin()
        self.person.reads("Authentication PIN")
        done = piradi.run_json("login", "--origin", ORIGIN, "--nonce", NONCE, env=self.agent.environment)
        self.assertEqual((done[0], done[1]["status"]), (45, "BUSY"))
        first.send_signal(signal.SIGTERM)
        first.communicate()


if __name__ == "__main__":
    unittest.main()
