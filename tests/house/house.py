#!/usr/bin/python3
"""The rules of the house that a machine can check, one sub-command each.

Usage: house.py arrows | banned | headers | lengths | format | shell | secrets | errors | rules BUILD
Prints each breach as FILE:LINE: what, and exits 1 if there is one. CONTRIBUTING rules: docs/decisions.md.
"""
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["base", "pkcs11", "certs", "letters", "agent", "browser-bridge", "portal"]

# What each folder may include of ours (architecture: arrows point one way).
ARROWS = {
    "base": [],
    "pkcs11": ["base/"],
    "certs": ["base/"],
    "letters": ["certs/", "base/"],
    "agent": ["letters/", "certs/", "base/"],
    "browser-bridge": ["agent/client.h", "base/"],
    "portal": ["letters/", "certs/", "base/"],
}

# Within agent/: what parses documents, holds PINs or modules is reached by a process, never by a call.
PROCESSES = {
    "agent/": ["certs/", "base/", "agent/"],
    "agent/worker/": ["certs/", "base/", "agent/worker/"],
    "agent/prompt/": ["base/", "agent/prompt/"],
    "agent/cli/": ["letters/", "certs/", "base/", "agent/client.h", "agent/prompt/sentences.h", "agent/cli/"],
    "agent/document/": ["letters/", "certs/", "base/", "agent/document/"],
}

BANNED = {
    r"\b(strcpy|strcat|sprintf|vsprintf|gets|strncpy|strncat)\s*\(": "unbounded or padding string call",
    r"\b(atoi|atol|atof)\s*\(": "a number that cannot fail to parse",
    r"\b(system|popen)\s*\(": "a shell",
    r"\b(sleep|usleep|nanosleep)\s*\(": "a sleep as synchronisation",
    r"\b(TODO|FIXME|XXX|HACK)\b": "unfinished work",
    r"\brand\s*\(": "not random",
}

LENGTH_SHORT, LENGTH_MAX, SHARE_SHORT = 40, 60, 0.90


def sources(*suffixes, folders=FOLDERS):
    for folder in folders:
        for path in sorted((TOP / folder).rglob("*")):
            if path.suffix in suffixes and "node_modules" not in path.parts:
                yield path


def name_of(path):
    return path.relative_to(TOP).as_posix()


def lines_of(path):
    return enumerate(path.read_text(encoding="utf-8").splitlines(), 1)


def allowed_for(name):
    inside = [folder for folder in PROCESSES if name.startswith(folder)]
    if inside:
        return PROCESSES[max(inside, key=len)]
    folder = name.split("/")[0]
    return ARROWS[folder] + [folder + "/"]


def arrows():
    ours = re.compile(r'^\s*#\s*include\s+["<]((?:%s|tests)/[^">]+)[">]' % "|".join(FOLDERS))
    for path in sources(".c", ".h"):
        for number, line in lines_of(path):
            found = ours.match(line)
            if found and not found[1].startswith(tuple(allowed_for(name_of(path)))):
                yield f"{name_of(path)}:{number}: may not include {found[1]}"
            elif re.match(r'^\s*#\s*include\s+"(?!(?:%s)/)' % "|".join(FOLDERS), line):
                yield f"{name_of(path)}:{number}: name the folder in an include of ours"


def banned():
    for path in sources(".c", ".h", folders=FOLDERS + ["tests"]):
        for number, line in lines_of(path):
            for pattern, why in BANNED.items():
                if re.search(pattern, line):
                    yield f"{name_of(path)}:{number}: {why}: {line.strip()}"


def compile_flags():
    packages = "jansson p11-kit-1 libpcsclite libuv libmicrohttpd libqpdf gtk4 pangocairo sqlite3 libxml-2.0".split()
    flags = subprocess.run(["pkg-config", "--cflags", *packages], check=True, capture_output=True, text=True)
    return ["-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Werror", f"-I{TOP}", *flags.stdout.split()]


def headers():
    flags = compile_flags()
    for path in sources(".h"):
        done = subprocess.run(["gcc", *flags, "-fsyntax-only", "-x", "c", "-include", str(path), "/dev/null"],
                              capture_output=True, text=True)
        if done.returncode != 0:
            yield f"{name_of(path)}:1: does not compile alone: {done.stderr.splitlines()[0]}"


def function_lengths(path):
    start = None
    for number, line in lines_of(path):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start is not None:
            yield number - start - 1, start
            start = None


def lengths():
    measured = [(length, name_of(path), at) for path in sources(".c") for length, at in function_lengths(path)]
    short = sum(length <= LENGTH_SHORT for length, _, _ in measured)
    if measured and short < SHARE_SHORT * len(measured):
        yield f"only {short} of {len(measured)} functions have {LENGTH_SHORT} lines or fewer"
    for length, name, at in measured:
        if length > LENGTH_MAX:
            yield f"{name}:{at}: a function of {length} lines"
    print(f"{short} of {len(measured)} functions have {LENGTH_SHORT} lines or fewer")


def format():
    files = [str(path) for path in sources(".c", ".h", folders=FOLDERS + ["tests"])]
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], capture_output=True, text=True, cwd=TOP)
    for line in done.stderr.splitlines():
        if "error:" in line:
            yield line


def shell():
    for path in sorted((TOP / "scripts").iterdir()):
        first = path.read_text(encoding="utf-8").split("\n", 1)[0]
        if path.suffix == ".sh" or first.startswith("#!/bin/sh"):
            done = subprocess.run(["sh", "-n", str(path)], capture_output=True, text=True)
            if done.returncode != 0:
                yield f"{name_of(path)}: {done.stderr.strip()}"


def secrets():
    """No private key is ever committed; keys and certificates for tests are generated."""
    for path in sorted(TOP.rglob("*")):
        if path.is_file() and not {".git", "build", "node_modules"} & set(path.relative_to(TOP).parts):
            content = path.read_bytes()
            if re.search(rb"-----BEGIN [A-Z ]*(PRIVATE KEY|CERTIFICATE)-----\n[A-Za-z0-9+/]{40}", content):
                yield f"{name_of(path)}: a key or certificate"


def errors():
    """Every code of base/status.h has its row in docs/errors.md."""
    documented = (TOP / "docs" / "errors.md").read_text(encoding="utf-8")
    for code in re.findall(r"X\((\w+), \d+\)", (TOP / "base" / "status.h").read_text(encoding="utf-8")):
        if code != "OK" and f"`{code}`" not in documented:
            yield f"docs/errors.md: no row for {code}"


def rules():
    """Each row of docs/security.md names tests of ctest, or says that it is open; no test of a row is left out."""
    listed = subprocess.run(["ctest", "-N"], cwd=sys.argv[2], check=True, capture_output=True, text=True).stdout
    tests = set(re.findall(r"Test +#\d+: (\S+)", listed))
    named = set()
    for number, line in lines_of(TOP / "docs" / "security.md"):
        row = re.match(r"\| ([ABCLP]\d+) \| .* \| (.*) \|$", line)
        if row is None:
            continue
        here = set(re.findall(r"`((?:security|house|unit|agent|letters|prompt|e2e)\.[\w.-]+)`", row[2]))
        named |= here
        for name in sorted(here - tests):
            yield f"docs/security.md:{number}: ctest has no {name}"
        if not here and not re.search(r"[Oo]pen \(issue \d+\)", row[2]):
            yield f"docs/security.md:{number}: {row[1]} names no test and does not say that it is open"
    for name in sorted(tests - named):
        if name.startswith("security."):
            yield f"docs/security.md: {name} is in no row"


CHECKS = {check.__name__: check
          for check in (arrows, banned, headers, lengths, format, shell, secrets, errors, rules)}
ARGUMENTS = {"rules": 1}


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in CHECKS or len(sys.argv) != 2 + ARGUMENTS.get(sys.argv[1], 0):
        sys.exit(__doc__)
    breaches = list(CHECKS[sys.argv[1]]())
    print("\n".join(breaches))
    sys.exit(1 if breaches else 0)


main()
