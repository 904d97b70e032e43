#!/usr/bin/python3
"""`piradi doctor` on the real stack: each cause is provoked, and named by its own code.

Run through scripts/in-namespace, so that the bridge's port is this test's own.
"""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

import piradi
import running_agent
import wire
from virtual_card import card, pcscd

sys.path.insert(0, str(wire.TOP / "tests/card"))
import pcsc  # noqa: E402  (the harness's own PC/SC client)

PORT = 27310
ROOT = wire.TOP
PKI = pathlib.Path(os.environ["SPECIMEN_PKI"])


class DoctorTest(unittest.TestCase):
    agent_environment = {}

    def setUp(self):
        self.agent = running_agent.RunningAgent(environment=self.agent_environment)
        self.addCleanup(self.agent.remove)
        self.addCleanup(self.agent.end)
        self.env = dict(self.agent.environment, HOME=str(self.agent.folder))

    def until(self, sees):
        """Waits until the agent, and so pcscd, has seen it."""
        with self.agent.connect() as watcher:
            watcher.send(command="watch")
            while not sees([reader["card"] for reader in watcher.receive()["readers"]]):
                pass

    def look(self, program=None, **changes):
        """Exit status, and what was found by code."""
        command = [program or piradi.PROGRAM, "doctor", "--json"]
        done = subprocess.run(command, env=piradi.environment(dict(self.env, **changes)), stdout=subprocess.PIPE,
                              text=True, timeout=wire.PATIENCE_S)
        answer = json.loads(done.stdout)
        found = {}
        for finding in answer["findings"]:
            self.assertTrue(finding["what"])
            self.assertTrue(finding["level"] == "good" or finding["advice"], finding)
            found.setdefault(finding["code"], []).append(finding)
        self.assertEqual(done.returncode, int(any(one["level"] == "problem" for one in answer["findings"])))
        return found

    def sees(self, code, text="", level="problem", **changes):
        found = self.look(**changes)
        self.assertIn(code, found)
        self.assertEqual(found[code][0]["level"], level)
        self.assertIn(text, " ".join(one.get("seen", "") for one in found[code]))
        return found


class Computer(DoctorTest):
    """The card is well; what is around it is not."""

    def start_bridge(self):
        bridge = subprocess.Popen([wire.BUILD / "bin/piradi-bridge"], env=self.env, stderr=subprocess.PIPE, text=True)
        self.addCleanup(bridge.wait)
        self.addCleanup(bridge.terminate)
        self.addCleanup(bridge.stderr.close)
        for line in bridge.stderr:
            if "ready" in line or "listening" in line:
                return
        raise AssertionError("the bridge did not start")

    def test_all_is_well(self):
        self.start_bridge()
        found = self.look()
        self.assertEqual({one["level"] for findings in found.values() for one in findings}, {"good"}, found)
        self.assertEqual(len(found["CERTIFICATE_VALID"]), 2)
        self.assertEqual(len(found["PIN_READY"]), 2)
        for code in ("PCSC_RUNNING", "CARD_PRESENT", "CARD_RECOGNISED", "AGENT_RUNNING", "BRIDGE_RUNNING",
                     "PORTALS_READ"):
            self.assertIn(code, found)

    def test_nobody_is_named(self):
        told = piradi.run("doctor", env=self.env).stdout
        self.assertIn("The PIN is ready", told)
        for path in (ROOT / "tests/card/specimen").glob("[a-z]*-*.json"):
            person = json.loads(path.read_text())
            for key in ("surname", "personal_number"):
                if key in person:
                    self.assertNotIn(person[key], told)

    def test_bridge_is_not_running(self):
        self.sees("BRIDGE_UNAVAILABLE")

    def test_port_held_by_another_program(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", PORT))
            listener.listen()
            found = self.sees("PORT_TAKEN", f"127.0.0.1:{PORT}: ")
            self.assertIn(f"({os.getpid()})", found["PORT_TAKEN"][0]["seen"])
        with socket.socket(socket.AF_INET6) as listener:
            listener.bind(("::1", PORT))
            listener.listen()
            self.sees("PORT_TAKEN", f"[::1]:{PORT}: ")

    def test_agent_is_not_running(self):
        found = self.sees("AGENT_UNAVAILABLE", XDG_RUNTIME_DIR=tempfile.mkdtemp(dir=self.agent.folder))
        self.assertIn("CARD_PRESENT", found)
        self.assertNotIn("CARD_RECOGNISED", found)

    def test_agent_is_busy(self):
        with self.agent.connect() as client:
            client.send(command="sign", name="a.pdf", media_type="application/pdf", size=10)
            client.send_data(b"x")
            self.agent.ask(command="status")
            self.sees("NOT_EXAMINED", level="note")

    def test_portals(self):
        (self.agent.folder / "portals/wrong.conf").write_text("[portal]\norigin = http://a.test\n")
        self.sees("PORTALS_WRONG", "portals/wrong.conf:2: ")
        shutil.rmtree(self.agent.folder / "portals")
        self.sees("PORTALS_EMPTY", "portals", level="note")

    def test_browser_in_a_sandbox(self):
        (self.agent.folder / ".local/share/flatpak/app/org.mozilla.firefox").mkdir(parents=True)
        self.sees("BROWSER_SANDBOXED", "org.mozilla.firefox (flatpak)", level="note")
        (self.agent.folder / "snap/chromium").mkdir(parents=True)
        self.sees("BROWSER_SANDBOXED", "chromium (snap)", level="note")

    def test_clock_before_the_programs_own_time(self):
        copy = self.agent.folder / "piradi-of-tomorrow"
        shutil.copy(piradi.PROGRAM, copy)
        os.utime(copy, (2 ** 33, 2 ** 33))
        self.sees("CLOCK_WRONG", "newer", program=copy)

    def test_module_is_missing(self):
        self.sees("MODULE_MISSING", "/no/such.so", PIRADI_MODULE="/no/such.so")

    def test_in_georgian(self):
        done = subprocess.run([piradi.PROGRAM, "doctor"], env=dict(self.env, LC_ALL="C.UTF-8", LANGUAGE="ka"),
                              stdout=subprocess.PIPE, text=True)
        self.assertIn("✗ ბრაუზერთან დამაკავშირებელი ხიდი არ მუშაობს", done.stdout)


class Module(DoctorTest):
    """The module is there and no module."""

    agent_environment = {"PIRADI_MODULE": "/etc/hostname"}

    def test_not_loadable(self):
        self.sees("MODULE_NOT_LOADED", "/etc/hostname")


class Card(DoctorTest):
    """Readers and cards; what is put out of order is put back."""

    def put_back(self):
        card("remove")
        self.until(lambda cards: set(cards) == {"absent"})
        card("insert")
        self.until(lambda cards: "present" in cards)

    def test_no_card(self):
        card("remove")
        self.addCleanup(self.put_back)
        self.until(lambda cards: set(cards) == {"absent"})
        self.sees("NO_CARD")

    def test_upside_down(self):
        card("remove")
        self.addCleanup(self.put_back)
        self.until(lambda cards: set(cards) == {"absent"})
        card("insert-upside-down")
        self.until(lambda cards: "mute" in cards)
        self.sees("CARD_MUTE", os.environ["CARD_READER"])

    def test_pcscd_is_not_running(self):
        pcscd("stop")
        self.sees("PCSC_UNAVAILABLE", os.environ["PCSCLITE_CSOCK_NAME"])
        pcscd("start")
        self.until(lambda cards: "present" in cards)

    def test_held_by_another_program(self):
        holder = subprocess.Popen([sys.executable, __file__, "hold"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(holder.wait)
        self.assertEqual(holder.stdout.readline(), b"held\n")
        found = self.sees("CARD_BUSY")
        self.assertIn(f"({holder.pid})", found["CARD_BUSY"][0]["seen"])
        holder.stdin.close()
        holder.stdout.close()


class FalsePcscd(DoctorTest):
    """Something listens where pcscd should."""

    def listen(self):
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        path = self.agent.folder / "pcscd.comm"
        listener.bind(str(path))
        listener.listen(16)
        return listener, str(path)

    def test_it_refuses(self):
        """As pcscd does when polkit says no: it hangs up."""
        listener, path = self.listen()
        hang_up = "import socket, sys\ns = socket.socket(fileno=0)\nwhile True: s.accept()[0].close()"
        refuser = subprocess.Popen([sys.executable, "-c", hang_up], stdin=listener)
        self.addCleanup(refuser.wait)
        self.addCleanup(refuser.terminate)
        self.sees("PCSC_REFUSED", path, PCSCLITE_CSOCK_NAME=path)

    def test_it_says_nothing(self):
        _, path = self.listen()
        self.sees("PCSC_SILENT", path, PCSCLITE_CSOCK_NAME=path)


class Cards(unittest.TestCase):
    """Cards that are as they should not be, each in a pcscd of its own, seen by the class Given."""

    def see(self, image, expected):
        command = [ROOT / "scripts/with-card", "--image", image, "--", sys.executable, "-B", __file__, "Given"]
        done = subprocess.run(command, env=dict(os.environ, EXPECTED=json.dumps(expected)), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    def make(self, *words, credentials="nino-beridze"):
        folder = tempfile.TemporaryDirectory(prefix="card-", dir="/tmp")
        self.addCleanup(folder.cleanup)
        image = pathlib.Path(folder.name) / "image.json"
        subprocess.run([ROOT / "tests/card/make-card", image, "--specimen",
                        ROOT / "tests/card/specimen/nino-beridze.json", "--pki", PKI, "--credentials",
                        PKI / credentials, *words], check=True, stdout=subprocess.DEVNULL)
        return image

    def test_unknown(self):
        image = self.make()
        content = json.loads(image.read_text())
        atr = "3BDC96FF8111FE47" + b"SomeOtherEID".hex().upper()
        check = 0
        for byte in bytes.fromhex(atr)[1:]:
            check ^= byte
        atr += f"{check:02X}"
        image.write_text(json.dumps(dict(content, atr=atr)))
        self.see(image, {"CARD_UNKNOWN": ["problem", f"ATR {atr}"]})

    def test_expired(self):
        self.see(self.make(credentials="nino-beridze/expired"),
                 {"CERTIFICATE_EXPIRED": ["problem", "for logging in"]})

    def test_from_the_future(self):
        self.see(self.make(credentials="nino-beridze/not-yet-valid"), {"CLOCK_WRONG": ["problem", "today is"]})

    def test_blocked_and_nearly(self):
        self.see(self.make("--tries", "auth=0", "--tries", "sign=1"),
                 {"PIN_BLOCKED": ["problem", "for logging in"], "PIN_FEW_TRIES": ["note", "tries left: 1"]})

    def test_signature_pin_not_set_yet(self):
        self.see(self.make("--transport"), {"PIN_NOT_SET": ["problem", "for signing"]})


class Given(DoctorTest):
    """Whatever card is there: EXPECTED says what is to be found."""

    def test_expected(self):
        for code, (level, text) in json.loads(os.environ["EXPECTED"]).items():
            self.sees(code, text, level=level)


def hold():
    """Another program that has the card for itself, until its standard input ends."""
    with pcsc.Context() as context:
        pcsc.Card(context, os.environ["CARD_READER"], pcsc.SHARE_EXCLUSIVE)
        print("held", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    if sys.argv[1:] == ["hold"]:
        hold()
    else:
        unittest.main()
