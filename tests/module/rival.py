#!/usr/bin/python3
"""Another program of the same computer, which knows the card's layout and tries to sign with a key
whose PIN it never gives. Prints a line for each attempt, `signed` or why not, until its standard
input ends.

    rival.py READER IMAGE auth|sign connected|fresh

`connected` keeps one shared connection; `fresh` connects for each attempt.
"""

import json
import pathlib
import select
import sys

from stack import pcsc

DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420") + bytes(32)


def key_of(image, role):
    (key,) = [key for key in json.loads(pathlib.Path(image).read_text())["keys"]
              if key["role"] == role]
    return bytes.fromhex(key["directory"])[2:], int(key["reference"], 16)


def attempt(card, directory, reference):
    commands = (
        bytes([0, 0xA4, 0x08, 0x0C, len(directory)]) + directory,
        bytes([0, 0x22, 0x41, 0xB6, 3, 0x84, 1, reference]),
        bytes([0, 0x2A, 0x9E, 0x9A, 0, 0, len(DIGEST_INFO)]) + DIGEST_INFO + bytes([0, 0]),
    )
    for command in commands:
        _, status = card.transmit(command)
        if status != 0x9000:
            return f"{command[1]:02X} {status:04X}"
    return "signed"


class Rival:
    def __init__(self, reader, keeps_connection):
        self.context = pcsc.Context()
        self.reader = reader
        self.keeps_connection = keeps_connection
        self.card = None

    def attempt(self, directory, reference):
        try:
            if self.card is None:
                self.card = pcsc.Card(self.context, self.reader)
            said = attempt(self.card, directory, reference)
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
    directory, reference = key_of(image, role)
    rival = Rival(reader, manner == "connected")
    while not select.select([sys.stdin], [], [], 0)[0]:
        print(rival.attempt(directory, reference), flush=True)


if __name__ == "__main__":
    main()
