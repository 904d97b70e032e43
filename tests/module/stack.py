"""What scripts/with-card gives to a test of the module, and the steps that most of them take."""

import os
import pathlib
import socket
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "card"))
import pcsc  # noqa: E402  (the harness's own PC/SC client)

DATA = "რაც იწერება, ის იწერება".encode()
ROLES = ("auth", "sign")
# Of the module's deadlines (pkcs11/patience.h).
PATIENCE = int(os.environ.get("PIRADI_CARD_PATIENCE", "100")) / 100
# Ten times what the module may take (its deadlines are in pkcs11/card.h).
BUSY_S, TIMEOUT_S, REMOVED_S, EVENT_S = 30 * PATIENCE, 100 * PATIENCE, 20, 30


def variable(name, number=1):
    return os.environ[name if number == 1 else f"{name}_{number}"]


def pin_of(role, number=1):
    return variable("SPECIMEN_PIN_AUTH" if role == "auth" else "SPECIMEN_PIN_SIGN", number)


def tell(socket_path, line):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
        control.connect(socket_path)
        control.sendall(line.encode() + b"\n")
        answer = control.makefile().readline().strip()
    assert answer.split()[0] == "ok", (line, answer)
    return answer


def card(line, number=1):
    return tell(variable("CARD_CONTROL", number), line)


def pcscd(order):
    return tell(os.environ["PCSCD_CONTROL"], order)


def wait_for_card(present=True, number=1):
    """Until pcscd has noticed."""
    reader = variable("CARD_READER", number)
    with pcsc.Context() as context:
        states = context.wait(
            lambda s: reader in s and bool(s[reader] & pcsc.STATE_PRESENT) == present, EVENT_S
        )
    assert bool(states[reader] & pcsc.STATE_PRESENT) == present, states


def commands_sent():
    """The APDUs in the log, in hexadecimal, without resets and removals."""
    lines = pathlib.Path(os.environ["CARD_LOG"]).read_text().splitlines()
    return [line.split()[1] for line in lines if len(line.split()) >= 4]


def verifies_sent():
    """VERIFY with data; without data it only asks for the counter."""
    return [command for command in commands_sent() if command[2:4] == "20" and len(command) > 8]


def open_session(module, role, number=1):
    slot = module.slot_of(variable("CARD_READER", number), ROLES.index(role))
    return module.session(slot)


def log_in_and_sign(module, role, number=1, session=None, pin=None):
    """A whole operation: the signature is checked against the card's certificate."""
    session = session or open_session(module, role, number)
    pin = pin or pin_of(role, number)
    session.login(pin)
    again = pin if role == "sign" else None
    signature = session.sign(DATA, again)
    check_signature(session.certificate(), signature)
    return session


def check_signature(certificate, signature, data=DATA):
    key = x509.load_der_x509_certificate(certificate).public_key()
    key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
