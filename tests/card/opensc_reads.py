#!/usr/bin/python3
"""OpenSC, which shares no author with the virtual card, finds on it what its image holds.

    export OPENSC_CONF=tests/card/opensc.conf
    scripts/with-card [--shuffle SEED] -- tests/card/opensc_reads.py
"""

import json
import os
import pathlib
import re
import subprocess
import unittest

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

CREDENTIALS = pathlib.Path(os.environ["SPECIMEN_CREDENTIALS"])
PUBLIC_KEY = x509.load_pem_x509_certificate((CREDENTIALS / "auth.pem").read_bytes()).public_key()
IS_EC = isinstance(PUBLIC_KEY, ec.EllipticCurvePublicKey)
IMAGE = json.loads(pathlib.Path(os.environ["CARD_IMAGE"]).read_text())


def sections(text):
    """[(heading, {name: value})] of what pkcs15-tool -D prints."""
    found = []
    for line in text.splitlines():
        heading = re.match(r"(\S.*) \[(.*)\]:?$", line)
        field = re.match(r"\s+(\S.*?)\s*: (.*)$", line)
        if heading:
            found.append((heading[1], heading[2], {}))
        elif field and found:
            found[-1][2][field[1]] = field[2].strip()
    return found


def number_in_brackets(text):
    """`134 (0x86)` as 134."""
    return int(re.search(r"\(0x([0-9A-Fa-f]+)\)", text)[1], 16)


class OpenscReads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        result = subprocess.run(
            ["pkcs15-tool", "-D"],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        cls.sections = sections(result.stdout)

    def of_kind(self, kind):
        return [(label, fields) for name, label, fields in self.sections if name == kind]

    def test_the_token(self):
        ((label, fields),) = self.of_kind("PKCS#15 Card")
        self.assertEqual(label, "eID V4.0")
        self.assertEqual(fields["Manufacturer ID"], "SSCDv1 PACE MD")
        self.assertEqual(
            bytes.fromhex(fields["Serial number"]).decode(), IMAGE["specimen"]["card_number"]
        )

    def test_the_pins(self):
        seen = {
            number_in_brackets(fields["Reference"]): (fields["Path"], fields["Length"])
            for label, fields in self.of_kind("PIN") if label != "CAN"
        }
        expected = {
            int(pin["reference"], 16): (
                pin["directory"],
                "min_len:{0}, max_len:{0}, stored_len:{0}".format(len(pin["value"])),
            )
            for pin in IMAGE["pins"]
        }
        self.assertEqual(seen, expected)
        self.assertEqual(len(self.of_kind("PIN")), 4)

    def test_the_puk_unblocks_both(self):
        pins = dict(self.of_kind("PIN"))
        self.assertEqual(pins["User PIN"]["Auth ID"], pins["PUK"]["ID"])
        self.assertEqual(pins["Signature PIN"]["Auth ID"], pins["PUK"]["ID"])

    def private_keys(self):
        return self.of_kind(f"Private {'EC' if IS_EC else 'RSA'} Key")

    def test_the_keys(self):
        seen = {
            label: (number_in_brackets(fields["Key ref"]), fields["Path"][:-4])
            for label, fields in self.private_keys()
        }
        keys = {key["role"]: key for key in IMAGE["keys"]}
        expected = {
            label: (int(keys[role]["reference"], 16), keys[role]["directory"])
            for label, role in (("Authentication", "auth"), ("Signature", "sign"))
        }
        self.assertEqual(seen, expected)

    @unittest.skipIf(IS_EC, "an EC key has no modulus")
    def test_the_length_of_the_keys(self):
        for _, fields in self.private_keys():
            self.assertEqual(fields["ModLength"], str(PUBLIC_KEY.key_size))

    def test_a_key_has_its_certificate_and_pin(self):
        certificates = dict(self.of_kind("X.509 Certificate"))
        pins = dict(self.of_kind("PIN"))
        for label, pin in (("Authentication", "User PIN"), ("Signature", "Signature PIN")):
            key = dict(self.private_keys())[label]
            self.assertEqual(key["ID"], certificates[label]["ID"])
            self.assertEqual(key["Auth ID"], pins[pin]["ID"])

    def test_the_certificates_are_those_of_the_pki(self):
        pki = pathlib.Path(os.environ["SPECIMEN_PKI"])
        files = {
            "Authentication": CREDENTIALS / "auth.pem",
            "Signature": CREDENTIALS / "sign.pem",
            "Authentication CA": pki / "auth-ca.pem",
            "Signing CA": pki / "sign-ca.pem",
        }
        certificates = dict(self.of_kind("X.509 Certificate"))
        self.assertEqual(set(certificates), set(files))
        for label, file in files.items():
            read = subprocess.run(
                ["pkcs15-tool", "--read-certificate", certificates[label]["ID"]],
                check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            self.assertEqual(read.stdout.split(), file.read_text().split(), label)


if __name__ == "__main__":
    unittest.main()
