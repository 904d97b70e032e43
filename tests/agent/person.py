"""The person before the real prompt."""

import os
import re
import select
import subprocess
import time

import wire

READ_PROMPT = wire.TOP / "tests/e2e/read-prompt"
PRESS_BUTTON = wire.TOP / "tests/e2e/press-button"
CLASS = "piradi-prompt"
LOOK_AGAIN_S = 0.05  # between two looks at a screen, which tells nobody that it changed


def xdotool(*words):
    done = subprocess.run(["xdotool", *words], check=True, stdout=subprocess.PIPE, text=True,
                          timeout=wire.PATIENCE_S)
    return done.stdout.split()


def windows(*of):
    """Of any prompt, or of one process; none when a window went away during the search."""
    done = subprocess.run(["xdotool", "search", "--all", "--onlyvisible", *of, "--class", CLASS],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.split()


def until(look, what):
    end = time.monotonic() + wire.PATIENCE_S
    while not (seen := look()):
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(LOOK_AGAIN_S)
    return seen


def sees_no_window():
    until(lambda: not windows(), "the window to close")


class Person:
    """Before the window of the agent's youngest prompt."""

    def __init__(self, agent):
        self.agent = agent

    def sees_window(self):
        """Its window, once it is there and no other is."""
        pid = self.agent.children()["piradi-prompt"]

        def look():
            own = windows("--pid", str(pid))
            return own if own == windows() else None

        return until(look, "the window")[0]

    def reads(self, pattern):
        """Waits until the window says it; gives what it says."""
        self.sees_window()
        text = ""

        def look():
            nonlocal text
            text = subprocess.run([READ_PROMPT], text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT).stdout
            return re.search(pattern, text)

        try:
            return until(look, pattern)[0]
        except AssertionError as error:
            raise AssertionError(f"{error}; the window says: {text}") from None

    def presses(self, key):
        xdotool("windowfocus", "--sync", self.sees_window(), "key", key)

    def presses_button(self, name):
        """Wherever it stands: as an assistive program does."""
        self.reads(name)
        until(lambda: subprocess.run([PRESS_BUTTON, name], stderr=subprocess.DEVNULL).returncode == 0, name)

    def enters(self, pin, once_it_says="0 digits typed"):
        self.reads(once_it_says)
        self.types(pin)

    def types(self, pin):
        xdotool("windowfocus", "--sync", self.sees_window(), "type", pin)
        xdotool("key", "Return")


def has_ended(pid):
    """Waits for a process that is not ours to reap."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], wire.PATIENCE_S)[0])
    finally:
        os.close(handle)
