#!/usr/bin/python3
"""terminal_test.py PROGRAM: the same questions in a terminal, which is the other end of this test's."""

import os
import random
import select
import sys
import termios
import unittest

from window_driver import (DEADLINE, Prompt, ask, ask_to_sign_hash, ask_with_pad, choose, consent,
                           manage_pin, request, wait, wrong_pin)

PIN = b"730516"
PROGRAM = sys.argv[1]
CTRL_C, CTRL_L, TAB = "\x03", "\x0c", "\t"


class TerminalTest(unittest.TestCase):
    def start(self, **env):
        self.screen, self.terminal = os.openpty()
        self.addCleanup(os.close, self.screen)
        self.addCleanup(os.close, self.terminal)
        self.before = termios.tcgetattr(self.terminal)
        self.told = ""
        self.prompt = Prompt(PROGRAM, None, terminal=self.terminal, **env)
        self.addCleanup(self.prompt.close)
        return self.prompt

    def reads(self, text):
        """The terminal shows it, after what was read before."""
        while text not in self.told:
            ready, _, _ = select.select([self.screen], [], [], DEADLINE)
            self.assertTrue(ready, f"{text!r} is not shown: {self.told!r}")
            self.told += os.read(self.screen, 4096).decode()
        before, self.told = self.told.split(text, 1)
        return before

    def types(self, text):
        os.write(self.screen, text.encode())

    def assert_ended(self, status=0):
        self.assertEqual(self.prompt.exit_status(), status)
        self.assertEqual(termios.tcgetattr(self.terminal), self.before)
        self.assertEqual(self.prompt.rest(), (b"", b""))

    def assert_cancelled(self):
        self.assertEqual(self.prompt.receive(), {"event": "cancelled"})
        self.assert_ended()

    def assert_entered(self, *pins):
        self.assertEqual(self.prompt.receive(), {"event": "entered"})
        for pin in pins:
            self.assertEqual(self.prompt.worker.recv(100), pin)

    def test_login(self):
        prompt = self.start()
        prompt.send(wait("card"))
        self.reads("Log in with your ID card")
        self.reads("portal.example.ge: Citizen portal")
        self.reads("Insert your ID card into the reader")
        prompt.send(ask())
        self.reads("ნინო ნიმუში")
        self.reads("Authentication PIN (6 digits): ")
        self.types("7305\x7f516\r")
        shown = self.reads("The card is working")
        self.assertNotRegex(shown, r"\d")
        self.assert_entered(b"730516")
        prompt.send(wrong_pin(1))
        self.reads("Wrong PIN. 1 try left.")
        self.reads("This is the last try")
        self.types("999999999\n")  # more than it has room for
        self.assert_entered(b"999999")
        prompt.agent.shutdown(1)
        self.assert_ended()

    def test_no_digit_is_echoed_and_none_left_behind(self):
        prompt = self.start()
        prompt.send(ask())
        self.reads("(6 digits): ")
        self.types("730")
        self.reads("***")
        self.types(CTRL_C)
        self.assert_cancelled()
        ready, _, _ = select.select([self.terminal], [], [], 0)
        self.assertFalse(ready)

    def test_is_nowhere_in_memory_but_while_it_is_typed(self):
        """Rule A1, as in window_test.py."""
        with open(PROGRAM, "rb") as program:
            if b"__asan_init" in program.read():
                self.skipTest("a sanitizer maps terabytes of its own")
        pin = f"{random.randrange(10 ** 16):016}"
        prompt = self.start(before=["unshare", "--user", "--map-root-user"])
        prompt.send(ask(digits=(16, 16)))
        self.reads("(16 digits): ")
        self.types(pin)
        self.reads("*" * 16)
        self.assertEqual(prompt.copies_in_memory(pin), 1)
        self.types("\r")
        self.assert_entered(pin.encode())
        self.assertEqual(prompt.copies_in_memory(pin), 0)

    def test_a_short_pin_is_asked_for_again(self):
        prompt = self.start()
        prompt.send(ask())
        self.reads("(6 digits): ")
        self.types("730\r")
        self.reads("(6 digits): ")
        self.types("730516\r")
        self.assert_entered(PIN)

    def test_arrows_are_no_digits(self):
        prompt = self.start()
        prompt.send(ask())
        self.reads("(6 digits): ")
        self.types("\x1b[5~\x1bOP\x1b[1;5A")
        self.types("x730516\r")
        self.assert_entered(PIN)

    def test_cancels_anywhere(self):
        for message in (wait("reader"), choose(), consent(), ask(), ask_with_pad(), manage_pin("change")):
            prompt = self.start()
            prompt.send(message)
            self.types(CTRL_C)
            self.assert_cancelled()

    def test_the_terminal_goes_away(self):
        screen, terminal = os.openpty()
        prompt = Prompt(PROGRAM, None, terminal=terminal)
        self.addCleanup(prompt.close)
        prompt.send(ask())
        os.close(terminal)
        os.close(screen)
        self.assertEqual(prompt.receive(), {"event": "cancelled"})
        self.assertEqual(prompt.exit_status(), 0)

    def test_a_card_is_chosen(self):
        prompt = self.start()
        prompt.send(choose())
        self.reads("2. გიორგი ნიმუში")
        self.reads("Which card, 1 to 2? ")
        self.types("3\r")
        self.reads("Which card, 1 to 2? ")
        self.types("2\r")
        self.assertEqual(prompt.receive(), {"event": "chosen", "index": 1})
        prompt.send(ask(other_cards=True))
        self.reads("Tab: use another card")
        self.types("73" + TAB)
        self.assertEqual(prompt.receive(), {"event": "other"})
        prompt.send(choose())
        self.types("1\r")
        self.assertEqual(prompt.receive(), {"event": "chosen", "index": 0})

    def test_consent_and_pad_are_a_yes(self):
        for message, words in ((consent(), "Show the certificate?"),
                               (ask_with_pad(), "The PIN is typed on the card reader")):
            prompt = self.start()
            prompt.send(message)
            self.reads(words)
            self.types("\r2\r")
            self.types("1\r")
            self.assertEqual(prompt.receive(), {"event": "agreed"})

    def test_a_pin_is_managed(self):
        prompt = self.start()
        prompt.send(manage_pin("unblock", "sign"))
        self.reads("Unblock the signature PIN")
        self.reads("This computer: piradi pin")
        self.reads("PUK code (8 digits): ")
        self.types("87654321\r")
        self.reads("New signature PIN (6 digits): ")
        self.types("730516\r")
        self.reads("once more")
        self.types("730517\r")
        self.reads("not the same")
        self.types("730516\r730516\r")
        self.assert_entered(b"87654321", PIN)
        prompt.send({"command": "done"})
        self.reads("The signature PIN has been unblocked")
        self.assertEqual(prompt.receive(), {"event": "closed"})
        self.assert_ended()

    def test_a_failure_is_said_and_closed(self):
        prompt = self.start()
        prompt.send(ask())
        prompt.send({"command": "fail", "status": "CARD_REMOVED"})
        self.reads("The card was taken out too early")
        self.assertEqual(prompt.receive(), {"event": "closed"})
        self.assert_ended()

    def test_says_what_is_signed(self):
        prompt = self.start()
        prompt.send(ask_to_sign_hash())
        self.reads("What you sign cannot be shown here")
        self.reads("3fa1c4b2e0d94f6b")
        letter = {"name": "a\x1b[2J.txt", "size": 5, "sha256": "0" * 64, "pages": 1, "not_shown": ["plan.xlsx"],
                  "image_size": 0, "text": "გამარჯობა\x1b[31m"}
        prompt.send(request("ask", "sign", holder=ask()["holder"], reader="r", pin=ask()["pin"], document=letter))
        self.reads("a\ufffd[2J.txt")
        self.reads("გამარჯობა\ufffd[31m")
        self.reads("plan.xlsx")
        self.assertNotIn("\x1b", self.told)

    def test_speaks_georgian_and_changes_the_language(self):
        prompt = self.start(LANGUAGE="ka")
        prompt.send(ask())
        self.reads("შესვლა პირადობის მოწმობით")
        self.reads("(6 ციფრი): ")
        self.types(CTRL_L)
        self.reads("Log in with your ID card")
        self.reads("(6 digits): ")

    def test_needs_a_terminal(self):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        self.addCleanup(os.close, write_end)
        prompt = Prompt(PROGRAM, None, terminal=read_end)
        self.addCleanup(prompt.close)
        self.assertEqual(prompt.exit_status(), 1)
        self.assertIn("no terminal", prompt.process.stderr.read())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "--verbose", *sys.argv[2:]])
