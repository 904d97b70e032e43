#!/usr/bin/python3
"""Logins on the real stack: agent, worker, module, prompt and a virtual card, a person at the keys."""

import base64
import hashlib
import os
import signal
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

import person
import running_agent
from running_agent import ORIGIN, receive_after_pin
from virtual_card import card, pcscd

PIN = os.environ["SPECIMEN_PIN_AUTH"]
NONCE = base64.b64encode(bytes(range(33))).decode()


class LoginTest(unittest.TestCase):
    def setUp(self):
        self.agent = running_agent.RunningAgent()
        self.person = person.Person(self.agent)

    def tearDown(self):
        self.assertEqual(self.agent.end(), 0, self.agent.log)
        self.agent.remove()
        person.sees_no_window()
        self.assertNotIn(PIN, "".join(self.agent.log))

    def begin(self):
        client = self.agent.connect()
        self.addCleanup(client.close)
        client.send(command="authenticate", origin=ORIGIN, nonce=NONCE)
        return client

    def waiting(self, client, need):
        self.assertEqual(client.receive(), {"event": "waiting", "for": need})

    def begin_until_pin(self):
        client = self.begin()
        self.waiting(client, "pin")
        self.person.reads("Authentication PIN")
        return client

    def log_in(self):
        client = self.begin_until_pin()
        self.person.enters(PIN)
        answer = receive_after_pin(client)
        self.assertEqual(answer["status"], "OK", answer)
        client.close()
        return answer["token"]

    def refused(self, client, status):
        answer = client.receive()
        self.assertEqual(answer["status"], status, answer)
        return answer

    def dismiss_the_failure(self):
        """The window stays to say why, for as long as the person reads."""
        prompt = self.agent.children()["piradi-prompt"]
        self.person.presses("Escape")
        self.ended(prompt)

    def ended(self, *pids):
        for pid in pids:
            self.assertTrue(person.has_ended(pid), pid)

    def card_is_taken_out(self):
        """And the agent has noticed."""
        with self.agent.connect() as watcher:
            watcher.send(command="watch")
            card("remove")
            while any(reader["card"] != "absent" for reader in watcher.receive()["readers"]):
                pass

    def test_token_is_signed_by_the_card(self):
        token = self.log_in()
        self.assertEqual(token["format"], "web-eid:1.0")
        self.assertEqual(token["algorithm"], "RS256")
        certificate = x509.load_der_x509_certificate(
            base64.b64decode(token["unverifiedCertificate"]))
        message = (hashlib.sha256(ORIGIN.encode()).digest() +
                   hashlib.sha256(NONCE.encode()).digest())
        certificate.public_key().verify(base64.b64decode(token["signature"]), message,
                                        padding.PKCS1v15(), hashes.SHA256())
        person.sees_no_window()

    def test_prompt_is_ready_while_somebody_watches(self):
        with self.agent.connect() as watcher:
            watcher.send(command="watch")
            watcher.receive()
            ready = self.agent.children()["piradi-prompt"]
            self.assertEqual(person.windows(), [])
            self.log_in()
            self.ended(ready)  # it was that one
        person.until(lambda: "piradi-prompt" not in self.agent.children(), "the next one to go, too")

    def test_wrong_pin_is_asked_again(self):
        client = self.begin_until_pin()
        self.person.enters("000000" if PIN != "000000" else "111111")
        self.assertEqual(receive_after_pin(client), {"event": "waiting", "for": "pin"})
        self.person.enters(PIN, "Wrong PIN. 2 tries left.")
        self.assertEqual(receive_after_pin(client)["status"], "OK")

    def test_person_says_no(self):
        client = self.begin_until_pin()
        children = self.agent.children()
        self.person.presses("Escape")
        self.refused(client, "USER_CANCELLED")
        self.ended(*children.values())
        self.log_in()

    def test_second_request_is_busy_at_once(self):
        client = self.begin_until_pin()
        answer = self.agent.ask(command="authenticate", origin=ORIGIN, nonce=NONCE)
        self.assertEqual(answer["status"], "BUSY")
        self.person.enters(PIN)
        self.assertEqual(receive_after_pin(client)["status"], "OK")

    def test_caller_goes_away(self):
        client = self.begin_until_pin()
        children = self.agent.children()
        self.assertEqual(set(children), {"piradi-prompt", "piradi-worker"})
        client.close()
        self.ended(*children.values())
        person.sees_no_window()
        self.log_in()

    def test_card_pulled_while_the_pin_is_asked(self):
        client = self.begin_until_pin()
        card("remove")
        self.refused(client, "CARD_REMOVED")
        self.person.reads("card was (removed|taken|pulled)")
        self.dismiss_the_failure()
        card("insert")
        self.log_in_after_a_failure()

    def log_in_after_a_failure(self):
        """The card may not have been noticed yet."""
        client = self.begin()
        event = client.receive()
        if event == {"event": "waiting", "for": "card"}:
            event = client.receive()
        self.assertEqual(event, {"event": "waiting", "for": "pin"})
        self.person.enters(PIN)
        self.assertEqual(receive_after_pin(client)["status"], "OK")

    def test_card_stops_answering(self):
        client = self.begin_until_pin()
        card("mute")
        self.person.enters(PIN)
        self.assertEqual(receive_after_pin(client)["status"], "CARD_TIMEOUT")
        self.person.reads("CARD_TIMEOUT")
        self.dismiss_the_failure()
        self.card_is_taken_out()
        card("insert")
        self.log_in_after_a_failure()

    def test_goes_on_by_itself_when_the_card_comes(self):
        self.card_is_taken_out()
        client = self.begin()
        self.waiting(client, "card")
        self.person.reads("card")
        card("insert")
        self.waiting(client, "pin")
        self.person.enters(PIN)
        self.assertEqual(receive_after_pin(client)["status"], "OK")

    def test_goes_on_by_itself_when_pcscd_comes(self):
        with self.agent.connect() as watcher:
            watcher.send(command="watch")
            pcscd("stop")
            while watcher.receive().get("pcsc", True):
                pass
        client = self.begin()
        self.waiting(client, "pcsc")
        pcscd("start")
        event = client.receive()
        while event["for"] != "pin":  # the reader and the card come one after the other
            event = client.receive()
        self.person.enters(PIN)
        self.assertEqual(receive_after_pin(client)["status"], "OK")

    def test_prompt_killed(self):
        client = self.begin_until_pin()
        os.kill(self.agent.children()["piradi-prompt"], signal.SIGKILL)
        self.refused(client, "PROMPT_UNAVAILABLE")
        self.log_in()

    def test_worker_killed(self):
        client = self.begin_until_pin()
        os.kill(self.agent.children()["piradi-worker"], signal.SIGKILL)
        self.refused(client, "INTERNAL")
        self.dismiss_the_failure()
        self.log_in()

    def test_a_failures_window_makes_way_for_the_next_login(self):
        client = self.begin_until_pin()
        prompt = self.agent.children()["piradi-prompt"]
        os.kill(self.agent.children()["piradi-worker"], signal.SIGKILL)
        self.refused(client, "INTERNAL")
        client = self.begin()
        self.ended(prompt)
        self.waiting(client, "pin")
        self.person.enters(PIN)
        self.assertEqual(receive_after_pin(client)["status"], "OK")


if __name__ == "__main__":
    unittest.main()
