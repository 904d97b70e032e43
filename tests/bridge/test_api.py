"""What the bridge answers, route by route, each answer checked against openapi.yaml. The agent's end of the socket is
the test's own here; tests/e2e has the real agent, card and prompt.
"""

import base64
import json
import pathlib
import re
import socket
import threading
import unittest

import openapi
from harness import (
    EVERYTHING,
    NONCE,
    TEST_LIMIT_S,
    BridgeTest,
    Reply,
    call,
    call_bytes,
    connect,
    post_json,
    sha256,
    upload,
)

TOKEN = {
    "unverifiedCertificate": "MIIB",
    "algorithm": "RS256",
    "signature": "AAAA",
    "format": "web-eid:1.0",
    "appVersion": "https://example.invalid/piradi/0.1.0",
}
READERS = [
    {"name": "Reader 00", "card": "present", "contactless": False},
    {"name": "Reader 01", "card": "absent", "contactless": True},
]
NAMELESS = [{"card": "present", "contactless": False}, {"card": "absent", "contactless": True}]
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 4096  # over a mebibyte: several pieces of every layer


def sign_request(document, **other):
    return {"document": document, "name": "წერილი.pdf", "format": "pades", "level": "B", **other}


def answering(answer):
    def handler(conversation, request):
        if request["command"] == "sign":
            conversation.take(request["size"])
        conversation.say(answer)
        conversation.wait_for_close()

    return handler


class Events:
    """A stream of /v1/events, read event by event."""

    def __init__(self, test, **rest):
        self.client = connect()
        test.addCleanup(self.client.close)
        self.client.sendall(call_bytes("GET", "/v1/events", **rest))
        self.stream = self.client.makefile("rb")
        self.reply = Reply(self.stream, head_only=True)
        self.text = ""

    def next(self):
        while "\n\n" not in self.text:
            size = int(self.stream.readline(), 16)
            self.text += self.stream.read(size).decode()
            self.stream.readline()
        message, self.text = self.text.split("\n\n", 1)
        if message == ":":
            return self.next()
        fields = dict(line.split(": ", 1) for line in message.split("\n"))
        assert fields["event"] == "readers"
        openapi.check_schema("ReaderState", fields["data"])
        return int(fields["id"]), json.loads(fields["data"])


class Api(BridgeTest):
    def promised(self, method, path, reply):
        openapi.check(method, path, reply)
        return reply

    def status(self):
        return self.promised("GET", "/v1/status", call("GET", "/v1/status"))

    def authenticate(self, nonce=NONCE):
        return self.promised("POST", "/v1/authenticate", post_json("/v1/authenticate", {"nonce": nonce}))

    def upload(self, content=PDF):
        return self.promised("POST", "/v1/documents", upload(content))

    def sign(self, document, **other):
        return self.promised("POST", "/v1/sign", post_json("/v1/sign", sign_request(document, **other)))

    def waiting_document(self):
        return self.upload().json["document"]


class Status(Api):
    hurry = 10

    def test_running(self):
        self.agent.set_readers(READERS)
        expected = {"api_versions": [1], "agent_version": "0.1.0", "agent_running": True, "pcsc": True, "readers": NAMELESS}
        self.assertEqual(self.status().json, expected)

    def test_follows_the_agent(self):
        self.assertEqual(self.status().json["readers"], [])
        events = Events(self)
        events.next()
        self.agent.set_readers(READERS)
        events.next()
        self.assertEqual(self.status().json["readers"], NAMELESS)

    def test_no_pcscd(self):
        self.agent.set_readers([], pcsc=False)
        self.assertEqual((self.status().json["agent_running"], self.status().json["pcsc"]), (True, False))

    def test_kept_alive(self):
        with connect() as client, client.makefile("rb") as stream:
            for _ in range(3):
                client.sendall(call_bytes("GET", "/v1/status"))
                self.assertEqual(Reply(stream).status, 200)

    def test_pipelined(self):
        with connect() as client, client.makefile("rb") as stream:
            client.sendall(call_bytes("GET", "/v1/status") * 3)
            self.assertEqual([Reply(stream).status for _ in range(3)], [200, 200, 200])

    def test_an_agent_that_says_what_it_may_not(self):
        events = Events(self)
        self.assertTrue(events.next()[1]["agent_running"])
        for readers in ([{"card": "melted"}], [{}], {"a": "b"}, "x", [{"card": "absent"}] * 17):
            with self.subTest(readers=readers):
                self.agent.set_readers(readers)
                self.assertFalse(events.next()[1]["agent_running"])
                self.assertFalse(self.status().json["agent_running"])
                self.agent.set_readers([])
                self.assertTrue(events.next()[1]["agent_running"])

    def test_an_agent_of_no_version(self):
        for answer in ({"status": "OK"}, {"status": "OK", "version": ""}, {"status": "INTERNAL"}, {"status": "?"}, {}):
            with self.subTest(answer=answer):
                self.agent.on("status", answering(answer))
                self.assertFalse(self.status().json["agent_running"])

    def test_a_silent_agent(self):
        self.agent.on("status", lambda conversation, request: conversation.wait_for_close())
        self.assertFalse(self.status().json["agent_running"])


class Version(Api):
    def test_another_is_told_from_an_unknown_path(self):
        for path in ("/v2/status", "/v0/status", "/v10/", "/v11/sign"):
            self.assert_refused(call("GET", path), 400, "VERSION_UNSUPPORTED")
            self.assert_refused(call("GET", path, origin="https://evil.example"), 403, "ORIGIN_NOT_ALLOWED")
        for path in ("/v/status", "/v2", "/vv2/status", "/v1/v2/", "/version/"):
            self.assert_refused(call("GET", path), 403, "ORIGIN_NOT_ALLOWED")


class EventStream(Api):
    hurry = 10

    def test_at_once_and_on_change(self):
        events = Events(self)
        self.assertEqual(events.reply.status, 200)
        self.assertEqual(events.reply.header("content-type"), "text/event-stream")
        number, state = events.next()
        self.assertEqual(state, {"agent_running": True, "pcsc": True, "readers": []})
        self.agent.set_readers(READERS)
        later, state = events.next()
        self.assertEqual(state["readers"], NAMELESS)
        self.assertGreater(later, number)

    def test_many_streams(self):
        streams = [Events(self) for _ in range(20)]
        for stream in streams:
            stream.next()
        self.agent.set_readers(READERS)
        for stream in streams:
            self.assertEqual(stream.next()[1]["readers"], NAMELESS)
        self.assertEqual(len([r for r in self.agent.requests if r["command"] == "watch"]), 1)

    def test_resumed(self):
        number, _ = Events(self).next()
        again = Events(self, extra=[("Last-Event-ID", str(number))])
        self.assertEqual(again.next()[0], number)

    def test_agent_goes_and_comes(self):
        events = Events(self)
        self.assertTrue(events.next()[1]["agent_running"])
        self.agent.stop()
        self.assertEqual(events.next()[1], {"agent_running": False, "pcsc": False, "readers": []})
        self.agent.start()
        self.assertTrue(events.next()[1]["agent_running"])


class Authenticate(Api):
    def test_token(self):
        self.agent.on("authenticate", answering({"status": "OK", "token": TOKEN}))
        self.assertEqual(self.authenticate().json, TOKEN)

    def test_every_failure_is_told_as_it_is(self):
        header = (pathlib.Path(__file__).resolve().parents[2] / "base" / "status.h").read_text(encoding="utf-8")
        codes = dict(re.findall(r"X\((\w+), (\d+)\)", header))
        told = openapi.DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
        for number, code in enumerate(told):
            if number % 4 == 3:  # before failures make it wait (B14)
                self.stop_bridge()
                self.start_bridge()
            with self.subTest(code=code):
                self.agent.on("authenticate", answering({"status": code, "detail": "why"}))
                reply = self.authenticate()
                self.assert_refused(reply, int(codes[code]), code)
                self.assertEqual(reply.json["detail"], "why")

    def test_what_the_failure_brings(self):
        answer = {"status": "CARD_BUSY", "holder": "firefox", "tries_left": 2, "retry_after_s": 3}
        self.agent.on("authenticate", answering(answer))
        reply = self.authenticate()
        self.assertEqual([reply.json[key] for key in ("holder", "tries_left", "retry_after_s")], ["firefox", 2, 3])
        self.assertEqual(reply.header("retry-after"), "3")

    def test_waiting_is_not_an_answer(self):
        def handler(conversation, _request):
            for what in ("reader", "card", "pin", "card-work"):
                conversation.say({"event": "waiting", "for": what})
            conversation.say({"status": "OK", "token": TOKEN})
            conversation.wait_for_close()

        self.agent.on("authenticate", handler)
        self.assertEqual(self.authenticate().json, TOKEN)

    def test_agent_lost(self):
        for handler in (
            lambda conversation, request: conversation.close(),
            answering({"status": "OK"}),
            answering({"status": "OK", "token": "text"}),
            answering({"status": "NO_SUCH_CODE"}),
            answering({"hello": "world"}),
        ):
            self.agent.on("authenticate", handler)
            reply = self.authenticate()
            self.assert_refused(reply, 500, "INTERNAL")
            self.assertRegex(reply.json["incident"], "^[0-9a-f]{8}$")
            self.stop_bridge()  # its log is then whole
            self.assertIn(reply.json["incident"], "".join(self.log))
            self.start_bridge()


class Questions(Api):
    """The signing certificate and a hash."""

    CERTIFICATE = {"certificate": "MIIB", "chain": ["MIIC"], "algorithm": "RS256"}
    HASH = {"hash": base64.b64encode(bytes(48)).decode(), "hash_function": "SHA-384", "certificate": "MIIB"}

    def ask(self, path, value):
        return self.promised("POST", path, post_json(path, value, origin=EVERYTHING))

    def test_certificate(self):
        self.agent.on("signing-certificate", answering({"status": "OK", **self.CERTIFICATE}))
        self.assertEqual(self.ask("/v1/certificate", {}).json, self.CERTIFICATE)
        self.assertEqual(self.agent.requests[-1], {"command": "signing-certificate", "origin": EVERYTHING})

    def test_hash(self):
        answer = {"signature": "AAAA", "algorithm": "RS384"}
        self.agent.on("sign-hash", answering({"status": "OK", **answer}))
        self.assertEqual(self.ask("/v1/sign-hash", self.HASH).json, answer)
        self.assertEqual(self.agent.requests[-1], {"command": "sign-hash", "origin": EVERYTHING, **self.HASH})

    def test_operations(self):
        self.agent.on("signing-certificate", answering({"status": "OK", **self.CERTIFICATE}))
        self.agent.on("sign-hash", answering({"status": "USER_CANCELLED"}))
        begun = self.ask("/v1/operations/certificate", {})
        self.assertEqual(self.ask("/v1/result", begun.json).json, self.CERTIFICATE)
        begun = self.ask("/v1/operations/sign-hash", self.HASH)
        self.assert_refused(self.ask("/v1/result", begun.json), 409, "USER_CANCELLED")

    def test_what_is_missing(self):
        for path, command, value in (
            ("/v1/certificate", "signing-certificate", {}),
            ("/v1/sign-hash", "sign-hash", self.HASH),
        ):
            self.agent.on(command, answering({"status": "OK", "algorithm": "RS256"}))
            self.assert_refused(self.ask(path, value), 500, "INTERNAL")
            self.assert_refused(self.ask(path, {**value, "other": "1"}), 400, "BAD_REQUEST")


class Sign(Api):
    def test_upload(self):
        reply = self.upload()
        self.assertEqual(reply.status, 201)
        self.assertEqual((reply.json["size"], reply.json["sha256"]), (len(PDF), sha256(PDF)))
        self.assert_untouched()

    def test_signed(self):
        def handler(conversation, request):
            self.assertEqual(conversation.take(request["size"]), PDF)
            conversation.say({"event": "waiting", "for": "pin"})
            conversation.say({"status": "OK", "size": 2 * len(PDF), "signed_by": "SPECIMEN"})
            conversation.give(PDF + PDF)
            conversation.wait_for_close()

        self.agent.on("sign", handler)
        reply = self.sign(self.waiting_document())
        self.assertEqual((reply.status, reply.header("content-type")), (200, "application/pdf"))
        self.assertEqual(reply.body, PDF + PDF)
        sent = self.agent.requests[-1]
        self.assertEqual((sent["name"], sent["media_type"], sent["size"]), ("წერილი.pdf", "application/pdf", len(PDF)))

    def test_refused_before_the_document_is_read(self):
        def handler(conversation, _request):
            conversation.say({"status": "BUSY"})
            conversation.wait_for_close()

        self.agent.on("sign", handler)
        self.assert_refused(self.sign(self.waiting_document()), 409, "BUSY")

    def test_half_a_signed_document_is_none(self):
        def handler(conversation, request):
            conversation.take(request["size"])
            conversation.say({"status": "OK", "size": 1000})
            conversation.give(b"a" * 999)
            conversation.close()

        self.agent.on("sign", handler)
        self.assert_refused(self.sign(self.waiting_document()), 500, "INTERNAL")

    def test_more_than_was_told(self):
        for size in (0, 10, 1 << 40):

            def handler(conversation, request, told=size):
                conversation.take(request["size"])
                conversation.say({"status": "OK", "size": told})
                conversation.give(b"a" * 11)
                conversation.wait_for_close()

            self.agent.on("sign", handler)
            self.assert_refused(self.sign(self.waiting_document()), 500, "INTERNAL")

    def test_wrong_fields(self):
        document = self.waiting_document()
        for other in ({"format": "cades"}, {"level": "T"}, {"name": 1}, {"origin": "https://evil.example"}):
            self.assert_refused(self.sign(document, **other), 400, "BAD_REQUEST")
        self.assert_untouched()

    def test_an_upload_that_ends_early(self):
        for _ in range(10):  # more than may wait
            with connect() as client:
                client.sendall(call_bytes("POST", "/v1/documents", PDF, "application/pdf")[:-1])
                client.shutdown(socket.SHUT_WR)
                self.assert_closed(client)  # the bridge has seen the end
        begun = threading.Event()

        def handler(conversation, request):
            begun.set()
            answering({"status": "USER_CANCELLED"})(conversation, request)

        self.agent.on("sign", handler)
        self.assert_refused(self.sign(self.waiting_document()), 409, "USER_CANCELLED")
        self.assertTrue(begun.wait(TEST_LIMIT_S))


class Operations(Api):
    """In two requests what authenticate and sign do in one."""

    def post(self, path, value):
        return self.promised("POST", path, post_json(path, value))

    def test_login(self):
        self.agent.on("authenticate", answering({"status": "OK", "token": TOKEN}))
        begun = self.post("/v1/operations/authenticate", {"nonce": NONCE})
        self.assertEqual(begun.status, 202)
        self.assertEqual(self.post("/v1/result", begun.json).json, TOKEN)
        self.assert_refused(self.post("/v1/result", begun.json), 404, "OPERATION_UNKNOWN")

    def test_signature(self):
        def handler(conversation, request):
            content = conversation.take(request["size"])
            conversation.say({"status": "OK", "size": 2 * len(content), "signed_by": "SPECIMEN"})
            conversation.give(content + content)
            conversation.wait_for_close()

        self.agent.on("sign", handler)
        begun = self.post("/v1/operations/sign", sign_request(self.waiting_document()))
        reply = self.post("/v1/result", begun.json)
        self.assertEqual((reply.status, reply.body), (200, PDF + PDF))

    def test_failures_come_with_the_result(self):
        self.agent.on("authenticate", answering({"status": "PIN_BLOCKED", "tries_left": 0}))
        for value, status, code in (
            ({"nonce": NONCE}, 409, "PIN_BLOCKED"),
            ({"nonce": 1}, 400, "BAD_REQUEST"),
        ):
            begun = self.post("/v1/operations/authenticate", value)
            self.assertEqual(begun.status, 202)
            self.assert_refused(self.post("/v1/result", begun.json), status, code)
        begun = self.post("/v1/operations/sign", sign_request("0" * 32))
        self.assert_refused(self.post("/v1/result", begun.json), 404, "OPERATION_UNKNOWN")

    def test_cancel(self):
        gone = threading.Event()

        def handler(conversation, _request):
            conversation.wait_for_close()
            gone.set()

        self.agent.on("authenticate", handler)
        begun = self.post("/v1/operations/authenticate", {"nonce": NONCE})
        reply = self.post("/v1/cancel", begun.json)
        self.assertEqual((reply.status, reply.json), (200, {}))
        self.assertTrue(gone.wait(TEST_LIMIT_S))
        self.assert_refused(self.post("/v1/cancel", begun.json), 404, "OPERATION_UNKNOWN")

    def test_wrong_fields(self):
        for path in ("/v1/result", "/v1/cancel"):
            self.assert_refused(self.post(path, {"operation": 1}), 400, "BAD_REQUEST")


class AgentAbsent(Api):
    with_agent = False

    def test_status(self):
        expected = {"api_versions": [1], "agent_version": None, "agent_running": False, "pcsc": False, "readers": []}
        self.assertEqual(self.status().json, expected)

    def test_operations(self):
        self.assert_refused(self.authenticate(), 503, "PROMPT_UNAVAILABLE")
        self.assert_refused(self.sign(self.waiting_document()), 503, "PROMPT_UNAVAILABLE")

    def test_comes_later(self):
        self.assert_refused(self.authenticate(), 503, "PROMPT_UNAVAILABLE")
        self.start_agent()
        self.agent.on("authenticate", answering({"status": "OK", "token": TOKEN}))
        self.assertEqual(self.authenticate().json, TOKEN)
        self.assertTrue(self.status().json["agent_running"])


class Document(unittest.TestCase):
    """openapi.yaml itself."""

    def test_schemas(self):
        for schema in openapi.DOCUMENT["components"]["schemas"].values():
            openapi.validator(schema)

    def test_references(self):
        def walk(value):
            if isinstance(value, dict):
                if "$ref" in value:
                    openapi.resolve(value)
                for inner in value.values():
                    walk(inner)
            elif isinstance(value, list):
                for inner in value:
                    walk(inner)

        walk(openapi.DOCUMENT)


if __name__ == "__main__":
    unittest.main()
