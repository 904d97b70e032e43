#!/usr/bin/python3
"""The module exports the standard's functions, all of them, and nothing else."""

import re
import subprocess
import sys

module, header, header_of_3 = sys.argv[1:]
symbols = subprocess.run(
    ["nm", "--dynamic", "--defined-only", "--format=posix", module], check=True,
    capture_output=True, text=True,
).stdout.splitlines()
exported = {line.split()[0] for line in symbols}
with open(header, encoding="utf-8") as text:
    standard = set(re.findall(r"_CK_DECLARE_FUNCTION \((C_\w+),", text.read()))
with open(header_of_3, encoding="utf-8") as text:
    standard |= set(re.findall(r"^CK_RV (C_\w+)\(", text.read(), re.MULTILINE))
assert len(standard) == 68 + 24, len(standard)
assert exported == standard, exported ^ standard
