#!/usr/bin/python3
"""piradi-verifyd over HTTP: every form of a token, revocation, bad requests, a slow responder, clients' load."""

import json
import pathlib
import socket
import tempfile
import threading
import unittest

import forms
import pki
from forms import NONCE, ORIGIN, token_of
from pki import DAY, NO_CHECK, NOW, Purpose, issue
from stage import Responder, Web
from verifyd import Verifyd

SLOW_ONES = 8


class VerifydTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="verifyd-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.web = Web()
        cls.addClassCleanup(cls.web.end)
        cls.root = issue(None, "SPECIMEN Root", ca=True)
        cls.ca = issue(cls.root, "SPECIMEN CA", ca=True, lists=[cls.web.put(pki.der_of(pki.crl(cls.root)))])
        cls.trust = cls.folder / "trust"
        cls.trust.mkdir()
        for name, party in (("root", cls.root), ("ca", cls.ca)):
            (cls.trust / f"{name}.pem").write_bytes(party.pem)
        signer = issue(cls.ca, "SPECIMEN Responder", purposes=[Purpose.OCSP_SIGNING], more=[NO_CHECK], number=None)
        cls.responder = Responder(cls.folder, "responder", cls.ca, signer)
        cls.addClassCleanup(cls.responder.end)

    def start(self, name, **options):
        verifyd = Verifyd(self.folder, self.trust, name, **options)
        self.addCleanup(lambda: self.assertEqual(verifyd.end(), 0, verifyd.log))
        return verifyd

    def citizen(self, **what):
        return issue(self.ca, "ნინო ბერიძე", **what)

    def token(self, citizen):
        return json.dumps(token_of(citizen, "ES256")).encode()

    def test_forms(self):
        verifyd = self.start("forms", settings={"need": "off"})
        connection = verifyd.connect()
        every = forms.Forms(self.ca, issue(None, "SPECIMEN Stranger", ca=True)).all()
        for form in every:
            with self.subTest(form.name):
                status, answer = verifyd.verify(form.token, form.origin, form.nonce, connection)
                if form.status == "OK":
                    self.assertEqual(answer["citizen"]["personal_number"], "01001012345")
                elif form.status in (None, "NONCE_TOO_SHORT"):
                    self.assertNotEqual(status, "OK")
                elif form.name == "JSON: huge":
                    self.assertIn(status, ("OK", "DOCUMENT_TOO_LARGE"))  # spaces between values are JSON's own
                else:
                    self.assertEqual(status, form.status, answer)
        connection.close()
        counters = verifyd.counters()
        good = sum(form.status == "OK" for form in every)
        self.assertIn(int(counters['piradi_tokens_total{status="OK"}']), (good, good + 1))

    def test_revocation(self):
        verifyd = self.start("revocation")
        good, gone = (self.citizen(responders=[self.responder.url]) for _ in range(2))
        self.responder.knows(good)
        self.responder.knows(gone, NOW - DAY)
        self.responder.run()
        status, answer = verifyd.verify(self.token(good), ORIGIN, NONCE)
        self.assertEqual((status, answer.get("revocation")),
                         ("OK", {"checked": True, "source": "ocsp", "in_grace": False}), answer)
        self.assertEqual(verifyd.verify(self.token(gone), ORIGIN, NONCE)[0], "CERTIFICATE_REVOKED")
        self.responder.end()
        for _ in range(2):  # from what it remembers
            self.assertEqual(verifyd.verify(self.token(good), ORIGIN, NONCE)[0], "OK")
            self.assertEqual(verifyd.verify(self.token(gone), ORIGIN, NONCE)[0], "CERTIFICATE_REVOKED")
        unknown = self.citizen(responders=[self.responder.url])
        self.assertEqual(verifyd.verify(self.token(unknown), ORIGIN, NONCE)[0], "REVOCATION_UNKNOWN")
        other = self.start("sharing", more={"cache": self.folder / "revocation-cache"})
        self.assertEqual(other.verify(self.token(good), ORIGIN, NONCE)[0], "OK")  # from the other's cache
        lenient = self.start("lenient", settings={"need": "prefer"})
        status, answer = lenient.verify(self.token(unknown), ORIGIN, NONCE)
        self.assertEqual((status, answer["revocation"]["checked"]), ("OK", False))
        self.assertEqual(lenient.counters()["piradi_tokens_unconfirmed_total"], "1")

    def test_bad_requests(self):
        verifyd = self.start("bad", settings={"need": "off"})
        kind = {"Content-Type": "application/json"}
        token = self.token(self.citizen())
        good = json.dumps({"token": json.loads(token), "nonce": NONCE, "origin": ORIGIN}).encode()
        self.assertEqual(verifyd.ask("POST", "/v1/tokens", good)[0], 200)
        for name, expected, method, path, body, headers in (
                ("no path", 404, "GET", "/", None, {}), ("a query is no matter", 200, "GET", "/v1/health?a", None, {}),
                ("another method", 405, "GET", "/v1/tokens", None, {}), ("DELETE", 405, "DELETE", "/v1/health", None, {}),
                ("another type", 415, "POST", "/v1/tokens", good, {"Content-Type": "text/plain"}),
                ("a form", 415, "POST", "/v1/tokens", good, {"Content-Type": "application/x-www-form-urlencoded"}),
                ("a page's", 403, "POST", "/v1/tokens", good, {**kind, "Origin": ORIGIN}),
                ("a page's own", 403, "GET", "/v1/health", None, {"Sec-Fetch-Site": "cross-site"}),
                ("no JSON", 400, "POST", "/v1/tokens", b"{", kind), ("a list", 400, "POST", "/v1/tokens", b"[]", kind),
                ("nothing", 400, "POST", "/v1/tokens", b"{}", kind), ("empty", 400, "POST", "/v1/tokens", b"", kind),
                ("a key more", 400, "POST", "/v1/tokens", good[:-1] + b', "a": 1}', kind),
                ("a key twice", 400, "POST", "/v1/tokens", good[:-1] + b', "origin": "https://a.test"}', kind),
                ("an origin with a slash", 400, "POST", "/v1/tokens", good.replace(b".test\"", b".test/\""), kind),
                ("an origin in capitals", 400, "POST", "/v1/tokens", good.replace(b"https", b"HTTPS"), kind),
                ("too large", 413, "POST", "/v1/tokens", b" " * 70000, kind)):
            with self.subTest(name):
                self.assertEqual(verifyd.ask(method, path, body, headers)[0], expected)
        chunked = b"POST /v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        for name, head in (("chunked", chunked + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                           ("two lengths", chunked + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
                           ("no host", b"GET /v1/health HTTP/1.1\r\n\r\n"), ("HTTP/1.0", b"GET /v1/health HTTP/1.0\r\n\r\n")):
            with self.subTest(name), socket.create_connection(("127.0.0.1", verifyd.port), timeout=60) as raw:
                raw.sendall(head)
                self.assertIn(b" 400 ", raw.recv(4096).split(b"\r\n")[0])
        self.assertEqual(verifyd.ask("GET", "/v1/health")[1]["status"], "OK")

    def test_a_slow_responder_keeps_nobody_else(self):
        """Half of the connections wait for one; the other half is served, and the next for the slow one is told."""
        verifyd = self.start("slow", settings={"timeout": "20000", "whole-chain": "no"},
                             more={"connections": 2 * SLOW_ONES})
        waiting = threading.Semaphore(0)

        def slow(*_):
            waiting.release()
            self.web.over.wait(30)

        place = self.web.put(slow)
        slow_token = self.token(self.citizen(responders=[place]))
        good = self.responder.knows(self.citizen(responders=[self.responder.url]))
        self.responder.run()
        told = []
        threads = [threading.Thread(target=lambda: told.append(verifyd.verify(slow_token, ORIGIN, NONCE)[0]))
                   for _ in range(SLOW_ONES)]
        for thread in threads:
            thread.start()
        for _ in threads:
            waiting.acquire()
        self.assertEqual(verifyd.verify(self.token(good), ORIGIN, NONCE)[0], "OK")
        status, answer = verifyd.verify(slow_token, ORIGIN, NONCE)
        self.assertEqual((status, answer["detail"]), ("REVOCATION_UNKNOWN", "too many wait for this service already"))
        self.assertEqual(told, [])
        self.web.over.set()
        for thread in threads:
            thread.join()
        self.assertEqual(told, ["REVOCATION_UNKNOWN"] * SLOW_ONES)

    def test_configuration(self):
        for name, settings, more, line in (
                ("unknown key", {"nonsense": "1"}, None, "unknown key"), ("no number", {"grace": "soon"}, None, "seconds"),
                ("no need", {"need": "maybe"}, None, "prefer"), ("a name", None, {"listen": "localhost:1"}, "ADDRESS"),
                ("relative", None, {"trust": "trust"}, "absolute"), ("nobody to trust", None, {"trust": "/tmp/none"}, "trust")):
            with self.subTest(name), self.assertRaisesRegex(RuntimeError, line):
                Verifyd(self.folder, self.trust, "wrong", settings, more)


if __name__ == "__main__":
    unittest.main()
