#!/usr/bin/python3
"""Posts the tokens of COUNT different citizens to piradi-verifyd ROUNDS times, in a network of its own; prints one JSON
list: for each round the tokens in a second of the service's CPU time, and its resident KiB."""

import json
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "certs"))
from forms import NONCE, ORIGIN, token_of  # noqa: E402
from pki import issue  # noqa: E402
from verifyd import Verifyd  # noqa: E402


def used(pid):
    """CPU seconds and resident KiB."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") // 1024


def main():
    count, rounds = int(sys.argv[1]), int(sys.argv[2])
    results = []
    with tempfile.TemporaryDirectory(prefix="load-") as name:
        folder = pathlib.Path(name)
        root = issue(None, "SPECIMEN Root", ca=True)
        authority = issue(root, "SPECIMEN CA", ca=True)
        for number, party in enumerate((root, authority)):
            (folder / f"{number}.pem").write_bytes(party.pem)
        verifyd = Verifyd(folder, folder, settings={"need": "off"})
        bodies = [json.dumps({"nonce": NONCE, "origin": ORIGIN, "token": token_of(issue(authority, "x"), "ES256")})
                  for _ in range(count)]
        connection = verifyd.connect()
        for _ in range(rounds):
            before = used(verifyd.program.pid)[0]
            for body in bodies:
                connection.request("POST", "/v1/tokens", body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    sys.exit("a good token was refused")
            seconds, resident = used(verifyd.program.pid)
            results.append((count / (seconds - before), resident))
        connection.close()
        verifyd.end()
    print(json.dumps(results))


main()
