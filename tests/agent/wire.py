"""Frames (base/frame.h) and the processes that speak them, for the tests of agent/."""

import fcntl
import json
import os
import pathlib
import socket
import struct
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PIRADI_BUILD", TOP / "build"))
HEADER = struct.Struct(">IB")
DATA_MAX = 256 * 1024
PATIENCE_S = 30  # tenfold of what anything here may take


class Closed(Exception):
    """The peer closed between frames."""


class Peer:
    """One end of a frame stream."""

    def __init__(self, stream):
        stream.settimeout(PATIENCE_S)
        self.stream = stream

    def send_raw(self, kind, payload):
        self.stream.sendall(HEADER.pack(len(payload), ord(kind)) + payload)

    def send(self, **message):
        self.send_raw("J", json.dumps(message).encode())

    def send_data(self, content):
        for at in range(0, len(content), DATA_MAX):
            self.send_raw("D", content[at:at + DATA_MAX])

    def read_exactly(self, size):
        content = b""
        while len(content) < size:
            try:
                piece = self.stream.recv(size - len(content))
            except ConnectionResetError:
                piece = b""
            if not piece:
                raise Closed
            content += piece
        return content

    def receive_raw(self):
        size, kind = HEADER.unpack(self.read_exactly(HEADER.size))
        return chr(kind), self.read_exactly(size)

    def receive(self):
        kind, payload = self.receive_raw()
        assert kind == "J", kind
        return json.loads(payload)

    def receive_data(self, size):
        content = b""
        while len(content) < size:
            kind, payload = self.receive_raw()
            assert kind == "D", payload
            content += payload
        assert len(content) == size
        return content

    def is_closed(self):
        """Waits for the peer to close; False if it says something instead."""
        try:
            self.receive_raw()
        except Closed:
            return True
        return False

    def close(self):
        self.stream.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Child(Peer):
    """One of our programs with a frame stream on descriptor 3 and other sockets on 4 and up."""

    def __init__(self, program, *more, environment=None):
        ours, theirs = socket.socketpair()
        super().__init__(ours)
        # High numbers first, so that moving one to its place does not overwrite another.
        sources = [fcntl.fcntl(end.fileno(), fcntl.F_DUPFD, 100) for end in (theirs, *more)]

        def arrange():
            for target, source in enumerate(sources, 3):
                os.dup2(source, target)

        self.process = subprocess.Popen(
            [BUILD / "bin" / program], pass_fds=range(3, 3 + len(sources)), preexec_fn=arrange,
            env=environment, stdin=subprocess.DEVNULL)
        theirs.close()
        for source in sources:
            os.close(source)

    def wait(self):
        return self.process.wait(PATIENCE_S)

    def __exit__(self, *_):
        super().__exit__()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
