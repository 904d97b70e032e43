#!/usr/bin/python3
"""desktop_test.py PROGRAM, under dbus-run-session: what the PIN window is to a screen reader, that
it follows the desktop's light and dark, and that it works and asks for attention on Wayland."""

import os
import re
import subprocess
import sys
import tempfile
import threading
import unittest

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402  (gi wants the version first)

from window_driver import (DIGIT_COLUMNS, DIGIT_ROWS, Display, Prompt, ask,  # noqa: E402
                           ask_to_sign, choose, die_with_the_test, environment,
                           manage_pin, png, wait, wait_until, wrong_pin)

PIN = "730516"
PROGRAM = sys.argv[1]
RUNTIME = tempfile.TemporaryDirectory()
DISPLAY = None


def setUpModule():
    global DISPLAY
    DISPLAY = Display()


def tearDownModule():
    DISPLAY.close()
    RUNTIME.cleanup()


class DesktopTest(unittest.TestCase):
    def start(self, **env):
        prompt = Prompt(PROGRAM, DISPLAY, XDG_RUNTIME_DIR=RUNTIME.name,
                        DBUS_SESSION_BUS_ADDRESS=os.environ["DBUS_SESSION_BUS_ADDRESS"], **env)
        self.addCleanup(prompt.close)
        return prompt


def nodes(node):
    yield node
    for index in range(node.get_child_count()):
        child = node.get_child_at_index(index)
        if child is not None:
            yield from nodes(child)


def described():
    """Of the prompt's window: (role, name, description, has the focus) of each part."""
    Atspi.get_desktop(0).clear_cache()
    desktop = Atspi.get_desktop(0)
    parts = []
    for index in range(desktop.get_child_count()):
        application = desktop.get_child_at_index(index)
        if application is not None and application.get_name() == "piradi-prompt":
            for node in nodes(application):
                parts.append((node.get_role_name(), node.get_name(), node.get_description(),
                              node.get_state_set().contains(Atspi.StateType.FOCUSED)))
    return parts


class ScreenReader(DesktopTest):
    def show(self, *messages):
        prompt = self.start(GTK_A11Y=None)
        for message in messages:
            prompt.show(message)
        wait_until(described, "nothing for a screen reader")
        return prompt

    def test_hears_who_asks_for_what(self):
        self.show(ask())
        names = [name for _, name, _, _ in described()]
        for text in ("Log in with your ID card", "portal.example.ge", "Citizen portal",
                     "ნინო ნიმუში", "01010101010", "Cancel"):
            self.assertIn(text, names)

    def test_hears_how_many_digits_and_never_which(self):
        prompt = self.show(ask())
        self.assertIn(("text", "Authentication PIN (6 digits)", "0 digits typed", True),
                      described())
        for count, digit in enumerate(PIN, 1):
            prompt.type(digit)
            told = ("text", "Authentication PIN (6 digits)", f"{count} digit{'s' * (count > 1)} typed", True)
            wait_until(lambda told=told: told in described(), f"nothing of {count} digits")
            parts = described()
            self.assertFalse([part for part in parts if count > 2 and PIN[:count] in str(part)])

    def test_hears_digits_on_the_screen_but_not_which_is_pressed(self):
        prompt = self.show(ask())
        prompt.key("shift+Tab", "space")
        prompt.settle()
        before = described()
        for name in ("1", "9", "0", "Shuffle the digits", "Erase the last digit"):
            self.assertIn(name, [part[1] for part in before])
        prompt.click(DIGIT_COLUMNS[0], DIGIT_ROWS[1])
        prompt.settle()
        field = "Authentication PIN (6 digits)"
        self.assertEqual(set(described()) ^ set(before),
                         {("text", field, "0 digits typed", True), ("text", field, "1 digit typed", True)})

    def test_hears_the_cards_to_choose_from(self):
        self.show(choose())
        parts = described()
        self.assertIn(("push button", "ნინო ნიმუში", "01010101010, Virtual PCD 00 00", True), parts)
        self.assertIn(("push button", "გიორგი ნიმუში", "02020202020, Virtual PCD 00 01", False), parts)

    def test_hears_what_turns_pages(self):
        page = png(100, 140)
        prompt = self.start(GTK_A11Y=None)
        prompt.show(ask_to_sign(page, pages=2), page)
        wait_until(described, "nothing for a screen reader")
        parts = {part[:2] for part in described()}
        for name in ("Page before", "Page after", "Smaller", "Larger"):
            self.assertIn(("push button", name), parts)
        self.assertIn(("label", "Page 1 of 2"), parts)

    def test_hears_the_steps_of_a_pins_management(self):
        prompt = self.show(manage_pin("unblock"))
        self.assertIn(("text", "PUK code (8 digits)", "0 digits typed", True), described())
        prompt.type("87654321")
        prompt.key("Return")
        prompt.settle()
        self.assertIn(("text", "New authentication PIN (6 digits)", "0 digits typed", True), described())
        self.assertIn(("label", "Step 2 of 3"), {part[:2] for part in described()})

    def test_is_told_of_a_wrong_pin_and_of_the_last_try(self):
        prompt = self.show(ask())
        prompt.enter(PIN)
        prompt.send(wrong_pin(2))
        self.assertIn(("alert", "Wrong PIN. 2 tries left.", "", False), described())
        prompt.enter(PIN)
        prompt.send(wrong_pin(1))
        parts = described()
        self.assertIn(("alert", "Wrong PIN. 1 try left.", "", False), parts)
        self.assertIn(("alert", "This is the last try", "", False), parts)

    def test_is_told_what_happens_now(self):
        prompt = self.show(ask())
        prompt.enter(PIN)
        self.assertIn(("alert", "The card is working", "Please leave the card in the reader.",
                       True), described())
        prompt.send(wait("card"))
        self.assertIn("Insert your ID card into the reader",
                      [name for role, name, _, focus in described() if role == "alert" and focus])
        prompt.send({"command": "fail", "status": "CARD_REMOVED"})
        self.assertIn("The card was taken out too early",
                      [name for role, name, _, _ in described() if role == "alert"])


PORTAL = """<node><interface name="org.freedesktop.portal.Settings">
<method name="Read"><arg type="s" direction="in"/><arg type="s" direction="in"/>
<arg type="v" direction="out"/></method>
<signal name="SettingChanged"><arg type="s"/><arg type="s"/><arg type="v"/></signal>
</interface></node>"""


class DesktopPortal:
    """The one setting of xdg-desktop-portal that the prompt reads."""

    PATH = "/org/freedesktop/portal/desktop"
    INTERFACE = "org.freedesktop.portal.Settings"
    KEY = ("org.freedesktop.appearance", "color-scheme")

    def __init__(self, dark):
        self.dark = dark
        self.loop = GLib.MainLoop()
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        interface = Gio.DBusNodeInfo.new_for_xml(PORTAL).interfaces[0]
        self.registration = self.bus.register_object(self.PATH, interface, self.answer, None, None)
        Gio.bus_own_name_on_connection(self.bus, "org.freedesktop.portal.Desktop", 0, None, None)
        threading.Thread(target=self.loop.run, daemon=True).start()

    def value(self):
        return GLib.Variant("u", 1 if self.dark else 2)

    def answer(self, _bus, _sender, _path, _interface, _method, arguments, call):
        assert arguments.unpack() == self.KEY
        call.return_value(GLib.Variant("(v)", (GLib.Variant("v", self.value()),)))

    def change(self, dark):
        self.dark = dark
        self.bus.emit_signal(None, self.PATH, self.INTERFACE, "SettingChanged",
                             GLib.Variant("(ssv)", (*self.KEY, self.value())))


NOTIFICATIONS = """<node><interface name="org.freedesktop.Notifications">
<method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
<arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
<arg type="a{sv}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/></method>
<method name="CloseNotification"><arg type="u" direction="in"/></method>
</interface></node>"""


class Notifications:
    """A desktop's notifications: what is shown now, by id."""

    def __init__(self):
        self.shown = {}
        self.count = 0
        self.loop = GLib.MainLoop()
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        interface = Gio.DBusNodeInfo.new_for_xml(NOTIFICATIONS).interfaces[0]
        self.bus.register_object("/org/freedesktop/Notifications", interface, self.answer, None, None)
        self.name = Gio.bus_own_name_on_connection(self.bus, "org.freedesktop.Notifications", 0, None, None)
        threading.Thread(target=self.loop.run, daemon=True).start()

    def answer(self, _bus, _sender, _path, _interface, method, arguments, call):
        if method == "CloseNotification":
            del self.shown[arguments.unpack()[0]]
            call.return_value(None)
            return
        self.count += 1
        _, replaces, _, summary, body, *_ = arguments.unpack()
        assert replaces == 0
        self.shown[self.count] = (summary, body)
        call.return_value(GLib.Variant("(u)", (self.count,)))


class Compositor:
    """Weston without a screen, a keyboard or a pointer: it raises no window and gives none the focus."""

    SOCKET = "wayland-test"

    def __init__(self):
        self.process = subprocess.Popen(
            ["weston", "--backend=headless-backend.so", "--no-config", f"--socket={self.SOCKET}"],
            env=environment(XDG_RUNTIME_DIR=RUNTIME.name), preexec_fn=die_with_the_test,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: os.path.exists(f"{RUNTIME.name}/{self.SOCKET}"), "no compositor")

    def close(self):
        self.process.terminate()
        self.process.wait()


class Wayland(DesktopTest):
    def start_on_wayland(self, **env):
        compositor = Compositor()
        self.addCleanup(compositor.close)
        return self.start(GDK_BACKEND="wayland", WAYLAND_DISPLAY=compositor.SOCKET, **env)

    def test_shows_the_window(self):
        prompt = self.start_on_wayland(WAYLAND_DEBUG="client")
        prompt.send(ask())
        told = ""
        while not re.search(r"set_title\(\"Log in with your ID card\"\).*attach\(wl_buffer@\d+.*commit", told,
                            re.DOTALL):
            told += prompt.process.stderr.readline()
        prompt.agent.shutdown(1)
        self.assertEqual(prompt.exit_status(), 0)

    def test_asks_for_attention_where_it_is_not_raised(self):
        desktop = Notifications()
        prompt = self.start_on_wayland()
        prompt.send(wait("card"))
        wait_until(lambda: desktop.shown, "no notification")
        self.assertEqual(list(desktop.shown.values()),
                         [("Log in with your ID card", "A window of Piradi is waiting for you.")])
        prompt.send(ask())
        prompt.agent.shutdown(1)
        wait_until(lambda: not desktop.shown, "the notification outlives the window")
        self.assertEqual(prompt.exit_status(), 0)
        self.assertEqual(desktop.count, 1)


class ColourScheme(DesktopTest):
    def is_dark(self, prompt):
        done = subprocess.run(["import", "-window", prompt.window, "-crop", "1x1+10+100",
                               "-colorspace", "Gray", "-depth", "8", "gray:-"], check=True,
                              stdout=subprocess.PIPE, env=environment(DISPLAY.name))
        return done.stdout[0] < 128

    def test_follows_the_desktop(self):
        desktop = DesktopPortal(dark=True)
        prompt = self.start()
        prompt.show(wait("card"))
        wait_until(lambda: self.is_dark(prompt), "still light")
        desktop.change(dark=False)
        wait_until(lambda: not self.is_dark(prompt), "still dark")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "--verbose", *sys.argv[2:]])
