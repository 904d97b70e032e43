"""P1: 256 bits, once, five minutes, bound to the session."""
import base64
import unittest

import portal


class Nonce(portal.Case):
    def test_is_256_random_bits(self):
        client = self.client()
        client.begin()
        nonces = {client.nonce() for _ in range(5)}
        self.assertEqual(len(nonces), 5)
        for nonce in nonces:
            self.assertEqual(len(base64.b64decode(nonce, validate=True)), 32)

    def test_replay_is_refused(self):
        client = self.client()
        client.begin()
        token = self.people.login.token(portal.ORIGIN, client.nonce())
        answer = client.post("/api/login", {"token": token})
        self.assertEqual(answer.status, 200)
        client.csrf = answer.json["csrf"]
        self.refused(client.post("/api/login", {"token": token}), 404, "OPERATION_UNKNOWN")

    def test_replay_in_another_session_is_refused(self):
        first, second = self.client(), self.client()
        first.begin()
        second.begin()
        token = self.people.login.token(portal.ORIGIN, first.nonce())
        self.refused(second.post("/api/login", {"token": token}), 404, "OPERATION_UNKNOWN")
        second.nonce()
        self.refused(second.post("/api/login", {"token": token}), 422, "SIGNATURE_INVALID")
        self.assertEqual(first.post("/api/login", {"token": token}).status, 200)

    def test_a_try_uses_it_up(self):
        client = self.client()
        client.begin()
        token = self.people.login.token(portal.ORIGIN, client.nonce())
        wrong = {**token, "format": "web-eid:9.0"}
        self.refused(client.post("/api/login", {"token": wrong}), 400, "VERSION_UNSUPPORTED")
        self.refused(client.post("/api/login", {"token": token}), 404, "OPERATION_UNKNOWN")

    def test_old_is_refused(self):
        client = self.client()
        client.begin()
        token = self.people.login.token(portal.ORIGIN, client.nonce())
        self.portal.database("UPDATE nonce SET issued = issued - 301")
        self.refused(client.post("/api/login", {"token": token}), 404, "OPERATION_UNKNOWN")

    def test_a_new_one_voids_the_last(self):
        client = self.client()
        client.begin()
        token = self.people.login.token(portal.ORIGIN, client.nonce())
        client.nonce()
        self.refused(client.post("/api/login", {"token": token}), 422, "SIGNATURE_INVALID")


unittest.main()
