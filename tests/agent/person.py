"""The person before the real prompt."""

import os
import select
import subprocess
import time

import wire

CLASS = "piradi-prompt"
LOOK_AGAIN_S = 0.05  # between two looks at a screen, which tells nobody that it changed


def xdotool(*words):
    done = subprocess.run(["xdotool", *words], check=True, stdout=subprocess.PIPE, text=True,
                          timeout=wire.PATIENCE_S)
    return done.stdout.split()


def windows():
    """Of any prompt; none when a window went away during the search."""
    done = subprocess.run(["xdotool", "search", "--onlyvisible", "--class", CLASS], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.split()


def until(look, what):
    end = time.monotonic() + wire.PATIENCE_S
    while not (seen := look()):
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(LOOK_AGAIN_S)
    return seen


def sees_one_window():
    return until(lambda: len(windows()) == 1 and windows(), "the window")[0]


def sees_no_window():
    until(lambda: not windows(), "the window to close")


def presses(key):
    xdotool("windowfocus", "--sync", sees_one_window(), "key", key)


def enters(pin):
    """Once the agent has asked for it: the prompt reads that before it looks at a key."""
    xdotool("windowfocus", "--sync", sees_one_window(), "type", pin)
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
