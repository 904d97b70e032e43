#!/usr/bin/python3
"""Rule A8: each forbidden act, tried in the profile that one of our programs runs in, is refused; what the program
needs is not; and without the profile every act succeeds, so that a refusal is the profile's own.

Usage: confined.py CONFINED PROFILE
"""
import ctypes
import os
import pathlib
import subprocess
import sys
import tempfile

# By nobody of ours, ever.
NEVER = {"alg", "inet-in-disguise", "io-uring", "read-memory", "signal-stranger", "take-descriptor", "trace",
         "type-for-the-shell", "user-namespace", "user-namespace-by-clone3", "user-namespace-of-a-child", "program",
         "program-by-descriptor", "write-home", "shorten-home", "remove-home"}
INTERNET = {"inet", "inet6", "bind", "connect-anew"}
UNIX = {"local", "local-pair"}
ANYBODY = {"fork", "read-system"}

MAY = {
    "agent": UNIX | {"sibling", "renderer", "read-home", "write-temporary", "write-runtime"},
    "bridge": UNIX | {"netlink", "write-temporary"},
    "document": {"renderer"},
    "portal": UNIX | INTERNET | {"read-home", "write-temporary", "write-own"},
    "prompt": UNIX | {"read-home", "write-runtime"},
    "worker": UNIX | {"read-home"},
}
ACTS = set.union(NEVER, INTERNET, UNIX, ANYBODY, *MAY.values())

# What needs this kernel's Landlock to have learnt it (its ABI).
LANDLOCK_ABI = {"program": 1, "program-by-descriptor": 1, "write-home": 1, "remove-home": 1, "read-home": 1,
                "write-temporary": 1, "write-runtime": 1, "write-own": 1, "sibling": 1, "renderer": 1,
                "shorten-home": 3, "connect-anew": 4, "signal-stranger": 6}
NOT_TRIED = 99  # the exit status of the helper, of no program that an act starts
SYS_LANDLOCK_CREATE_RULESET, GIVE_VERSION = 444, 1


def landlock_abi():
    return max(0, ctypes.CDLL(None).syscall(SYS_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), GIVE_VERSION))


def is_sanitized(program):
    return b"__asan_init" in program.read_bytes()


def attempt(program, profile, act):
    """What the helper says; the empty word of a program that took its place is `done`."""
    with tempfile.TemporaryDirectory(prefix="confined-", dir="/tmp") as name:
        folders = {variable: f"{name}/{variable}" for variable in ("HOME", "TMPDIR", "XDG_RUNTIME_DIR",
                                                                   "CONFINED_OWN")}
        for folder in folders.values():
            os.mkdir(folder)
        pathlib.Path(folders["HOME"], "letter").write_text("x", encoding="ascii")
        done = subprocess.run([program, profile, act], env={**os.environ, **folders}, text=True, timeout=30,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode == NOT_TRIED:
        sys.exit(f"{profile} {act}: {done.stderr}")
    return done.stdout.strip() or "done"


def main():
    program, profile = pathlib.Path(sys.argv[1]), sys.argv[2]
    abi, breaches = landlock_abi(), []
    may = MAY[profile] | ANYBODY | ({"trace"} if is_sanitized(program) else set())
    for act in sorted(ACTS):
        if act not in may and abi < LANDLOCK_ABI.get(act, 0):
            print(f"not shown by this kernel, whose Landlock has ABI {abi}: {act}")
            continue
        wanted = "done" if act in may else "refused"
        seen = attempt(program, profile, act)
        if seen != wanted:
            breaches.append(f"{profile}: {act} is {seen}")
        if wanted == "refused" and attempt(program, "none", act) == "refused":
            print(f"refused to everybody on this machine: {act}")
    print("\n".join(breaches) or f"{profile}: {len(ACTS)} acts as they should be")
    sys.exit(1 if breaches else 0)


main()
