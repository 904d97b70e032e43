#!/usr/bin/python3
"""What the virtual card answers, through the real pcscd: ISO/IEC 7816-4 and -8 status words.

    scripts/with-card -- tests/card/conformance.py CLASS[.TEST]

References and paths come from the card's image, so that a shuffled card is tested as well. Each
test class is one ctest entry with a card of its own: what one does to the tries, no other sees.
"""

import json
import os
import pathlib
import socket
import threading
import unittest

import pcsc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

IMAGE = json.loads(pathlib.Path(os.environ["CARD_IMAGE"]).read_text())
PINS = {pin["role"]: pin for pin in IMAGE["pins"]}
KEYS = {key["role"]: key for key in IMAGE["keys"]}
AID = bytes.fromhex("A000000063504B43532D3135")
DIGEST = bytes(range(32))
DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420") + DIGEST
EVENT_S = 20


def certificate(role):
    """Not the card's own: what make-pki made for it."""
    file = pathlib.Path(os.environ["SPECIMEN_CREDENTIALS"]) / f"{role}.pem"
    return x509.load_pem_x509_certificate(file.read_bytes())


PUBLIC_KEYS = {role: certificate(role).public_key() for role in KEYS}
IS_EC = isinstance(PUBLIC_KEYS["auth"], ec.EllipticCurvePublicKey)
SIGNATURE_INPUT = DIGEST if IS_EC else DIGEST_INFO


def walk(directory, path=b""):
    """(path below the root, file) of every file."""
    for child in directory.get("children", []):
        here = path + bytes.fromhex(child["id"])
        yield here, child
        yield from walk(child, here)


HAS_MASTER = "master" in IMAGE
FILES = dict(walk(IMAGE["master" if HAS_MASTER else "application"]))
EF_DIR = bytes.fromhex(FILES[b"\x2F\x00"]["content"]) if HAS_MASTER else None
SELECT_MF = bytes.fromhex("00A4000C")
SELECT_APPLICATION = bytes([0, 0xA4, 4, 0x0C, len(AID)]) + AID

with_master = unittest.skipUnless(HAS_MASTER, "a card without MF")


def path_below_root(full):
    return bytes.fromhex(full)[2 if HAS_MASTER else 0:]


def short(cla, ins, p1, p2, data=b"", le=None):
    """A short APDU; le 256 is the byte 00."""
    command = bytes([cla, ins, p1, p2])
    if data:
        command += bytes([len(data)]) + data
    return command if le is None else command + bytes([le % 256])


def extended(cla, ins, p1, p2, data=b"", le=None):
    command = bytes([cla, ins, p1, p2, 0])
    if data:
        command += len(data).to_bytes(2, "big") + data
    return command if le is None else command + (le % 65536).to_bytes(2, "big")


def say(line):
    """An order on the card's control socket, and its answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
        control.connect(os.environ["CARD_CONTROL"])
        control.sendall(line.encode() + b"\n")
        with control.makefile() as answers:
            return answers.readline().strip()


class CardTest(unittest.TestCase):
    def setUp(self):
        self.context = pcsc.Context()
        self.addCleanup(self.context.__exit__)
        self.card = pcsc.Card(self.context, os.environ["CARD_READER"])
        self.reset()

    def tearDown(self):
        self.card.disconnect()

    def reset(self):
        """Then at the root: without MF, the application."""
        self.card.reset()
        if not HAS_MASTER:
            self.select(b"")

    def expect(self, command, status, data=None):
        answer, got = self.card.transmit(command)
        self.assertEqual(f"{got:04X}", f"{status:04X}", command.hex())
        if data is not None:
            self.assertEqual(answer.hex(), data.hex(), command.hex())
        return answer

    def select(self, path):
        """By path from the root; b"" is the root itself."""
        if not HAS_MASTER:
            self.expect(SELECT_APPLICATION, 0x9000)
        elif not path:
            self.expect(SELECT_MF, 0x9000)
        if path:
            self.expect(short(0, 0xA4, 0x08 if HAS_MASTER else 0x09, 0x0C, path), 0x9000)

    def reference(self, role):
        return int(PINS[role]["reference"], 16)

    def enter(self, role):
        """Where the PIN's and the key's references mean something."""
        self.select(path_below_root(KEYS[role]["directory"]))

    def verify(self, role, value=None):
        data = (PINS[role]["value"] if value is None else value).encode()
        return short(0, 0x20, 0, self.reference(role), data)

    def counter(self, role):
        return short(0, 0x20, 0, self.reference(role))

    def wrong(self, role):
        return "".join(str((int(digit) + 1) % 10) for digit in PINS[role]["value"])


class Files(CardTest):
    """Of a card with an MF."""

    def test_select_by_name_path_and_identifier(self):
        application = next(path for path, file in FILES.items() if file.get("name"))
        self.expect(short(0, 0xA4, 4, 0x0C, AID), 0x9000)
        self.expect(short(0, 0xA4, 4, 0x0C, AID[:5]), 0x9000)
        self.expect(short(0, 0xA4, 4, 0x0C, b"\xA0\x00\x00\x00\x01"), 0x6A82)
        self.expect(short(0, 0xA4, 2, 0x0C, b"\x50\x31"), 0x9000)
        self.expect(short(0, 0xA4, 1, 0x0C, b"\x50\x31"), 0x6A82)
        self.expect(short(0, 0xA4, 9, 0x0C, b"\x50\x32"), 0x9000)
        self.expect(short(0, 0xA4, 3, 0x0C), 0x9000)
        self.expect(short(0, 0xA4, 3, 0x0C), 0x6A82)
        self.expect(short(0, 0xA4, 1, 0x0C, application), 0x9000)
        self.expect(short(0, 0xA4, 0, 0x0C, b"\x3F\x00"), 0x9000)
        self.expect(short(0, 0xA4, 0, 0x0C, b"\x2F\x00"), 0x9000)
        self.expect(short(0, 0xA4, 8, 0x0C, b"\x3F\x00\x2F\x00"), 0x6A82)

    def test_a_failed_select_leaves_the_current_file(self):
        self.select(b"\x2F\x00")
        self.expect(short(0, 0xA4, 0, 0x0C, b"\x7F\x7F"), 0x6A82)
        self.expect(short(0, 0xB0, 0, 0, le=256), 0x9000, EF_DIR)

    def test_select_answers_what_p2_asks(self):
        size = len(EF_DIR).to_bytes(2, "big")
        parameters = (
            b"\x80\x02" + size + bytes.fromhex("82010183022F008801F08A0105")
        )
        answer = bytes([len(parameters)]) + parameters
        self.expect(short(0, 0xA4, 8, 0x00, b"\x2F\x00", 256), 0x9000, b"\x6F" + answer)
        self.expect(short(0, 0xA4, 8, 0x04, b"\x2F\x00", 256), 0x9000, b"\x62" + answer)
        self.expect(short(0, 0xA4, 8, 0x0C, b"\x2F\x00"), 0x9000, b"")

    def test_select_refuses_what_it_cannot_answer(self):
        self.expect(short(0, 0xA4, 8, 0x00, b"\x2F\x00"), 0x6700)
        self.expect(short(0, 0xA4, 8, 0x0C, b"\x2F\x00", 256), 0x6700)
        self.expect(short(0, 0xA4, 8, 0x08, b"\x2F\x00", 256), 0x6A86)
        self.expect(short(0, 0xA4, 5, 0x0C, b"\x2F\x00"), 0x6A86)
        self.expect(short(0, 0xA4, 0, 0x0C, b"\x2F"), 0x6700)
        self.expect(short(0, 0xA4, 8, 0x0C, b"\x2F\x00\x01"), 0x6700)

    def test_every_readable_file_reads_whole(self):
        for path, file in FILES.items():
            if "content" in file:
                content = bytes.fromhex(file["content"])
                self.select(path)
                if content:
                    self.expect(extended(0, 0xB0, 0, 0, le=65536), 0x9000, content)

    def test_read_binary_at_the_edges(self):
        content = EF_DIR
        size = len(content)
        self.expect(short(0, 0xB0, 0, 0, le=256), 0x6986)
        self.select(b"\x2F\x00")
        self.expect(short(0, 0xB0, 0, 0, le=256), 0x9000, content)
        self.expect(short(0, 0xB0, 0, 0, le=size), 0x9000, content)
        self.expect(short(0, 0xB0, 0, 0, le=size + 1), 0x6282, content)
        self.expect(short(0, 0xB0, 0, size - 1, le=1), 0x9000, content[-1:])
        self.expect(short(0, 0xB0, 0, size, le=1), 0x6B00, b"")
        self.expect(short(0, 0xB0, 0x7F, 0xFF, le=1), 0x6B00, b"")
        self.expect(short(0, 0xB0, 0, 0), 0x6700)
        self.expect(short(0, 0xB0, 0, 0, b"\x00", 1), 0x6700)

    def test_read_binary_by_short_identifier(self):
        content = EF_DIR
        self.expect(short(0, 0xB0, 0x9E, 2, le=256), 0x9000, content[2:])
        self.expect(short(0, 0xB0, 0, 0, le=4), 0x9000, content[:4])
        self.expect(short(0, 0xB0, 0x81, 0, le=1), 0x6A82)
        self.expect(short(0, 0xB0, 0xFE, 0, le=1), 0x6A86)

    def test_a_key_file_is_there_and_never_read(self):
        for path, file in FILES.items():
            if file.get("internal"):
                self.select(path)
                self.expect(short(0, 0xB0, 0, 0, le=256), 0x6982)

    def test_classes_and_instructions_that_are_not_there(self):
        self.expect(short(0x00, 0xD6, 0, 0, b"\x00"), 0x6D00)
        self.expect(short(0x00, 0x0E, 0, 0), 0x6D00)
        self.expect(short(0x80, 0xA4, 0, 0x0C), 0x6E00)
        self.expect(short(0xA0, 0xA4, 0, 0x0C), 0x6E00)
        self.expect(short(0x01, 0xA4, 0, 0x0C), 0x6881)
        self.expect(short(0x0C, 0xA4, 0, 0x0C), 0x6882)

    def test_production_data_in_class_80_only(self):
        (life_cycle,) = [
            bytes.fromhex(entry["value"]) for entry in IMAGE["data_objects"]
            if (entry["class"], entry["tag"]) == ("80", "9F7F")
        ]
        self.expect(short(0x80, 0xCA, 0x9F, 0x7F, le=256), 0x9000, life_cycle)
        self.expect(short(0x00, 0xCA, 0x9F, 0x7F, le=256), 0x6A88)

    def test_get_challenge(self):
        first = self.expect(short(0, 0x84, 0, 0, le=16), 0x9000)
        second = self.expect(short(0, 0x84, 0, 0, le=16), 0x9000)
        self.assertEqual((len(first), len(second)), (16, 16))
        self.assertNotEqual(first, second)
        self.expect(short(0, 0x84, 0, 0), 0x6700)

    def test_get_response_when_nothing_waits(self):
        self.expect(short(0, 0xC0, 0, 0, le=256), 0x6985)


class NoMaster(CardTest):
    """What generation A's historical bytes say: selected by its whole name, and only so."""

    def setUp(self):
        super().setUp()
        self.card.reset()

    def test_nothing_but_the_name_selects(self):
        self.expect(SELECT_MF, 0x6A82)
        self.expect(short(0, 0xA4, 0, 0x0C, b"\x3F\x00"), 0x6A82)
        self.expect(short(0, 0xA4, 8, 0x0C, b"\x2F\x00"), 0x6A82)
        self.expect(short(0, 0xA4, 8, 0x0C, b"\x50\x15"), 0x6A82)
        self.expect(short(0, 0xA4, 9, 0x0C, b"\x50\x31"), 0x6A82)
        self.expect(short(0, 0xA4, 1, 0x0C, b"\x50\x15"), 0x6A82)
        self.expect(short(0, 0xA4, 3, 0x0C), 0x6A82)
        self.expect(short(0, 0xA4, 4, 0x0C, AID[:5]), 0x6A82)
        self.expect(short(0, 0xA4, 4, 0x0C, AID + b"\x00"), 0x6A82)
        self.expect(SELECT_APPLICATION, 0x9000)
        self.expect(SELECT_MF, 0x6A82)
        self.expect(short(0, 0xA4, 8, 0x0C, b"\x50\x31"), 0x6A82)
        self.expect(short(0, 0xA4, 3, 0x0C), 0x6A82)
        self.expect(short(0, 0xA4, 2, 0x0C, b"\x50\x31"), 0x9000)
        self.expect(short(0, 0xA4, 9, 0x0C, b"\x50\x32"), 0x9000)
        self.expect(short(0, 0xA4, 0, 0x0C, b"\x50\x31"), 0x9000)

    def test_select_describes_the_application(self):
        answer = self.expect(short(0, 0xA4, 4, 0x00, AID, 256), 0x9000)
        self.assertEqual(answer[:1], b"\x6F")
        self.assertIn(bytes([0x84, len(AID)]) + AID, answer)

    def test_before_that_there_is_only_the_platform(self):
        for command in (self.verify("auth"), self.counter("auth"), short(0, 0xB0, 0, 0, le=256),
                        short(0, 0x84, 0, 0, le=16), short(0, 0xCA, 0x9F, 0x7F, le=256)):
            self.expect(command, 0x6999)
        self.assertTrue(self.expect(short(0x80, 0xCA, 0x9F, 0x7F, le=256), 0x9000))

    def test_every_readable_file_reads_whole(self):
        self.expect(SELECT_APPLICATION, 0x9000)
        for path, file in FILES.items():
            if file.get("content"):
                self.expect(short(0, 0xA4, 2, 0x0C, path), 0x9000)
                content = bytes.fromhex(file["content"])
                self.expect(extended(0, 0xB0, 0, 0, le=65536), 0x9000, content)

    def test_selected_again_it_begins_anew(self):
        self.expect(SELECT_APPLICATION, 0x9000)
        self.expect(self.verify("auth"), 0x9000)
        self.expect(self.counter("auth"), 0x9000)
        self.expect(SELECT_APPLICATION, 0x9000)
        self.expect(self.counter("auth"), 0x63C3)
        self.expect(self.verify("auth"), 0x9000)
        self.expect(short(0, 0xA4, 4, 0x0C, b"\xA0\x00"), 0x6A82)
        self.expect(self.counter("auth"), 0x9000)


class Transport(CardTest):
    """The signature PIN that the holder sets once. In one order."""

    def change(self, data):
        return short(0, 0x24, 0, self.reference("sign"), data.encode())

    def authentication_objects(self):
        """The AODF as the card gives it now."""
        path = path_below_root(PINS["sign"]["announced_in"])
        self.select(path)
        return self.expect(extended(0, 0xB0, 0, 0, le=65536), 0x9000).hex()

    def announced(self):
        return FILES[path_below_root(PINS["sign"]["announced_in"])]

    def test_1_before_it_is_set(self):
        pin, transport = IMAGE["specimen"]["pins"]["sign"], PINS["sign"]["value"]
        self.assertEqual((len(pin), len(transport)), (6, 5))
        self.assertEqual(self.authentication_objects(), self.announced()["content"].lower())
        self.enter("sign")
        self.expect(self.counter("sign"), 0x63C3)
        for value in (transport, pin):
            self.expect(self.verify("sign", value), 0x6985)
        self.expect(short(0, 0x2C, 0, self.reference("sign"),
                          (PINS["puk"]["value"] + pin).encode()), 0x6985)
        self.expect(self.counter("puk"), 0x63C5)
        self.expect(self.change(transport + pin[:-1]), 0x6700)
        self.expect(self.change(pin + pin), 0x6700)
        self.expect(self.counter("sign"), 0x63C3)

    def test_2_a_wrong_transport_pin_spends_a_try(self):
        self.enter("sign")
        self.expect(self.change(self.wrong("sign") + IMAGE["specimen"]["pins"]["sign"]), 0x63C2)
        self.card.disconnect()
        self.card = pcsc.Card(self.context, os.environ["CARD_READER"])
        self.enter("sign")
        self.expect(self.counter("sign"), 0x63C2)

    def test_3_it_is_set_once(self):
        pin, transport = IMAGE["specimen"]["pins"]["sign"], PINS["sign"]["value"]
        self.enter("sign")
        self.expect(self.change(transport + pin), 0x9000)
        self.expect(self.counter("sign"), 0x63C3)
        self.expect(self.change(transport + "000000"), 0x6700)
        self.expect(self.verify("sign", pin), 0x9000)
        self.assertEqual(self.authentication_objects(), self.announced()["settled"].lower())
        self.assertNotEqual(self.announced()["settled"], self.announced()["content"])


class Pins(CardTest):
    def test_the_counter_costs_nothing(self):
        self.enter("sign")
        for role, pin in PINS.items():
            for _ in range(pin["tries"] + 1):
                self.expect(self.counter(role), 0x63C0 | pin["tries"])

    def test_counters_by_get_data(self):
        self.enter("sign")
        for role, pin in PINS.items():
            low = self.reference(role) & 0x1F
            ask = bytes.fromhex("4D087006BF80") + bytes([low]) + bytes.fromhex("026280")
            tries = bytes([pin["tries"]])
            expected = (
                bytes.fromhex("700CBF80") + bytes([low, 0x08, 0x62, 0x06, 0x9A, 0x01]) + tries
                + b"\x9B\x01" + tries
            )
            self.expect(short(0, 0xCB, 0x3F, 0xFF, ask, 256), 0x9000, expected)
        self.expect(short(0, 0xCB, 0x3F, 0xFF, ask[:-1], 256), 0x6A80)
        self.expect(short(0, 0xCB, 0x00, 0xFF, ask, 256), 0x6A86)

    def test_verify(self):
        self.expect(self.verify("auth"), 0x9000)
        self.expect(self.counter("auth"), 0x9000)
        self.reset()
        self.expect(self.counter("auth"), 0x63C3)

    def test_a_wrong_pin_spends_a_try_and_the_right_one_gives_them_back(self):
        self.expect(self.verify("auth", self.wrong("auth")), 0x63C2)
        self.expect(self.counter("auth"), 0x63C2)
        self.expect(self.verify("auth"), 0x9000)
        self.reset()
        self.expect(self.counter("auth"), 0x63C3)

    def test_a_wrong_pin_ends_what_was_verified(self):
        self.expect(self.verify("auth"), 0x9000)
        self.expect(self.verify("auth", self.wrong("auth")), 0x63C2)
        self.expect(self.counter("auth"), 0x63C2)
        self.expect(self.verify("auth"), 0x9000)

    def test_what_cannot_be_a_pin_costs_nothing(self):
        value = PINS["auth"]["value"]
        for data in (value[:-1], value + "0", "1"):
            self.expect(self.verify("auth", data), 0x6700)
        self.expect(self.verify("auth", "A" * len(value)), 0x6A80)
        self.expect(short(0, 0x20, 1, self.reference("auth"), value.encode()), 0x6A86)
        self.expect(short(0, 0x20, 0, self.reference("auth"), value.encode(), 256), 0x6700)
        self.expect(self.counter("auth"), 0x63C3)

    def test_a_reference_that_is_nowhere(self):
        self.expect(short(0, 0x20, 0, 0x02), 0x6A88)

    @with_master
    def test_references_that_are_not_here(self):
        self.expect(self.counter("sign"), 0x6A88)
        self.expect(self.verify("sign"), 0x6A88)
        self.enter("sign")
        self.expect(self.counter("sign"), 0x63C3)

    @with_master
    def test_a_local_pin_is_forgotten_where_its_directory_is_left(self):
        self.enter("sign")
        self.expect(self.verify("auth"), 0x9000)
        self.expect(self.verify("sign"), 0x9000)
        self.expect(self.counter("sign"), 0x9000)
        self.enter("sign")
        self.expect(self.counter("sign"), 0x9000)
        self.enter("auth")
        self.enter("sign")
        self.expect(self.counter("sign"), 0x63C3)
        self.expect(self.counter("auth"), 0x9000)

    def test_change(self):
        old, new = PINS["auth"]["value"], self.wrong("auth")

        def command(data):
            return short(0, 0x24, 0, self.reference("auth"), data.encode())

        self.expect(command(old + new[:-1]), 0x6700)
        self.expect(command(old + "A" * len(new)), 0x6A80)
        self.expect(command(new + old), 0x63C2)
        self.expect(command(old + new), 0x9000)
        self.expect(self.counter("auth"), 0x63C3)
        self.expect(self.verify("auth", new), 0x9000)
        self.expect(command(new + old), 0x9000)
        self.expect(self.verify("auth"), 0x9000)

    def test_changed_pins_and_tries_outlive_power(self):
        self.expect(self.verify("auth", self.wrong("auth")), 0x63C2)
        self.card.disconnect(pcsc.RESET_CARD)
        self.card = pcsc.Card(self.context, os.environ["CARD_READER"])
        self.enter("auth")
        self.expect(self.counter("auth"), 0x63C2)
        self.expect(self.verify("auth"), 0x9000)


class Blocking(CardTest):
    """In one order: each leaves the card as the next needs it."""

    def unblock(self, role, data, p1=0):
        return short(0, 0x2C, p1, self.reference(role), data.encode())

    def block(self, role):
        for left in reversed(range(PINS[role]["tries"])):
            self.expect(self.verify(role, self.wrong(role)), 0x63C0 | left)

    def test_1_blocked_is_blocked(self):
        self.block("auth")
        self.expect(self.verify("auth"), 0x6983)
        self.expect(self.counter("auth"), 0x63C0)
        change = (PINS["auth"]["value"] + self.wrong("auth")).encode()
        self.expect(short(0, 0x24, 0, self.reference("auth"), change), 0x6983)

    def test_2_the_puk_unblocks_with_a_new_pin(self):
        puk, fresh = PINS["puk"]["value"], self.wrong("auth")
        self.expect(self.unblock("auth", puk + fresh[:-1]), 0x6700)
        self.expect(self.unblock("auth", self.wrong("puk") + fresh), 0x63C4)
        self.expect(self.unblock("auth", puk + fresh), 0x9000)
        self.expect(self.counter("puk"), 0x63C5)
        self.expect(self.counter("auth"), 0x63C3)
        self.expect(self.verify("auth"), 0x63C2)
        self.expect(self.verify("auth", fresh), 0x9000)

    def test_3_the_puk_alone_keeps_the_pin(self):
        self.enter("sign")
        self.block("sign")
        self.expect(self.unblock("sign", PINS["puk"]["value"] + "0", 1), 0x6700)
        self.expect(self.unblock("sign", PINS["puk"]["value"], 1), 0x9000)
        self.expect(self.counter("sign"), 0x63C3)
        self.expect(self.verify("sign"), 0x9000)

    def test_4_other_forms(self):
        self.expect(self.unblock("auth", "123456", 2), 0x6A86)
        self.expect(self.unblock("puk", PINS["puk"]["value"], 1), 0x6985)

    def test_5_a_blocked_puk_is_the_end(self):
        for left in reversed(range(PINS["puk"]["tries"])):
            self.expect(self.unblock("auth", self.wrong("puk"), 1), 0x63C0 | left)
        self.expect(self.unblock("auth", PINS["puk"]["value"], 1), 0x6983)


class Signing(CardTest):
    def choose(self, role, crt=0xB6, algorithm=True):
        data = bytes([0x80, 1, int(KEYS[role]["algorithm"], 16)]) if algorithm else b""
        data += bytes([0x84, 1, int(KEYS[role]["reference"], 16)])
        return short(0, 0x22, 0x41, crt, data)

    def assert_signed(self, role, signature):
        if IS_EC:
            half = (PUBLIC_KEYS[role].key_size + 7) // 8
            self.assertEqual(len(signature), 2 * half)
            signature = encode_dss_signature(
                int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
            )
            PUBLIC_KEYS[role].verify(signature, DIGEST, ec.ECDSA(Prehashed(hashes.SHA256())))
        else:
            PUBLIC_KEYS[role].verify(
                signature, DIGEST, padding.PKCS1v15(), Prehashed(hashes.SHA256())
            )

    def test_the_signature_key_wants_its_pin_for_each_signature(self):
        self.enter("sign")
        self.expect(self.choose("sign"), 0x9000)
        sign = extended(0, 0x2A, 0x9E, 0x9A, SIGNATURE_INPUT, 65536)
        self.expect(sign, 0x6982)
        self.expect(self.verify("auth"), 0x9000)
        self.expect(sign, 0x6982)
        self.expect(self.verify("sign"), 0x9000)
        self.assert_signed("sign", self.expect(sign, 0x9000))
        self.expect(sign, 0x6982)
        self.expect(self.counter("sign"), 0x63C3)

    def test_a_refused_signature_does_not_spend_the_pin(self):
        self.enter("sign")
        self.expect(self.choose("sign"), 0x9000)
        self.expect(self.verify("sign"), 0x9000)
        self.expect(extended(0, 0x2A, 0x9E, 0x9A, bytes(600), 65536), 0x6700)
        self.expect(extended(0, 0x2A, 0x9E, 0x9A, SIGNATURE_INPUT), 0x6700)
        self.expect(extended(0, 0x2A, 0x9E, 0x9B, SIGNATURE_INPUT, 65536), 0x6A86)
        self.expect(extended(0, 0x2A, 0x9E, 0x9A, SIGNATURE_INPUT, 65536), 0x9000)

    @unittest.skipUnless(IS_EC, "an RSA key takes any input that its padding leaves room for")
    def test_an_ec_key_takes_a_hash_up_to_its_field(self):
        size = (PUBLIC_KEYS["auth"].key_size + 7) // 8
        self.enter("auth")
        self.expect(self.choose("auth"), 0x9000)
        self.expect(self.verify("auth"), 0x9000)
        self.expect(extended(0, 0x2A, 0x9E, 0x9A, bytes(size + 1), 65536), 0x6700)
        for fits in (20, size):
            self.expect(extended(0, 0x2A, 0x9E, 0x9A, bytes(fits), 65536), 0x9000)

    def test_the_authentication_key_signs_until_reset(self):
        self.enter("auth")
        self.expect(self.verify("auth"), 0x9000)
        self.expect(self.choose("auth", 0xA4), 0x9000)
        authenticate = extended(0, 0x88, 0, 0, SIGNATURE_INPUT, 65536)
        self.assert_signed("auth", self.expect(authenticate, 0x9000))
        self.assert_signed("auth", self.expect(authenticate, 0x9000))
        self.expect(self.choose("auth", algorithm=False), 0x9000)
        sign = extended(0, 0x2A, 0x9E, 0x9A, SIGNATURE_INPUT, 65536)
        self.assert_signed("auth", self.expect(sign, 0x9000))
        self.reset()
        self.expect(authenticate, 0x6985)
        self.enter("auth")
        self.expect(self.choose("auth", 0xA4), 0x9000)
        self.expect(authenticate, 0x6982)

    def test_short_answers_and_get_response(self):
        self.enter("auth")
        self.expect(self.verify("auth"), 0x9000)
        self.expect(self.choose("auth"), 0x9000)
        whole = self.expect(extended(0, 0x2A, 0x9E, 0x9A, SIGNATURE_INPUT, 65536), 0x9000)
        at_first = min(256, len(whole) - 30)
        rest = len(whole) - at_first
        first = self.expect(short(0, 0x2A, 0x9E, 0x9A, SIGNATURE_INPUT, at_first), 0x6100 | rest)
        self.expect(short(0, 0xC0, 0, 0, le=rest + 1), 0x6C00 | rest)
        second = self.expect(short(0, 0xC0, 0, 0, le=rest), 0x9000)
        self.assert_signed("auth", first + second)
        self.expect(short(0, 0xC0, 0, 0, le=256), 0x6985)

    def test_command_chaining(self):
        self.enter("auth")
        self.expect(self.verify("auth"), 0x9000)
        self.expect(self.choose("auth"), 0x9000)
        self.expect(short(0x10, 0x2A, 0x9E, 0x9A, SIGNATURE_INPUT[:20]), 0x9000)
        self.expect(short(0x10, 0x2A, 0x9E, 0x9A, SIGNATURE_INPUT[20:30]), 0x9000)
        signature = self.expect(extended(0, 0x2A, 0x9E, 0x9A, SIGNATURE_INPUT[30:], 65536), 0x9000)
        self.assert_signed("auth", signature)

    def test_a_broken_chain(self):
        self.expect(short(0x10, 0x2A, 0x9E, 0x9A, b"\x30"), 0x9000)
        self.expect(SELECT_APPLICATION, 0x6883)
        self.expect(SELECT_APPLICATION, 0x9000)
        self.expect(short(0x10, 0xB0, 0, 0, le=1), 0x6884)

    @with_master
    def test_a_key_is_found_where_it_is(self):
        self.expect(self.choose("auth"), 0x6A88)
        self.enter("auth")
        self.expect(self.choose("sign"), 0x6A88)

    def test_what_the_environment_refuses(self):
        self.enter("auth")
        self.expect(self.choose("auth", 0xB8), 0x6A86)
        reference = int(KEYS["auth"]["reference"], 16)
        algorithm = int(KEYS["auth"]["algorithm"], 16)
        self.expect(short(0, 0x22, 0x41, 0xB6, bytes([0x80, 1, algorithm])), 0x6A80)
        self.expect(short(0, 0x22, 0x41, 0xB6, bytes([0x84, 2, reference])), 0x6A80)
        unknown = bytes([0x80, 1, algorithm ^ 0x80, 0x84, 1, reference])
        self.expect(short(0, 0x22, 0x41, 0xB6, unknown), 0x6A80)
        self.expect(short(0, 0x22, 0xF3, 0x01), 0x6A86)
        self.enter("sign")
        self.expect(self.choose("sign", 0xA4), 0x6A80)

    def test_another_directory_ends_the_environment(self):
        self.enter("sign")
        self.expect(self.choose("sign"), 0x9000)
        self.enter("auth")
        self.enter("sign")
        self.expect(self.verify("sign"), 0x9000)
        self.expect(extended(0, 0x2A, 0x9E, 0x9A, SIGNATURE_INPUT, 65536), 0x6985)


class Reader(unittest.TestCase):
    """The card pulled, put back, mute: what PC/SC sees of the control socket's orders."""

    def setUp(self):
        self.reader = os.environ["CARD_READER"]
        self.context = pcsc.Context()
        self.addCleanup(self.context.__exit__)
        self.assertEqual(say("insert"), "ok")
        self.wait_for(pcsc.STATE_PRESENT)

    def wait_for(self, flag):
        states = self.context.wait(lambda states: states[self.reader] & flag, EVENT_S)
        self.assertTrue(states[self.reader] & flag, states)

    @staticmethod
    def until_mute():
        """The command is on its way; the card says when it has come."""
        while "mute" not in say("status").split():
            pass

    def test_pulled_and_put_back(self):
        card = pcsc.Card(self.context, self.reader)
        self.assertEqual(say("remove"), "ok")
        self.assertEqual(say("status").split()[1:4], ["removed", "alone", "talking"])
        with self.assertRaises(pcsc.PcscError):
            card.transmit(SELECT_MF)
        self.wait_for(pcsc.STATE_EMPTY)
        self.assertEqual(say("insert"), "ok")
        self.wait_for(pcsc.STATE_PRESENT)
        self.assertEqual(pcsc.Card(self.context, self.reader).transmit(SELECT_MF)[1], 0x9000)

    def test_pulled_before_the_nth_answer(self):
        for nth in (1, 2, 3):
            card = pcsc.Card(self.context, self.reader)
            self.assertEqual(say(f"remove-at {nth}"), "ok")
            for _ in range(nth - 1):
                self.assertEqual(card.transmit(SELECT_MF)[1], 0x9000)
            with self.assertRaises(pcsc.PcscError):
                card.transmit(SELECT_MF)
            self.wait_for(pcsc.STATE_EMPTY)
            say("insert")
            self.wait_for(pcsc.STATE_PRESENT)

    def test_mute_until_unmute(self):
        card = pcsc.Card(self.context, self.reader)
        self.assertEqual(say("mute-at 1"), "ok")
        answers = []
        thread = threading.Thread(
            target=lambda: answers.append(card.transmit(SELECT_MF)[1])
        )
        thread.start()
        self.until_mute()
        self.assertEqual(answers, [])
        self.assertEqual(say("unmute"), "ok")
        thread.join()
        self.assertEqual(answers, [0x9000])

    def test_mute_until_pulled(self):
        card = pcsc.Card(self.context, self.reader)
        self.assertEqual(say("mute-at 1"), "ok")
        failures = []
        def ask():
            try:
                card.transmit(SELECT_MF)
            except pcsc.PcscError as error:
                failures.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        self.until_mute()
        self.assertEqual(say("remove"), "ok")
        thread.join()
        self.assertEqual(len(failures), 1)
        self.wait_for(pcsc.STATE_EMPTY)
        say("insert")
        self.wait_for(pcsc.STATE_PRESENT)
        self.assertEqual(pcsc.Card(self.context, self.reader).transmit(SELECT_MF)[1], 0x9000)

    def test_upside_down(self):
        say("remove")
        self.wait_for(pcsc.STATE_EMPTY)
        self.assertEqual(say("insert-upside-down"), "ok")
        self.wait_for(pcsc.STATE_MUTE)
        with self.assertRaises(pcsc.PcscError):
            pcsc.Card(self.context, self.reader)
        say("remove")
        self.wait_for(pcsc.STATE_EMPTY)

    def test_orders_that_are_none(self):
        for line in ("", "Remove", "remove-at", "remove-at 0", "remove-at -1", "remove-at 1x",
                     "remove-at 99999999999999999999", "mute-at 1000001"):
            self.assertTrue(say(line).startswith("error "), line)
        self.assertTrue(say("x" * 1000).startswith("error "))


if __name__ == "__main__":
    unittest.main()
