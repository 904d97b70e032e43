#!/usr/bin/python3
"""piradi-agent's socket: who may speak, what may be said, and what is answered without a card."""

import json
import os
import pathlib
import shutil
import socket
import stat
import subprocess
import tempfile
import unittest

import running_agent
import wire
from running_agent import LOGIN_ONLY, ORIGIN

NONCE = "n" * 44

# In the place of a child, to tell what it was given.
PROBE = """#!/usr/bin/python3 -B
import json, os
descriptors = []
for fd in range(1024):
    try:
        os.fstat(fd)
    except OSError:
        continue
    descriptors.append(fd)
with open(os.environ["PIRADI_PROBE"], "w") as file:
    json.dump({"descriptors": descriptors, "environment": dict(os.environ)}, file)
"""


class ServerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        nowhere = {"PCSCLITE_CSOCK_NAME": "/nowhere/pcscd.comm"}
        cls.agent = running_agent.RunningAgent(environment=nowhere)

    @classmethod
    def tearDownClass(cls):
        status = cls.agent.end()
        cls.agent.remove()
        assert status == 0, cls.agent.log

    def test_status_tells_that_pcscd_is_away(self):
        answer = self.agent.ask(command="status")
        self.assertEqual(answer["status"], "OK")
        self.assertEqual(answer["readers"], [])
        self.assertIs(answer["pcsc"], False)
        self.assertRegex(answer["version"], r"^\d+\.\d+\.\d+$")

    def test_watch_tells_at_once(self):
        event = self.agent.ask(command="watch")
        self.assertEqual(event, {"event": "readers", "readers": [], "pcsc": False})

    def test_a_connection_takes_one_request_after_the_other(self):
        with self.agent.connect() as client:
            for _ in range(3):
                client.send(command="status")
                self.assertEqual(client.receive()["status"], "OK")

    def test_what_is_no_request_is_refused(self):
        for request in ({}, {"command": "shutdown"}, {"command": 1}, {"command": "status", "x": 1},
                        {"command": "authenticate", "origin": ORIGIN},
                        {"command": "authenticate", "origin": ORIGIN, "nonce": NONCE, "pin": "1"},
                        {"command": "authenticate", "origin": 1, "nonce": NONCE},
                        {"command": "sign", "origin": ORIGIN, "name": "../x.pdf",
                         "media_type": "application/pdf", "size": 1},
                        {"command": "sign", "origin": ORIGIN, "name": "x.pdf",
                         "media_type": "text/html", "size": 1},
                        {"command": "sign", "origin": ORIGIN, "name": "x.pdf",
                         "media_type": "application/pdf", "size": 0}):
            answer = self.agent.ask(**request)
            self.assertEqual(answer["status"], "BAD_REQUEST", request)
            self.assertTrue(answer["detail"])

    def test_what_is_no_json_object_is_refused(self):
        for payload in (b"", b"[]", b"{", b'{"command":"status","command":"status"}', b"\xff"):
            with self.agent.connect() as client:
                client.send_raw("J", payload)
                self.assertEqual(client.receive()["status"], "BAD_REQUEST", payload)

    def test_short_nonce(self):
        answer = self.agent.ask(command="authenticate", origin=ORIGIN, nonce="n" * 43)
        self.assertEqual(answer["status"], "NONCE_TOO_SHORT")

    def test_foreign_origin(self):
        for origin in ("https://evil.test", ORIGIN + "/", ORIGIN.upper(), ORIGIN + ":443", "null",
                       ORIGIN + ".evil.test", ""):
            answer = self.agent.ask(command="authenticate", origin=origin, nonce=NONCE)
            self.assertEqual(answer["status"], "ORIGIN_NOT_ALLOWED", origin)
        self.assertEqual(self.agent.children(), {})

    def test_a_portal_that_may_only_log_in_may_not_sign(self):
        answer = self.agent.ask(command="sign", origin=LOGIN_ONLY, name="x.pdf",
                                media_type="application/pdf", size=1)
        self.assertEqual(answer["status"], "POLICY_REFUSED")

    def test_document_too_large(self):
        answer = self.agent.ask(command="sign", origin=ORIGIN, name="x.pdf",
                                media_type="application/pdf", size=200 * 1024 * 1024 + 1)
        self.assertEqual(answer["status"], "DOCUMENT_TOO_LARGE")

    def test_oversized_frame_closes_the_connection(self):
        for kind, size in (("J", 64 * 1024 + 1), ("D", 256 * 1024 + 1), ("X", 1)):
            with self.agent.connect() as client:
                client.stream.sendall(wire.HEADER.pack(size, ord(kind)))
                self.assertTrue(client.is_closed(), kind)

    def test_data_that_nobody_announced_closes_the_connection(self):
        with self.agent.connect() as client:
            client.send_raw("D", b"x")
            self.assertTrue(client.is_closed())

    def test_a_second_request_while_watching_closes_the_connection(self):
        with self.agent.connect() as client:
            client.send(command="watch")
            client.receive()
            client.send(command="status")
            self.assertTrue(client.is_closed())

    def test_data_of_a_refused_upload_is_passed_over(self):
        content = bytes(700_000)
        with self.agent.connect() as client:
            client.send(command="sign", origin=LOGIN_ONLY, name="x.pdf",
                        media_type="application/pdf", size=len(content))
            client.send_data(content)
            self.assertEqual(client.receive()["status"], "POLICY_REFUSED")
            client.send(command="status")
            self.assertEqual(client.receive()["status"], "OK")

    def test_only_so_many_connections(self):
        clients = [self.agent.connect() for _ in range(64)]
        try:
            for client in clients:  # each is served, so that the 65th is one too many
                client.send(command="status")
                client.receive()
            with self.agent.connect() as one_more:
                self.assertTrue(one_more.is_closed())
        finally:
            for client in clients:
                client.close()
        self.assertEqual(self.ask_when_places_are_free()["status"], "OK")

    def ask_when_places_are_free(self):
        """The agent may not have seen yet that the others closed."""
        for _ in range(1000):
            try:
                return self.agent.ask(command="status")
            except (wire.Closed, BrokenPipeError):
                pass
        raise AssertionError("no place became free")

    def test_the_socket_is_this_users_alone(self):
        self.assertEqual(stat.S_IMODE(self.agent.socket_path.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.agent.socket_path.parent.stat().st_mode), 0o700)

    def test_a_second_agent_refuses_to_run(self):
        second = subprocess.run([self.agent.program], env=self.agent.environment, text=True,
                                stderr=subprocess.PIPE, timeout=wire.PATIENCE_S)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn("another piradi-agent of this user is running", second.stderr)
        self.assertEqual(self.agent.ask(command="status")["status"], "OK")

    def start_among(self, folder, **environment):
        """An agent whose sibling programs are those in the folder."""
        for program in ("piradi-agent", "piradi-worker"):
            shutil.copy(wire.BUILD / "bin" / program, folder)
        return running_agent.RunningAgent(programs=pathlib.Path(folder), environment=environment)

    def test_a_missing_prompt_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            agent = self.start_among(folder)
            answer = agent.ask(command="authenticate", origin=ORIGIN, nonce=NONCE)
            self.assertEqual(answer["status"], "PROMPT_UNAVAILABLE")
            self.assertEqual(agent.end(), 0)
            agent.remove()

    def test_a_child_gets_only_what_it_needs(self):
        with tempfile.TemporaryDirectory() as folder:
            probe = pathlib.Path(folder) / "piradi-prompt"
            probe.write_text(PROBE)
            probe.chmod(0o700)
            told = pathlib.Path(folder) / "told"
            agent = self.start_among(folder, PIRADI_PROBE=str(told), SECRET="x", LD_BIND_NOW="1",
                                     GTK_MODULES="x", DISPLAY=":4711")
            with agent.connect() as client:
                client.send(command="authenticate", origin=ORIGIN, nonce=NONCE)
                while "status" not in client.receive():
                    pass
            self.assertEqual(agent.end(), 0)
            agent.remove()
            child = json.loads(told.read_text())
        self.assertEqual(child["descriptors"], [0, 1, 2, 3, 4])
        self.assertEqual(child["environment"]["DISPLAY"], ":4711")
        for name in ("SECRET", "LD_BIND_NOW", "GTK_MODULES", "PATH"):
            self.assertNotIn(name, child["environment"])


class OptionsTest(unittest.TestCase):
    def run_with(self, *arguments):
        return subprocess.run([wire.BUILD / "bin/piradi-agent", *arguments], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=wire.PATIENCE_S)

    def test_version_and_help(self):
        self.assertRegex(self.run_with("--version").stdout, r"^piradi-agent \d+\.\d+\.\d+\n$")
        self.assertIn("Usage:", self.run_with("--help").stdout)

    def test_what_is_no_option(self):
        for argument in ("--pin=1234", "start"):
            self.assertNotEqual(self.run_with(argument).returncode, 0)


class LifeTest(unittest.TestCase):
    def setUp(self):
        self.agent = running_agent.RunningAgent()
        self.addCleanup(self.agent.remove)

    def test_ends_on_sigterm_and_removes_its_socket(self):
        self.assertEqual(self.agent.end(), 0)
        self.assertFalse(self.agent.socket_path.exists())

    def test_the_socket_of_a_killed_agent_is_replaced(self):
        self.agent.process.kill()
        self.agent.end()
        self.assertTrue(self.agent.socket_path.exists())
        self.agent.start()
        self.assertEqual(self.agent.ask(command="status")["status"], "OK")
        self.assertEqual(self.agent.end(), 0)

    def test_takes_the_socket_that_systemd_hands_over(self):
        self.assertEqual(self.agent.end(), 0)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.agent.socket_path))
        listener.listen()

        def hand_over():
            os.dup2(listener.fileno(), 3)

        environment = dict(self.agent.environment, LISTEN_FDS="1")
        shell = f'LISTEN_PID=$$ exec "{self.agent.program}"'
        process = subprocess.Popen(["/bin/sh", "-c", shell], env=environment, pass_fds=[3],
                                   preexec_fn=hand_over, stderr=subprocess.DEVNULL)
        self.assertEqual(self.agent.ask(command="status")["status"], "OK")
        process.terminate()
        self.assertEqual(process.wait(wire.PATIENCE_S), 0)
        self.assertTrue(self.agent.socket_path.exists())
        listener.close()


if __name__ == "__main__":
    unittest.main()
