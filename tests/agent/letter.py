#!/usr/bin/python3
"""Signatures on the real stack: a letter goes in, is shown, is signed by the card and comes back."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import person
import running_agent
from letter_pdf import make_letter
from running_agent import ORIGIN, receive_after_pin
from virtual_card import card

PIN = os.environ["SPECIMEN_PIN_SIGN"]


class LetterTest(unittest.TestCase):
    def setUp(self):
        self.agent = running_agent.RunningAgent()
        self.person = person.Person(self.agent)

    def tearDown(self):
        self.assertEqual(self.agent.end(), 0, self.agent.log)
        self.agent.remove()
        self.assertNotIn(PIN, "".join(self.agent.log))

    def begin(self, content, name="წერილი.pdf", origin=ORIGIN):
        client = self.agent.connect()
        self.addCleanup(client.close)
        asker = {"origin": origin} if origin else {}
        client.send(command="sign", name=name, media_type="application/pdf", size=len(content),
                    **asker)
        client.send_data(content)
        return client

    def sign(self, content):
        client = self.begin(content)
        self.assertEqual(client.receive(), {"event": "waiting", "for": "pin"})
        self.person.enters(PIN)
        answer = receive_after_pin(client)
        self.assertEqual(answer["status"], "OK", answer)
        return answer, client.receive_data(answer["size"])

    def check(self, content, signed):
        self.assertTrue(signed.startswith(content))  # an incremental update
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "signed.pdf"
            path.write_bytes(signed)
            told = subprocess.run(["pdfsig", path], text=True, stdout=subprocess.PIPE).stdout
        self.assertIn("Signature Validation: Signature is Valid.", told)
        self.assertIn("Total document signed", told)

    def test_letter(self):
        content = make_letter()
        answer, signed = self.sign(content)
        self.check(content, signed)
        self.assertTrue(answer["signed_by"])
        person.sees_no_window()

    def test_signed_twice(self):
        content = make_letter()
        _, once = self.sign(content)
        _, twice = self.sign(once)
        self.check(once, twice)

    def test_this_computers_own_letter(self):
        """No portal: the window names this computer, and the login has no such form."""
        content = make_letter()
        client = self.begin(content, origin=None)
        self.assertEqual(client.receive(), {"event": "waiting", "for": "pin"})
        self.person.reads("This computer")
        self.person.enters(PIN)
        answer = receive_after_pin(client)
        self.assertEqual(answer["status"], "OK", answer)
        self.check(content, client.receive_data(answer["size"]))
        answer = self.agent.ask(command="authenticate", nonce="n" * 44)
        self.assertEqual(answer["status"], "BAD_REQUEST")

    def test_large_letter(self):
        content = make_letter(padding=20 * 1024 * 1024)
        _, signed = self.sign(content)
        self.check(content, signed)

    def test_what_is_no_pdf_opens_no_window(self):
        client = self.begin(b"This is no PDF.")
        self.assertEqual(client.receive()["status"], "DOCUMENT_DAMAGED")
        self.assertEqual(person.windows(), [])

    def test_the_login_pin_does_not_sign(self):
        client = self.begin(make_letter())
        self.assertEqual(client.receive(), {"event": "waiting", "for": "pin"})
        self.person.enters(os.environ["SPECIMEN_PIN_AUTH"])
        self.assertEqual(receive_after_pin(client), {"event": "waiting", "for": "pin"})
        self.person.enters(PIN, "Wrong PIN. 2 tries left.")
        self.assertEqual(receive_after_pin(client)["status"], "OK")

    def test_caller_goes_away_during_the_upload(self):
        client = self.agent.connect()
        client.send(command="sign", origin=ORIGIN, name="a.pdf", media_type="application/pdf",
                    size=1000)
        client.send_data(b"x" * 10)
        client.close()
        self.check_next()

    def test_card_pulled(self):
        client = self.begin(make_letter())
        self.assertEqual(client.receive(), {"event": "waiting", "for": "pin"})
        children = self.agent.children()
        card("remove")
        self.assertEqual(client.receive()["status"], "CARD_REMOVED")
        self.person.presses("Escape")
        for name, pid in children.items():
            self.assertTrue(person.has_ended(pid), name)
        client = self.begin(make_letter())
        self.assertEqual(client.receive(), {"event": "waiting", "for": "card"})
        card("insert")
        self.assertEqual(client.receive(), {"event": "waiting", "for": "pin"})
        client.close()

    def check_next(self):
        content = make_letter()
        self.check(content, self.sign(content)[1])


if __name__ == "__main__":
    unittest.main()
