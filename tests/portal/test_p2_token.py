"""P2: only the card's signature is trusted."""
import base64
import unittest

import portal


class Token(portal.Case):
    def login_with(self, **changes):
        client = self.client()
        client.begin()
        token = {**self.people.login.token(portal.ORIGIN, client.nonce()), **changes}
        return client.post("/api/login", {"token": token})

    def test_login_names_the_citizen(self):
        client = self.client()
        answer = client.login(self.people.login)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json["citizen"],
                         {"name": "ნინო ნიმუშაძე", "personal_number": "01001012345"})
        self.assertEqual(client.get("/api/session").json["citizen"]["name"], "ნინო ნიმუშაძე")

    def test_another_origin_is_refused(self):
        for origin in ("https://evil.test", portal.ORIGIN + "/", portal.ORIGIN + ":443"):
            with self.subTest(origin):
                self.refused(self.client().login(self.people.login, origin), 422, "SIGNATURE_INVALID")

    def test_a_changed_byte_is_refused(self):
        client = self.client()
        client.begin()
        signature = bytearray(base64.b64decode(
            self.people.login.token(portal.ORIGIN, client.nonce())["signature"]))
        signature[100] ^= 1
        changed = base64.b64encode(signature).decode()
        self.refused(self.login_with(signature=changed), 422, "SIGNATURE_INVALID")

    def test_another_certificate_is_refused(self):
        other = self.people.other_login.token(portal.ORIGIN, "x" * 44)["unverifiedCertificate"]
        self.refused(self.login_with(unverifiedCertificate=other), 422,
                     "SIGNATURE_INVALID")

    def test_the_signature_certificate_does_not_log_in(self):
        self.refused(self.client().login(self.people.sign), 409, "CERTIFICATE_NOT_FOR_THIS_USE")

    def test_an_untrusted_issuer_is_refused(self):
        self.refused(self.client().login(self.people.foreign_login), 409, "CERTIFICATE_UNTRUSTED")

    def test_an_expired_certificate_is_refused(self):
        self.refused(self.client().login(self.people.expired_login), 409, "CERTIFICATE_EXPIRED")

    def test_other_keys_in_the_body_are_refused(self):
        client = self.client()
        client.begin()
        token = self.people.login.token(portal.ORIGIN, client.nonce())
        for body in ({"token": token, "origin": portal.ORIGIN}, {}, token, [token]):
            self.refused(client.post("/api/login", body), 400, "BAD_REQUEST")

    def test_duplicate_keys_are_refused(self):
        client = self.client()
        client.begin()
        client.nonce()
        answer = client.post("/api/login", b'{"token":{},"token":{}}',
                             Content_Type="application/json")
        self.refused(answer, 400, "BAD_REQUEST")


unittest.main()
