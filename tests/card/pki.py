#!/usr/bin/python3
"""The test PKI is what its users take it for, as OpenSSL's own verification sees it.

    scripts/with-card -- tests/card/pki.py
"""

import os
import pathlib
import subprocess
import unittest

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

PKI = pathlib.Path(os.environ["SPECIMEN_PKI"])
TRUST = pathlib.Path(os.environ["SPECIMEN_TRUST"])
HOLDER = PKI / "nino-beridze"


def verify(certificate, *options):
    """What `openssl verify` says of it under our trust; "" when it is content."""
    result = subprocess.run(
        [
            "openssl", "verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile",
            TRUST / "root.pem", "-untrusted", TRUST / "auth-ca.pem", "-untrusted",
            TRUST / "sign-ca.pem", *options, certificate,
        ],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
    )
    return "" if result.returncode == 0 else result.stderr


def load(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


class Pki(unittest.TestCase):
    def test_trust_holds_three_certificates_and_no_key(self):
        names = sorted(path.name for path in TRUST.iterdir())
        self.assertEqual(names, ["auth-ca.pem", "root.pem", "sign-ca.pem"])
        for path in TRUST.iterdir():
            self.assertNotIn("PRIVATE", path.read_text())

    def test_keys_are_the_owners_alone(self):
        keys = list(PKI.rglob("*.key"))
        self.assertTrue(keys)
        for key in keys:
            self.assertEqual(key.stat().st_mode & 0o777, 0o600, key)

    def test_the_card_certificates_verify(self):
        for folder in (HOLDER, PKI / "giorgi-kapanadze"):
            for role in ("auth", "sign"):
                self.assertEqual(verify(folder / f"{role}.pem"), "")

    def test_the_variants_fail_as_named(self):
        for role in ("auth", "sign"):
            self.assertIn("has expired", verify(HOLDER / f"expired/{role}.pem"))
            self.assertIn("not yet valid", verify(HOLDER / f"not-yet-valid/{role}.pem"))
            # Same names, other keys: the issuer's key identifier is not to be found.
            self.assertIn("unable to get", verify(HOLDER / f"untrusted/{role}.pem"))
            self.assertEqual(verify(HOLDER / f"wrong-purpose/{role}.pem"), "")

    def usages(self, path):
        extensions = load(path).extensions
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        try:
            purposes = list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        except x509.ExtensionNotFound:
            purposes = []
        return usage.digital_signature, usage.content_commitment, purposes

    def test_purposes(self):
        login = (True, False, [ExtendedKeyUsageOID.CLIENT_AUTH])
        signing = (False, True, [])
        self.assertEqual(self.usages(HOLDER / "auth.pem"), login)
        self.assertEqual(self.usages(HOLDER / "sign.pem"), signing)
        self.assertEqual(self.usages(HOLDER / "wrong-purpose/auth.pem"), signing)
        self.assertEqual(self.usages(HOLDER / "wrong-purpose/sign.pem"), login)

    def test_the_holder(self):
        subject = load(HOLDER / "auth.pem").subject
        names = {attribute.oid: attribute.value for attribute in subject}
        self.assertEqual(names[NameOID.COMMON_NAME], "ნინო ბერიძე")
        self.assertEqual(names[NameOID.GIVEN_NAME], "ნინო")
        self.assertEqual(names[NameOID.SURNAME], "ბერიძე")
        self.assertRegex(names[NameOID.SERIAL_NUMBER], r"^\d{11}$")
        self.assertEqual(names[NameOID.ORGANIZATIONAL_UNIT_NAME], "SPECIMEN")

    def test_only_the_signature_certificate_is_qualified(self):
        statements = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
        load(HOLDER / "sign.pem").extensions.get_extension_for_oid(statements)
        with self.assertRaises(x509.ExtensionNotFound):
            load(HOLDER / "auth.pem").extensions.get_extension_for_oid(statements)

    def test_every_issued_certificate_names_its_services(self):
        for path in (HOLDER / "auth.pem", HOLDER / "sign.pem", PKI / "auth-ca.pem"):
            extensions = load(path).extensions
            access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
            places = [description.access_location.value for description in access]
            self.assertEqual(len(places), 2)
            for place in places:
                self.assertRegex(place, r"^http://[a-z-]+\.piradi\.test/")
            extensions.get_extension_for_oid(ExtensionOID.CRL_DISTRIBUTION_POINTS)


if __name__ == "__main__":
    unittest.main()
