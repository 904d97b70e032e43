#!/usr/bin/python3
"""The module with a reader that has a PIN pad: the person types there, and no PIN passes through any
program. Run by scripts/with-card --reader-pinpad."""

import pathlib
import sys
import tempfile
import unittest

import cryptoki as ck
from signs import tool, tool_fails
from stack import DATA, ROLES, check_signature, commands_sent, open_session, pin_of, variable
from stack import verifies_sent

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "pinpad"))
from pinpad import Person  # noqa: E402  (the simulated pad's)

PROTECTED_PATH, TO_BE_CHANGED = 1 << 8, 1 << 19
PUK = variable("SPECIMEN_PUK")


def another(pin):
    return "".join(str((int(digit) + 1) % 10) for digit in pin)


class Test(unittest.TestCase):
    def typing(self, *lines):
        person = Person(*(line if line in ("cancel", "timeout") else f"type {line}"
                          for line in lines))
        self.addCleanup(lambda: self.assertEqual(person.answers, ["ok"] * len(lines)))
        return person

    def fails(self, name, function, *arguments):
        with self.assertRaises(ck.CkError) as caught:
            function(*arguments)
        self.assertEqual(caught.exception.name, name)

    def sign(self, session, *typed):
        session.sign_init()
        if typed:
            with self.typing(*typed):
                session.login_on_pad(ck.CKU_CONTEXT_SPECIFIC)
        signature = session.sign_final(DATA)
        check_signature(session.certificate(), signature)


class Login(Test):
    def test_the_flag_is_set(self):
        with ck.Module() as module:
            for slot in module.slots():
                self.assertTrue(module.token_info(slot).flags & PROTECTED_PATH)

    def test_one_entry_is_enough_for_the_authentication_key(self):
        before = len(verifies_sent())
        with ck.Module() as module:
            session = open_session(module, "auth")
            with self.typing(pin_of("auth")):
                session.login_on_pad()
            for _ in range(3):
                self.sign(session)
            session.logout()
            self.fails("USER_NOT_LOGGED_IN", session.sign, DATA)
        self.assertEqual(len(verifies_sent()) - before, 1)

    def test_an_entry_for_each_signature(self):
        pin = pin_of("sign")
        with ck.Module() as module:
            session = open_session(module, "sign")
            with self.typing(pin):
                session.login_on_pad()
            self.fails("USER_NOT_LOGGED_IN", session.sign, DATA)
            for _ in range(2):
                self.sign(session, pin)

    def test_what_the_person_does_otherwise(self):
        with ck.Module() as module:
            for role in ROLES:
                session = open_session(module, role)
                before = len(verifies_sent())
                for typed, error in (("cancel", "FUNCTION_CANCELED"),
                                     ("timeout", "FUNCTION_REJECTED"),
                                     (pin_of(role)[1:], "PIN_LEN_RANGE")):
                    with self.typing(typed):
                        self.fails(error, session.login_on_pad)
                self.assertEqual(len(verifies_sent()), before)
                with self.typing(another(pin_of(role))):
                    self.fails("PIN_INCORRECT", session.login_on_pad)
                with self.typing(pin_of(role)):
                    session.login_on_pad()

    def test_pkcs11_tool_asks_for_no_pin(self):
        with tempfile.TemporaryDirectory() as folder:
            data = pathlib.Path(folder) / "data"
            data.write_bytes(DATA)
            arguments = ["--slot", "0", "--login", "--sign", "--mechanism", "SHA256-RSA-PKCS",
                         "--input-file", data, "--output-file", data.with_suffix(".signature")]
            with self.typing(pin_of("auth")):
                tool(*arguments)
            with self.typing("cancel"):
                tool_fails(*arguments)

    def test_a_pin_from_the_program_is_taken_too(self):
        with ck.Module() as module:
            session = open_session(module, "auth")
            session.login(pin_of("auth"))
            self.sign(session)


class Modify(Test):
    def test_changed_and_back(self):
        with ck.Module() as module:
            for role in ROLES:
                session = open_session(module, role)
                old, new = pin_of(role), another(pin_of(role))
                for first, second in ((old, new), (new, old)):
                    with self.typing(first, second, second):
                        session.set_pin_on_pad()
                    session.login(second)
                    session.logout()

    def test_given_up(self):
        with ck.Module() as module:
            session = open_session(module, "auth")
            pin, new = pin_of("auth"), another(pin_of("auth"))
            before = len(commands_sent())
            for typed, error in ((["cancel"], "FUNCTION_CANCELED"),
                                 ([pin, "timeout"], "FUNCTION_REJECTED"),
                                 ([pin, new, pin], "PIN_LEN_RANGE")):
                with self.typing(*typed):
                    self.fails(error, session.set_pin_on_pad)
            sent = {command[2:4] for command in commands_sent()[before:]}
            self.assertNotIn("24", sent)

    def test_unblocked(self):
        with ck.Module() as module:
            for role in ROLES:
                session = open_session(module, role)
                with self.typing(PUK):
                    session.login_on_pad(ck.CKU_SO)
                with self.typing(PUK, another(pin_of(role)), another(pin_of(role))):
                    session.call("C_InitPIN", None, ck.ULONG(0))
                with self.typing(PUK, pin_of(role), pin_of(role)):
                    session.call("C_InitPIN", None, ck.ULONG(0))
                session.logout()
                session.login(pin_of(role))
                session.logout()


class Transport(Test):
    def test_the_signature_pin_is_set(self):
        transport, pin = variable("SPECIMEN_TRANSPORT_PIN"), pin_of("sign")
        with ck.Module() as module:
            session = open_session(module, "sign")
            self.fails("PIN_EXPIRED", session.login_on_pad)
            with self.typing(transport, pin, pin):
                session.set_pin_on_pad()
            self.assertFalse(module.token_info(1).flags & TO_BE_CHANGED)
            with self.typing(pin):
                session.login_on_pad()
            self.sign(session, pin)


if __name__ == "__main__":
    unittest.main()
