"""The virtual card and its pcscd, told by scripts/with-card's control sockets."""

import os
import socket

import wire


def command(control, line):
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(wire.PATIENCE_S)
        stream.connect(control)
        stream.sendall(line.encode() + b"\n")
        answer = stream.makefile().readline()
    assert answer.startswith("ok"), answer
    return answer


def card(line):
    return command(os.environ["CARD_CONTROL"], line)


def pcscd(line):
    return command(os.environ["PCSCD_CONTROL"], line)
