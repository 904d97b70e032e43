#!/usr/bin/env python3
"""Who logged in with this token? Ask piradi-verifyd. See README.md beside this file."""

import json
import sys
import urllib.error
import urllib.request


class Refused(Exception):
    """The code says why, e.g. CERTIFICATE_REVOKED."""


def verify(verifier, token, nonce, origin):
    """The citizen, as the verifier's Citizen. nonce: taken from the session, for good, before this call."""
    body = json.dumps({"token": token, "nonce": nonce, "origin": origin}).encode()
    request = urllib.request.Request(
        f"{verifier}/v1/tokens", data=body, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return json.load(answer)["citizen"]
    except urllib.error.HTTPError as refusal:
        raise Refused(json.load(refusal)["code"]) from None


if __name__ == "__main__":
    try:
        citizen = verify(sys.argv[1], json.load(sys.stdin), nonce=sys.argv[3], origin=sys.argv[2])
    except Refused as why:
        sys.exit(str(why))
    print(citizen["personal_number"], citizen["name"])
