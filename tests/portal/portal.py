"""A real piradi-portal on loopback of a network namespace of this test's own, and a client for it."""
import atexit
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import unittest

import specimen

HOST = "portal.piradi.test"
ORIGIN = f"https://{HOST}"
PORT = 8443
COOKIE = "__Host-piradi-session"

CONFIGURATION = """\
[portal]
origin = {origin}
listen = 127.0.0.1:{port}
certificate = {folder}/tls.crt
key = {folder}/tls.key
database = {folder}/portal.db
trust = {folder}/trust
pages = {pages}
javascript = {folder}/javascript

[body city-hall]
name.ka = ნიმუშის მერია
name.en = Specimen City Hall
"""

subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["code"]


class Client:
    """A browser with one tab: keeps the cookie and the CSRF token."""

    def __init__(self, portal):
        self.context = ssl.create_default_context(cafile=portal.folder / "tls.crt")
        self.cookie = None
        self.csrf = None

    def connect(self):
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
        connection.connect()
        connection.sock = self.context.wrap_socket(connection.sock, server_hostname=HOST)
        return connection

    def raw(self, request):
        """Sends these bytes and gives what comes back until the server closes."""
        connection = self.connect()
        connection.sock.sendall(request)
        received = b""
        try:
            while chunk := connection.sock.recv(65536):
                received += chunk
        except (ConnectionResetError, ssl.SSLError, socket.timeout):
            pass
        connection.close()
        return received

    def request(self, method, path, body=None, *, drop=(), **headers):
        """Header names with _ for -; drop names those that are left out."""
        sent = {"Host": HOST}
        if self.cookie is not None:
            sent["Cookie"] = f"{COOKIE}={self.cookie}"
        if method not in ("GET", "HEAD"):
            sent["Origin"] = ORIGIN
            sent["X-CSRF-Token"] = self.csrf or ""
        if isinstance(body, (dict, list)):
            sent["Content-Type"] = "application/json"
            body = json.dumps(body, ensure_ascii=False).encode()
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        connection = self.connect()
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in sent.items():
            if name not in drop:
                connection.putheader(name, value)
        if body is not None or method == "POST":
            connection.putheader("Content-Length", str(len(body or b"")))
        connection.endheaders(body)
        answer = Answer(connection.getresponse())
        connection.close()
        self.take_cookie(answer)
        return answer

    def take_cookie(self, answer):
        set_cookie = answer.headers.get("Set-Cookie")
        if set_cookie is not None:
            name, value = set_cookie.split(";")[0].split("=", 1)
            assert name == COOKIE
            self.cookie = value or None

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def begin(self):
        answer = self.get("/api/session")
        assert answer.status == 200, answer.body
        self.csrf = answer.json["csrf"]
        return answer

    def nonce(self):
        answer = self.post("/api/nonce")
        assert answer.status == 200, answer.body
        return answer.json["nonce"]

    def login(self, identity, origin=ORIGIN):
        self.begin()
        answer = self.post("/api/login", {"token": identity.token(origin, self.nonce())})
        if answer.status == 200:
            self.csrf = answer.json["csrf"]
        return answer

    def compose(self, **changes):
        letter = {"body": "city-hall", "subject": "ხე ჩემს ქუჩაზე", "text": "გთხოვთ, დარგოთ ხე."}
        return self.post("/api/letters", {**letter, **changes})

    def send(self, letter, signed):
        return self.post(f"/api/letters/{letter}/signed", signed, Content_Type="application/pdf")


class Portal:
    """The program, its folder, its configuration."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="piradi-portal-"))
        atexit.register(shutil.rmtree, self.folder)
        self.people = specimen.Specimen()
        self.process = None
        (self.folder / "trust").mkdir()
        for index, each in enumerate(self.people.roots):
            (self.folder / "trust" / f"{index}.pem").write_bytes(specimen.pem(each))
        certificate, key = specimen.server_certificate(HOST)
        (self.folder / "tls.crt").write_bytes(specimen.pem(certificate))
        (self.folder / "tls.key").touch(0o600)
        (self.folder / "tls.key").write_bytes(specimen.pem(key))
        (self.folder / "javascript").mkdir()
        (self.folder / "javascript" / "piradi.js").write_text("// served as it is\n")
        (self.folder / "portal.conf").write_text(CONFIGURATION.format(
            origin=ORIGIN, port=PORT, folder=self.folder, pages=os.environ["PORTAL_PAGES"]))

    def start(self):
        """Returns once it says that it serves."""
        self.process = subprocess.Popen(
            [os.environ["PORTAL_PROGRAM"], "--config", self.folder / "portal.conf"],
            stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "serving" in line:
                return
        raise AssertionError("piradi-portal did not start")

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        said = self.process.stderr.read()
        self.process.stderr.close()
        code = self.process.wait()
        assert code == (0 if how == signal.SIGTERM else -how), f"exit code {code}: {said}"
        return said

    def database(self, sql):
        """Changes the database from outside, e.g. to let time pass."""
        connection = sqlite3.connect(self.folder / "portal.db", timeout=10)
        with connection:
            rows = connection.execute(sql).fetchall()
        connection.close()
        return rows

    def sign(self, draft, identity):
        """The draft's bytes signed by letters/ with an identity's key."""
        paths = [self.folder / name for name in ("draft.pdf", "signed.pdf", "crt", "key", "issuer")]
        paths[1].unlink(missing_ok=True)
        paths[0].write_bytes(draft)
        paths[2].write_bytes(specimen.pem(identity.certificate))
        paths[3].write_bytes(specimen.pem(identity.key))
        paths[4].write_bytes(specimen.pem(identity.issuer))
        subprocess.run([os.environ["SIGN_LETTER"], *paths], check=True)
        return paths[1].read_bytes()


class Case(unittest.TestCase):
    """One portal for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.portal = Portal()
        cls.people = cls.portal.people
        cls.portal.start()

    @classmethod
    def tearDownClass(cls):
        said = cls.portal.stop()
        for secret in ("ნიმუშაძე", "01001012345"):
            assert secret not in said, "the log names a citizen"

    def client(self):
        return Client(self.portal)

    def logged_in(self, identity=None):
        client = self.client()
        self.assertEqual(client.login(identity or self.people.login).status, 200)
        return client

    def refused(self, answer, status, code):
        self.assertEqual((answer.status, answer.code), (status, code), answer.body)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
