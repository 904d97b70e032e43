"""piradi-native-host as the Web eID extension uses it: a client that follows the Web eID system architecture document
and the browsers' native messaging. The agent's end of the socket is the test's own.
"""

import base64
import json
import os
import pathlib
import struct
import subprocess
import tempfile
import threading
import unittest

from harness import EVERYTHING, NONCE, PORTAL, SIGNING, TEST_LIMIT_S, Agent, PortalKey, portal_file

HOST = pathlib.Path(os.environ["PIRADI_BUILD"]) / "bin" / "piradi-native-host"
CHROME = ["chrome-extension://ncibgoaomkmdpilpocfeponihegamlic/"]
EDGE = ["chrome-extension://gnmckgbandlkacikdndelhfghdejfido/"]
FIREFOX = ["/usr/lib/mozilla/native-messaging-hosts/eu.webeid.json", "{e68418bc-f2b0-4459-a9ea-3e72b6751b07}"]
OTHER = ["chrome-extension://abcdefghijklmnopabcdefghijklmnop/"]
TOKEN = {
    "unverifiedCertificate": "MIIB",
    "algorithm": "RS256",
    "signature": "AAAA",
    "format": "web-eid:1.0",
    "appVersion": "https://example.invalid/piradi/0.1.0",
}


class NativeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="piradi-native-test-")
        self.addCleanup(folder.cleanup)
        self.home = pathlib.Path(folder.name)
        portals = self.home / "etc" / "portals"
        portals.mkdir(parents=True)
        portal_file(portals, "portal", PORTAL, "authenticate sign")
        portal_file(portals, "everything", EVERYTHING, "authenticate sign sign-hash certificate")
        portal_file(portals, "signing", SIGNING, "authenticate sign-hash certificate", [PortalKey()])
        (self.home / "run").mkdir(mode=0o700)

    def start_agent(self):
        agent = Agent(self.home / "run")
        self.addCleanup(agent.stop)
        return agent

    def start(self, arguments=None):
        environment = {
            **os.environ,
            "XDG_RUNTIME_DIR": str(self.home / "run"),
            "PIRADI_CONFIG_DIR": str(self.home / "etc"),
        }
        host = subprocess.Popen(
            [HOST, *(CHROME if arguments is None else arguments)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for stream in (host.stdin, host.stdout, host.stderr):
            self.addCleanup(stream.close)
        self.addCleanup(host.wait, TEST_LIMIT_S)
        return host

    def read(self, host):
        head = host.stdout.read(4)
        self.assertEqual(len(head), 4, "no message")
        return json.loads(host.stdout.read(struct.unpack("=I", head)[0]))

    def write(self, host, value):
        payload = value if isinstance(value, bytes) else json.dumps(value).encode()
        host.stdin.write(struct.pack("=I", len(payload)) + payload)
        host.stdin.flush()

    def shake_hands(self, arguments=None):
        host = self.start(arguments)
        self.assertRegex(self.read(host)["version"], r"^2\.\d+\.\d+\+piradi\.\d+\.\d+\.\d+$")
        return host

    def converse(self, value):
        """One conversation, to the end of the program: its answer."""
        host = self.shake_hands()
        self.write(host, value)
        answer = self.read(host)
        self.assertEqual(host.stdout.read(), b"")
        self.assertEqual(host.wait(TEST_LIMIT_S), 0)
        return answer

    def command(self, name, **arguments):
        return self.converse({"command": name, "arguments": arguments})

    def assert_error(self, answer, code, ours):
        self.assertEqual(set(answer), {"error"})
        self.assertEqual(set(answer["error"]), {"code", "message"})
        self.assertEqual(answer["error"]["code"], code)
        self.assertRegex(answer["error"]["message"], rf"^{ours}\b")


class Commands(NativeTest):
    def test_status_and_quit(self):
        self.assertRegex(self.command("status")["version"], r"^2\.")
        self.assertEqual(self.command("quit"), {})

    def test_authenticate(self):
        agent = self.start_agent()

        def answer(conversation, _request):
            conversation.say({"event": "waiting", "for": "pin"})
            conversation.say({"status": "OK", "token": TOKEN})
            conversation.wait_for_close()

        agent.on("authenticate", answer)
        self.assertEqual(self.command("authenticate", challengeNonce=NONCE, origin=PORTAL, lang="et"), TOKEN)
        self.assertEqual(agent.requests, [{"command": "authenticate", "origin": PORTAL, "nonce": NONCE}])

    def test_failures(self):
        agent = self.start_agent()
        for status, code in (
            ("USER_CANCELLED", "ERR_WEBEID_USER_CANCELLED"),
            ("USER_TIMEOUT", "ERR_WEBEID_USER_TIMEOUT"),
            ("PIN_BLOCKED", "ERR_WEBEID_NATIVE_FATAL"),
            ("NO_CERTIFICATE", "ERR_WEBEID_NATIVE_FATAL"),
            ("ORIGIN_NOT_ALLOWED", "ERR_WEBEID_NATIVE_FATAL"),
            ("BUSY", "ERR_WEBEID_NATIVE_FATAL"),
        ):
            with self.subTest(status=status):
                told = {"status": status, "detail": "why"}
                agent.on("authenticate", lambda conversation, _request, told=told: conversation.say(told))
                answer = self.command("authenticate", challengeNonce=NONCE, origin=PORTAL)
                self.assert_error(answer, code, status)
                self.assertIn("why", answer["error"]["message"])

    def test_agent_absent_or_lost(self):
        answer = self.command("authenticate", challengeNonce=NONCE, origin=PORTAL)
        self.assert_error(answer, "ERR_WEBEID_NATIVE_FATAL", "PROMPT_UNAVAILABLE")
        agent = self.start_agent()
        agent.on("authenticate", lambda conversation, _request: conversation.close())
        answer = self.command("authenticate", challengeNonce=NONCE, origin=PORTAL)
        self.assert_error(answer, "ERR_WEBEID_NATIVE_FATAL", "INTERNAL")

    def test_wrong_arguments(self):
        agent = self.start_agent()
        for arguments, ours in (
            ({"origin": PORTAL}, "BAD_REQUEST"),
            ({"challengeNonce": NONCE}, "BAD_REQUEST"),
            ({"challengeNonce": "short", "origin": PORTAL}, "NONCE_TOO_SHORT"),
            ({"challengeNonce": "n" * 129, "origin": PORTAL}, "BAD_REQUEST"),
            ({"challengeNonce": NONCE, "origin": "http://portal.piradi.test"}, "BAD_REQUEST"),
            ({"challengeNonce": NONCE, "origin": PORTAL + "/login"}, "BAD_REQUEST"),
            ({"challengeNonce": NONCE, "origin": PORTAL, "pin": "123456"}, "BAD_REQUEST"),
        ):
            with self.subTest(arguments=arguments):
                answer = self.command("authenticate", **arguments)
                self.assert_error(answer, "ERR_WEBEID_NATIVE_INVALID_ARGUMENT", ours)
        self.assertEqual(agent.requests, [])


class Permission(NativeTest):
    """What an origin may ask is the administrator's word; one that no file names may only log in, with a warning."""

    HASH = {"hash": base64.b64encode(bytes(32)).decode(), "hashFunction": "SHA-256", "certificate": "MIIB"}
    UNLISTED = "https://unlisted.piradi.test"

    def setUp(self):
        super().setUp()
        self.agent = self.start_agent()
        for command in ("authenticate", "signing-certificate", "sign-hash"):
            self.agent.on(command, self.give)

    def give(self, conversation, request):
        answers = {
            "authenticate": {"token": TOKEN},
            "signing-certificate": {"certificate": "MIIB", "chain": ["MIIC"], "algorithm": self.algorithm},
            "sign-hash": {"signature": "AAAA", "algorithm": self.algorithm},
        }
        conversation.say({"status": "OK", **answers[request["command"]]})
        conversation.wait_for_close()

    algorithm = "RS256"

    def assert_refused(self, answer, ours):
        self.assert_error(answer, "ERR_WEBEID_NATIVE_FATAL", ours)
        self.assertEqual(self.agent.requests, [])

    def test_certificate_and_hash(self):
        answer = self.command("get-signing-certificate", origin=EVERYTHING)
        self.assertEqual(answer["certificate"], "MIIB")
        expected = [
            {"cryptoAlgorithm": "RSA", "hashFunction": f"SHA-{size}", "paddingScheme": "PKCS1.5"}
            for size in (256, 384, 512)
        ]
        self.assertEqual(answer["supportedSignatureAlgorithms"], expected)
        answer = self.command("sign", origin=EVERYTHING, **self.HASH)
        self.assertEqual(answer, {"signature": "AAAA", "signatureAlgorithm": expected[0]})
        sent = {"hash": self.HASH["hash"], "hash_function": "SHA-256", "certificate": "MIIB"}
        self.assertEqual(
            self.agent.requests,
            [
                {"command": "signing-certificate", "origin": EVERYTHING},
                {"command": "sign-hash", "origin": EVERYTHING, **sent},
            ],
        )

    def test_names_of_algorithms(self):
        for name, crypto, function, padding in (
            ("PS256", "RSA", "SHA-256", "PSS"),
            ("ES384", "ECC", "SHA-384", "NONE"),
            ("RS512", "RSA", "SHA-512", "PKCS1.5"),
        ):
            self.algorithm = name
            algorithm = self.command("sign", origin=EVERYTHING, **self.HASH)["signatureAlgorithm"]
            expected = {"cryptoAlgorithm": crypto, "hashFunction": function, "paddingScheme": padding}
            self.assertEqual(algorithm, expected)
        for name in ("", "RS", "RS257", "none", "EdDSA"):
            self.algorithm = name
            answer = self.command("sign", origin=EVERYTHING, **self.HASH)
            self.assert_error(answer, "ERR_WEBEID_NATIVE_FATAL", "INTERNAL")

    def test_listed_without_the_permission(self):
        self.assert_refused(self.command("get-signing-certificate", origin=PORTAL), "POLICY_REFUSED")
        self.assert_refused(self.command("sign", origin=PORTAL, **self.HASH), "POLICY_REFUSED")

    def test_a_portal_that_must_sign(self):
        answer = self.command("authenticate", challengeNonce=NONCE, origin=SIGNING)
        self.assert_refused(answer, "REQUEST_SIGNATURE_INVALID")
        self.assert_refused(self.command("sign", origin=SIGNING, **self.HASH), "REQUEST_SIGNATURE_INVALID")

    def test_unlisted(self):
        self.assert_refused(self.command("get-signing-certificate", origin=self.UNLISTED), "POLICY_REFUSED")
        self.assert_refused(self.command("sign", origin=self.UNLISTED, **self.HASH), "POLICY_REFUSED")
        self.assertEqual(self.command("authenticate", challengeNonce=NONCE, origin=self.UNLISTED), TOKEN)
        expected = {"command": "authenticate", "origin": self.UNLISTED, "nonce": NONCE, "listed": False}
        self.assertEqual(self.agent.requests, [expected])

    def test_unlisted_forbidden(self):
        (self.home / "etc" / "extensions.conf").write_text("[origins]\nunlisted = refuse\n", encoding="utf-8")
        (self.home / "etc" / "extensions.conf").chmod(0o600)
        answer = self.command("authenticate", challengeNonce=NONCE, origin=self.UNLISTED)
        self.assert_refused(answer, "ORIGIN_NOT_ALLOWED")
        self.assertEqual(self.command("authenticate", challengeNonce=NONCE, origin=PORTAL), TOKEN)

    def test_portals_that_cannot_be_read(self):
        (self.home / "etc" / "portals" / "portal.conf").chmod(0o666)
        self.assert_refused(self.command("authenticate", challengeNonce=NONCE, origin=PORTAL), "INTERNAL")


class Frames(NativeTest):
    def test_not_a_message(self):
        for payload in (b"[]", b"\xff", b"{", b'{"command":"status"}', b'{"a":' * 1000):
            with self.subTest(payload=payload[:20]):
                self.assert_error(self.converse(payload), "ERR_WEBEID_NATIVE_INVALID_ARGUMENT", "BAD_REQUEST")

    def test_lengths(self):
        for length in (0, 8193, 1 << 30, 0xFFFFFFFF):
            with self.subTest(length=length):
                host = self.shake_hands()
                host.stdin.write(struct.pack("=I", length))
                host.stdin.flush()
                self.assert_error(self.read(host), "ERR_WEBEID_NATIVE_INVALID_ARGUMENT", "BAD_REQUEST")
                self.assertEqual(host.wait(TEST_LIMIT_S), 0)

    def test_byte_by_byte(self):
        host = self.shake_hands()
        payload = json.dumps({"command": "status", "arguments": {}}).encode()
        for byte in struct.pack("=I", len(payload)) + payload:
            host.stdin.write(bytes([byte]))
            host.stdin.flush()
        self.assertIn("version", self.read(host))

    def test_largest(self):
        payload = json.dumps({"command": "status", "arguments": {}}).encode()
        self.assertIn("version", self.converse(payload + b" " * (8192 - len(payload))))

    def test_two_commands(self):
        agent = self.start_agent()
        begun = threading.Event()
        gone = threading.Event()

        def wait(conversation, _request):
            begun.set()
            conversation.wait_for_close()
            gone.set()

        agent.on("authenticate", wait)
        host = self.shake_hands()
        login = {"command": "authenticate", "arguments": {"challengeNonce": NONCE, "origin": PORTAL}}
        self.write(host, login)
        self.assertTrue(begun.wait(TEST_LIMIT_S))
        self.write(host, login)
        self.assert_error(self.read(host), "ERR_WEBEID_NATIVE_INVALID_ARGUMENT", "BAD_REQUEST")
        self.assertTrue(gone.wait(TEST_LIMIT_S))


class HangUp(NativeTest):
    def test_before_and_in_the_middle(self):
        for end in (0, 2, 4, 10):
            host = self.shake_hands()
            host.stdin.write((struct.pack("=I", 100) + b'{"command":')[:end])
            host.stdin.close()
            self.assertEqual(host.stdout.read(), b"")
            self.assertEqual(host.wait(TEST_LIMIT_S), 0)

    def test_the_person_is_no_longer_asked(self):
        agent = self.start_agent()
        begun = threading.Event()
        gone = threading.Event()

        def wait(conversation, _request):
            begun.set()
            conversation.wait_for_close()
            gone.set()

        agent.on("authenticate", wait)
        host = self.shake_hands()
        self.write(host, {"command": "authenticate", "arguments": {"challengeNonce": NONCE, "origin": PORTAL}})
        self.assertTrue(begun.wait(TEST_LIMIT_S))
        host.stdin.close()
        self.assertTrue(gone.wait(TEST_LIMIT_S))
        self.assertEqual(host.wait(TEST_LIMIT_S), 0)


class Extension(NativeTest):
    """Who calls is told by the browser, and only the known are answered."""

    def assert_silent(self, arguments):
        host = self.start(arguments)
        self.assertEqual((host.stdout.read(), host.wait(TEST_LIMIT_S)), (b"", 1))

    def configure(self, text, mode=0o600):
        path = self.home / "etc" / "extensions.conf"
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)

    def test_published(self):
        for arguments in (CHROME, EDGE, FIREFOX):
            host = self.shake_hands(arguments)
            self.write(host, {"command": "quit", "arguments": {}})
            self.assertEqual(self.read(host), {})

    def test_unknown(self):
        for arguments in (
            [],
            OTHER,
            [""],
            ["status"],
            [CHROME[0].rstrip("/")],
            [CHROME[0].upper()],
            [FIREFOX[1]],
            [FIREFOX[0], "other@example"],
            [OTHER[0], CHROME[0]],
            ["https://portal.piradi.test"],
        ):
            with self.subTest(arguments=arguments):
                self.assert_silent(arguments)

    def test_configured(self):
        self.configure(f"[extension]\nid = {'x' * 30}\nid = {OTHER[0]}\n")
        host = self.shake_hands(OTHER)
        host.stdin.close()

    def test_configured_wrongly(self):
        self.configure(f"[extension]\nid = {OTHER[0]}\nname = x\n")
        self.assert_silent(OTHER)
        self.configure(f"[extension]\nid = {OTHER[0]}\n", mode=0o666)
        self.assert_silent(OTHER)
        self.configure("[origins]\nunlisted = maybe\n")
        self.assert_silent(CHROME)


if __name__ == "__main__":
    unittest.main()
