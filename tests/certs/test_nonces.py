#!/usr/bin/python3
"""Nonces over two nodes on one SQLite file, one PostgreSQL, one Redis, the real servers of which run for the test: each
nonce is taken once, by many clients at both nodes at once, also when a node is killed in the middle.

PIRADI_NONCES says how many nonces; scripts/bench nonces runs it with 10,000."""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

from forms import NONCE, ORIGIN, token_of
from pki import issue
from verifyd import BUILD, Verifyd

COUNT, CLIENTS = int(os.environ.get("PIRADI_NONCES", "1000")), 50
REDIS_PORT = 24600  # of our own network
POSTGRES = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=None)


class Server:
    def wait_for(self, pattern):
        for line in self.program.stdout:
            if re.search(pattern, line):
                return
        raise RuntimeError(f"{self.program.args[0]} does not run")

    def end(self):
        """By SIGINT, at which both end at once, whoever is connected."""
        if self.program.poll() is None:
            self.program.send_signal(signal.SIGINT)
        self.program.wait()
        self.program.stdout.close()


class Redis(Server):
    def __init__(self, folder):
        self.where = f"redis://:geheim@127.0.0.1:{REDIS_PORT}"
        self.program = subprocess.Popen(
            ["redis-server", "--port", str(REDIS_PORT), "--bind", "127.0.0.1", "--requirepass", "geheim", "--dir", folder,
             "--save", "", "--unixsocket", folder / "redis.socket"], stdout=subprocess.PIPE, text=True)
        self.wait_for("eady to accept connections")


class PostgreSQL(Server):
    """With the durability that it has by itself."""

    def __init__(self, folder):
        data = folder / "data"
        subprocess.run([POSTGRES / "initdb", "-D", data, "-A", "trust", "-U", "piradi", "--no-sync"], check=True,
                       stdout=subprocess.DEVNULL)
        self.where = f"postgresql://piradi@/postgres?host={folder}"
        self.program = subprocess.Popen(
            [POSTGRES / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "log_destination=stderr"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.wait_for("ready to accept connections")


class Nonces(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="nonces-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.root = issue(None, "SPECIMEN Root", ca=True)
        (cls.folder / "root.pem").write_bytes(cls.root.pem)

    def nodes(self, where):
        kind = where.partition(":")[0]
        nodes = [Verifyd(self.folder, self.folder, f"{kind}-{number}", {"need": "off"},
                         {"nonces": where, "cache": self.folder / "cache"})
                 for number in range(2)]
        for node in nodes:
            self.addCleanup(node.end)
        return nodes

    def take_all(self, nodes, kill=None):
        program = subprocess.Popen([BUILD / "tests/take-nonces", str(COUNT), str(CLIENTS), *[node.url for node in nodes]],
                                   stdout=subprocess.PIPE, text=True)
        self.assertEqual(program.stdout.readline(), "half\n")
        if kill:
            kill.program.kill()
        told = json.loads(program.communicate(timeout=300)[0])
        print(self.id().rsplit(".", 1)[1], told)
        return told

    def check(self, where):
        nodes = self.nodes(where)
        told = self.take_all(nodes)
        self.assertEqual({key: told[key] for key in told if key != "seconds"},
                         {"once": COUNT, "twice": 0, "never": 0, "wrong": 0, "unreachable": 0})
        self.check_session(*nodes)
        told = self.take_all(nodes, kill=nodes[1])
        self.assertEqual((told["twice"], told["wrong"]), (0, 0))
        self.assertEqual(told["once"] + told["never"], COUNT)
        self.assertLessEqual(told["never"], CLIENTS)  # those on their way through the node that was killed
        self.assertGreater(told["unreachable"], 0)

    def check_session(self, one, other):
        """A login with what a session was issued: once, at whichever node."""
        def ask(node, path, **body):
            return node.ask("POST", path, json.dumps(body).encode())

        status, issued = ask(one, "/v1/nonces", session="a")
        self.assertEqual(status, 200)
        token = token_of(issue(self.root, "ნინო ბერიძე"), "ES256", nonce=issued["nonce"])
        self.assertEqual(ask(other, "/v1/tokens", token=token, origin=ORIGIN, session="b")[1]["code"], "OPERATION_UNKNOWN")
        self.assertEqual(ask(other, "/v1/tokens", token=token, origin=ORIGIN, session="a")[0], 200)
        for node in (one, other):
            self.assertEqual(ask(node, "/v1/tokens", token=token, origin=ORIGIN, session="a")[1]["code"], "OPERATION_UNKNOWN")
        bad = ask(one, "/v1/nonces", session="a")[1]["nonce"]
        self.assertNotEqual(bad, issued["nonce"])
        self.assertEqual(ask(other, "/v1/tokens", token=token, origin=ORIGIN, session="a")[1]["code"], "SIGNATURE_INVALID")
        self.assertEqual(ask(one, "/v1/nonces/take", session="a")[1]["code"], "OPERATION_UNKNOWN")
        for body in ({"session": ""}, {"session": "s" * 129}, {"session": 1}, {}, {"session": "a", "more": 1}):
            self.assertEqual(ask(one, "/v1/nonces", **body)[1]["code"], "BAD_REQUEST", body)
        for body in ({}, {"session": "a", "nonce": NONCE}):
            self.assertEqual(ask(one, "/v1/tokens", token=token, origin=ORIGIN, **body)[1]["code"], "BAD_REQUEST", body)

    def server(self, kind):
        folder = self.folder / self.id().rsplit(".", 1)[1]
        folder.mkdir()
        server = kind(folder)
        self.addCleanup(server.end)
        return server

    def test_sqlite(self):
        self.check(f"sqlite:{self.folder}/cache/nonces.db")

    def test_redis(self):
        server = self.server(Redis)
        self.check(server.where)

    def test_redis_socket(self):
        with self.assertRaises(RuntimeError):  # it wants a password
            self.nodes(f"redis:{self.server(Redis).program.args[-1]}")

    @unittest.skipIf(os.geteuid() == 0, "PostgreSQL does not run as root")
    def test_postgresql(self):
        server = self.server(PostgreSQL)
        self.check(server.where)
        node = Verifyd(self.folder, self.folder, "left-alone", {"need": "off"}, {"nonces": server.where})
        self.addCleanup(node.end)
        server.end()
        self.assertEqual(node.ask("POST", "/v1/nonces", b'{"session": "a"}')[0], 500)
        self.assertEqual(node.ask("GET", "/v1/health")[0], 200)

    def test_none_is_configured(self):
        node = Verifyd(self.folder, self.folder, "none", {"need": "off"})
        self.addCleanup(node.end)
        self.assertEqual(node.ask("POST", "/v1/nonces", b'{"session": "a"}')[0], 404)

    def test_places_that_are_none(self):
        for where in ("mysql://a", "redis://127.0.0.1", "redis://127.0.0.1:1", f"sqlite:{self.folder}/none/a.db",
                      "postgresql://a@127.0.0.1:1/a", f"redis:{self.folder}/none"):
            with self.subTest(where), self.assertRaisesRegex(RuntimeError, "nonces"):
                self.nodes(where)


if __name__ == "__main__":
    unittest.main()
