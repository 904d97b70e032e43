"""What the tests of real clients share: the module, the specimen's PINs, and servers to wait for.

Each test runs under scripts/in-namespace and scripts/with-card, so that ports are its own.
"""

import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PIRADI_BUILD", ROOT / "build")).resolve()
MODULE = BUILD / "lib/piradi-pkcs11.so"
PKI = pathlib.Path(os.environ["SPECIMEN_PKI"])
TRUST = pathlib.Path(os.environ["SPECIMEN_TRUST"])
HOLDER = "nino-beridze"
AUTHENTICATION = "token=Georgian%20ID%20(authentication);type=private"

ENGINE = """
openssl_conf = piradi
[piradi]
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
MODULE_PATH = {module}
"""


def run(*command, **options):
    """The program's output; its failure is the test's."""
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, **options
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
    return result.stdout


class ClientTest(unittest.TestCase):
    """With a folder that only we can read, and the PIN and the trusted certificates in it."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.pin_file = self.folder / "pin"
        self.pin_file.write_text(os.environ["SPECIMEN_PIN_AUTH"])
        self.trusted = self.folder / "trusted.pem"
        self.trusted.write_text("".join(f.read_text() for f in sorted(TRUST.iterdir())))
        self.engine = {**os.environ, "OPENSSL_CONF": str(self.write_engine_configuration())}

    def write_engine_configuration(self):
        path = self.folder / "openssl.cnf"
        path.write_text(ENGINE.format(module=MODULE))
        return path

    def key_uri(self):
        """For OpenSSL's engine, which reads the PIN from a file."""
        return f"pkcs11:{AUTHENTICATION};pin-source=file:{self.pin_file}"

    def start_server(self, command, says_when_ready):
        """Returns when the server has said that it listens; it ends with the test."""
        server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.addCleanup(end_server, server)
        said = ""
        for line in server.stderr:
            said += line
            if says_when_ready in line:
                return
        self.fail(f"{command[0]} did not start:\n{said}")


def end_server(server):
    server.terminate()
    server.stderr.close()
    server.wait()
