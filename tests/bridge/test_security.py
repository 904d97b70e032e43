"""The bridge's rows of docs/security.md, each against the running program by a client that writes raw bytes.
request.h's own matrix is in tests/unit/bridge; here the same rules are seen from outside.
"""

import base64
import json
import os
import re
import resource
import select
import socket
import subprocess
import threading
import time
import unittest

from harness import (
    HOST,
    NONCE,
    OWN,
    POPUP_SCRIPT,
    PORT,
    PORTAL,
    READER_ONLY,
    SCRIPT,
    TEST_LIMIT_S,
    WINDOW,
    EVERYTHING,
    SIGNING,
    BridgeTest,
    PortalKey,
    Reply,
    call,
    call_bytes,
    connect,
    head,
    open_window,
    popup_call,
    popup_json,
    portal_file,
    post_json,
    raw,
    sha256,
    upload,
)

ROUTES = [
    ("GET", "/v1/status", b"", None),
    ("GET", "/v1/events", b"", None),
    ("POST", "/v1/authenticate", json.dumps({"nonce": NONCE}).encode(), "application/json"),
    ("POST", "/v1/documents", b"%PDF-1.7", "application/pdf"),
    ("POST", "/v1/sign", b'{"document":"0","name":"a.pdf","format":"pades","level":"B"}', "application/json"),
    ("POST", "/v1/certificate", b"{}", "application/json"),
    ("POST", "/v1/sign-hash", b'{"hash":"","hash_function":"","certificate":""}', "application/json"),
    ("POST", "/v1/operations/authenticate", json.dumps({"nonce": "short"}).encode(), "application/json"),
    ("POST", "/v1/operations/certificate", b"{}", "application/json"),
    ("POST", "/v1/operations/sign-hash", b'{"hash":"","hash_function":"","certificate":""}', "application/json"),
    ("POST", "/v1/operations/sign", b'{"document":"0","name":"a.pdf","format":"pades","level":"B"}', "application/json"),
    ("POST", "/v1/result", b'{"operation":"0"}', "application/json"),
    ("POST", "/v1/cancel", b'{"operation":"0"}', "application/json"),
]
PAGES_ALONE = ("/v1/events", "/v1/authenticate", "/v1/certificate", "/v1/sign", "/v1/sign-hash")
POPUP_ROUTES = [route for route in ROUTES if route[1] not in PAGES_ALONE]
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40


def sign_request(document):
    return {"document": document, "name": "წერილი.pdf", "format": "pades", "level": "B"}


def give_token(conversation, request):
    conversation.say({"status": "OK", "token": {"format": "web-eid:1.0", "seen": request}})
    conversation.wait_for_close()


def give_back(conversation, request):
    """A signature that adds some bytes."""
    content = conversation.take(request["size"])
    conversation.say({"status": "OK", "size": len(content) + 9, "signed_by": "SPECIMEN"})
    conversation.give(content + b"signature")
    conversation.wait_for_close()


class B1(BridgeTest):
    """Two addresses, one port, and a taken port is named with its holder's uid."""

    def test_listens_on_both_and_nothing_else(self):
        listening = set()
        for table in ("tcp", "tcp6"):
            with open(f"/proc/self/net/{table}", encoding="ascii") as lines:
                for line in list(lines)[1:]:
                    fields = line.split()
                    if fields[3] == "0A":
                        listening.add(fields[1])
        port = f"{PORT:04X}"
        self.assertEqual(listening, {f"0100007F:{port}", f"00000000000000000000000001000000:{port}"})
        for address, host in (("127.0.0.1", HOST), ("::1", f"[::1]:{PORT}")):
            request = call_bytes("GET", "/v1/status").replace(HOST.encode(), host.encode())
            self.assertEqual(raw(request, address).status, 200)

    def test_nobody_shares_the_port(self):
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with socket.socket(family) as thief:
                thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                with self.assertRaises(OSError):
                    thief.bind((address, PORT))
                    thief.listen()

    def test_starts_again_at_once(self):
        with connect() as kept:
            kept.sendall(call_bytes("GET", "/v1/events"))
            kept.recv(1)
            self.stop_bridge()
            self.start_bridge()
            self.assertEqual(call("GET", "/v1/status").status, 200)


class B1Taken(BridgeTest):
    def start_bridge(self):
        self.bridge = None

    def hold(self, family, address, user=None):
        """Another process holds the port, of another user where we are root."""
        script = (
            "import socket,sys\n"
            f"s=socket.socket({int(family)}); s.setsockopt(socket.IPPROTO_IPV6,socket.IPV6_V6ONLY,1) if {int(family)}!=2 else 0\n"
            f"s.bind(('{address}',{PORT})); s.listen(); print('held',flush=True); sys.stdin.read()\n"
        )
        holder = subprocess.Popen(
            ["/usr/bin/python3", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, user=user
        )
        self.addCleanup(holder.wait, TEST_LIMIT_S)
        self.addCleanup(holder.stdout.close)
        self.addCleanup(holder.stdin.close)
        self.assertEqual(holder.stdout.readline(), b"held\n")
        return os.geteuid() if user is None else user

    def assert_names(self, holder, address):
        result = subprocess.run(**self.command(), timeout=TEST_LIMIT_S, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, rf"{re.escape(address)} port {PORT} is held by .* user id {holder}\b")
        self.assertNotIn("listening", result.stderr)

    def test_taken_v6(self):
        self.assert_names(self.hold(socket.AF_INET6, "::1"), "[::1]")

    def test_taken_v4(self):
        self.assert_names(self.hold(socket.AF_INET, "127.0.0.1"), "127.0.0.1")

    def test_taken_everywhere(self):
        self.assert_names(self.hold(socket.AF_INET, "0.0.0.0"), "127.0.0.1")

    def test_taken_by_another_user(self):
        try:
            holder = self.hold(socket.AF_INET6, "::1", user=65534)
        except (PermissionError, OSError) as error:
            self.skipTest(f"only root can be another user: {error}")
        self.assert_names(holder, "[::1]")


class B2(BridgeTest):
    """Exactly one Host, and it is ours."""

    def request(self, host_lines, version="HTTP/1.1"):
        lines = [f"GET /v1/status {version}", *host_lines, f"Origin: {PORTAL}"]
        lines += [f"{name}: {value}" for name, value in SCRIPT.items()]
        return raw(("\r\n".join(lines) + "\r\n\r\n").encode())

    def test_wrong_host(self):
        for host in ("evil.example", "localhost:27310", "127.0.0.1:27310.", "127.0.0.1", f"{HOST}:1", "[::1]:1"):
            with self.subTest(host=host):
                self.assert_refused(self.request([f"Host: {host}"]), 421, "BAD_REQUEST")
        self.assert_untouched()

    def test_two_hosts(self):
        for hosts in ([HOST, "evil.example"], ["evil.example", HOST], [HOST, HOST]):
            with self.subTest(hosts=hosts):
                self.assert_refused(self.request([f"Host: {host}" for host in hosts]), 400, "BAD_REQUEST")
        self.assert_untouched()

    def test_no_host(self):
        self.assertEqual(self.request([]).status, 400)
        self.assert_untouched()

    def test_old_http(self):
        for lines in ([], [f"Host: {HOST}"]):
            self.assert_refused(self.request(lines, "HTTP/1.0"), 400, "BAD_REQUEST")
        self.assert_untouched()

    def test_folded(self):
        self.assertIn(self.request([f"Host: {HOST}\r\n evil.example"]).status, (400, 421))
        self.assert_untouched()


class B3(BridgeTest):
    """Exactly one Origin, byte for byte on the list."""

    def test_wrong_origin(self):
        for origin in ("null", "", PORTAL.upper(), PORTAL + ":443", PORTAL + ".evil.example", PORTAL + "/", "*"):
            for method, path, body, kind in ROUTES:
                with self.subTest(origin=origin, path=path):
                    reply = call(method, path, body, kind, origin=origin)
                    self.assert_refused(reply, 403, "ORIGIN_NOT_ALLOWED")
        self.assert_untouched()

    def test_none_and_two(self):
        self.assert_refused(call("GET", "/v1/status", drop=["Origin"]), 403, "ORIGIN_NOT_ALLOWED")
        for first, second in ((PORTAL, "https://evil.example"), ("https://evil.example", PORTAL), (PORTAL, PORTAL)):
            reply = call("GET", "/v1/status", origin=first, extra=[("Origin", second)])
            self.assert_refused(reply, 403, "ORIGIN_NOT_ALLOWED")
        self.assert_untouched()


class B3Popup(BridgeTest):
    """Our own popup page: without Origin on a GET, or with the bridge's own; always same-origin, for a listed portal."""

    def test_served(self):
        self.agent.on("authenticate", give_token)
        self.assertEqual(popup_call("GET", "/v1/status").status, 200)
        operation = popup_json("/v1/operations/authenticate", {"nonce": NONCE})
        self.assertEqual(operation.status, 202)
        self.assertIsNone(operation.header("access-control-allow-origin"))
        token = popup_json("/v1/result", operation.json).json
        self.assertEqual(token["seen"], {"command": "authenticate", "origin": PORTAL, "nonce": NONCE})

    def test_refused(self):
        for wrong in (
            {"own": None},
            {"own": "http://[::1]:27310"},
            {"own": "http://localhost:27310"},
            {"own": "https://" + HOST},
            {"own": "null"},
            {"own": OWN + "/"},
            {"own": PORTAL},
            {"portal": None},
            {"portal": "https://evil.example"},
            {"portal": PORTAL.upper()},
            {"portal": OWN},
            {"metadata": SCRIPT},
            {"metadata": {**POPUP_SCRIPT, "Sec-Fetch-Site": "none"}},
            {"metadata": {**POPUP_SCRIPT, "Sec-Fetch-Mode": "navigate"}},
            {"metadata": {**POPUP_SCRIPT, "Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "iframe"}},
        ):
            for method, path, body, kind in POPUP_ROUTES[1:]:
                with self.subTest(path=path, wrong=wrong):
                    self.assert_refused(popup_call(method, path, body, kind, **wrong), 403, "ORIGIN_NOT_ALLOWED")
        self.assert_untouched()

    def test_not_what_it_has_no_use_for(self):
        for method, path, body, kind in ROUTES:
            if (method, path, body, kind) not in POPUP_ROUTES:
                self.assert_refused(popup_call(method, path, body, kind), 403, "ORIGIN_NOT_ALLOWED")

    def test_its_operation_is_its_own(self):
        self.agent.on("authenticate", give_token)
        of_page = post_json("/v1/operations/authenticate", {"nonce": NONCE}).json
        of_popup = popup_json("/v1/operations/authenticate", {"nonce": NONCE}).json
        for path in ("/v1/cancel", "/v1/result"):
            self.assert_refused(popup_json(path, of_page), 404, "OPERATION_UNKNOWN")
            self.assert_refused(post_json(path, of_popup), 404, "OPERATION_UNKNOWN")
            self.assert_refused(popup_json(path, of_popup, portal=READER_ONLY), 404, "OPERATION_UNKNOWN")
        self.assertEqual(popup_json("/v1/result", of_popup).status, 200)
        self.assertEqual(post_json("/v1/result", of_page).status, 200)


class B4(BridgeTest):
    """The check comes before any effect."""

    def test_foreign_origin_touches_nothing(self):
        for method, path, body, kind in ROUTES:
            call(method, path, body, kind, origin="https://evil.example")
        self.assert_untouched()
        self.assertEqual([entry.name for entry in self.home.iterdir() if entry.name not in ("run", "etc")], [])
        self.assertNotIn("evil", "".join(self.log))

    def test_refused_before_the_body_comes(self):
        request = call_bytes("POST", "/v1/documents", b"x", "application/pdf", origin="https://evil.example")
        request = request.replace(b"Content-Length: 1\r\n", b"Content-Length: 1000000\r\n")
        self.assert_refused(raw(request), 403, "ORIGIN_NOT_ALLOWED")


class B5(BridgeTest):
    """Allow-Origin is the one that asked, with Vary; never a star, never credentials."""

    def check(self, reply, origin):
        self.assertEqual(reply.header("access-control-allow-origin"), origin)
        self.assertIn("Origin", reply.header("vary").split(", "))
        self.assertIsNone(reply.header("access-control-allow-credentials"))
        self.assertEqual(reply.header("cache-control"), "no-store")
        self.assertEqual(reply.header("x-content-type-options"), "nosniff")

    def test_every_route(self):
        self.agent.on("authenticate", give_token)
        for method, path, body, kind in ROUTES:
            with self.subTest(path=path), connect() as client, client.makefile("rb") as stream:
                client.sendall(call_bytes(method, path, body, kind))
                self.check(Reply(stream, head_only=True), PORTAL)
            with self.subTest(preflight=path):
                self.check(call("OPTIONS", path, extra=[("Access-Control-Request-Method", method)]), PORTAL)
            with self.subTest(foreign=path):
                self.check(call(method, path, body, kind, origin="https://evil.example"), None)
            with self.subTest(wrong_method=path):
                self.check(call("PUT", path), PORTAL)
        self.check(call("GET", "/v1/unknown"), PORTAL)
        self.check(call("GET", "/v1/status", origin=READER_ONLY), READER_ONLY)


class B6(BridgeTest):
    """What changes state takes its own media type and no other."""

    def test_other_types(self):
        kinds = ("text/plain", None, "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
        for method, path, body, _ in ROUTES[2:]:
            for kind in kinds:
                with self.subTest(path=path, kind=kind):
                    self.assert_refused(call(method, path, body, kind), 415, "BAD_REQUEST")
        self.assert_untouched()


class B7(BridgeTest):
    """A preflight is answered for the allowed origin, path, method and header only."""

    def preflight(self, path, method, headers=None, **rest):
        extra = [("Access-Control-Request-Method", method)]
        if headers is not None:
            extra.append(("Access-Control-Request-Headers", headers))
        return call("OPTIONS", path, extra=extra, **rest)

    def test_allowed(self):
        for method, path, _, kind in ROUTES:
            reply = self.preflight(path, method, "content-type" if kind else None)
            self.assertEqual((reply.status, reply.body), (204, b""))
            self.assertEqual(reply.header("access-control-allow-methods"), method)
            self.assertEqual(reply.header("access-control-allow-headers"), "content-type" if kind else None)

    def test_anything_else(self):
        for path, method, headers in (
            ("/v1/status", "POST", None),
            ("/v1/status", "GET", "content-type"),
            ("/v1/sign", "POST", "x-other"),
            ("/v1/unknown", "GET", None),
        ):
            self.assert_refused(self.preflight(path, method, headers), 403, "ORIGIN_NOT_ALLOWED")
        foreign = self.preflight("/v1/status", "GET", origin="https://evil.example")
        self.assert_refused(foreign, 403, "ORIGIN_NOT_ALLOWED")
        self.assertIsNone(foreign.header("access-control-allow-methods"))
        self.assert_untouched()


class B8(BridgeTest):
    """Only a script's request, by its Fetch Metadata."""

    def test_not_a_script(self):
        for site, mode, dest in (
            ("cross-site", "navigate", "document"),
            ("cross-site", "no-cors", "image"),
            ("cross-site", "navigate", "iframe"),
            ("cross-site", "no-cors", "empty"),
            ("none", "navigate", "document"),
        ):
            metadata = [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", dest)]
            for method, path, body, kind in ROUTES:
                with self.subTest(path=path, mode=mode, dest=dest):
                    reply = call(method, path, body, kind, drop=SCRIPT, extra=metadata)
                    self.assert_refused(reply, 403, "ORIGIN_NOT_ALLOWED")
        self.assert_untouched()

    def test_absent(self):
        for name in SCRIPT:
            self.assert_refused(call("GET", "/v1/status", drop=[name]), 403, "ORIGIN_NOT_ALLOWED")
        self.assert_untouched()


    def test_the_popup_alone(self):
        """A window may open there, from any site or none; nothing else may, and nothing else may be opened."""
        for site in ("cross-site", "same-site", "same-origin", "none"):
            self.assertEqual(open_window(metadata={**WINDOW, "Sec-Fetch-Site": site}).status, 200)
        for method, path, _, _ in ROUTES:
            self.assert_refused(open_window(path, method=method), 403, "ORIGIN_NOT_ALLOWED")
        for destination in ("iframe", "frame", "embed", "object", "image", "empty", "worker"):
            wrong = {**WINDOW, "Sec-Fetch-Dest": destination}
            self.assert_refused(open_window(metadata=wrong), 403, "ORIGIN_NOT_ALLOWED")
        for name in WINDOW:
            partial = {key: value for key, value in WINDOW.items() if key != name}
            self.assert_refused(open_window(metadata=partial), 403, "ORIGIN_NOT_ALLOWED")
        for origin in ("null", PORTAL, OWN):
            self.assert_refused(open_window(extra=[("Origin", origin)]), 403, "ORIGIN_NOT_ALLOWED")
        self.assert_refused(call("GET", "/popup"), 403, "ORIGIN_NOT_ALLOWED")
        self.assert_untouched()

    def test_the_popups_parts(self):
        for path, destination in (("/popup.js", "script"), ("/popup.css", "style")):
            part = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": destination}
            self.assertEqual(open_window(path, part).status, 200)
            for site in ("cross-site", "same-site", "none"):
                self.assert_refused(open_window(path, {**part, "Sec-Fetch-Site": site}), 403, "ORIGIN_NOT_ALLOWED")
            self.assert_refused(open_window(path), 403, "ORIGIN_NOT_ALLOWED")


class B9(BridgeTest):
    """The popup's pages do nothing by themselves, cannot be framed, load nothing from elsewhere."""

    PARTS = (
        ("/popup", WINDOW, "text/html; charset=utf-8"),
        ("/popup.js", {**POPUP_SCRIPT, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}, "text/javascript; charset=utf-8"),
        ("/popup.css", {**POPUP_SCRIPT, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "style"}, "text/css; charset=utf-8"),
    )

    def test_headers(self):
        for path, metadata, content_type in self.PARTS:
            reply = open_window(path, metadata)
            self.assertEqual((reply.status, reply.header("content-type")), (200, content_type))
            policy = dict(rule.split(" ", 1) for rule in reply.header("content-security-policy").split("; "))
            self.assertEqual((policy["default-src"], policy["frame-ancestors"]), ("'none'", "'none'"))
            self.assertEqual((policy["form-action"], policy["base-uri"]), ("'none'", "'none'"))
            self.assertEqual({policy[f"{kind}-src"] for kind in ("script", "style", "connect")}, {"'self'"})
            self.assertEqual(reply.header("referrer-policy"), "no-referrer")
            self.assertEqual(reply.header("cache-control"), "no-store")
            self.assertEqual(reply.header("x-content-type-options"), "nosniff")
            self.assertIsNone(reply.header("access-control-allow-origin"))
            self.assertIsNone(reply.header("set-cookie"))
        self.assert_untouched()

    def test_nothing_inline(self):
        page = open_window().body.decode()
        self.assertNotRegex(page, r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=|javascript:")

    def test_post_does_nothing(self):
        form = [("Origin", "null"), ("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "0")]
        self.assert_refused(open_window(method="POST", extra=form), 403, "ORIGIN_NOT_ALLOWED")
        self.assert_refused(open_window(method="POST"), 405, "BAD_REQUEST")
        self.assert_untouched()


class B11(BridgeTest):
    """A stranger and a guesser get the same bytes, and nobody an identity."""

    def test_same_bytes(self):
        bodies = {call("GET", "/v1/unknown").body}
        for method, path, body, kind in ROUTES:
            bodies.add(call(method, path, body, kind, origin="https://evil.example").body)
        bodies.add(call("GET", "/v1/unknown", origin="https://evil.example").body)
        self.assertEqual(len(bodies), 1)
        stranger = call("GET", "/v1/status", origin="https://evil.example")
        guesser = call("GET", "/", origin="https://evil.example")
        self.assertEqual(
            [pair for pair in stranger.headers if pair[0] != "date"],
            [pair for pair in guesser.headers if pair[0] != "date"],
        )
        self.assertIsNone(stranger.header("server"))

    def test_no_identity(self):
        self.agent.set_readers([{"name": "SECRET READER 00", "card": "present", "contactless": False}])
        body = call("GET", "/v1/status").body
        self.assertNotIn(b"SECRET", body)
        with connect() as client:
            client.sendall(call_bytes("GET", "/v1/events"))
            seen = b""
            while b"present" not in seen:
                seen += client.recv(65536)
        self.assertNotIn(b"SECRET", seen)


class B12(BridgeTest):
    """A second operation gets BUSY at once; the first goes on."""

    def test_parallel(self):
        first_begun = threading.Event()
        go_on = threading.Event()

        def one_at_a_time(conversation, request):
            if first_begun.is_set():
                conversation.say({"status": "BUSY"})
                conversation.wait_for_close()
                return
            first_begun.set()
            go_on.wait(TEST_LIMIT_S)
            give_token(conversation, request)

        self.agent.on("authenticate", one_at_a_time)
        with connect() as first, first.makefile("rb") as stream:
            first.sendall(call_bytes("POST", "/v1/authenticate", json.dumps({"nonce": NONCE}).encode(), "application/json"))
            self.assertTrue(first_begun.wait(TEST_LIMIT_S))
            self.assert_refused(post_json("/v1/authenticate", {"nonce": NONCE}), 409, "BUSY")
            go_on.set()
            self.assertEqual(Reply(stream).status, 200)


class B13(BridgeTest):
    """The page goes: the agent's connection, and with it the prompt, is closed."""

    def closed_by(self, hang_up):
        begun = threading.Event()
        gone = threading.Event()

        def wait(conversation, _request):
            begun.set()
            conversation.wait_for_close()
            gone.set()

        self.agent.on("authenticate", wait)
        client = connect()
        client.sendall(call_bytes("POST", "/v1/authenticate", json.dumps({"nonce": NONCE}).encode(), "application/json"))
        self.assertTrue(begun.wait(TEST_LIMIT_S))
        hang_up(client)
        self.assertTrue(gone.wait(TEST_LIMIT_S))
        client.close()
        self.agent.on("authenticate", give_token)
        self.assertEqual(post_json("/v1/authenticate", {"nonce": NONCE}).status, 200)

    def test_closed(self):
        self.closed_by(lambda client: client.close())

    def test_reset(self):
        def reset(client):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()

        self.closed_by(reset)

    def test_half_closed(self):
        self.closed_by(lambda client: client.shutdown(socket.SHUT_WR))

    def test_bridge_stops(self):
        self.closed_by(lambda client: (self.stop_bridge(), self.start_bridge()))

    def test_while_the_document_is_passed_on(self):
        gone = threading.Event()
        begun = threading.Event()

        def take_slowly(conversation, request):
            conversation.read()
            begun.set()
            conversation.wait_for_close()
            gone.set()

        self.agent.on("sign", take_slowly)
        document = upload(PDF * 1000).json["document"]
        client = connect()
        body = json.dumps(sign_request(document)).encode()
        client.sendall(call_bytes("POST", "/v1/sign", body, "application/json"))
        self.assertTrue(begun.wait(TEST_LIMIT_S))
        client.close()
        self.assertTrue(gone.wait(TEST_LIMIT_S))


    def test_while_the_result_is_waited_for(self):
        gone = threading.Event()

        def wait(conversation, _request):
            conversation.wait_for_close()
            gone.set()

        self.agent.on("authenticate", wait)
        operation = post_json("/v1/operations/authenticate", {"nonce": NONCE}).json
        body = json.dumps(operation).encode()
        with connect() as client:
            client.sendall(call_bytes("POST", "/v1/result", body, "application/json"))
            call("GET", "/v1/status")
        self.assertTrue(gone.wait(TEST_LIMIT_S))
        self.assert_refused(post_json("/v1/result", operation), 404, "OPERATION_UNKNOWN")


class B14(BridgeTest):
    """Nobody can be asked without end, and nobody can probe."""

    OTHER = "https://other.piradi.test"

    def setUp(self):
        super().setUp()
        portal_file(self.portals, "other", self.OTHER, "authenticate sign")
        self.stop_bridge()
        self.start_bridge()

    def hundred(self, path="/v1/authenticate", origin=PORTAL):
        return [post_json(path, {"nonce": NONCE}, origin=origin) for _ in range(100)]

    def check(self, replies, first):
        refused = [reply for reply in replies if reply.status == 429]
        self.assertEqual([reply.status for reply in replies if reply.status != 429], [first] * (100 - len(refused)))
        self.assert_refused(replies[-1], 429, "TOO_MANY_REQUESTS")
        self.assertGreater(replies[-1].json["retry_after_s"], 0)
        self.assertEqual(replies[-1].header("retry-after"), str(replies[-1].json["retry_after_s"]))
        return 100 - len(refused)

    def test_prompts(self):
        self.agent.on("authenticate", give_token)
        asked = self.check(self.hundred(), 200)
        self.assertLess(asked, 40)
        self.assertEqual(len(self.agent.requests), asked)
        self.assertEqual(post_json("/v1/authenticate", {"nonce": NONCE}, origin=self.OTHER).status, 200)

    def test_failures_and_the_tries(self):
        tries = [3]

        def refuse(conversation, _request):  # the person closes the window: no try is spent
            conversation.say({"status": "USER_CANCELLED", "tries_left": tries[0]})
            conversation.wait_for_close()

        self.agent.on("authenticate", refuse)
        replies = self.hundred()
        self.assertLess(self.check(replies, 409), 10)
        self.assertEqual({reply.json.get("tries_left", 3) for reply in replies}, {3})

    def test_by_operations_too(self):
        self.agent.on("authenticate", give_token)
        for _ in range(100):
            operation = popup_json("/v1/operations/authenticate", {"nonce": NONCE})
            self.assertEqual(operation.status, 202)
            last = popup_json("/v1/result", operation.json)
        self.assert_refused(last, 429, "TOO_MANY_REQUESTS")
        self.assert_refused(post_json("/v1/authenticate", {"nonce": NONCE}), 429, "TOO_MANY_REQUESTS")

    def test_in_all(self):
        self.agent.on("authenticate", give_token)
        origins = [f"https://portal{number}.piradi.test" for number in range(10)]
        for number, origin in enumerate(origins):
            portal_file(self.portals, f"many{number}", origin, "authenticate")
        self.stop_bridge()
        self.start_bridge()
        served = [post_json("/v1/authenticate", {"nonce": NONCE}, origin=origin).status for origin in origins * 15]
        self.assertLess(served.count(200), 100)
        self.assertEqual(served[-1], 429)


class B15(BridgeTest):
    """Only this user's own sockets are served; tests/unit/bridge/test_peer.c has the states."""

    def test_own(self):
        self.assertEqual(call("GET", "/v1/status").status, 200)

    def test_another_user(self):
        script = (
            "import socket\n"
            f"s=socket.create_connection(('127.0.0.1',{PORT}),5)\n"
            f"s.sendall({call_bytes('GET', '/v1/status')!r})\n"
            "try: print(len(s.recv(100)))\n"
            "except ConnectionResetError: print(0)\n"
        )
        try:
            stranger = subprocess.run(
                ["/usr/bin/python3", "-c", script], user=65534, capture_output=True, timeout=TEST_LIMIT_S, check=True
            )
        except (PermissionError, OSError) as error:
            self.skipTest(f"only root can be another user: {error}")
        self.assertEqual(stranger.stdout, b"0\n")
        self.assert_untouched()
        self.stop_bridge()  # its log is then whole
        self.assertIn("user id 65534", "".join(self.log))
        self.start_bridge()

    def test_a_look_at_the_port_is_no_news(self):
        before = len(self.log)
        for _ in range(20):
            connect().close()
        self.assertEqual(call("GET", "/v1/status").status, 200)
        self.stop_bridge()
        self.assertEqual(self.log[before:], [])
        self.start_bridge()


class B16(BridgeTest):
    """Headers, bodies and JSON are bounded and exact."""

    def test_headers(self):
        self.assertEqual(call("GET", "/v1/status", extra=[("X-Filler", "a" * 7000)]).status, 200)
        self.assert_refused(call("GET", "/v1/status", extra=[("X-Filler", "a" * 8192)]), 400, "BAD_REQUEST")
        self.assertEqual(call("GET", "/v1/status", extra=[("X-Filler", "a" * 200_000)]).status, 431)
        many = [(f"X-{number}", "a") for number in range(80)]
        self.assert_refused(call("GET", "/v1/status", extra=many), 400, "BAD_REQUEST")

    def test_bodies(self):
        body = b'{"nonce":"' + b"n" * 20_000 + b'"}'
        self.assert_refused(call("POST", "/v1/authenticate", body, "application/json"), 413, "BAD_REQUEST")
        request = call_bytes("POST", "/v1/documents", b"x", "application/pdf")
        request = request.replace(b"Content-Length: 1\r\n", b"Content-Length: 1073741825\r\n")
        self.assert_refused(raw(request), 413, "DOCUMENT_TOO_LARGE")

    def test_json(self):
        for body in (
            b"{}",
            b"[]",
            b'{"nonce":1}',
            b'{"nonce":"a","nonce":"b"}',
            b'{"nonce":"a","origin":"https://evil.example"}',
            b'{"nonce":"\\u0000"}',
            b'{"nonce":"\\ud800"}',
            b'{"nonce":"\xff"}',
            b"[" * 16000,
            b'{"nonce":{"a":"b"}}',
        ):
            with self.subTest(body=body[:40]):
                self.assert_refused(call("POST", "/v1/authenticate", body, "application/json"), 400, "BAD_REQUEST")
        self.assert_untouched()


class B17(BridgeTest):
    """A trickle is cut off; patience before the first byte, and large uploads, are not."""

    hurry = 10

    def test_header_trickle(self):
        with connect() as client:
            began = time.monotonic()
            request = call_bytes("GET", "/v1/status")
            with self.assertRaises((ConnectionError, BrokenPipeError)):
                for number in range(len(request) - 1):
                    client.sendall(request[number : number + 1])
                    client.settimeout(0.05)
                    try:
                        if client.recv(1) == b"":
                            raise ConnectionError
                    except TimeoutError:
                        pass
            self.assertGreater(time.monotonic() - began, 9 / self.hurry)

    def test_body_trickle(self):
        with connect() as client:
            client.sendall(call_bytes("POST", "/v1/documents", b"x", "application/pdf").replace(b": 1\r\n", b": 9999\r\n"))
            client.settimeout(TEST_LIMIT_S)
            self.assertEqual(client.recv(1), b"")

    def test_first_byte_may_be_late(self):
        with connect() as client, client.makefile("rb") as stream:
            with connect() as hasty:
                hasty.sendall(b"G")
                hasty.settimeout(TEST_LIMIT_S)
                self.assertEqual(hasty.recv(1), b"")  # the 10 s of the headers are over
            client.sendall(call_bytes("GET", "/v1/status"))
            self.assertEqual(Reply(stream).status, 200)


    def test_large_upload(self):
        """A gibibyte goes through, to the disk and not through memory."""
        size = 1 << 30
        piece = bytes(1 << 20)
        before = self.resident_kb()
        request = call_bytes("POST", "/v1/documents", b"x", "application/pdf")[:-1]
        with connect() as client, client.makefile("rb") as stream:
            client.sendall(request.replace(b"Content-Length: 1\r\n", f"Content-Length: {size}\r\n".encode()))
            for _ in range(size // len(piece)):
                client.sendall(piece)
            reply = Reply(stream)
        self.assertEqual((reply.status, reply.json["size"]), (201, size))
        self.assertEqual(reply.json["sha256"], "49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14")
        self.assertLess(self.resident_kb() - before, 16 * 1024)

    def resident_kb(self):
        with open(f"/proc/{self.bridge.pid}/status", encoding="ascii") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


class B18(BridgeTest):
    """Those that say nothing do not stand in the way of the one that does."""

    def test_idle(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        idle = [connect() for _ in range(100)]
        self.assertEqual(call("GET", "/v1/status").status, 200)
        idle += [connect() for _ in range(400)]
        self.assertEqual(call("GET", "/v1/status").status, 200)
        for client in idle:
            client.close()


class B19(BridgeTest):
    """What different readers could read differently is refused."""

    def test_target(self):
        for target in (f"http://{HOST}/v1/status", "/v1/status%00", "/v1/%73tatus", "*", "/v1\\status"):
            with self.subTest(target=target):
                self.assert_refused(call("GET", target), 400, "BAD_REQUEST")
        for target in ("/v1/status/", "//v1/status", "/v1/status?a", "/v1/../v1/status", "/V1/status"):
            with self.subTest(target=target):
                self.assert_refused(call("GET", target), 403, "ORIGIN_NOT_ALLOWED")
        self.assert_untouched()

    def test_methods(self):
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "PIRADI", "get", "POST"):
            with self.subTest(method=method):
                reply = call(method, "/v1/status")
                self.assert_refused(reply, 405, "BAD_REQUEST")
                self.assertEqual(reply.header("allow"), "GET")
        self.assert_untouched()

    def test_lengths(self):
        body = json.dumps({"nonce": NONCE}).encode()
        for extra in (
            [("Transfer-Encoding", "chunked")],
            [("Content-Length", "5")],
            [("Content-Length", str(len(body)))],
        ):
            with self.subTest(extra=extra):
                reply = call("POST", "/v1/authenticate", body, "application/json", extra=extra)
                self.assertEqual(reply.status, 400)
        self.assert_untouched()

    def test_not_plainly_written(self):
        good = call_bytes("GET", "/v1/status")
        for old, new in (
            (PORTAL.encode(), PORTAL.encode() + b"\0.evil"),
            (HOST.encode(), HOST.encode() + b"\0evil"),
            (b"/v1/status ", b"/v1/status\0x "),
            (b"cors", b"cors\0no-cors"),
            (b"GET ", b"GET  "),
            (b"Origin: ", b"Origin:  "),
            (b"cors\r\n", b"cors\r\n \r\n"),
            (b"\r\nOrigin", b"\nOrigin"),
        ):
            with self.subTest(new=new):
                self.assertEqual(raw(good.replace(old, new)).status, 400)
        self.assert_untouched()

    def test_smuggled_second_request(self):
        """What follows an early refusal is not read as a request."""
        inner = call_bytes("GET", "/v1/status")
        outer = call_bytes("POST", "/v1/sign", inner, "text/plain")
        with connect() as client:
            client.sendall(outer)
            answer = b""
            while piece := client.recv(65536):
                answer += piece
        self.assertEqual(answer.count(b"HTTP/1.1 "), 1)
        self.assertIn(b" 415 ", answer.split(b"\r\n")[0])
        self.assert_untouched()

    def test_half_a_request(self):
        for end in (1, 20, 80, 150):
            with connect() as client:
                client.sendall(call_bytes("GET", "/v1/status")[:end])
        self.assertEqual(call("GET", "/v1/status").status, 200)


class B20(BridgeTest):
    """An upload is its portal's alone, and used once."""

    def test_used_once(self):
        self.agent.on("sign", give_back)
        document = upload(PDF).json["document"]
        self.assertRegex(document, "^[0-9a-f]{32}$")
        reply = post_json("/v1/sign", sign_request(document))
        self.assertEqual((reply.status, reply.body), (200, PDF + b"signature"))
        self.assert_refused(post_json("/v1/sign", sign_request(document)), 404, "OPERATION_UNKNOWN")

    def test_of_another_portal(self):
        other = "https://other.piradi.test"
        (self.portals / "other.conf").write_text(
            f"[portal]\norigin = {other}\nname.ka = ა\nname.en = a\nmay = authenticate sign\n", encoding="utf-8"
        )
        self.stop_bridge()
        self.start_bridge()
        document = upload(PDF).json["document"]
        reply = post_json("/v1/sign", sign_request(document), origin=other)
        self.assert_refused(reply, 404, "OPERATION_UNKNOWN")

    def test_unknown(self):
        for document in ("", "0" * 32, "../" * 10, "g" * 32):
            self.assert_refused(post_json("/v1/sign", sign_request(document)), 404, "OPERATION_UNKNOWN")

    def test_bounded(self):
        for _ in range(4):
            self.assertEqual(upload(PDF).status, 201)
        reply = upload(PDF)
        self.assert_refused(reply, 429, "TOO_MANY_REQUESTS")
        self.assertGreater(reply.json["retry_after_s"], 0)
        self.assertEqual(reply.header("retry-after"), str(reply.json["retry_after_s"]))

    def test_policy(self):
        self.assert_refused(upload(PDF, origin=READER_ONLY), 403, "POLICY_REFUSED")


class B20Operation(BridgeTest):
    """An operation's id is random, its origin's alone, with one reader, and expires."""

    hurry = 5

    def setUp(self):
        super().setUp()
        self.go_on = threading.Event()
        self.gone = threading.Event()

        def wait(conversation, request):
            closer = threading.Thread(target=lambda: (conversation.wait_for_close(), self.gone.set()), daemon=True)
            closer.start()
            self.go_on.wait(TEST_LIMIT_S)
            conversation.say({"status": "OK", "token": {"format": "web-eid:1.0", "seen": request}})
            closer.join()

        self.agent.on("authenticate", wait)

    def begin(self):
        reply = post_json("/v1/operations/authenticate", {"nonce": NONCE})
        self.assertEqual(reply.status, 202)
        self.assertRegex(reply.json["operation"], "^[0-9a-f]{32}$")
        return reply.json

    def read_later(self, operation):
        client = connect()
        self.addCleanup(client.close)
        client.sendall(call_bytes("POST", "/v1/result", json.dumps(operation).encode(), "application/json"))
        stream = client.makefile("rb")
        self.addCleanup(stream.close)
        return stream

    def test_result(self):
        self.go_on.set()
        operation = self.begin()
        self.assertEqual(post_json("/v1/result", operation).json["seen"]["nonce"], NONCE)
        self.assert_refused(post_json("/v1/result", operation), 404, "OPERATION_UNKNOWN")

    def test_second_reader(self):
        operation = self.begin()
        readers = [self.read_later(operation), self.read_later(operation)]
        early = select.select(readers, [], [], TEST_LIMIT_S)[0][0]
        self.assert_refused(Reply(early), 404, "OPERATION_UNKNOWN")
        self.go_on.set()
        self.assertEqual(Reply(readers[early is readers[0]]).status, 200)

    def test_other_origin(self):
        operation = self.begin()
        for path in ("/v1/result", "/v1/cancel"):
            self.assert_refused(post_json(path, operation, origin=READER_ONLY), 404, "OPERATION_UNKNOWN")
        self.go_on.set()
        self.assertEqual(post_json("/v1/result", operation).status, 200)

    def test_guesses(self):
        for guess in ("", "0" * 32, "g" * 32, "0" * 10000):
            for path in ("/v1/result", "/v1/cancel"):
                self.assert_refused(post_json(path, {"operation": guess}), 404, "OPERATION_UNKNOWN")
        for wrong in ({}, {"operation": 1}, {"operation": "a", "other": "b"}):
            self.assert_refused(post_json("/v1/result", wrong), 400, "BAD_REQUEST")

    def test_cancelled(self):
        operation = self.begin()
        reader = self.read_later(operation)
        while not self.agent.requests:
            call("GET", "/v1/status")
        self.assertEqual(post_json("/v1/cancel", operation).status, 200)
        self.assert_refused(Reply(reader), 409, "USER_CANCELLED")
        self.assertTrue(self.gone.wait(TEST_LIMIT_S))
        self.assert_refused(post_json("/v1/cancel", operation), 404, "OPERATION_UNKNOWN")

    def test_unread(self):
        """15 seconds, and the agent's connection is closed."""
        operation = self.begin()
        self.assertTrue(self.gone.wait(TEST_LIMIT_S))
        self.assert_refused(post_json("/v1/result", operation), 404, "OPERATION_UNKNOWN")

    def test_bounded(self):
        replies = [post_json("/v1/operations/authenticate", {"nonce": NONCE}) for _ in range(17)]
        self.assertEqual({reply.status for reply in replies[:16]}, {202})
        self.assert_refused(replies[16], 429, "TOO_MANY_REQUESTS")
        self.assertEqual(len({reply.json["operation"] for reply in replies[:16]}), 16)

    def test_signature(self):
        self.agent.on("sign", give_back)
        operation = post_json("/v1/operations/sign", sign_request(upload(PDF).json["document"])).json
        reply = post_json("/v1/result", operation)
        self.assertEqual((reply.status, reply.header("content-type")), (200, "application/pdf"))
        self.assertEqual(reply.body, PDF + b"signature")

    def test_stopped_with_operations_under_way(self):
        self.begin()
        self.read_later(self.begin())
        self.go_on.set()
        self.stop_bridge()
        self.start_bridge()


class B21(BridgeTest):
    """No redirect to a caller's address."""

    def test_no_answer_leads_elsewhere(self):
        elsewhere = "https://evil.example"
        replies = [open_window(f"/popup{query}") for query in ("", f"?return={elsewhere}", f"//{elsewhere}")]
        for method, path, body, kind in ROUTES:
            if path != "/v1/events":
                replies.append(call(method, path, body, kind, extra=[("Referer", elsewhere)]))
            replies.append(call(method, f"{path}?redirect={elsewhere}", body, kind))
        for reply in replies:
            self.assertNotIn(reply.status // 100, [1, 3])
            for name in ("location", "refresh", "link", "content-location"):
                self.assertIsNone(reply.header(name))
            self.assertNotIn(b"evil", reply.body)
        self.assertEqual([reply.status for reply in replies[:3]], [200, 403, 403])

    def test_the_popup_goes_nowhere(self):
        script = open_window("/popup.js", {**POPUP_SCRIPT, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"})
        self.assertNotRegex(script.body.decode(), r"\blocation\b|\.href\b|\bopen\(|innerHTML|\beval\b")


class B23(BridgeTest):
    """A portal whose file has a key signs what it asks: once, now, this request and no other."""

    BODY = json.dumps({"nonce": NONCE}).encode()
    PATH = "/v1/authenticate"

    def setUp(self):
        super().setUp()
        self.agent.on("authenticate", give_token)

    def ask(self, *signatures, body=BODY, path=PATH, origin=SIGNING, kind="application/json"):
        extra = [("Piradi-Signature", signature) for signature in signatures]
        return call("POST", path, body, kind, origin=origin, extra=extra)

    def refused(self, reply):
        self.assert_refused(reply, 403, "REQUEST_SIGNATURE_INVALID")

    def test_signed(self):
        for key in self.keys:
            seen = self.ask(key.jws(self.PATH, self.BODY)).json["seen"]
            expected = {"command": "authenticate", "origin": SIGNING, "nonce": NONCE, "verified": True}
            self.assertEqual(seen, expected)

    def test_unsigned(self):
        for method, path, body, kind in ROUTES[2:]:
            if path not in ("/v1/result", "/v1/cancel"):
                self.refused(call(method, path, body, kind, origin=SIGNING))
        self.assert_untouched()

    def test_used_once(self):
        signature = self.keys[0].jws(self.PATH, self.BODY)
        self.assertEqual(self.ask(signature).status, 200)
        self.refused(self.ask(signature))

    def test_of_another_request(self):
        key = self.keys[0]
        for signature in (
            key.jws("/v1/sign", self.BODY),
            key.jws(self.PATH, self.BODY + b" "),
            key.jws(self.PATH, self.BODY, origin=PORTAL),
            key.jws(self.PATH, self.BODY, method="GET"),
            PortalKey().jws(self.PATH, self.BODY),
        ):
            self.refused(self.ask(signature))
        self.assert_untouched()

    def test_header(self):
        now = int(time.time())
        for header in (
            {"alg": "none"},
            {"alg": "HS256"},
            {"alg": None},
            {"exp": None},
            {"exp": now - 10},
            {"exp": now + 3600},
            {"exp": str(now + 60)},
            {"exp": -(2**63)},
            {"nonce": None},
            {"nonce": "short"},
            {"nonce": "n" * 65},
            {"kid": "1"},
            {"crit": ["b64"], "b64": False},
            {"jwk": PortalKey().jwk},
        ):
            with self.subTest(header=header):
                self.refused(self.ask(self.keys[0].jws(self.PATH, self.BODY, **header)))
        self.assert_untouched()

    def test_not_a_jws(self):
        good = self.keys[0].jws(self.PATH, self.BODY)
        head, _, signature = good.split(".")
        for wrong in ("", ".", "..", head, f"{head}.", f"{head}..", f"{head}.e30.{signature}", f"..{signature}",
                      f"{head}..{signature[:-2]}", f"{head}..{signature}.", good + "AA", "A" * 600, f"{head}..****"):
            with self.subTest(wrong=wrong):
                self.refused(self.ask(wrong))
        self.refused(self.ask(good, good))
        self.assert_untouched()

    def test_documents(self):
        self.refused(upload(PDF, origin=SIGNING))
        signature = self.keys[0].jws("/v1/documents", PDF)
        self.refused(self.ask(signature, body=PDF[:-1] + b"x", path="/v1/documents", kind="application/pdf"))
        signature = self.keys[0].jws("/v1/documents", PDF)
        document = self.ask(signature, body=PDF, path="/v1/documents", kind="application/pdf").json["document"]
        self.agent.on("sign", give_back)
        body = json.dumps(sign_request(document)).encode()
        self.assertEqual(self.ask(self.keys[0].jws("/v1/sign", body), body=body, path="/v1/sign").status, 200)
        self.assertIs(self.agent.requests[-1]["verified"], True)

    def test_by_operations_too(self):
        path = "/v1/operations/authenticate"
        self.refused(self.ask(body=self.BODY, path=path))
        operation = self.ask(self.keys[1].jws(path, self.BODY), path=path).json
        self.assertIs(post_json("/v1/result", operation, origin=SIGNING).json["seen"]["verified"], True)

    def test_of_a_portal_without_a_key(self):
        self.refused(self.ask(self.keys[0].jws(self.PATH, self.BODY, origin=PORTAL), origin=PORTAL))
        self.assertNotIn("verified", post_json(self.PATH, {"nonce": NONCE}).json["seen"])

    def test_preflight(self):
        for origin, headers, status in (
            (SIGNING, "content-type,piradi-signature", 204),
            (SIGNING, "content-type", 403),
            (PORTAL, "content-type,piradi-signature", 403),
        ):
            extra = [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", headers)]
            self.assertEqual(call("OPTIONS", self.PATH, origin=origin, extra=extra).status, status)


class B24(BridgeTest):
    """A hash, and the certificate that names the person, are for portals whose file says so."""

    def test_policy(self):
        value = {"hash": base64.b64encode(bytes(32)).decode(), "hash_function": "SHA-256", "certificate": "MIIB"}
        for path, body in (("certificate", {}), ("sign-hash", value)):
            for prefix in ("/v1/", "/v1/operations/"):
                self.assert_refused(post_json(prefix + path, body), 403, "POLICY_REFUSED")
        self.assert_untouched()

    def test_only_hashes(self):
        for size, function in ((20, "SHA-1"), (16, "MD5"), (32, "SHA-384"), (31, "SHA-256"), (64, ""), (0, "SHA-512")):
            value = {"hash": base64.b64encode(bytes(size)).decode(), "hash_function": function, "certificate": "MIIB"}
            self.assert_refused(post_json("/v1/sign-hash", value, origin=EVERYTHING), 400, "BAD_REQUEST")
        self.assert_untouched()


class A5(BridgeTest):
    """The origin is the browser's word, never the body's."""

    def test_origin_of_the_body_is_refused(self):
        self.agent.on("authenticate", give_token)
        reply = post_json("/v1/authenticate", {"nonce": NONCE, "origin": "https://bank.example"})
        self.assert_refused(reply, 400, "BAD_REQUEST")
        self.assert_untouched()

    def test_origin_of_the_header_is_passed_on(self):
        self.agent.on("authenticate", give_token)
        for origin in (PORTAL, READER_ONLY):
            seen = post_json("/v1/authenticate", {"nonce": NONCE}, origin=origin).json["seen"]
            self.assertEqual(seen, {"command": "authenticate", "origin": origin, "nonce": NONCE})
        self.agent.on("sign", lambda conversation, request: conversation.say({"status": "USER_CANCELLED"}))
        post_json("/v1/sign", sign_request(upload(PDF).json["document"]))
        self.assertEqual(self.agent.requests[-1]["origin"], PORTAL)

    def test_what_the_popup_alone_may_say(self):
        """A portal's page that reports another portal, as if it were our popup."""
        forged = [("Piradi-Portal", READER_ONLY)]
        for method, path, body, kind in ROUTES:
            self.assert_refused(call(method, path, body, kind, extra=forged), 403, "ORIGIN_NOT_ALLOWED")
            self.assert_refused(
                call(method, path, body, kind, extra=forged, drop=["Origin"]), 403, "ORIGIN_NOT_ALLOWED"
            )
            preflight = [("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", "piradi-portal")]
            self.assert_refused(call("OPTIONS", path, extra=preflight), 403, "ORIGIN_NOT_ALLOWED")
        self.assert_untouched()


if __name__ == "__main__":
    unittest.main()
