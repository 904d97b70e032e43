#!/usr/bin/python3
"""What a portal may ask besides logins and letters: the certificate that signs, and hashes."""

import base64
import hashlib
import os
import pathlib
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

import person
import running_agent
from running_agent import LOGIN_ONLY, ORIGIN, receive_after_pin

FOLDER = pathlib.Path(os.environ["SPECIMEN_CREDENTIALS"])
CERTIFICATE = x509.load_pem_x509_certificate((FOLDER / "sign.pem").read_bytes())
CONTENT = "წერილი".encode()


def hash_request(function="SHA-384", origin=ORIGIN):
    digest = hashlib.new(function.replace("-", ""), CONTENT).digest()
    return {"command": "sign-hash", "origin": origin, "hash": base64.b64encode(digest).decode(),
            "hash_function": function}


class ErrandsTest(unittest.TestCase):
    def setUp(self):
        self.agent = running_agent.RunningAgent()
        self.agent.write_portal("portal", ORIGIN, "authenticate sign-hash certificate")
        self.person = person.Person(self.agent)

    def tearDown(self):
        self.assertEqual(self.agent.end(), 0, self.agent.log)
        self.agent.remove()
        person.sees_no_window()

    def begin(self, **request):
        client = self.agent.connect()
        self.addCleanup(client.close)
        client.send(**request)
        self.assertEqual(client.receive(), {"event": "waiting", "for": "pin"})
        return client

    def test_certificate(self):
        client = self.begin(command="signing-certificate", origin=ORIGIN)
        self.person.reads("portal.piradi.test")
        self.person.presses_button("Allow")
        answer = client.receive()
        self.assertEqual((answer["status"], answer["algorithm"]), ("OK", "RS256"))
        der = base64.b64decode(answer["certificate"])
        self.assertEqual(x509.load_der_x509_certificate(der), CERTIFICATE)
        issuer = x509.load_der_x509_certificate(base64.b64decode(answer["chain"][0]))
        self.assertEqual(issuer.subject, CERTIFICATE.issuer)

    def test_certificate_is_refused(self):
        client = self.begin(command="signing-certificate", origin=ORIGIN)
        self.person.presses("Escape")
        self.assertEqual(client.receive(), {"status": "USER_CANCELLED"})

    def test_hash(self):
        client = self.begin(**hash_request())
        self.person.reads("SHA-384")
        self.person.enters(os.environ["SPECIMEN_PIN_SIGN"])
        answer = receive_after_pin(client)
        self.assertEqual((answer["status"], answer["algorithm"]), ("OK", "RS384"))
        CERTIFICATE.public_key().verify(base64.b64decode(answer["signature"]), CONTENT, padding.PKCS1v15(),
                                        hashes.SHA384())

    def test_hash_of_another_certificate(self):
        other = x509.load_pem_x509_certificate((FOLDER / "auth.pem").read_bytes())
        text = base64.b64encode(other.public_bytes(serialization.Encoding.DER)).decode()
        with self.agent.connect() as client:
            client.send(**hash_request(), certificate=text)
            self.assertEqual(client.receive(), {"status": "NO_CERTIFICATE"})
        self.person.presses("Escape")

    def test_only_what_the_policy_names(self):
        for origin, status in ((LOGIN_ONLY, "POLICY_REFUSED"), ("https://nobody.piradi.test", "ORIGIN_NOT_ALLOWED")):
            for request in (hash_request(origin=origin), {"command": "signing-certificate", "origin": origin}):
                self.assertEqual(self.agent.ask(**request), {"status": status})
        self.assertEqual(person.windows(), [])

    def test_an_origin_that_nobody_listed_logs_in_with_a_warning(self):
        client = self.begin(command="authenticate", origin="https://nobody.piradi.test", nonce="n" * 44, listed=False)
        self.person.reads("nobody.piradi.test")
        self.person.enters(os.environ["SPECIMEN_PIN_AUTH"])
        self.assertEqual(receive_after_pin(client)["status"], "OK")
        (self.agent.folder / "agent.conf").write_text("[agent]\nunlisted-logins = no\n")
        self.assertEqual(self.agent.ask(command="authenticate", origin="https://nobody.piradi.test", nonce="n" * 44,
                                        listed=False)["status"], "ORIGIN_NOT_ALLOWED")
        (self.agent.folder / "agent.conf").write_text("[agent]\nunlisted-logins = perhaps\n")
        self.assertEqual(self.agent.ask(command="authenticate", origin=ORIGIN, nonce="n" * 44)["status"], "INTERNAL")
        person.until(lambda: "agent.conf:2:" in "".join(self.agent.log), "the log to tell the line")
        (self.agent.folder / "agent.conf").unlink()
        answer = self.agent.ask(command="authenticate", origin="https://nobody.piradi.test/", nonce="n" * 44,
                                listed=False)
        self.assertEqual(answer["status"], "ORIGIN_NOT_ALLOWED")


if __name__ == "__main__":
    unittest.main()
