#!/usr/bin/python3
"""OpenSC's own PKCS #11 module works with the virtual card's myeid personality.

    scripts/with-card --personality myeid [--keys KIND] -- tests/card/opensc_signs.py
"""

import os
import pathlib
import subprocess
import tempfile
import unittest

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

MODULE = "opensc-pkcs11.so"
CREDENTIALS = pathlib.Path(os.environ["SPECIMEN_CREDENTIALS"])
PINS = {"auth": os.environ["SPECIMEN_PIN_AUTH"], "sign": os.environ["SPECIMEN_PIN_SIGN"]}
TOKENS = {"auth": "MyEID (SPECIMEN) (User PIN)", "sign": "MyEID (SPECIMEN) (Signature PIN)"}
LABELS = {"auth": "Authentication", "sign": "Signature"}
MESSAGE = "წერილი".encode()


def pkcs11_tool(*arguments):
    return subprocess.run(
        ["pkcs11-tool", "--module", MODULE, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
    )


def public_key(role):
    certificate = (CREDENTIALS / f"{role}.pem").read_bytes()
    return x509.load_pem_x509_certificate(certificate).public_key()


def mechanism(role):
    is_ec = isinstance(public_key(role), ec.EllipticCurvePublicKey)
    return "ECDSA-SHA256" if is_ec else "SHA256-RSA-PKCS"


class OpenscSigns(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.message = self.folder / "message"
        self.message.write_bytes(MESSAGE)
        self.signature = self.folder / "signature"

    def sign(self, role, pin):
        return pkcs11_tool(
            "--token-label", TOKENS[role], "--login", "--pin", pin, "--sign",
            "--label", LABELS[role], "--mechanism", mechanism(role),
            "--signature-format", "openssl",
            "--input-file", self.message, "--output-file", self.signature,
        )

    def assert_verifies(self, role):
        key = self.folder / "key.pem"
        with open(key, "wb") as file:
            subprocess.run(
                ["openssl", "x509", "-in", CREDENTIALS / f"{role}.pem", "-noout", "-pubkey"],
                check=True, stdout=file,
            )
        result = subprocess.run(
            ["openssl", "dgst", "-sha256", "-verify", key, "-signature", self.signature,
             self.message],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
        )
        self.assertEqual(result.stdout, "Verified OK\n", result.stderr)

    def test_signatures_of_both_keys(self):
        for role, pin in PINS.items():
            result = self.sign(role, pin)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assert_verifies(role)

    def test_a_wrong_pin(self):
        wrong = "".join(str((int(digit) + 1) % 10) for digit in PINS["auth"])
        result = self.sign("auth", wrong)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("CKR_PIN_INCORRECT", result.stderr)
        self.assertEqual(self.sign("auth", PINS["auth"]).returncode, 0)

    def test_a_changed_pin(self):
        old, new = PINS["auth"], PINS["auth"][::-1]
        for before, after in ((old, new), (new, old)):
            result = pkcs11_tool(
                "--token-label", TOKENS["auth"], "--login", "--change-pin",
                "--pin", before, "--new-pin", after,
            )
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(self.sign("auth", after).returncode, 0)

    def test_the_certificates(self):
        result = pkcs11_tool("--list-objects", "--type", "cert", "--token-label", TOKENS["auth"])
        self.assertIn("label:      Authentication\n", result.stdout)
        self.assertIn("label:      Authentication CA\n", result.stdout)


if __name__ == "__main__":
    unittest.main()
