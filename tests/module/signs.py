#!/usr/bin/python3
"""The module does what it is for, with independent programs on both sides: pkcs11-tool calls it,
openssl checks what comes out."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from stack import DATA, ROLES, commands_sent, log_in_and_sign, open_session, pin_of
from stack import check_signature, variable, verifies_sent
import cryptoki as ck

WRONG = {role: "0" * len(pin_of(role)) for role in ROLES if "CARD_READER" in os.environ}
MODULE = ck.BUILD / "lib/piradi-pkcs11.so"


def tool(*arguments):
    result = subprocess.run(
        ["pkcs11-tool", "--module", MODULE, *arguments], capture_output=True, check=False
    )
    assert result.returncode == 0, result.stderr.decode() + result.stdout.decode()
    return result.stdout


def tool_fails(*arguments):
    result = subprocess.run(
        ["pkcs11-tool", "--module", MODULE, *arguments], capture_output=True, check=False
    )
    assert result.returncode != 0, result.stdout.decode()


def key_id(slot):
    text = tool("--slot", str(slot), "--list-objects", "--type", "pubkey").decode()
    return text.split("ID:")[1].split()[0]


def sign_with_tool(folder, role):
    slot = str(ROLES.index(role))
    data, signature, key = folder / "data", folder / "signature", folder / "key.pem"
    data.write_bytes(DATA)
    certificate = tool("--slot", slot, "--read-object", "--type", "cert", "--id", key_id(slot))
    public = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-noout", "-pubkey"], input=certificate,
        capture_output=True, check=True,
    )
    key.write_bytes(public.stdout)
    tool("--slot", slot, "--login", "--pin", pin_of(role), "--sign", "--mechanism",
         "SHA256-RSA-PKCS", "--input-file", data, "--output-file", signature)
    subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", key, "-signature", signature, data],
        check=True, stdout=subprocess.DEVNULL,
    )


class Signs(unittest.TestCase):
    def test_pkcs11_tool_on_both_tokens(self):
        for role in ROLES:
            with tempfile.TemporaryDirectory() as folder:
                sign_with_tool(pathlib.Path(folder), role)

    def test_the_cold_way_is_short(self):
        for role in ROLES:
            before = len(commands_sent())
            with ck.Module() as module:
                log_in_and_sign(module, role)
            self.assertLessEqual(len(commands_sent()) - before, 18)

    def test_the_second_time_is_shorter(self):
        for role, most in (("auth", 4), ("sign", 5)):
            with ck.Module() as module:
                session = log_in_and_sign(module, role)
                session.logout()
                before = len(commands_sent())
                log_in_and_sign(module, role, session=session)
                self.assertLessEqual(len(commands_sent()) - before, most)

    def test_the_authentication_key_signs_again_without_a_login(self):
        with ck.Module() as module:
            session = log_in_and_sign(module, "auth")
            check_signature(session.certificate(), session.sign(DATA))

    def test_the_signature_key_asks_each_time(self):
        with ck.Module() as module:
            session = log_in_and_sign(module, "sign")
            with self.assertRaises(ck.CkError) as caught:
                session.sign(DATA)
            self.assertEqual(caught.exception.name, "USER_NOT_LOGGED_IN")

    def test_the_signature_key_asks_right_after_the_login_too(self):
        with ck.Module() as module:
            session = open_session(module, "sign")
            session.login(pin_of("sign"))
            with self.assertRaises(ck.CkError) as caught:
                session.sign(DATA)
            self.assertEqual(caught.exception.name, "USER_NOT_LOGGED_IN")

    def test_certificates_are_read_once(self):
        with ck.Module() as module:
            session = open_session(module, "auth")
            session.certificate()
            before = len(commands_sent())
            session.certificate()
            self.assertEqual(len(commands_sent()), before)


class WrongPin(unittest.TestCase):
    """Each role's counter goes down by one and comes up again; none is ever blocked."""

    def test_told_honestly(self):
        for role in ROLES:
            with ck.Module() as module:
                session = open_session(module, role)
                slot = ROLES.index(role)
                key = session.public_key()
                left = session.number(key, ck.CKA_PIRADI_PIN_TRIES_LEFT)
                self.assertFalse(module.token_info(slot).flags & ck.CKF_USER_PIN_COUNT_LOW)
                with self.assertRaises(ck.CkError) as caught:
                    session.login(WRONG[role])
                self.assertEqual(caught.exception.name, "PIN_INCORRECT")
                self.assertEqual(session.number(key, ck.CKA_PIRADI_PIN_TRIES_LEFT), left - 1)
                self.assertTrue(module.token_info(slot).flags & ck.CKF_USER_PIN_COUNT_LOW)
                session.login(pin_of(role))
                session.logout()
                self.assertEqual(session.number(key, ck.CKA_PIRADI_PIN_TRIES_LEFT), left)


class Locked(unittest.TestCase):
    """Last, as it ends the card's authentication PIN."""

    def test_the_flags_tell_to_the_end(self):
        wanted = [ck.CKF_USER_PIN_COUNT_LOW, ck.CKF_USER_PIN_FINAL_TRY, ck.CKF_USER_PIN_LOCKED]
        with ck.Module() as module:
            session = open_session(module, "auth")
            for flag in wanted:
                with self.assertRaises(ck.CkError):
                    session.login(WRONG["auth"])
                self.assertTrue(module.token_info(0).flags & flag)
            with self.assertRaises(ck.CkError) as caught:
                session.login(pin_of("auth"))
            self.assertEqual(caught.exception.name, "PIN_LOCKED")


if __name__ == "__main__":
    unittest.main()
