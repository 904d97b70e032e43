#!/usr/bin/python3
"""A signature with each mechanism, in one call and in parts, checked by openssl and by the module
itself; on cards with RSA keys, with RSA keys that sign what was padded, and with EC keys."""

import ctypes
import hashlib
import pathlib
import subprocess
import tempfile
import unittest

import cryptoki as ck
from stack import DATA, ROLES, commands_sent, open_session, pin_of

DIGESTS = ("sha256", "sha384", "sha512")
MASK = {"sha256": 2, "sha384": 3, "sha512": 4}
HASH = {"sha256": 0x250, "sha384": 0x260, "sha512": 0x270}
DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420")
PSS = {None: 0x0D, "sha256": 0x43, "sha384": 0x44, "sha512": 0x45}
RSA = {None: 0x01, "sha256": 0x40, "sha384": 0x41, "sha512": 0x42}
ECDSA = {None: 0x1041, "sha256": 0x1044, "sha384": 0x1045, "sha512": 0x1046}


class PssParameters(ctypes.Structure):
    _fields_ = [("hash", ck.ULONG), ("mask", ck.ULONG), ("salt", ck.ULONG)]


def pss(digest, salt=None, mask=None):
    size = hashlib.new(digest).digest_size
    return PssParameters(HASH[digest], MASK[mask or digest], size if salt is None else salt)


class Test(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.module = ck.Module()
        self.module.__enter__()
        self.addCleanup(self.module.__exit__)

    def sessions(self):
        """Of both tokens, logged in, with the public key in key.pem."""
        for role in ROLES:
            session = open_session(self.module, role)
            certificate = session.certificate()
            (self.folder / "key.pem").write_bytes(subprocess.run(
                ["openssl", "x509", "-inform", "DER", "-noout", "-pubkey"], input=certificate,
                capture_output=True, check=True).stdout)
            session.login(pin_of(role))
            yield session, pin_of(role) if role == "sign" else None
            session.close()

    def openssl(self, name, signature, data, options=()):
        """The word of openssl on a signature over a digest."""
        (self.folder / "signature").write_bytes(signature)
        (self.folder / "digest").write_bytes(hashlib.new(name, data).digest())
        return subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", self.folder / "key.pem",
             "-sigfile", self.folder / "signature", "-in", self.folder / "digest",
             "-pkeyopt", f"digest:{name}", *options],
            capture_output=True, check=False,
        ).returncode == 0

    def verified(self, session, mechanism, signature, data, parameter=None):
        """The module's own word; in parts too."""
        for parts in ([data], [data[:5], data[5:]]):
            session.verify(mechanism, signature, parts, parameter)
        with self.assertRaises(ck.CkError) as caught:
            session.verify(mechanism, signature, [data[:-1] + b"!"], parameter)
        self.assertEqual(caught.exception.name, "SIGNATURE_INVALID")

    def each(self, mechanisms, parameter=lambda digest: None, options=lambda digest: ()):
        for session, pin in self.sessions():
            for digest in DIGESTS:
                wanted = parameter(digest)
                for parts in ([DATA], [DATA[:7], DATA[7:]]):
                    signature = session.sign_parts(mechanisms[digest], parts, pin, wanted)
                    self.assertTrue(self.openssl(digest, self.for_openssl(signature), DATA,
                                                 options(digest)), (digest, len(parts)))
                self.verified(session, mechanisms[digest], signature, DATA, wanted)

    def for_openssl(self, signature):
        return signature


class Rsa(Test):
    def test_with_each_digest(self):
        self.each(RSA)

    def test_with_the_digest_of_the_caller(self):
        info = DIGEST_INFO + hashlib.sha256(DATA).digest()
        for session, pin in self.sessions():
            signature = session.sign_parts(RSA[None], [info], pin)
            self.assertTrue(self.openssl("sha256", signature, DATA))
            session.verify(RSA[None], signature, [info])
            with self.assertRaises(ck.CkError) as caught:
                session.sign_parts(RSA[None], [b"x" * len(signature)], pin)
            self.assertEqual(caught.exception.name, "DATA_LEN_RANGE")

    def test_listed_as_declared(self):
        listed = set(self.module.mechanisms(0))
        self.assertLessEqual(set(RSA.values()) | set(ECDSA.values()), listed)
        declared = any(key.get("padded_algorithm") for key in ck.IMAGE["keys"])
        for mechanism in PSS.values():
            self.assertEqual(mechanism in listed, declared)
        if not declared:
            for session, _ in self.sessions():
                with self.assertRaises(ck.CkError) as caught:
                    session.sign_init(PSS["sha256"], pss("sha256"))
                self.assertEqual(caught.exception.name, "MECHANISM_INVALID")


class Pss(Test):
    def options(self, digest, salt=None):
        size = hashlib.new(digest).digest_size if salt is None else salt
        return ("-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", f"rsa_pss_saltlen:{size}")

    def test_with_each_digest(self):
        self.each(PSS, pss, self.options)

    def test_with_the_digest_of_the_caller(self):
        for session, pin in self.sessions():
            for digest in DIGESTS:
                made = hashlib.new(digest, DATA).digest()
                for salt in (0, 20):
                    signature = session.sign_parts(PSS[None], [made], pin, pss(digest, salt))
                    self.assertTrue(self.openssl(digest, signature, DATA,
                                                 self.options(digest, salt)))
                    session.verify(PSS[None], signature, [made], pss(digest, salt))

    def test_bad_parameters(self):
        for session, pin in self.sessions():
            for bad in (None, pss("sha256", mask="sha384"), pss("sha384"), pss("sha256", 1 << 40)):
                with self.assertRaises(ck.CkError) as caught:
                    session.sign_init(PSS["sha256"], bad)
                self.assertEqual(caught.exception.name, "MECHANISM_PARAM_INVALID")
            before = len(commands_sent())
            for data, parameter, error in ((DATA, pss("sha256"), "DATA_LEN_RANGE"),
                                           (bytes(32), pss("sha256", 400), "KEY_SIZE_RANGE")):
                with self.assertRaises(ck.CkError) as caught:
                    session.sign_parts(PSS[None], [data], pin, parameter)
                self.assertEqual(caught.exception.name, error)
            sent = {command[2:4] for command in commands_sent()[before:]}
            self.assertNotIn("2A", sent)


class Ec(Test):
    def for_openssl(self, signature):
        """r and s as an ECDSA-Sig-Value."""
        half = len(signature) // 2

        def integer(value):
            raw = value.lstrip(b"\0") or b"\0"
            raw = b"\0" + raw if raw[0] & 0x80 else raw
            return bytes([2, len(raw)]) + raw

        body = integer(signature[:half]) + integer(signature[half:])
        return bytes([0x30, len(body)]) + body

    def test_with_each_digest(self):
        self.each(ECDSA)

    def test_with_the_digest_of_the_caller(self):
        made = hashlib.sha256(DATA).digest()
        for session, pin in self.sessions():
            signature = session.sign_parts(ECDSA[None], [made], pin)
            self.assertTrue(self.openssl("sha256", self.for_openssl(signature), DATA))
            session.verify(ECDSA[None], signature, [made])


if __name__ == "__main__":
    unittest.main()
