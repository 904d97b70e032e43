#!/usr/bin/python3
"""Cards of one generation, each laid out otherwise: both keys of each sign, a wrong PIN is told
honestly, and the signature's certificate is the holder's.

    shuffled.py a|b FIRST COUNT    seeds from FIRST on

As many cards as scripts/with-card has readers for are in them at once.
"""

import os
import pathlib
import subprocess
import sys
import unittest

import cryptoki as ck
from stack import ROLES, log_in_and_sign, open_session, pin_of

sys.path.insert(0, str(ck.ROOT / "tests/card"))
import specimen  # noqa: E402

AT_ONCE = 8


class Card(unittest.TestCase):
    """Run in scripts/with-card."""

    def test_signs_and_refuses(self):
        for number, seed in enumerate(os.environ["SEEDS"].split(), 1):
            for role in ROLES:
                with self.subTest(seed=seed, role=role), ck.Module() as module:
                    self.sign(module, role, number)

    def sign(self, module, role, number):
        session = open_session(module, role, number)
        tries = session.number(session.public_key(), ck.CKA_PIRADI_PIN_TRIES_LEFT)
        with self.assertRaises(ck.CkError) as caught:
            session.login("0" * len(pin_of(role, number)))
        self.assertEqual(caught.exception.name, "PIN_INCORRECT")
        left = session.number(session.public_key(), ck.CKA_PIRADI_PIN_TRIES_LEFT)
        self.assertEqual(left, tries - 1)
        log_in_and_sign(module, role, number, session).logout()
        left = session.number(session.public_key(), ck.CKA_PIRADI_PIN_TRIES_LEFT)
        self.assertEqual(left, tries)


def run(generation, seeds):
    """The number of cards that did not pass."""
    specimens = specimen.Specimens(ck.BUILD)
    keys = "rsa2048" if generation == "a" else "rsa3072"
    kind = specimen.Kind(f"generation-{generation}", keys, False)
    images = [specimens.image(i, kind, seed) for i, seed in enumerate(seeds)]
    options = [option for image in images for option in ("--image", image)]
    result = subprocess.run(
        [ck.ROOT / "scripts/with-card", *options, "--", sys.executable,
         pathlib.Path(__file__).resolve()],
        env={**os.environ, "PIRADI_BUILD": str(ck.BUILD), "SEEDS": " ".join(map(str, seeds))},
        capture_output=True, text=True, check=False,
    )
    if result.returncode != 0:
        print(result.stdout, result.stderr)
    return result.returncode


def main():
    generation, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    seeds = list(range(first, first + count))
    batches = [seeds[i : i + AT_ONCE] for i in range(0, count, AT_ONCE)]
    failed = [batch for batch in batches if run(generation, batch)]
    print(f"generation {generation}: {count} shuffled cards, "
          f"{'all sign' if not failed else f'failures among the seeds {failed}'}")
    return 1 if failed else 0


if __name__ == "__main__":
    if "SEEDS" in os.environ:
        unittest.main()
    sys.exit(main())
