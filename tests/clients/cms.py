#!/usr/bin/python3
"""A CMS signature by `openssl cms` with the authentication key, through the PKCS#11 engine."""

import subprocess
import unittest

import client

LETTER = "რაც იწერება, ის იწერება\n"


class Cms(client.ClientTest):
    def setUp(self):
        super().setUp()
        self.letter = self.folder / "letter"
        self.letter.write_text(LETTER)
        self.signed = self.folder / "letter.p7m"
        client.run(
            "openssl", "cms", "-sign", "-binary", "-nodetach", "-outform", "DER",
            "-engine", "pkcs11", "-keyform", "engine", "-inkey", self.key_uri(),
            "-signer", client.PKI / client.HOLDER / "auth.pem", "-in", self.letter,
            "-out", self.signed, env=self.engine,
        )

    def verify(self):
        # The certificate is for logging in: not for mail, which `cms` takes for granted.
        return subprocess.run(
            ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", self.signed,
             "-CAfile", self.trusted, "-purpose", "sslclient"],
            capture_output=True, check=False,
        )

    def test_the_signature_is_good(self):
        result = self.verify()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.decode(), LETTER)

    def test_not_of_another_letter(self):
        content = self.signed.read_bytes()
        letter = LETTER.encode()
        self.assertEqual(content.count(letter), 1)
        self.signed.write_bytes(content.replace(letter, letter[::-1]))
        result = self.verify()
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(b"verification failure", result.stderr)


if __name__ == "__main__":
    unittest.main()
