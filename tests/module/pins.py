#!/usr/bin/python3
"""The holder manages the card's PINs: changes them, unblocks them with the PUK, sets the signature
PIN with the transport PIN. By pkcs11-tool and by a client of our own; each test ends with the PINs
that it began with, except the last classes, which each need a card of their own."""

import json
import os
import pathlib
import unittest

import cryptoki as ck
from signs import tool, tool_fails
from stack import ROLES, commands_sent, log_in_and_sign, open_session, pin_of, variable

IMAGE = json.loads(pathlib.Path(os.environ["CARD_IMAGE"]).read_text())
TRIES = {pin["role"]: pin["left"] if "left" in pin else pin["tries"] for pin in IMAGE["pins"]}
PUK = variable("SPECIMEN_PUK")
TO_BE_CHANGED, USER_LOCKED, SO_LOCKED = 1 << 19, 1 << 18, 1 << 22


def another(pin):
    """Of the same length."""
    return "".join(str((int(digit) + 1) % 10) for digit in pin)


def flags(role):
    with ck.Module() as module:
        return module.token_info(ROLES.index(role)).flags


class Test(unittest.TestCase):
    def fails(self, name, function, *arguments):
        with self.assertRaises(ck.CkError) as caught:
            function(*arguments)
        self.assertEqual(caught.exception.name, name)

    def works_with(self, role, pin):
        with ck.Module() as module:
            log_in_and_sign(module, role, pin=pin)

    def block(self, role):
        with ck.Module() as module:
            session = open_session(module, role)
            wrong = another(pin_of(role))
            for left in reversed(range(TRIES[role])):
                self.fails("PIN_INCORRECT" if left else "PIN_LOCKED", session.login, wrong)
        self.assertTrue(flags(role) & USER_LOCKED)


class Change(Test):
    def test_by_pkcs11_tool(self):
        for role in ROLES:
            old, new = pin_of(role), another(pin_of(role))
            for first, second in ((old, new), (new, old)):
                tool("--slot", str(ROLES.index(role)), "--login", "--pin", first, "--change-pin",
                     "--new-pin", second)
                self.works_with(role, second)

    def test_by_a_client(self):
        for role in ROLES:
            old, new = pin_of(role), another(pin_of(role))
            with ck.Module() as module:
                session = open_session(module, role)
                self.fails("PIN_INCORRECT", session.set_pin, new, old)
                session.set_pin(old, new)
                self.fails("PIN_INCORRECT", session.login, old)
                session.login(new)
                session.set_pin(new, old)
                session.logout()
            self.works_with(role, old)

    def test_nothing_undeclared_is_sent(self):
        """C6 for CHANGE REFERENCE DATA and RESET RETRY COUNTER."""
        before = len(commands_sent())
        with ck.Module() as module:
            for role in ROLES:
                session = open_session(module, role)
                pin = pin_of(role)
                for bad in ("", "1", pin[:-1], pin + "1", "1" * 65, "x" * len(pin)):
                    self.fails("PIN_LEN_RANGE", session.set_pin, pin, bad)
                    self.fails("PIN_LEN_RANGE", session.set_pin, bad, pin)
        sent = {command[2:4] for command in commands_sent()[before:]}
        self.assertFalse(sent & {"24", "2C"})


class Unblock(Test):
    def test_by_pkcs11_tool_as_the_security_officer(self):
        for role in ROLES:
            self.block(role)
            slot = str(ROLES.index(role))
            tool_fails("--slot", slot, "--login", "--login-type", "so", "--so-pin", another(PUK),
                       "--init-pin", "--new-pin", pin_of(role))
            tool("--slot", slot, "--login", "--login-type", "so", "--so-pin", PUK, "--init-pin",
                 "--new-pin", pin_of(role))
            self.works_with(role, pin_of(role))

    def test_by_pkcs11_tool_with_nobody_logged_in(self):
        for role in ROLES:
            self.block(role)
            tool("--slot", str(ROLES.index(role)), "--unlock-pin", "--puk", PUK, "--new-pin",
                 pin_of(role))
            self.works_with(role, pin_of(role))

    def test_by_a_client(self):
        for role in ROLES:
            self.block(role)
            with ck.Module() as module:
                session = open_session(module, role)
                self.fails("USER_NOT_LOGGED_IN", session.init_pin, pin_of(role))
                session.login(PUK, ck.CKU_SO)
                self.fails("USER_ANOTHER_ALREADY_LOGGED_IN", session.login, pin_of(role))
                session.init_pin(another(pin_of(role)))
                session.init_pin(pin_of(role))
                session.logout()
                log_in_and_sign(module, role, session=session)
            self.assertFalse(flags(role) & USER_LOCKED)


class Transport(Test):
    """With a card whose signature PIN has not been set."""

    def test_the_holder_sets_the_pin_once(self):
        transport, pin = variable("SPECIMEN_TRANSPORT_PIN"), pin_of("sign")
        self.assertTrue(flags("sign") & TO_BE_CHANGED)
        self.assertFalse(flags("auth") & TO_BE_CHANGED)
        self.works_with("auth", pin_of("auth"))
        with ck.Module() as module:
            session = open_session(module, "sign")
            self.fails("PIN_EXPIRED", session.login, pin)
            self.fails("PIN_INCORRECT", session.set_pin, another(transport), pin)
            session.login(PUK, ck.CKU_SO)
            self.fails("PIN_EXPIRED", session.init_pin, pin)
            session.logout()
            session.set_pin(transport, pin)
            self.assertFalse(module.token_info(1).flags & TO_BE_CHANGED)
            self.fails("PIN_LEN_RANGE", session.set_pin, transport, pin)
            log_in_and_sign(module, "sign", session=session)


class Locked(Test):
    """The end of this card's PUK."""

    def test_a_blocked_puk_is_told_apart(self):
        with ck.Module() as module:
            session = open_session(module, "auth")
            for left in reversed(range(TRIES["puk"])):
                self.fails("PIN_INCORRECT" if left else "PIN_LOCKED", session.login, another(PUK),
                           ck.CKU_SO)
            self.fails("PIN_LOCKED", session.login, PUK, ck.CKU_SO)
            self.assertEqual(module.token_info(0).flags & (SO_LOCKED | USER_LOCKED), SO_LOCKED)
            log_in_and_sign(module, "auth", session=session)


if __name__ == "__main__":
    unittest.main()
