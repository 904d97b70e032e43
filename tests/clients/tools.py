#!/usr/bin/python3
"""GnuTLS's p11tool lists what the card holds; OpenSC's pkcs11-tool runs its own tests on it."""

import os
import re
import unittest

import client

ROLES = {"Authentication": "SPECIMEN_PIN_AUTH", "Signature": "SPECIMEN_PIN_SIGN"}


class P11tool(client.ClientTest):
    def token_urls(self):
        listed = client.run("p11tool", "--provider", client.MODULE, "--list-token-urls")
        return [line for line in listed.splitlines() if line.startswith("pkcs11:")]

    def objects(self, url, pin):
        listed = client.run("p11tool", "--provider", client.MODULE, "--login", "--list-all", url,
                            env={**os.environ, "GNUTLS_PIN": os.environ[pin]})
        return sorted(zip(re.findall(r"(?m)^\s+Type: (.+?)(?: \(.*)?$", listed),
                          re.findall(r"(?m)^\s+Label: (.+)$", listed)))

    def test_lists_everything_of_both_tokens(self):
        tokens = self.token_urls()
        self.assertEqual(len(tokens), 2, tokens)
        for url, (label, pin) in zip(tokens, ROLES.items()):
            self.assertEqual(self.objects(url, pin), sorted(
                [(kind, label) for kind in ("X.509 Certificate", "Public key", "Private key")] +
                [("X.509 Certificate", f"{kind} CA") for kind in ("Authentication", "Signing")]))


class Pkcs11tool(client.ClientTest):
    def test_both_tokens(self):
        """Its own tests, the signature key's log-in for each use included, find no error."""
        for slot, pin in enumerate(ROLES.values()):
            said = client.run("pkcs11-tool", "--module", client.MODULE, "--slot", str(slot),
                              "--login", "--pin", f"env:{pin}", "--test")
            self.assertEqual(said.splitlines()[-1], "No errors", said)
            for mechanism in ("RSA-PKCS", "SHA256-RSA-PKCS"):
                self.assertIn(f"    {mechanism}: OK", said.splitlines())


if __name__ == "__main__":
    unittest.main()
