#!/usr/bin/python3
"""libpiradi-certs from outside: what it exports is what its header and its manual page name, and it verifies."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from forms import NONCE, ORIGIN, token_of
from pki import issue
from stage import TOOL
from verifyd import BUILD, TOP

PUBLIC = TOP / "certs/public"
LIBRARY = BUILD / "lib/libpiradi-certs.so"


class LibraryTest(unittest.TestCase):
    def test_exports(self):
        told = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], stdout=subprocess.PIPE, text=True, check=True).stdout
        exported = set(re.findall(r" T (\w+)@@PIRADI_CERTS_0$", told, re.MULTILINE))
        self.assertEqual({line.split()[-1].split("@")[0] for line in told.splitlines() if " A " not in line}, exported)
        header = (PUBLIC / "piradi-certs.h").read_text()
        self.assertEqual(set(re.findall(r"\b(piradi_\w+)\(", header)), exported)
        page = (PUBLIC / "piradi-certs.3").read_text()
        name = page[page.index(".SH NAME"):page.index(".SH SYNOPSIS")]
        self.assertEqual(set(re.findall(r"piradi_\w+", name)), exported)

    def test_header_is_c_and_cxx(self):
        for language in (["-x", "c", "-std=c99"], ["-x", "c++", "-std=c++11"]):
            subprocess.run(["clang", *language, "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only",
                            PUBLIC / "piradi-certs.h"], check=True)

    def test_man_page(self):
        done = subprocess.run(["man", "--warnings", "-l", "-Tutf8", PUBLIC / "piradi-certs.3"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, check=True)
        self.assertEqual(done.stderr, "")

    def test_it_verifies(self):
        with tempfile.TemporaryDirectory(prefix="library-") as folder:
            root = issue(None, "SPECIMEN Root", ca=True)
            (pathlib.Path(folder) / "root.pem").write_bytes(root.pem)
            token = json.dumps(token_of(issue(root, "ნინო ბერიძე"), "ES256"))

            def verify(need, origin=ORIGIN, trust=folder, text=token):
                done = subprocess.run([TOOL.with_name("certs-library"), trust, f"{folder}/cache", need, origin, NONCE],
                                      input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
                return done.returncode, done.stdout.splitlines()

            status, told = verify("off")
            self.assertEqual((status, told[:3], told[5], told[7:9], told[10]), (
                0, ["OK", "ნინო ბერიძე", "Nino Beridze"], "01001012345", ["GE", "SPECIMEN Root"], "unknown"))
            self.assertEqual(verify("prefer")[1][0], "OK")
            self.assertEqual(verify("require"), (0, ["REVOCATION_UNKNOWN"]))
            self.assertEqual(verify("off", "https://evil.test"), (0, ["SIGNATURE_INVALID"]))
            self.assertEqual(verify("off", ORIGIN + "/"), (0, ["BAD_REQUEST"]))
            self.assertEqual(verify("off", text="{}{}"), (0, ["BAD_REQUEST"]))
            self.assertEqual(verify("off", trust=f"{folder}/cache"), (1, []))


if __name__ == "__main__":
    unittest.main()
