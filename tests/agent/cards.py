#!/usr/bin/python3
"""Two readers and two cards: pulled and inserted in every order during a login, and chosen among."""

import base64
import itertools
import os
import pathlib
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import serialization

import person
import running_agent
from running_agent import ORIGIN, receive_after_pin
from virtual_card import command

NONCE = "n" * 44
WAIT, ASK, CHOOSE, REMOVED = "wait", "ask", "choose", "removed"


class Card:
    def __init__(self, number):
        suffix = "" if number == 0 else f"_{number + 1}"
        self.number = number
        self.reader = os.environ[f"CARD_READER{suffix}"]
        self.control = os.environ[f"CARD_CONTROL{suffix}"]
        self.pin = os.environ[f"SPECIMEN_PIN_AUTH{suffix}"]
        folder = pathlib.Path(os.environ[f"SPECIMEN_CREDENTIALS{suffix}"])
        self.certificate = x509.load_pem_x509_certificate((folder / "auth.pem").read_bytes())

    def put(self, inside):
        command(self.control, "insert" if inside else "remove")


CARDS = [Card(0), Card(1)]


class Rules:
    """What must be asked of the person, as cards come and go."""

    def __init__(self, inside):
        self.inside = set(inside)
        self.asked = None
        self.state = self.look()

    def look(self):
        if len(self.inside) == 1:
            self.asked = min(self.inside)
            return ASK
        return CHOOSE if self.inside else WAIT

    def toggle(self, card):
        """What the client is told of it, if anything."""
        self.inside ^= {card}
        if self.state == ASK:
            if card == self.asked and card not in self.inside:
                self.state = REMOVED
                return {"status": "CARD_REMOVED"}
            return None
        self.state = self.look()
        return {"event": "waiting", "for": {ASK: "pin", CHOOSE: "card", WAIT: "card"}[self.state]}


class CardsTest(unittest.TestCase):
    def start(self, inside=(0, 1)):
        self.agent = running_agent.RunningAgent()
        self.person = person.Person(self.agent)
        self.watcher = self.agent.connect()
        self.watcher.send(command="watch")
        self.inside = self.seen()
        for card in CARDS:
            self.put(card, card.number in inside)

    def tearDown(self):
        for card in CARDS:
            self.put(card, True)
        self.stop()

    def stop(self):
        self.watcher.close()
        self.assertEqual(self.agent.end(), 0, self.agent.log)
        self.agent.remove()
        person.sees_no_window()

    def seen(self):
        cards = {reader["name"]: reader["card"] != "absent" for reader in self.watcher.receive()["readers"]}
        return {card.number for card in CARDS if cards[card.reader]}

    def put(self, card, inside):
        """And the agent has noticed."""
        if (card.number in self.inside) == inside:
            return
        card.put(inside)
        while (card.number in self.inside) != inside:
            self.inside = self.seen()

    def begin(self, **request):
        client = self.agent.connect()
        self.addCleanup(client.close)
        client.send(**(request or {"command": "authenticate", "origin": ORIGIN, "nonce": NONCE}))
        return client

    def chooses(self, client, number):
        self.person.reads(r"[Cc]hoose|[Ww]hich")
        for key in ["Tab"] * number + ["space"]:
            self.person.presses(key)
        self.assertEqual(client.receive(), {"event": "waiting", "for": "pin"})

    def enters(self, client, number):
        self.person.enters(CARDS[number].pin)
        answer = receive_after_pin(client)
        self.assertEqual(answer["status"], "OK", answer)
        der = base64.b64decode(answer["token"]["unverifiedCertificate"])
        self.assertEqual(x509.load_der_x509_certificate(der), CARDS[number].certificate)

    def log_in_while(self, inside, toggles):
        rules = Rules(inside)
        client = self.begin()
        told = {ASK: "pin", CHOOSE: "card", WAIT: "card"}[rules.state]
        self.assertEqual(client.receive(), {"event": "waiting", "for": told})
        for number in toggles:
            wanted = rules.toggle(number)
            self.put(CARDS[number], number in rules.inside)
            if wanted:
                self.assertEqual(client.receive(), wanted)
            if rules.state == REMOVED:
                self.person.presses("Escape")  # what failed was said
                return
        if rules.state == WAIT:
            self.put(CARDS[1], True)
            self.assertEqual(client.receive(), {"event": "waiting", "for": "pin"})
            rules.asked = 1
        elif rules.state == CHOOSE:
            self.chooses(client, 1)
            rules.asked = 1
        self.enters(client, rules.asked)

    def test_pulled_and_inserted_in_every_order(self):
        for inside, toggles in itertools.product([(), (0,), (1,), (0, 1)], itertools.product((0, 1), repeat=2)):
            with self.subTest(inside=inside, toggles=toggles):
                self.start(inside)
                self.log_in_while(inside, toggles)
                self.stop()
        self.start()

    def test_the_choice_is_remembered_and_may_be_changed(self):
        self.start()
        client = self.begin()
        self.assertEqual(client.receive(), {"event": "waiting", "for": "card"})
        self.chooses(client, 1)
        self.enters(client, 1)
        client = self.begin()
        self.assertEqual(client.receive(), {"event": "waiting", "for": "pin"})
        self.person.reads("0 digits typed")
        for key in ("shift+Tab", "space"):  # to the other card
            self.person.presses(key)
        self.assertEqual(client.receive(), {"event": "waiting", "for": "card"})
        self.chooses(client, 0)
        self.enters(client, 0)

    def test_a_hash_is_signed_by_the_certificate_that_it_names(self):
        self.start()
        folder = pathlib.Path(os.environ["SPECIMEN_CREDENTIALS_2"])
        der = x509.load_pem_x509_certificate((folder / "sign.pem").read_bytes()).public_bytes(
            serialization.Encoding.DER)
        self.agent.write_portal("portal", ORIGIN, "sign-hash")
        client = self.begin(command="sign-hash", origin=ORIGIN, hash=base64.b64encode(bytes(32)).decode(),
                            hash_function="SHA-256", certificate=base64.b64encode(der).decode())
        self.assertEqual(client.receive(), {"event": "waiting", "for": "pin"})
        self.person.enters(os.environ["SPECIMEN_PIN_SIGN_2"])
        self.assertEqual(receive_after_pin(client)["status"], "OK")


if __name__ == "__main__":
    unittest.main()
