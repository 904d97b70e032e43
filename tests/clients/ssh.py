#!/usr/bin/python3
"""A log-in with the card at a local sshd that accepts its authentication key and nothing else."""

import os
import pathlib
import pwd
import subprocess
import sys
import unittest

import client

SKIPPED = 77  # as tests/clients/CMakeLists.txt tells ctest
ASKPASS = pathlib.Path(__file__).with_name("askpass")
PORT = 2222

CONFIGURATION = """
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
"""


class Ssh(client.ClientTest):
    def setUp(self):
        super().setUp()
        client.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "host")
        host = (self.folder / "host.pub").read_text()
        (self.folder / "known").write_text(f"[127.0.0.1]:{PORT} {host}")
        self.start_sshd()

    def start_sshd(self):
        configuration = self.folder / "sshd_config"
        configuration.write_text(CONFIGURATION.format(folder=self.folder, port=PORT))
        self.start_server(
            ["/usr/sbin/sshd", "-D", "-e", "-f", configuration], "Server listening on")

    def authorize(self, role):
        """The key of the certificate, as ssh-keygen has it from the module."""
        public = client.run("openssl", "x509", "-noout", "-pubkey", "-in",
                            client.PKI / client.HOLDER / f"{role}.pem")
        pem = self.folder / "key.pem"
        pem.write_text(public)
        line = client.run("ssh-keygen", "-i", "-m", "PKCS8", "-f", pem).strip()
        offered = client.run("ssh-keygen", "-D", client.MODULE)
        self.assertIn(line, offered)
        (self.folder / "authorized").write_text(line + "\n")

    def log_in(self):
        user = pwd.getpwuid(os.getuid()).pw_name
        return subprocess.run(
            ["ssh", "-F", "none", "-p", str(PORT), "-o", f"PKCS11Provider={client.MODULE}",
             "-o", f"UserKnownHostsFile={self.folder}/known", "-o", "StrictHostKeyChecking=yes",
             "-o", "IdentityFile=none", f"{user}@127.0.0.1", "echo", "let in"],
            env={**os.environ, "SSH_ASKPASS": str(ASKPASS), "SSH_ASKPASS_REQUIRE": "force"},
            capture_output=True, text=True, check=False,
        )

    def test_let_in_with_the_card(self):
        self.authorize("auth")
        answer = self.log_in()
        self.assertEqual(answer.stdout, "let in\n", answer.stderr)

    def test_not_with_a_key_that_is_not_authorized(self):
        (self.folder / "authorized").write_text("")
        answer = self.log_in()
        self.assertEqual(answer.returncode, 255, answer.stdout)
        self.assertIn("Permission denied", answer.stderr)


if __name__ == "__main__":
    if os.getuid() == 0:
        print("sshd separates privileges when root runs it: run this test as an ordinary user")
        sys.exit(SKIPPED)
    unittest.main()
