#!/usr/bin/python3
"""A private PC/SC stack: pcscd with virtual readers, and the cards in them.

Started by scripts/with-card as the first process of user, network and PID namespaces of its own,
so that its end is the end of everything it started:

    pcsc_stack.py CONFIG < LIFELINE > READY

CONFIG is a JSON file (scripts/with-card writes it). `ready` on standard output says that pcscd
listens and the cards are started. The stack ends, leaving no socket, when standard input ends:
when with-card is done with it or dead.

pcscd is started as systemd would start it, with a listening socket as descriptor 3, since it has
no option for the place of its socket. A control socket takes one command a line, answered by `ok`
or `error …`:

    stop     pcscd ends, and its socket goes
    kill     pcscd is killed (SIGKILL); its socket stays, with nobody behind it
    start    a fresh pcscd
"""

import ctypes
import fcntl
import json
import os
import pathlib
import select
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys

PCSCD = "/usr/sbin/pcscd"
FIRST_LISTEN_FD = 3  # sd_listen_fds(3)
FIRST_PORT = 35963
SLOTS = 2  # one entry of vpcd makes two readers, on its port and the next
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
CLONE_NEWNS = 0x00020000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
LINE_MAX = 64
CARD_READY_S = 30

libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def own_mounts():
    check(libc.unshare(CLONE_NEWNS))
    check(libc.mount(b"none", b"/", None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None))


def own_proc():
    """LeakSanitizer looks itself up in /proc, which is still the outer PID namespace's. Where a
    container does not let us mount another, a sanitized card goes without its leak check."""
    own_mounts()
    if libc.mount(b"proc", b"/proc", b"proc", ctypes.c_ulong(0), None) != 0:
        options = os.environ.get("ASAN_OPTIONS", "")
        os.environ["ASAN_OPTIONS"] = f"{options}:detect_leaks=0".lstrip(":")


def bring_loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh22x", b"lo", 0)
        flags = struct.unpack("16sh22x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", flags | IFF_UP))


class Pcscd:
    """pcscd, its socket and its reader files."""

    def __init__(self, config):
        self.socket = pathlib.Path(config["socket"])
        self.log = config["pcscd_log"]
        self.folder = pathlib.Path(config["folder"])
        self.process = None
        self.pinpad = config["pinpad"]
        self.write_readers(config["driver"], config["entries"])

    def write_driver(self, driver, entry):
        """A copy of the driver for each entry: pcscd lets entries with one and the same driver
        wait for each other, and vpcd keeps its state by slot, not by reader. The PIN pad's
        looks for vpcd's under its own name and .vpcd."""
        library = self.folder / f"libifdvpcd-{entry}.so"
        shutil.copy(self.pinpad["driver"] if self.pinpad else driver, library)
        if self.pinpad:
            shutil.copy(driver, f"{library}.vpcd")
        return library

    def write_readers(self, driver, entries):
        readers = self.folder / "readers"
        readers.mkdir()
        (self.folder / "no-usb-drivers").mkdir()
        for entry in range(entries):
            library = self.write_driver(driver, entry)
            port = FIRST_PORT + SLOTS * entry
            # One name for all would make them one reader; sorted, they stay in this order.
            name = "Virtual PCD" if entry == 0 else f"Virtual PCD {entry + 1}"
            (readers / f"vpcd-{entry}").write_text(
                f'FRIENDLYNAME "{name}"\nDEVICENAME /dev/null:{port}\n'
                f"LIBPATH {library}\nCHANNELID {port}\n"
            )

    def start(self):
        """Returns when it listens and pcscd's program runs."""
        report_in, report_out = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                self.become_pcscd()
            except OSError as error:
                os.write(report_out, str(error).encode())
            finally:
                os._exit(127)
        os.close(report_out)
        with os.fdopen(report_in, "rb") as report:
            problem = report.read()
        if problem:
            os.waitpid(pid, 0)
            raise OSError(f"pcscd: {problem.decode()}")
        self.process = pid

    def become_pcscd(self):
        self.socket.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self.socket))
        listener.listen(socket.SOMAXCONN)
        self.own_run()
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        spare = fcntl.fcntl(listener, fcntl.F_DUPFD, FIRST_LISTEN_FD + 1)
        for source, target in ((nothing, 0), (log, 1), (log, 2), (spare, FIRST_LISTEN_FD)):
            os.dup2(source, target)
        os.closerange(spare, spare + 1)
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LISTEN_FDS": "1",
            "LISTEN_PID": str(os.getpid()),
            # The machine's own readers are none of ours.
            "PCSCLITE_HP_DROPDIR": str(self.folder / "no-usb-drivers"),
        }
        if self.pinpad:
            environment["PINPAD_CONTROL"] = self.pinpad["control"]
        arguments = [PCSCD, "--foreground", "-c", str(self.folder / "readers")]
        os.execve(PCSCD, arguments, environment)

    @staticmethod
    def own_run():
        """pcscd writes to /run/pcscd, which may be another's or absent."""
        own_mounts()
        check(libc.mount(b"tmpfs", b"/run", b"tmpfs", ctypes.c_ulong(0), b"mode=0755"))
        os.mkdir("/run/pcscd")

    def runs(self):
        """Somebody else may have ended it."""
        if self.process is not None and os.waitpid(self.process, os.WNOHANG)[0] != 0:
            self.process = None
        return self.process is not None

    def end(self, number):
        if self.runs():
            os.kill(self.process, number)
            os.waitpid(self.process, 0)
            self.process = None


class Stack:
    def __init__(self, config):
        self.config = config
        self.pcscd = Pcscd(config)
        self.cards = []

    def start_cards(self):
        for number, card in enumerate(self.config["cards"]):
            command = [
                self.config["program"], "--image", card["image"], "--control", card["control"],
                "--port", str(FIRST_PORT + number),
            ]
            command += ["--log", card["log"]] if card["log"] else []
            command += ["--slow"] if self.config["slow"] else []
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            self.cards.append(process)
            self.wait_for_card(process, card["image"])

    @staticmethod
    def wait_for_card(process, image):
        """Not past the end of our own standard input: nobody wants it any more."""
        ready, _, _ = select.select([process.stdout, sys.stdin], [], [], CARD_READY_S)
        if process.stdout not in ready or process.stdout.readline() != b"ready\n":
            raise OSError(f"no card from {image}")

    def run(self, line):
        commands = {
            "stop": self.stop_pcscd,
            "kill": lambda: self.pcscd.end(signal.SIGKILL),
            "start": self.start_pcscd,
        }
        if line not in commands:
            return "error unknown command"
        try:
            commands[line]()
        except OSError as error:
            return f"error {error}"
        return "ok"

    def start_pcscd(self):
        if self.pcscd.runs():
            raise OSError("it runs")
        self.pcscd.start()

    def stop_pcscd(self):
        self.pcscd.end(signal.SIGTERM)
        self.pcscd.socket.unlink(missing_ok=True)

    def serve(self):
        """Until standard input ends."""
        control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        control.bind(self.config["control"])
        control.listen(16)
        print("ready", flush=True)
        events = selectors.DefaultSelector()
        events.register(sys.stdin.fileno(), selectors.EVENT_READ)
        events.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in events.select():
                if key.fileobj == sys.stdin.fileno():
                    return
                visitor, _ = control.accept()
                self.talk(visitor)

    def talk(self, visitor):
        """One visitor at a time, and soon done: the socket lies in a folder of our own."""
        with visitor, visitor.makefile("rw") as lines:
            while line := lines.readline(LINE_MAX):
                print(self.run(line.strip()), file=lines, flush=True)

    def end(self):
        """Whether the cards ended well; a sanitizer's finding, say, is no good end."""
        for card in self.cards:
            card.terminate()
        statuses = [card.wait() for card in self.cards]
        self.stop_pcscd()
        return not any(statuses)


def run(config):
    own_proc()
    bring_loopback_up()
    stack = Stack(config)
    try:
        stack.pcscd.start()
        stack.start_cards()
        stack.serve()
    finally:
        # In this order: who sees pcscd gone finds the folder gone.
        shutil.rmtree(config["folder"], ignore_errors=True)
        cards_ended_well = stack.end()
    if not cards_ended_well:
        raise OSError("a virtual card failed")


def main():
    config = json.loads(pathlib.Path(sys.argv[1]).read_text())
    try:
        run(config)
    except OSError as error:
        sys.exit(f"with-card: {error}")


if __name__ == "__main__":
    main()
