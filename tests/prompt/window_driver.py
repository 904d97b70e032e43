"""Drives the real piradi-prompt: an X server of its own, the agent's frames on descriptor 3, the
worker's end of descriptor 4, and xdotool's keys and clicks. No stand-in for the window."""

import ctypes
import errno
import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import termios
import time
import zlib

DEADLINE = 20  # seconds for anything to happen; nothing is measured against it
CLASS = "piradi-prompt"

# Points of the window, from its edges.
GEORGIAN_BUTTON = (60, 26)
ENGLISH_BUTTON = (150, 26)
CLOSE_BUTTON = (-27, 27)
CANCEL_BUTTON = (90, -50)
CONFIRM_BUTTON = (-90, -50)
# Of the digits on the screen, when nothing is below them.
DIGIT_COLUMNS = (110, 280, 450)
DIGIT_ROWS = (-282, -227, -172, -115)
SHUFFLE_BUTTON = (DIGIT_COLUMNS[0], DIGIT_ROWS[3])


def die_with_the_test():
    """In a child: PR_SET_PDEATHSIG, so that a test that is killed leaves nothing behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def environment(display=None, **changes):
    """Of a process that the test starts: no session bus, no settings of the developer's."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "XDG_CONFIG_HOME": "/nonexistent",
        "XDG_DATA_DIRS": "/usr/local/share:/usr/share",
        "XDG_RUNTIME_DIR": "/nonexistent",
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
        "GTK_A11Y": "none",
        "GDK_BACKEND": "x11",
        "LC_ALL": "C.UTF-8",
    }
    if display is not None:
        env["DISPLAY"] = display
    env.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
    env.update(changes)
    return {name: value for name, value in env.items() if value is not None}


class Display:
    """An X server without a network socket, and a window manager if one is named."""

    def __init__(self, window_manager=None, size="1280x1024"):
        read_end, write_end = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write_end), "-screen", "0", size + "x24", "-nolisten", "tcp",
             "-noreset"],
            pass_fds=[write_end], stderr=subprocess.DEVNULL, preexec_fn=die_with_the_test)
        os.close(write_end)
        with os.fdopen(read_end) as answer:
            self.name = ":" + answer.readline().strip()
        self.manager = None
        if window_manager is not None:
            self.manager = subprocess.Popen([window_manager], env=environment(self.name),
                                            stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                            preexec_fn=die_with_the_test)

    def close(self):
        for process in (self.manager, self.server):
            if process is not None:
                process.terminate()
                process.wait()

    def xdotool(self, *arguments):
        done = subprocess.run(["xdotool", *arguments], env=environment(self.name), check=True,
                              stdout=subprocess.PIPE, timeout=DEADLINE, text=True)
        return done.stdout.strip()


def frame(kind, payload):
    return struct.pack(">Ic", len(payload), kind) + payload


def json_frame(message):
    return frame(b"J", json.dumps(message).encode())


def wait_until(condition, what):
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.005)


class Prompt:
    """One piradi-prompt as its agent and its worker see it."""

    def __init__(self, program, display, before=(), terminal=None, **env):
        """A terminal is a descriptor, which stays the caller's."""
        self.display = display
        self.agent, agent_theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.worker, worker_theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ends = [agent_theirs, worker_theirs, *([] if terminal is None else [terminal])]
        high = [fcntl.fcntl(end, fcntl.F_DUPFD, 64) for end in ends]
        arguments = [] if terminal is None else ["--terminal"]

        def place_descriptors():
            die_with_the_test()
            for place, end in enumerate(high, 3):
                os.dup2(end, place)

        self.process = subprocess.Popen(
            [*before, program, *arguments], env=environment(display.name if display else None, **env),
            preexec_fn=place_descriptors, pass_fds=range(3, 3 + len(high)),
            stderr=subprocess.PIPE, text=True)
        for end in high:
            os.close(end)
        agent_theirs.close()
        worker_theirs.close()
        for end in (self.agent, self.worker):
            end.settimeout(DEADLINE)
        self.window = None

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        self.agent.close()
        self.worker.close()

    # The agent's side

    def send_bytes(self, data):
        self.agent.sendall(data)

    def send(self, message, data=b"", piece=100_000):
        """A message and its document data, and waits until the prompt has read and so shown them:
        it handles a frame before it looks at the next key."""
        self.send_bytes(json_frame(message))
        for start in range(0, len(data), piece):
            self.send_bytes(frame(b"D", data[start:start + piece]))
        wait_until(lambda: self.unread() == 0, "the prompt does not read")

    def unread(self):
        return struct.unpack("i", fcntl.ioctl(self.agent, termios.TIOCOUTQ, b"\0" * 4))[0]

    def show(self, message, data=b""):
        """Sends, and gives the window the keyboard once it is there."""
        self.send(message, data)
        wait_until(self.find_window, "no window")
        self.display.xdotool("windowfocus", "--sync", self.window)

    def find_window(self):
        """A search fails too when any window of the display goes away meanwhile."""
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--class", CLASS],
                               env=environment(self.display.name), stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, timeout=DEADLINE, text=True)
        self.window = found.stdout.split()[-1] if found.returncode == 0 else None
        return self.window is not None

    def receive_bytes(self, size):
        data = b""
        while len(data) < size:
            more = self.agent.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def receive(self):
        size, kind = struct.unpack(">Ic", self.receive_bytes(5))
        assert kind == b"J"
        return json.loads(self.receive_bytes(size))

    def rest(self):
        """What both sockets still hold once the prompt has ended."""
        self.process.wait(DEADLINE)
        return self.agent.recv(65536), self.worker.recv(65536)

    def exit_status(self):
        return self.process.wait(DEADLINE)

    def copies_in_memory(self, text):
        """How often the process holds the text as bytes, UTF-16 or UTF-32."""
        forms = [text.encode(code) for code in ("ascii", "utf-16-le", "utf-32-le")]
        with open(f"/proc/{self.process.pid}/mem", "rb", buffering=0) as memory:
            return sum(piece.count(form) for piece in self.read_areas(memory) for form in forms)

    def read_areas(self, memory):
        """Every readable piece of memory, but the kernel's own and files' pages past their end."""
        with open(f"/proc/{self.process.pid}/maps", encoding="ascii") as maps:
            for area in maps.readlines():
                span, rights = area.split()[:2]
                next_at, end = (int(at, 16) for at in span.split("-"))
                while "r" in rights and "[v" not in area and next_at < end:
                    try:
                        memory.seek(next_at)
                        piece = memory.read(end - next_at)
                    except OSError as error:
                        if error.errno != errno.EIO:
                            raise
                        break
                    yield piece
                    next_at += len(piece)

    # The person's side

    def key(self, *keys):
        self.display.xdotool("key", "--clearmodifiers", "--delay", "0", *keys)

    def type(self, text):
        self.display.xdotool("type", "--clearmodifiers", "--delay", "0", text)

    def enter(self, pin):
        """Types the PIN and confirms; returns what the worker gets, once the agent has been told."""
        self.type(pin)
        self.key("Return")
        told = self.receive()
        assert told == {"event": "entered"}, told
        return self.worker.recv(100)

    def enter_blindly(self, pin):
        """The same keys where nothing is to come of them."""
        self.type(pin)
        self.key("Return")
        self.settle()

    def settle(self):
        """Waits until the window has handled all keys before: X keeps the order of keys and
        clicks, and the effect of the language switch can be seen."""
        before = self.title()
        there, back = GEORGIAN_BUTTON, ENGLISH_BUTTON
        if not before.isascii():
            there, back = back, there
        self.click(*there)
        wait_until(lambda: self.title() != before, "the language does not change")
        self.click(*back)
        wait_until(lambda: self.title() == before, "the language does not change back")

    def title(self):
        return self.display.xdotool("getwindowname", self.window)

    def geometry(self):
        lines = self.display.xdotool("getwindowgeometry", "--shell", self.window).splitlines()
        return {name: int(value) for name, value in (line.split("=") for line in lines)}

    def click(self, from_left, from_top):
        """At a point of the window; negative numbers count from the right and the bottom."""
        area = self.geometry()
        x = from_left + (area["WIDTH"] if from_left < 0 else 0)
        y = from_top + (area["HEIGHT"] if from_top < 0 else 0)
        self.display.xdotool("mousemove", str(area["X"] + x), str(area["Y"] + y),
                             "click", "1")


def png(width, height, rows=None):
    """A grey PNG, by default all white."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(
            ">I", zlib.crc32(kind + data))
    rows = rows or [b"\xff" * width] * height
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 1)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0,
                                                             0))
            + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


def request(command, purpose="login", **more):
    return {"command": command, "purpose": purpose, "origin": "https://portal.example.ge",
            "portal": {"ka": "მოქალაქის პორტალი", "en": "Citizen portal"}, **more}


def wait(what, purpose="login"):
    return {**request("wait", purpose), "for": what}


def ask(purpose="login", digits=(6, 6), tries_left=3, **more):
    return request("ask", purpose, holder=holder(),
        reader="Virtual PCD 00 00",
        pin={"min": digits[0], "max": digits[1], "tries_left": tries_left}, **more)


def ask_to_sign(image, pages=1, not_shown=(), **more):
    return ask("sign", document={
        "name": "წერილი მერიას.pdf", "size": 84213,
        "sha256": "3fa1c4b2e0d94f6b8a7c5e1d2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c",
        "pages": pages, "not_shown": list(not_shown), "image_size": len(image)}, **more)


def holder(name="ნინო ნიმუში", personal_number="01010101010"):
    return {"name": name, "personal_number": personal_number,
            "issuer": "SPECIMEN GEO Authentication CA", "valid_until": "2028-05-01"}


def choose(purpose="login"):
    return request("choose", purpose, cards=[
        {"reader": "Virtual PCD 00 00", "holder": holder()},
        {"reader": "Virtual PCD 00 01", "holder": holder("გიორგი ნიმუში", "02020202020")}])


def consent():
    message = request("consent", what="certificate", holder=holder(), reader="Virtual PCD 00 00")
    del message["purpose"]
    return message


def ask_to_sign_hash():
    return ask("sign", hash={"function": "SHA-256", "value":
               "3fa1c4b2e0d94f6b8a7c5e1d2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c"})


def manage_pin(action, which="login", tries_left=3):
    digits = {"change": 6, "unblock": 8, "activate": 5}[action]
    return {"command": "pin", "action": action, "which": which, "holder": holder(),
            "reader": "Virtual PCD 00 00", "pin": {"min": 6, "max": 6, "tries_left": 0},
            "authorization": {"min": digits, "max": digits, "tries_left": tries_left}}


def ask_with_pad(tries_left=3, **more):
    message = ask(tries_left=tries_left, **more)
    message["pin"]["pad"] = True
    return message


def wrong_pin(tries_left):
    return {"event": "pin", "status": "PIN_WRONG", "tries_left": tries_left}
