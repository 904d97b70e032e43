#!/usr/bin/python3
"""The simulated PIN pad, through the real pcscd: PC/SC part 10.

    scripts/with-card --reader-pinpad [OPTION]... -- tests/pinpad/pinpad.py CLASS[.TEST]
"""

import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/card"))
import pcsc  # noqa: E402

IMAGE = json.loads(pathlib.Path(os.environ["CARD_IMAGE"]).read_text())
PINS = {pin["role"]: pin for pin in IMAGE["pins"]}
APPLICATION = bytes.fromhex("00A4040C0CA000000063504B43532D3135")
VERIFY_PIN_DIRECT, MODIFY_PIN_DIRECT = 6, 7
TIMED_OUT, CANCELLED, NEW_PINS_DIFFER, PIN_LENGTH = 0x6400, 0x6401, 0x6402, 0x6403
ASCII = 0x82  # digits as characters, left-justified, units are bytes
ORDER_S = 20


def say(line, to="PINPAD_CONTROL"):
    """An order to the person; returns the answer once it has been carried out."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
        control.settimeout(ORDER_S)
        control.connect(os.environ[to])
        control.sendall(line.encode() + b"\n")
        with control.makefile() as answers:
            return answers.readline().strip()


class Person:
    """Carries out orders, one after the other, beside what the test does."""

    def __init__(self, *lines, number=""):
        self.lines = lines
        self.control = f"PINPAD_CONTROL{number}"
        self.answers = []
        self.thread = threading.Thread(target=self.run)

    def run(self):
        for line in self.lines:
            self.answers.append(say(line, self.control))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join()


def verify_structure(command, minimum, maximum, position=0, block=0):
    return struct.pack(
        "=BBBBBHBBHB3sI", 0, 0, ASCII | position << 3, block, 0, minimum << 8 | maximum, 2, 0, 0,
        0, bytes(3), len(command),
    ) + command


def modify_structure(command, minimum, maximum, offsets=(0, 0), block=0, confirm=3):
    return struct.pack(
        "=BBBBBBBHBBBHBBB3sI", 0, 0, ASCII, block, 0, *offsets, minimum << 8 | maximum, confirm,
        2, 0, 0, 0, 0, 0, bytes(3), len(command),
    ) + command


class PinPad(unittest.TestCase):
    def setUp(self):
        self.context = pcsc.Context()
        self.addCleanup(self.context.__exit__)
        self.card = pcsc.Card(self.context, os.environ["CARD_READER"])
        self.card.reset()
        self.assertEqual(self.card.transmit(APPLICATION)[1], 0x9000)
        self.features = self.card.features()
        self.pin = PINS["auth"]["value"]
        self.size = len(self.pin)
        self.reference = int(PINS["auth"]["reference"], 16)

    def tearDown(self):
        if self.card is not None:
            self.card.disconnect()

    def control(self, feature, data):
        return int.from_bytes(self.card.control(self.features[feature], data), "big")

    def verify(self, *lines, structure=None):
        """The status word, with a person who obeys these orders."""
        if structure is None:
            command = bytes([0, 0x20, 0, self.reference])
            structure = verify_structure(command, self.size, self.size)
        with Person(*lines) as person:
            status = self.control(VERIFY_PIN_DIRECT, structure)
        self.assertEqual(person.answers, ["ok"] * len(lines))
        return f"{status:04X}"

    def modify(self, *lines, structure):
        with Person(*lines) as person:
            status = self.control(MODIFY_PIN_DIRECT, structure)
        self.assertEqual(person.answers, ["ok"] * len(lines))
        return f"{status:04X}"

    def counter(self):
        return f"{self.card.transmit(bytes([0, 0x20, 0, self.reference]))[1]:04X}"

    def wrong(self):
        return "".join(str((int(digit) + 1) % 10) for digit in self.pin)


class Verify(PinPad):
    def test_typed(self):
        self.assertEqual(self.verify(f"type {self.pin}"), "9000")
        self.assertEqual(self.counter(), "9000")

    def test_typed_wrong(self):
        self.assertEqual(self.verify(f"type {self.wrong()}"), "63C2")
        self.assertEqual(self.verify(f"type {self.pin}"), "9000")

    def test_what_the_reader_answers_itself(self):
        for order, status in (("cancel", CANCELLED), ("timeout", TIMED_OUT),
                              (f"type {self.pin}0", PIN_LENGTH), ("type ", PIN_LENGTH)):
            self.assertEqual(self.verify(order), f"{status:04X}", order)
        self.assertEqual(self.counter(), "63C3")

    def test_a_template_with_data(self):
        command = bytes([0, 0x20, 0, self.reference, self.size]) + b"\xFF" * self.size
        structure = verify_structure(command, self.size, self.size, block=self.size)
        self.assertEqual(self.verify(f"type {self.pin}", structure=structure), "9000")

    def test_an_order_that_is_none_is_said_to_be(self):
        command = bytes([0, 0x20, 0, self.reference])
        structure = verify_structure(command, self.size, self.size)
        with Person("type 12a4", "press", f"type {self.pin}") as person:
            self.assertEqual(self.control(VERIFY_PIN_DIRECT, structure), 0x9000)
        self.assertEqual([answer.split()[0] for answer in person.answers],
                         ["error", "error", "ok"])

    def test_a_structure_that_is_none(self):
        structure = verify_structure(bytes([0, 0x20, 0, self.reference]), 4, 8)
        for broken in (b"", structure[:-1], structure + b"\x00", structure[:2] + b"\x01" +
                       structure[3:]):
            with self.assertRaises(pcsc.PcscError):
                self.control(VERIFY_PIN_DIRECT, broken)
        self.assertEqual(self.counter(), "63C3")


class Modify(PinPad):
    def structure(self, **options):
        command = bytes([0, 0x24, 0, self.reference])
        return modify_structure(command, self.size, self.size, **options)

    def test_changed_and_back(self):
        new = self.wrong()
        for before, after in ((self.pin, new), (new, self.pin)):
            status = self.modify(f"type {before}", f"type {after}", f"type {after}",
                                 structure=self.structure())
            self.assertEqual(status, "9000")
            self.assertEqual(self.verify(f"type {after}"), "9000")

    def test_two_new_pins_that_differ(self):
        status = self.modify(f"type {self.pin}", f"type {self.wrong()}", f"type {self.pin}",
                             structure=self.structure())
        self.assertEqual(status, f"{NEW_PINS_DIFFER:04X}")
        self.assertEqual(self.counter(), "63C3")

    def test_cancelled_at_each_step(self):
        typed = [f"type {self.pin}", f"type {self.wrong()}"]
        for step in range(3):
            status = self.modify(*typed[:step], "cancel", structure=self.structure())
            self.assertEqual(status, f"{CANCELLED:04X}")
        self.assertEqual(self.counter(), "63C3")


class Transport(PinPad):
    """The signature PIN is set on the pad: five digits, then six twice."""

    def test_set(self):
        directory = bytes.fromhex(PINS["sign"]["directory"])[2:]
        select = bytes([0, 0xA4, 8, 0x0C, len(directory)]) + directory
        self.assertEqual(self.card.transmit(select)[1], 0x9000)
        self.reference = int(PINS["sign"]["reference"], 16)
        transport, new = PINS["sign"]["value"], IMAGE["specimen"]["pins"]["sign"]
        command = bytes([0, 0x24, 0, self.reference])
        structure = modify_structure(command, len(transport), len(new))
        status = self.modify(f"type {transport}", f"type {new}", f"type {new}",
                             structure=structure)
        self.assertEqual(status, "9000")
        command = bytes([0, 0x20, 0, self.reference])
        structure = verify_structure(command, len(new), len(new))
        self.assertEqual(self.verify(f"type {new}", structure=structure), "9000")


class Readers(PinPad):
    """Two readers, each with a person of its own; and what is there after pcscd died."""

    def test_1_a_person_for_each(self):
        card = pcsc.Card(self.context, os.environ["CARD_READER_2"])
        self.addCleanup(card.disconnect)
        self.assertEqual(card.transmit(APPLICATION)[1], 0x9000)
        pin = os.environ["SPECIMEN_PIN_AUTH_2"]
        command = bytes([0, 0x20, 0, self.reference])
        structure = verify_structure(command, len(pin), len(pin))
        with Person(f"type {pin}", number="_2"):
            answer = card.control(card.features()[VERIFY_PIN_DIRECT], structure)
        self.assertEqual(answer.hex(), "9000")
        self.assertEqual(self.counter(), "63C3")

    def test_2_pcscd_begins_anew(self):
        for order in ("kill", "start"):
            self.assertEqual(say(order, "PCSCD_CONTROL"), "ok")
        with pcsc.Context() as context:
            reader = os.environ["CARD_READER"]
            context.wait(lambda states: states.get(reader, 0) & pcsc.STATE_PRESENT, ORDER_S)
            self.card = pcsc.Card(context, reader)
            self.assertEqual(self.card.transmit(APPLICATION)[1], 0x9000)
            self.assertEqual(self.verify(f"type {self.pin}"), "9000")
            self.card.disconnect()
            self.card = None


class Opensc(unittest.TestCase):
    """An independent user of the features: OpenSC asks for no PIN, the pad does."""

    def pkcs11_tool(self, *lines, arguments):
        with Person(*lines) as person:
            result = subprocess.run(
                [
                    "pkcs11-tool", "--module", "opensc-pkcs11.so",
                    "--token-label", "MyEID (SPECIMEN) (User PIN)", "--login", *arguments,
                ],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True, check=False,
            )
        self.assertEqual(person.answers, ["ok"] * len(lines))
        return result

    def sign(self, *lines):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "message").write_bytes(b"message")
            return self.pkcs11_tool(*lines, arguments=[
                "--sign", "--label", "Authentication", "--mechanism", "SHA256-RSA-PKCS",
                "--input-file", folder / "message", "--output-file", folder / "signature",
            ])

    def test_changed_and_back(self):
        old = PINS["auth"]["value"]
        new = old[::-1]
        for before, after in ((old, new), (new, old)):
            result = self.pkcs11_tool(
                f"type {before}", f"type {before}", f"type {after}", f"type {after}",
                arguments=["--change-pin"],
            )
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_signed(self):
        result = self.sign(f"type {PINS['auth']['value']}")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_cancelled(self):
        result = self.sign("cancel")
        self.assertIn("CKR_FUNCTION_CANCELED", result.stderr)


if __name__ == "__main__":
    unittest.main()
