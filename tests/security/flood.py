#!/usr/bin/python3
"""Rule A10: a thousand connections to the agent's socket, frames that are too large, and one honest client after them."""

import pathlib
import stat
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "agent"))
import person  # noqa: E402
import running_agent  # noqa: E402
import wire  # noqa: E402

CONNECTIONS = 1000
SERVED_MAX = 64


class Flood(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = running_agent.RunningAgent(environment={"PCSCLITE_CSOCK_NAME": "/nowhere/pcscd.comm"})

    @classmethod
    def tearDownClass(cls):
        status = cls.agent.end()
        cls.agent.remove()
        assert status == 0, cls.agent.log

    def serves(self):
        try:
            return self.agent.ask(command="status")["status"] == "OK"
        except (wire.Closed, BrokenPipeError):
            return False  # it has not seen yet that the others closed

    def test_a_thousand_connections(self):
        clients = [self.agent.connect() for _ in range(CONNECTIONS)]
        served = 0
        for client in clients:
            try:
                client.send(command="status")
                served += client.receive()["status"] == "OK"
            except (wire.Closed, BrokenPipeError):
                pass
        self.assertEqual(served, SERVED_MAX)
        for client in clients:
            client.close()
        person.until(self.serves, "a free place")

    def test_a_thousand_frames_that_are_too_large(self):
        for _ in range(CONNECTIONS):
            with self.agent.connect() as client:
                client.stream.sendall(wire.HEADER.pack(0xFFFFFFFF, ord("J")))
                self.assertTrue(client.is_closed())
        self.assertTrue(self.serves())

    def test_half_a_frame_keeps_nobody_waiting(self):
        with self.agent.connect() as slow:
            slow.stream.sendall(wire.HEADER.pack(100, ord("J")) + b"{")
            self.assertTrue(self.serves())

    def test_the_socket_is_this_users_alone(self):
        mode = self.agent.socket_path.stat().st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.agent.socket_path.parent.stat().st_mode), 0o700)


if __name__ == "__main__":
    unittest.main(verbosity=2)
