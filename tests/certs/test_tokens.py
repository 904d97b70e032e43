#!/usr/bin/python3
"""`piradi verify-token` over every form of a login token, and with the real OCSP responder."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import forms
from forms import NONCE, ORIGIN, token_of
from pki import DAY, NOW, NO_CHECK, Purpose, issue
from stage import Responder

PROGRAM = pathlib.Path(os.environ["PIRADI_BUILD"]) / "bin/piradi"
LEAST_NEGATIVE = 30


class Tokens(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="tokens-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.root = issue(None, "SPECIMEN Root", ca=True)
        cls.ca = issue(cls.root, "SPECIMEN CA", ca=True)
        for name, party in (("root", cls.root), ("ca", cls.ca)):
            (cls.folder / f"{name}.pem").write_bytes(party.pem)

    def verify(self, token, *options, origin=ORIGIN, nonce=NONCE):
        done = subprocess.run([PROGRAM, "verify-token", "-", "--json", "--origin", origin, "--nonce", nonce, "--trust",
                               self.folder, *options], input=token, stdout=subprocess.PIPE, check=False, timeout=60)
        return json.loads(done.stdout)

    def test_forms(self):
        every = forms.Forms(self.ca, issue(None, "SPECIMEN Stranger", ca=True)).all()
        self.assertGreaterEqual(sum(form.status != "OK" for form in every), LEAST_NEGATIVE)
        for form in every:
            with self.subTest(form.name):
                found = self.verify(form.token, "--revocation", "off", origin=form.origin, nonce=form.nonce)
                if form.status:
                    self.assertEqual(found["status"], form.status, found)
                else:
                    self.assertNotEqual(found["status"], "OK")
        print(f"{len(every)} forms")

    def test_the_citizen(self):
        token = json.dumps(token_of(issue(self.ca, "ნინო ბერიძე"), "ES256")).encode()
        found = self.verify(token, "--revocation", "off")
        self.assertFalse(found["revocation_checked"])
        self.assertEqual({key: found["citizen"][key] for key in ("name", "name_latin", "personal_number", "issuer")}, {
            "name": "ნინო ბერიძე", "name_latin": "Nino Beridze", "personal_number": "01001012345",
            "issuer": "SPECIMEN CA"})

    def test_revocation(self):
        signer = issue(self.ca, "SPECIMEN Responder", purposes=[Purpose.OCSP_SIGNING], more=[NO_CHECK], number=None)
        responder = Responder(self.folder, "responder", self.ca, signer)
        self.addCleanup(responder.end)
        good, gone = (issue(self.ca, "x", responders=[responder.url]) for _ in range(2))
        responder.knows(good)
        responder.knows(gone, NOW - DAY)
        responder.run()
        silent = issue(self.ca, "x", responders=["http://127.0.0.1:1/"])
        for name, citizen, need, status, checked in (
                ("good", good, "prefer", "OK", True), ("revoked", gone, "prefer", "CERTIFICATE_REVOKED", None),
                ("revoked, required", gone, "require", "CERTIFICATE_REVOKED", None),
                ("revoked, nobody asked", gone, "off", "OK", False), ("silent", silent, "prefer", "OK", False),
                ("silent, required", silent, "require", "REVOCATION_UNKNOWN", None),
                ("silent, nobody asked", silent, "off", "OK", False)):
            with self.subTest(name):
                found = self.verify(json.dumps(token_of(citizen, "ES256")).encode(), "--revocation", need)
                self.assertEqual((found["status"], found.get("revocation_checked")), (status, checked), found)
        forged = json.dumps(dict(token_of(gone, "ES256"), signature=forms.b64(b"\1" * 64))).encode()
        self.assertEqual(self.verify(forged)["status"], "SIGNATURE_INVALID")


if __name__ == "__main__":
    unittest.main()
