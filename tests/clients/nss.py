#!/usr/bin/python3
"""NSS, the library of Firefox and Chromium, with the module in its database."""

import os
import re
import subprocess
import unittest

import client
import web_server

TOKENS = ["Georgian ID (authentication)", "Georgian ID (signature)"]
PINS = ["SPECIMEN_PIN_AUTH", "SPECIMEN_PIN_SIGN"]


class Nss(client.ClientTest):
    def setUp(self):
        super().setUp()
        self.database = f"sql:{self.folder}"
        client.run("certutil", "-N", "-d", self.database, "--empty-password")
        client.run("modutil", "-dbdir", self.database, "-force", "-add", "Piradi",
                   "-libfile", client.MODULE)
        self.pins = self.folder / "pins"
        self.pins.write_text("".join(
            f"{token}:{os.environ[pin]}\n" for token, pin in zip(TOKENS, PINS)))

    def test_the_module_is_listed_with_both_tokens(self):
        # Its exit code says that the second reader has no token.
        listed = subprocess.run(
            ["modutil", "-dbdir", self.database, "-list", "Piradi"],
            capture_output=True, text=True, check=False,
        ).stdout
        self.assertIn(str(client.MODULE), listed)
        self.assertEqual(re.findall(r"(?m)^ *Token Name: (.+?) *$", listed), TOKENS)

    def test_the_certificates_are_listed(self):
        """Those of both keys as the user's own."""
        listed = client.run("certutil", "-L", "-d", self.database, "-h", "all", "-f", self.pins)
        for token, label in zip(TOKENS, ("Authentication", "Signature")):
            self.assertRegex(listed, rf"(?m)^{re.escape(token)}:{label} +u,u,u")

    def test_tls_client_authentication(self):
        web_server.start(self, "TLSv1.2")
        request = self.folder / "request"
        request.write_text("GET / HTTP/1.0\r\n\r\n")
        answer = client.run(
            "tstclnt", "-h", "127.0.0.1", "-p", str(web_server.PORT), "-d", self.database,
            "-n", f"{TOKENS[0]}:Authentication", "-W", self.pins, "-o",
            "-A", request,
        )
        self.assertIn("SUCCESS TLSv1.2", answer)


if __name__ == "__main__":
    unittest.main()
