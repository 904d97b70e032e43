#!/usr/bin/python3
"""`piradi certificates`: what is public on the card."""

import base64
import subprocess
import unittest

import piradi
import running_agent
from virtual_card import card

NO_CARD = 11


class CertificatesTest(unittest.TestCase):
    def setUp(self):
        self.agent = running_agent.RunningAgent()
        self.addCleanup(self.agent.remove)
        self.addCleanup(self.agent.end)

    def test_are_shown_to_a_person(self):
        done = piradi.run("certificates", env=self.agent.environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for line in (r"for logging in$", r"for signing$", r"^  Holder: .+, personal number \d{11}$",
                     r"^  Issued by: .+, serial number [0-9A-F]+$", r"^  Valid until: \d{4}-\d\d-\d\d$"):
            self.assertRegex(done.stdout, f"(?m){line}")

    def test_are_given_to_a_program(self):
        exit_status, answer = piradi.run_json("certificates", env=self.agent.environment)
        self.assertEqual((exit_status, answer["status"]), (0, "OK"))
        self.assertEqual([certificate["purpose"] for certificate in answer["certificates"]], ["login", "sign"])
        for certificate in answer["certificates"]:
            der = base64.b64decode(certificate["certificate"], validate=True)
            told = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-serial"], input=der,
                                  stdout=subprocess.PIPE, check=True).stdout.decode()
            self.assertEqual(told, f"serial={certificate['serial_number']}\n")
            self.assertTrue(certificate["chain"])

    def test_need_a_card(self):
        card("remove")
        try:
            self.agent_sees_no_card()
            exit_status, answer = piradi.run_json("certificates", env=self.agent.environment)
            self.assertEqual((exit_status, answer["status"]), (NO_CARD, "NO_CARD"))
        finally:
            card("insert")

    def agent_sees_no_card(self):
        with self.agent.connect() as watcher:
            watcher.send(command="watch")
            while any(reader["card"] != "absent" for reader in watcher.receive()["readers"]):
                pass


if __name__ == "__main__":
    unittest.main()
