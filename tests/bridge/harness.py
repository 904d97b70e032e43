"""The real piradi-bridge in this network namespace, a client that writes raw bytes, and an agent's end of the
socket. Run through scripts/in-namespace, so that port 27310 is this test's own.
"""

import base64
import hashlib
import json
import os
import pathlib
import secrets
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

PORT = 27310
HOST = f"127.0.0.1:{PORT}"
PORTAL = "https://portal.piradi.test"
READER_ONLY = "https://login.piradi.test"  # may authenticate, not sign
EVERYTHING = "https://everything.piradi.test"  # may read the certificate and have hashes signed too
SIGNING = "https://signing.piradi.test"  # the same, but must sign its requests
TEST_LIMIT_S = 60

BRIDGE = pathlib.Path(os.environ["PIRADI_BUILD"]) / "bin" / "piradi-bridge"

SCRIPT = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}


def portal_file(folder, name, origin, may, keys=()):
    lines = [f"origin = {origin}", "name.ka = პორტალი", "name.en = Portal", f"may = {may}"]
    lines += [f"key = {json.dumps(key.jwk)}" for key in keys]
    (folder / f"{name}.conf").write_text("\n".join(["[portal]", *lines, ""]), encoding="utf-8")


def base64url(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class PortalKey:
    """A portal's key: signs requests as its server does (browser-bridge/signed_request.h)."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        point = self.key.public_key().public_numbers()
        x, y = (base64url(number.to_bytes(32, "big")) for number in (point.x, point.y))
        self.jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def jws(self, path, body, origin=SIGNING, method="POST", **header):
        """Keys of the header that are None are left out."""
        header = {"alg": "ES256", "exp": int(time.time()) + 60, "nonce": secrets.token_urlsafe(16), **header}
        header = {name: value for name, value in header.items() if value is not None}
        protected = base64url(json.dumps(header).encode())
        payload = base64url(f"{method} {path}\n{origin}\n{sha256(body)}".encode())
        der = self.key.sign(f"{protected}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
        signature = b"".join(number.to_bytes(32, "big") for number in utils.decode_dss_signature(der))
        return f"{protected}..{base64url(signature)}"


class Reply:
    """One answer of the bridge, read to its end."""

    def __init__(self, stream, head_only=False):
        line = stream.readline().decode("latin-1")
        if not line:
            raise ConnectionError("closed without an answer")
        self.status = int(line.split()[1])
        self.headers = []
        while (line := stream.readline().decode("latin-1").rstrip("\r\n")) != "":
            name, _, value = line.partition(":")
            self.headers.append((name.lower(), value.strip()))
        self.body = b"" if head_only else self._read_body(stream)

    def _read_body(self, stream):
        length = self.header("content-length")
        return stream.read(int(length)) if length else b""

    def header(self, name):
        values = [value for key, value in self.headers if key == name.lower()]
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None

    @property
    def json(self):
        return json.loads(self.body)


def connect(address="127.0.0.1"):
    return socket.create_connection((address, PORT), timeout=TEST_LIMIT_S)


def raw(data, address="127.0.0.1"):
    """Sends bytes as they are and reads one answer; ConnectionError when there is none."""
    with connect(address) as client:
        client.sendall(data)
        with client.makefile("rb") as stream:
            return Reply(stream)


def head(method, path, headers, host=HOST):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def call_bytes(method, path, body=b"", content_type=None, origin=PORTAL, drop=(), extra=()):
    headers = [("Origin", origin), *SCRIPT.items()]
    if content_type:
        headers.append(("Content-Type", content_type))
    if body:
        headers.append(("Content-Length", str(len(body))))
    headers = [(name, value) for name, value in headers if name not in drop]
    return head(method, path, [*headers, *extra]) + body


def call(method, path, body=b"", content_type=None, **rest):
    """What a portal's page sends through a browser."""
    return raw(call_bytes(method, path, body, content_type, **rest))


def post_json(path, value, **rest):
    return call("POST", path, json.dumps(value).encode(), "application/json", **rest)


def upload(content, **rest):
    return call("POST", "/v1/documents", content, "application/pdf", **rest)


OWN = f"http://{HOST}"
POPUP_SCRIPT = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
WINDOW = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def popup_call(method, path, body=b"", content_type=None, portal=PORTAL, own=OWN, metadata=None):
    """What our own popup page sends for a portal: a GET without Origin, a POST with its own."""
    headers = [("Piradi-Portal", portal)] if portal else []
    headers += (metadata or POPUP_SCRIPT).items()
    if own and method != "GET":
        headers.append(("Origin", own))
    if content_type:
        headers.append(("Content-Type", content_type))
    if body:
        headers.append(("Content-Length", str(len(body))))
    return raw(head(method, path, headers) + body)


def popup_json(path, value, **rest):
    return popup_call("POST", path, json.dumps(value).encode(), "application/json", **rest)


def open_window(path="/popup", metadata=None, method="GET", extra=()):
    """What a browser sends when a site opens a window."""
    return raw(head(method, path, [*(WINDOW if metadata is None else metadata).items(), *extra]))


NONCE = "n" * 44


class Agent:
    """The agent's end of docs/protocols.md, as told by the test: on(command, handler(conversation, request))."""

    def __init__(self, runtime):
        self.path = runtime / "piradi" / "agent.sock"
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        self.handlers = {"status": self._status, "watch": self._watch}
        self.readers = []
        self.pcsc = True
        self.requests = []
        self.changed = threading.Condition()
        self.open = set()
        self.start()

    def start(self):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(self.path))
        self.listener.listen(16)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def on(self, command, handler):
        self.handlers[command] = handler

    def set_readers(self, readers, pcsc=True):
        with self.changed:
            self.readers, self.pcsc = readers, pcsc
            self.changed.notify_all()

    def stop(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # stopped already
        self.listener.close()
        self.path.unlink(missing_ok=True)
        with self.changed:
            for conversation in list(self.open):
                conversation.close()
            self.changed.notify_all()

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        conversation = Conversation(client)
        with self.changed:
            self.open.add(conversation)
        try:
            kind, payload = conversation.read()
            request = json.loads(payload)
            self.requests.append(request)
            self.handlers[request["command"]](conversation, request)
        except (ConnectionError, OSError):
            pass
        finally:
            conversation.close()
            conversation.stream.close()
            client.close()

    def _status(self, conversation, _request):
        conversation.say({"status": "OK", "version": "0.1.0", "readers": self.readers})
        conversation.wait_for_close()

    def _watch(self, conversation, _request):
        while True:
            with self.changed:
                said = (self.readers, self.pcsc)
                event = {"event": "readers", "readers": self.readers}
                conversation.say(event if self.pcsc else {**event, "pcsc": False})
                self.changed.wait_for(lambda: (self.readers, self.pcsc) != said or conversation.closed)
                if conversation.closed:
                    return


class Conversation:
    def __init__(self, client):
        self.client = client
        self.stream = client.makefile("rb")
        self.closed = False

    def close(self):
        self.closed = True
        try:
            self.client.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def read(self):
        header = self.stream.read(5)
        if len(header) < 5:
            raise ConnectionError("the bridge closed")
        size, kind = struct.unpack(">IB", header)
        return chr(kind), self.stream.read(size)

    def say(self, value):
        payload = json.dumps(value).encode()
        self.client.sendall(struct.pack(">IB", len(payload), ord("J")) + payload)

    def give(self, content, piece=256 * 1024):
        for start in range(0, len(content), piece):
            part = content[start : start + piece]
            self.client.sendall(struct.pack(">IB", len(part), ord("D")) + part)

    def take(self, size):
        content = b""
        while len(content) < size:
            kind, part = self.read()
            assert kind == "D", kind
            content += part
        return content

    def wait_for_close(self):
        while self.stream.read(1):
            pass


class BridgeTest(unittest.TestCase):
    """Starts the bridge before each test and takes it down after it, which must succeed."""

    with_agent = True
    hurry = 1  # how many times faster than installed the bridge loses patience

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="piradi-bridge-test-")
        self.addCleanup(self.folder.cleanup)
        self.home = pathlib.Path(self.folder.name)
        self.runtime = self.home / "run"
        self.runtime.mkdir(mode=0o700)
        self.portals = self.home / "etc" / "portals"
        self.portals.mkdir(parents=True)
        portal_file(self.portals, "portal", PORTAL, "authenticate sign")
        portal_file(self.portals, "login", READER_ONLY, "authenticate")
        portal_file(self.portals, "everything", EVERYTHING, "authenticate sign sign-hash certificate")
        self.keys = [PortalKey(), PortalKey()]
        portal_file(self.portals, "signing", SIGNING, "authenticate sign sign-hash certificate", self.keys)
        self.agent = None
        if self.with_agent:
            self.start_agent()
        self.start_bridge()

    def start_agent(self):
        self.agent = Agent(self.runtime)
        self.addCleanup(self.agent.stop)

    def command(self):
        environment = {
            **os.environ,
            "XDG_RUNTIME_DIR": str(self.runtime),
            "PIRADI_CONFIG_DIR": str(self.home / "etc"),
            "TMPDIR": str(self.home),
            "PIRADI_BRIDGE_HURRY": str(self.hurry),
        }
        return {"args": [str(BRIDGE)], "env": environment, "stderr": subprocess.PIPE, "text": True}

    def start_bridge(self):
        self.bridge = subprocess.Popen(**self.command())
        self.log = []
        ready = threading.Event()
        self.log_reader = threading.Thread(target=self._read_log, args=(ready,), daemon=True)
        self.log_reader.start()
        self.addCleanup(self.stop_bridge)
        self.assertTrue(ready.wait(TEST_LIMIT_S) and self.bridge.poll() is None, self.log)

    def _read_log(self, ready):
        for line in self.bridge.stderr:
            self.log.append(line)
            if "listening" in line:
                ready.set()
        ready.set()

    def stop_bridge(self):
        self.bridge.send_signal(signal.SIGTERM)
        code = self.bridge.wait(TEST_LIMIT_S)
        self.log_reader.join(TEST_LIMIT_S)
        self.bridge.stderr.close()
        self.assertEqual(code, 0, "".join(self.log))

    def assert_refused(self, reply, status, code):
        self.assertEqual(reply.status, status, reply.body)
        self.assertEqual(reply.header("content-type"), "application/problem+json")
        self.assertEqual((reply.json["code"], reply.json["status"]), (code, status))

    def assert_closed(self, client):
        """The bridge closes that connection, saying nothing."""
        try:
            self.assertEqual(client.recv(1), b"")
        except ConnectionResetError:
            pass  # closed with something unread

    def assert_untouched(self):
        """Nothing has been asked of the agent."""
        self.assertEqual(self.agent.requests, [])


def sha256(content):
    return hashlib.sha256(content).hexdigest()
