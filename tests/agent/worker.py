#!/usr/bin/python3
"""piradi-worker against a PKCS#11 module that nobody here wrote: SoftHSM."""

import base64
import datetime
import hashlib
import os
import pathlib
import socket
import subprocess
import tempfile
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

import wire

SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "271828"
ORIGIN = "https://portal.piradi.test"
NONCE = base64.b64encode(bytes(range(33))).decode()
ATTRIBUTES = bytes.fromhex("310a300806032a03043101 00".replace(" ", ""))  # a DER SET, 12 bytes


def make_certificate(key, name, usage):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.utcnow()
    flags = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment",
                           "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
                           "encipher_only", "decipher_only"), False)
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(False, None), True)
            .add_extension(x509.KeyUsage(**{**flags, usage: True}), True)
            .sign(key, hashes.SHA256()))


class Token:
    """A folder with a SoftHSM token that holds a login key and a signature key."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="softhsm-")
        self.path = pathlib.Path(self.folder.name)
        (self.path / "tokens").mkdir()
        config = self.path / "softhsm2.conf"
        config.write_text(f"directories.tokendir = {self.path}/tokens\nlog.level = ERROR\n")
        self.environment = dict(os.environ, SOFTHSM2_CONF=str(config), PIRADI_MODULE=SOFTHSM)
        self.run("softhsm2-util", "--init-token", "--free", "--label", "SPECIMEN", "--pin", PIN,
                 "--so-pin", "31415926")
        self.keys = {"login": self.add("01", "digital_signature"),
                     "sign": self.add("02", "content_commitment")}

    def run(self, *command):
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def add(self, key_id, usage):
        key = rsa.generate_private_key(65537, 2048)
        (self.path / "key.pem").write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        certificate = make_certificate(key, f"SPECIMEN {usage}", usage)
        (self.path / "certificate.der").write_bytes(
            certificate.public_bytes(serialization.Encoding.DER))
        self.run("softhsm2-util", "--import", self.path / "key.pem", "--token", "SPECIMEN",
                 "--label", usage, "--id", key_id, "--pin", PIN)
        self.run("pkcs11-tool", "--module", SOFTHSM, "--login", "--pin", PIN, "--write-object",
                 self.path / "certificate.der", "--type", "cert", "--id", key_id)
        return key.public_key()


class WorkerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.token = Token()

    @classmethod
    def tearDownClass(cls):
        cls.token.folder.cleanup()

    def start(self, **environment):
        self.prompt, pins = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        worker = wire.Child("piradi-worker", pins,
                            environment={**self.token.environment, **environment})
        pins.close()
        self.addCleanup(self.prompt.close)
        self.addCleanup(worker.__exit__)
        return worker

    def find(self, worker, purpose):
        worker.send(command="find", purpose=purpose, chain=True, unblocking=False)
        return worker.receive()

    def test_only_a_key_that_fits_the_purpose_is_found(self):
        worker = self.start()
        for purpose, usage in (("login", "digital_signature"), ("sign", "content_commitment")):
            answer = self.find(worker, purpose)
            self.assertEqual(answer["status"], "OK")
            (key,) = answer["keys"]
            certificate = x509.load_der_x509_certificate(base64.b64decode(key["certificate"]))
            self.assertEqual(certificate.public_key().public_numbers(),
                             self.token.keys[purpose].public_numbers())
            self.assertEqual(key["algorithm"], "RS256")
            self.assertEqual(key["pin"]["tries_left"], 3)
            self.assertFalse(key["pin"]["pad"])
            self.assertFalse(key["pin"]["blocked"])

    def test_login_signs_the_hashes_of_origin_and_nonce(self):
        worker = self.start()
        self.find(worker, "login")
        worker.send(command="login", key=0, origin=ORIGIN, nonce=NONCE)
        self.prompt.send(PIN.encode())
        answer = worker.receive()
        self.assertEqual(answer["status"], "OK")
        message = (hashlib.sha256(ORIGIN.encode()).digest() +
                   hashlib.sha256(NONCE.encode()).digest())
        self.token.keys["login"].verify(base64.b64decode(answer["signature"]), message,
                                        padding.PKCS1v15(), hashes.SHA256())

    def test_sign_signs_the_attributes(self):
        worker = self.start()
        self.find(worker, "sign")
        worker.send(command="sign", key=0, to_be_signed=base64.b64encode(ATTRIBUTES).decode())
        self.prompt.send(PIN.encode())
        answer = worker.receive()
        self.token.keys["sign"].verify(base64.b64decode(answer["signature"]), ATTRIBUTES,
                                       padding.PKCS1v15(), hashes.SHA256())

    def test_wrong_pin_is_told_and_may_be_tried_again(self):
        worker = self.start()
        self.find(worker, "login")
        for pin, status in (("000000", "PIN_WRONG"), (PIN, "OK")):
            worker.send(command="login", key=0, origin=ORIGIN, nonce=NONCE)
            self.prompt.send(pin.encode())
            answer = worker.receive()
            self.assertEqual(answer["status"], status)
            self.assertGreaterEqual(answer.get("tries_left", 1), 1)

    def test_hashes(self):
        worker = self.start()
        self.find(worker, "sign")
        for name, function, algorithm in (("SHA-256", hashes.SHA256(), "RS256"), ("SHA-384", hashes.SHA384(), "RS384"),
                                          ("SHA-512", hashes.SHA512(), "RS512")):
            digest = hashlib.new(name.replace("-", ""), b"content").digest()
            worker.send(command="sign-hash", key=0, hash=base64.b64encode(digest).decode(), hash_function=name)
            self.prompt.send(PIN.encode())
            answer = worker.receive()
            self.assertEqual(answer["algorithm"], algorithm)
            self.token.keys["sign"].verify(base64.b64decode(answer["signature"]), b"content", padding.PKCS1v15(),
                                           function)

    def test_a_hash_is_not_signed_with_the_login_key(self):
        worker = self.start()
        self.find(worker, "login")
        worker.send(command="sign-hash", key=0, hash=base64.b64encode(bytes(32)).decode(), hash_function="SHA-256")
        self.assertEqual(worker.receive()["status"], "BAD_REQUEST")

    def test_pin_changed_and_changed_back(self):
        worker = self.start()
        self.find(worker, "login")
        for old, new, status in (("000000", "314159", "PIN_WRONG"), (PIN, "314159", "OK"), ("314159", PIN, "OK")):
            worker.send(command="pin", key=0, action="change")
            self.prompt.send(old.encode())
            self.prompt.send(new.encode())
            self.assertEqual(worker.receive()["status"], status)
        worker.send(command="login", key=0, origin=ORIGIN, nonce=NONCE)
        self.prompt.send(PIN.encode())
        self.assertEqual(worker.receive()["status"], "OK")

    def test_closed_prompt_is_a_cancelled_login(self):
        worker = self.start()
        self.find(worker, "login")
        worker.send(command="login", key=0, origin=ORIGIN, nonce=NONCE)
        self.prompt.close()
        self.assertEqual(worker.receive()["status"], "USER_CANCELLED")

    def test_ends_when_the_agent_is_gone_while_a_pin_is_awaited(self):
        worker = self.start()
        self.find(worker, "login")
        worker.send(command="login", key=0, origin=ORIGIN, nonce=NONCE)
        worker.close()
        self.assertEqual(worker.wait(), 0)

    def test_ends_when_the_agent_is_gone_before_a_request(self):
        worker = self.start()
        worker.close()
        self.assertEqual(worker.wait(), 0)

    def test_keys_are_not_used_across_purposes(self):
        worker = self.start()
        self.find(worker, "sign")
        worker.send(command="login", key=0, origin=ORIGIN, nonce=NONCE)
        self.assertEqual(worker.receive()["status"], "BAD_REQUEST")
        self.find(worker, "login")
        worker.send(command="sign", key=0, to_be_signed=base64.b64encode(ATTRIBUTES).decode())
        self.assertEqual(worker.receive()["status"], "BAD_REQUEST")

    def test_only_attributes_are_signed(self):
        worker = self.start()
        self.find(worker, "sign")
        for content in (b"", b"\x30\x00", ATTRIBUTES + b"\x00", ATTRIBUTES[:-1], bytes(32)):
            worker.send(command="sign", key=0, to_be_signed=base64.b64encode(content).decode())
            self.assertEqual(worker.receive()["status"], "BAD_REQUEST", content)

    def test_requests_that_are_none_are_refused(self):
        worker = self.start()
        for request in ({"command": "find"}, {"command": "find", "purpose": "both", "chain": True, "unblocking": True},
                        {"command": "find", "purpose": "login", "chain": True, "unblocking": True, "more": 1}, {"command": "quit"},
                        {"command": "login", "key": 0, "origin": ORIGIN, "nonce": NONCE},
                        {"command": "login", "key": -1, "origin": ORIGIN, "nonce": NONCE},
                        {"command": "pin", "key": 0, "action": "change"}, {}):
            worker.send(**request)
            self.assertEqual(worker.receive()["status"], "BAD_REQUEST", request)

    def test_a_nonce_that_is_too_short_is_refused(self):
        worker = self.start()
        self.find(worker, "login")
        worker.send(command="login", key=0, origin=ORIGIN, nonce="short")
        self.assertEqual(worker.receive()["status"], "NONCE_TOO_SHORT")

    def test_an_oversized_frame_ends_it(self):
        worker = self.start()
        worker.stream.sendall(wire.HEADER.pack(64 * 1024 + 1, ord("J")))
        self.assertTrue(worker.is_closed())
        self.assertNotEqual(worker.wait(), 0)

    def test_a_module_that_is_not_there_is_an_error(self):
        worker = self.start(PIRADI_MODULE="/nowhere/module.so")
        self.assertEqual(self.find(worker, "login")["status"], "INTERNAL")


if __name__ == "__main__":
    unittest.main()
