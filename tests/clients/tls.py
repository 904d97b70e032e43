#!/usr/bin/python3
"""TLS client authentication with the card: curl, with OpenSSL's PKCS#11 engine, at nginx."""

import subprocess
import unittest

import client
import web_server


class Tls(client.ClientTest):
    def curl(self, url, *more):
        return subprocess.run(
            ["curl", "--silent", "--show-error", "--max-time", "60",
             "--cacert", self.folder / "server.pem", *more, url],
            env=self.engine, capture_output=True, text=True, check=False,
        )

    def with_card(self, url):
        certificate = client.PKI / client.HOLDER / "auth.pem"
        return self.curl(url, "--engine", "pkcs11", "--key-type", "ENG", "--key", self.key_uri(),
                         "--cert", certificate)

    def log_in(self, protocol, more=""):
        answer = self.with_card(web_server.start(self, protocol, more))
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertRegex(answer.stdout, rf"^SUCCESS {protocol} .*OU=SPECIMEN")

    def test_tls_1_2(self):
        self.log_in("TLSv1.2", "ssl_conf_command ClientSignatureAlgorithms RSA+SHA256;")

    def test_tls_1_3(self):
        """Which knows RSA only as RSA-PSS."""
        mechanisms = client.run("pkcs11-tool", "--module", client.MODULE, "--list-mechanisms")
        if "PSS" not in mechanisms:
            self.skipTest("the module has no RSA-PSS")
        self.log_in("TLSv1.3")

    def test_nobody_without_the_card(self):
        answer = self.curl(web_server.start(self, "TLSv1.2"), "--fail")
        self.assertEqual(answer.returncode, 22, answer.stdout)
        self.assertIn("400", answer.stderr)


if __name__ == "__main__":
    unittest.main()
