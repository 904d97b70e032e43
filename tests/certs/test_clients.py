#!/usr/bin/python3
"""The clients of docs/portals, each where its runtime is installed."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from forms import NONCE, ORIGIN, token_of
from pki import issue
from verifyd import TOP, Verifyd

CLIENTS = TOP / "docs/portals"
BUILT = pathlib.Path(os.environ["PIRADI_BUILD"]) / "tests/portal-client"
COMMANDS = {
    "python": ["/usr/bin/python3", "-B", CLIENTS / "verify.py"],
    "node": ["node", CLIENTS / "verify.mjs"],
    "php": ["php", CLIENTS / "verify.php"],
    "java": ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", CLIENTS / "Verify.java"],
    "c": [BUILT],
}


class ClientsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="clients-")
        cls.addClassCleanup(folder.cleanup)
        path = pathlib.Path(folder.name)
        root = issue(None, "SPECIMEN Root", ca=True)
        (path / "root.pem").write_bytes(root.pem)
        cls.verifyd = Verifyd(path, path, settings={"need": "off"})
        cls.addClassCleanup(cls.verifyd.end)
        cls.token = json.dumps(token_of(issue(root, "ნინო ბერიძე"), "ES256"))

    def run_client(self, command, origin):
        done = subprocess.run([*command, self.verifyd.url, origin, NONCE], input=self.token.encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=100)
        return done.returncode, done.stdout.decode(), done.stderr.decode().strip()

    def test_clients(self):
        run = 0
        for language, command in COMMANDS.items():
            if shutil.which(command[0]) is None:
                print(f"{language}: not installed here")
                continue
            run += 1
            with self.subTest(language):
                self.assertEqual(self.run_client(command, ORIGIN), (0, "01001012345 ნინო ბერიძე\n", ""))
                self.assertEqual(self.run_client(command, "https://evil.test"), (1, "", "SIGNATURE_INVALID"))
        self.assertGreaterEqual(run, 2)


if __name__ == "__main__":
    unittest.main()
