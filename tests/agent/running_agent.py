"""A piradi-agent of the test's own: its runtime folder, its portals, its log."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

import wire

ORIGIN = "https://portal.piradi.test"
LOGIN_ONLY = "https://login.piradi.test"
PORTAL = """[portal]
origin = {origin}
name.ka = სატესტო პორტალი
name.en = Test portal
may = {may}
"""


def receive_after_pin(client):
    """What comes once a PIN was entered; that the card works may be told or, if it is fast, not."""
    message = client.receive()
    return client.receive() if message == {"event": "waiting", "for": "card-work"} else message


class RunningAgent:
    """Ready when it is made; ended, and checked to end well, by end()."""

    def __init__(self, programs=wire.BUILD / "bin", environment=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="agent-", dir="/tmp"))
        self.write_portal("portal", ORIGIN, "authenticate sign")
        self.write_portal("login", LOGIN_ONLY, "authenticate")
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=str(self.folder),
                                PIRADI_CONFIG_DIR=str(self.folder), XDG_CONFIG_HOME=str(self.folder), LC_ALL="C.UTF-8", **(environment or {}))
        self.program = programs / "piradi-agent"
        self.log = []
        self.start()

    def write_portal(self, name, origin, may):
        folder = self.folder / "portals"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.conf").write_text(PORTAL.format(origin=origin, may=may))

    @property
    def socket_path(self):
        return self.folder / "piradi/agent.sock"

    def start(self):
        self.process = subprocess.Popen([self.program], env=self.environment, text=True,
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for line in self.process.stderr:
            self.log.append(line)
            if "ready" in line:
                break
        else:
            raise AssertionError(f"the agent did not start: {self.log}")
        self.reader = threading.Thread(target=self.log.extend, args=(self.process.stderr,))
        self.reader.start()

    def connect(self):
        stream = socket.socket(socket.AF_UNIX)
        stream.connect(str(self.socket_path))
        return wire.Peer(stream)

    def ask(self, **request):
        """The first answer to a request on a connection of its own."""
        with self.connect() as client:
            client.send(**request)
            return client.receive()

    def children(self):
        """Process ids of what it started, by program; of several of one program, the youngest's."""
        found = []
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                name, rest = stat.read_text().rsplit(")", 1)
            except OSError:
                continue
            fields = rest.split()
            if int(fields[1]) == self.process.pid and fields[0] != "Z":
                started = int(fields[19])
                found.append((started, name.split("(", 1)[1], int(stat.parent.name)))
        return {name: pid for _, name, pid in sorted(found)}

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(wire.PATIENCE_S)
        self.reader.join()
        self.process.stderr.close()
        return status

    def remove(self):
        shutil.rmtree(self.folder)
