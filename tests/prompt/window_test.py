#!/usr/bin/python3
"""window_test.py PROGRAM [--window-manager NAME] [unittest's arguments]: the real PIN window, driven
as a person drives it, seen as agent and worker see it."""

import argparse
import os
import random
import subprocess
import sys
import unittest

from window_driver import (CANCEL_BUTTON, CLOSE_BUTTON, CONFIRM_BUTTON, DIGIT_COLUMNS, DIGIT_ROWS,
                           ENGLISH_BUTTON, GEORGIAN_BUTTON, SHUFFLE_BUTTON, Display, Prompt, ask, ask_to_sign, ask_to_sign_hash,
                           ask_with_pad, choose, consent, environment, frame, json_frame,
                           manage_pin, png, wait, wait_until, wrong_pin)

PIN = b"730516"
OTHER_PIN = b"904417"
OPTIONS = None
DISPLAY = None


def setUpModule():
    global DISPLAY
    DISPLAY = Display(OPTIONS.window_manager)


def tearDownModule():
    DISPLAY.close()


class WindowTest(unittest.TestCase):
    def start(self, **options):
        prompt = Prompt(OPTIONS.program, DISPLAY, **options)
        self.addCleanup(prompt.close)
        return prompt

    def assert_told_nothing(self, prompt, status=0):
        """Neither socket holds anything once the prompt has ended."""
        self.assertEqual(prompt.exit_status(), status)
        self.assertEqual(prompt.rest(), (b"", b""))

    def assert_cancelled(self, prompt):
        self.assertEqual(prompt.receive(), {"event": "cancelled"})
        self.assert_told_nothing(prompt)


class Pin(WindowTest):
    def test_goes_once_and_only_to_the_worker(self):
        prompt = self.start()
        prompt.show(ask())
        prompt.type(PIN.decode())
        prompt.key("Return")
        self.assertEqual(prompt.worker.recv(100), PIN)
        self.assertEqual(prompt.receive(), {"event": "entered"})
        prompt.agent.shutdown(1)
        self.assert_told_nothing(prompt)

    def test_is_asked_again_when_wrong(self):
        prompt = self.start()
        prompt.show(ask())
        self.assertEqual(prompt.enter(PIN.decode()), PIN)
        prompt.send(wrong_pin(2))
        self.assertEqual(prompt.enter(OTHER_PIN.decode()), OTHER_PIN)
        prompt.send(wrong_pin(1))
        self.assertEqual(prompt.enter(PIN.decode()), PIN)
        prompt.agent.shutdown(1)
        self.assert_told_nothing(prompt)

    def test_is_confirmed_by_the_button(self):
        prompt = self.start()
        prompt.show(ask())
        prompt.type(PIN.decode())
        prompt.click(*CONFIRM_BUTTON)
        self.assertEqual(prompt.receive(), {"event": "entered"})
        self.assertEqual(prompt.worker.recv(100), PIN)

    def test_of_the_wrong_length_is_not_sent(self):
        prompt = self.start()
        prompt.show(ask(digits=(4, 6)))
        prompt.type("730")
        prompt.key("Return")
        prompt.click(*CONFIRM_BUTTON)
        self.assertEqual(prompt.enter("516999"), b"730516")

    def test_takes_digits_of_both_keyboards_and_nothing_else(self):
        prompt = self.start()
        prompt.show(ask())
        prompt.type("7x-3ა")
        prompt.key("KP_0", "ctrl+5", "alt+5", "KP_5", "9", "BackSpace", "KP_1", "6")
        prompt.key("KP_Enter")
        self.assertEqual(prompt.receive(), {"event": "entered"})
        self.assertEqual(prompt.worker.recv(100), PIN)

    def test_is_neither_copied_nor_pasted(self):
        prompt = self.start()
        prompt.show(ask())
        prompt.type("111111")
        prompt.key("ctrl+a", "ctrl+c", "ctrl+x", "ctrl+v", "shift+Insert", "ctrl+v")
        self.assertEqual(prompt.enter(""), b"111111")

    def test_typed_while_the_card_works_is_dropped(self):
        prompt = self.start()
        prompt.show(ask())
        prompt.enter(PIN.decode())
        prompt.enter_blindly("999999")
        prompt.send(wrong_pin(2))
        self.assertEqual(prompt.enter(OTHER_PIN.decode()), OTHER_PIN)

    def test_half_typed_is_forgotten_when_the_card_goes(self):
        prompt = self.start()
        prompt.show(ask())
        prompt.type("999")
        prompt.settle()
        prompt.send(wait("card"))
        prompt.send(ask())
        self.assertEqual(prompt.enter(PIN.decode()), PIN)

    def test_survives_the_language(self):
        prompt = self.start()
        prompt.show(ask())
        prompt.type("730")
        prompt.click(*GEORGIAN_BUTTON)
        self.assertEqual(prompt.enter("516"), PIN)


    def test_is_nowhere_in_memory_but_while_it_is_typed(self):
        """Rule A1. In a user namespace of the test's own it may read the memory that the prompt
        otherwise closes to everybody."""
        with open(OPTIONS.program, "rb") as program:
            if b"__asan_init" in program.read():
                self.skipTest("a sanitizer maps terabytes of its own")
        # Long enough to be nowhere by chance.
        pin, other = (f"{random.randrange(10 ** 16):016}" for _ in range(2))
        prompt = self.start(before=["unshare", "--user", "--map-root-user"])
        prompt.show(ask(digits=(16, 16)))
        prompt.type(pin)
        prompt.settle()
        self.assertEqual(prompt.copies_in_memory(pin), 1)
        prompt.enter("")
        self.assertEqual(prompt.copies_in_memory(pin), 0)
        prompt.send(wrong_pin(2))
        prompt.type(other)
        prompt.settle()
        self.assertEqual(prompt.copies_in_memory(other), 1)
        prompt.send({"command": "fail", "status": "CARD_REMOVED"})
        self.assertEqual(prompt.copies_in_memory(other), 0)
        self.assertEqual(prompt.copies_in_memory(pin), 0)

    def test_cannot_be_read_by_another_program_of_the_same_user(self):
        prompt = self.start()
        prompt.show(ask())
        with open(f"/proc/{prompt.process.pid}/status", encoding="ascii") as status:
            self.assertIn("NoNewPrivs:\t1", status.read())
        self.assertEqual(os.stat(f"/proc/{prompt.process.pid}/mem").st_uid, 0)


class DigitsOnTheScreen(WindowTest):
    ERASER = (DIGIT_COLUMNS[2], DIGIT_ROWS[3])

    def show_digits(self):
        prompt = self.start()
        prompt.show(ask())
        prompt.key("shift+Tab", "space")
        prompt.settle()  # the window has grown
        return prompt

    def press(self, prompt, *digits):
        for digit in digits:
            place = 10 if digit == 0 else digit - 1
            prompt.click(DIGIT_COLUMNS[place % 3], DIGIT_ROWS[place // 3])

    def test_type_and_erase(self):
        prompt = self.show_digits()
        self.press(prompt, 7, 3, 0, 9)
        prompt.click(*self.ERASER)
        prompt.type("5")  # the keyboard is still there
        self.press(prompt, 1, 6, 8)
        prompt.click(*CONFIRM_BUTTON)
        self.assertEqual(prompt.receive(), {"event": "entered"})
        self.assertEqual(prompt.worker.recv(100), PIN)

    def test_are_each_there_once_when_shuffled(self):
        prompt = self.start()
        prompt.show(ask(digits=(10, 10)))
        prompt.key("shift+Tab", "space")
        prompt.settle()
        prompt.click(*SHUFFLE_BUTTON)
        prompt.settle()
        self.press(prompt, *range(10))
        prompt.click(*CONFIRM_BUTTON)
        self.assertEqual(prompt.receive(), {"event": "entered"})
        self.assertEqual(sorted(prompt.worker.recv(100)), sorted(b"0123456789"))


class Person(WindowTest):
    def test_cancels_by_escape(self):
        for message in (wait("reader"), wait("pcsc"), ask()):
            prompt = self.start()
            prompt.show(message)
            prompt.type("730516")
            prompt.key("Escape")
            self.assert_cancelled(prompt)

    def test_cancels_by_the_button(self):
        prompt = self.start()
        prompt.show(ask())
        prompt.type("730516")
        prompt.click(*CANCEL_BUTTON)
        self.assert_cancelled(prompt)

    def test_cancels_by_the_keyboard_alone(self):
        prompt = self.start()
        prompt.show(ask())
        prompt.key("Tab", "space")
        self.assert_cancelled(prompt)

    def test_cancels_while_the_card_works(self):
        prompt = self.start()
        prompt.show(ask())
        prompt.enter(PIN.decode())
        prompt.key("Escape")
        self.assert_cancelled(prompt)

    def test_cancels_by_the_headers_button(self):
        prompt = self.start()
        prompt.show(wait("card"))
        prompt.click(*CLOSE_BUTTON)
        self.assert_cancelled(prompt)

    def test_does_not_cancel_by_holding_return(self):
        prompt = self.start()
        prompt.show(ask())
        prompt.enter(PIN.decode())
        prompt.key("Return", "Return", "space")
        prompt.send(wrong_pin(2))
        self.assertEqual(prompt.enter(OTHER_PIN.decode()), OTHER_PIN)

    def test_closes_a_failure(self):
        for key in ("Return", "Escape"):
            prompt = self.start()
            prompt.show(ask())
            prompt.send({"command": "fail", "status": "CARD_REMOVED"})
            prompt.key(key)
            self.assertEqual(prompt.receive(), {"event": "closed"})
            self.assert_told_nothing(prompt)

    def test_reads_a_failure_that_comes_first(self):
        prompt = self.start()
        prompt.show({"command": "fail", "status": "CARD_BUSY", "holder": "a‮b\nc"})
        prompt.key("Return")
        self.assertEqual(prompt.receive(), {"event": "closed"})

    def test_changes_the_language(self):
        prompt = self.start(LANGUAGE="ka")
        prompt.show(wait("card"))
        self.assertEqual(prompt.title(), "შესვლა პირადობის მოწმობით")
        prompt.click(*ENGLISH_BUTTON)
        wait_until(lambda: prompt.title() == "Log in with your ID card", "still Georgian")
        prompt.click(*GEORGIAN_BUTTON)
        wait_until(lambda: prompt.title() == "შესვლა პირადობის მოწმობით", "still English")

    def test_starts_in_the_language_of_the_environment(self):
        for env, title in (({"LC_ALL": "ka_GE.UTF-8"}, "შესვლა პირადობის მოწმობით"),
                           ({"LC_ALL": None, "LC_MESSAGES": "ka_GE.UTF-8"},
                            "შესვლა პირადობის მოწმობით"),
                           ({"LC_ALL": "C"}, "Log in with your ID card"),
                           ({"LC_ALL": None, "LANG": "de_DE.UTF-8"}, "Log in with your ID card")):
            prompt = self.start(**env)
            prompt.show(wait("card"))
            self.assertEqual(prompt.title(), title)
            prompt.close()


class Cards(WindowTest):
    def test_is_chosen_by_the_keyboard(self):
        for keys, index in ((["Return"], 0), (["Tab", "space"], 1)):
            prompt = self.start()
            prompt.show(choose())
            prompt.key(*keys)
            self.assertEqual(prompt.receive(), {"event": "chosen", "index": index})
            prompt.send(ask())
            self.assertEqual(prompt.enter(PIN.decode()), PIN)
            prompt.close()

    def test_is_chosen_once(self):
        prompt = self.start()
        prompt.show(choose())
        prompt.key("Return", "Return", "space")
        self.assertEqual(prompt.receive(), {"event": "chosen", "index": 0})
        prompt.key("Escape")
        self.assert_cancelled(prompt)

    def test_is_another_when_asked_for(self):
        prompt = self.start()
        prompt.show(ask(other_cards=True))
        prompt.type("730")
        prompt.key("shift+Tab", "shift+Tab", "space")
        self.assertEqual(prompt.receive(), {"event": "other"})
        prompt.send(choose())
        prompt.key("Return")
        self.assertEqual(prompt.receive(), {"event": "chosen", "index": 0})
        prompt.send(ask())
        self.assertEqual(prompt.enter(PIN.decode()), PIN)


class Consent(WindowTest):
    def test_is_given_by_the_button_and_not_by_return(self):
        prompt = self.start()
        prompt.show(consent())
        prompt.key("Return", "space")
        prompt.settle()
        prompt.click(*CONFIRM_BUTTON)
        self.assertEqual(prompt.receive(), {"event": "agreed"})
        prompt.agent.shutdown(1)
        self.assert_told_nothing(prompt)

    def test_is_given_by_the_keyboard_alone(self):
        prompt = self.start()
        prompt.show(consent())
        prompt.key("Tab", "Tab", "space")
        self.assertEqual(prompt.receive(), {"event": "agreed"})

    def test_is_refused(self):
        prompt = self.start()
        prompt.show(consent())
        prompt.key("Escape")
        self.assert_cancelled(prompt)


class Pad(WindowTest):
    def test_is_announced_before_the_reader_asks(self):
        prompt = self.start()
        prompt.show(ask_with_pad())
        prompt.type(PIN.decode())
        prompt.click(*CONFIRM_BUTTON)
        self.assertEqual(prompt.receive(), {"event": "agreed"})
        prompt.send(wrong_pin(1))
        prompt.settle()  # the window has grown
        prompt.click(*CONFIRM_BUTTON)
        self.assertEqual(prompt.receive(), {"event": "agreed"})
        prompt.agent.shutdown(1)
        self.assert_told_nothing(prompt)


class Management(WindowTest):
    def type_step(self, prompt, digits):
        prompt.type(digits)
        prompt.key("Return")

    def enter_three(self, prompt, authorization, new=PIN.decode()):
        for digits in (authorization, new, new):
            self.type_step(prompt, digits)
        self.assertEqual(prompt.receive(), {"event": "entered"})
        return prompt.worker.recv(100), prompt.worker.recv(100)

    def test_sends_authorization_and_new_pin_and_says_that_it_worked(self):
        for action, authorization in (("change", "904417"), ("unblock", "87654321"),
                                      ("activate", "12345")):
            prompt = self.start()
            prompt.show(manage_pin(action))
            self.assertEqual(self.enter_three(prompt, authorization),
                             (authorization.encode(), PIN))
            prompt.send({"command": "done"})
            prompt.key("Return")
            self.assertEqual(prompt.receive(), {"event": "closed"})
            self.assert_told_nothing(prompt)

    def test_asks_all_again_when_the_authorization_was_wrong(self):
        prompt = self.start()
        prompt.show(manage_pin("unblock", "sign", tries_left=10))
        self.enter_three(prompt, "11111111")
        prompt.send(wrong_pin(9))
        self.assertEqual(self.enter_three(prompt, "87654321"), (b"87654321", PIN))

    def test_asks_for_the_new_pin_again_when_it_differs(self):
        prompt = self.start()
        prompt.show(manage_pin("change"))
        for digits in ("904417", "111111", "222222", "333333", "333333"):
            self.type_step(prompt, digits)
        self.assertEqual(prompt.receive(), {"event": "entered"})
        self.assertEqual(prompt.worker.recv(100), b"904417")
        self.assertEqual(prompt.worker.recv(100), b"333333")

    def test_is_cancelled_at_each_step_and_nothing_is_sent(self):
        for typed in ((), ("904417",), ("904417", "730516")):
            prompt = self.start()
            prompt.show(manage_pin("change"))
            for digits in typed:
                self.type_step(prompt, digits)
            prompt.type("73")
            prompt.key("Escape")
            self.assert_cancelled(prompt)

    def test_forgets_the_steps_when_the_card_goes(self):
        prompt = self.start()
        prompt.show(manage_pin("change"))
        self.type_step(prompt, "111111")
        prompt.settle()
        prompt.send({"command": "wait", "purpose": "pin", "for": "card"})
        prompt.send(manage_pin("change"))
        self.assertEqual(self.enter_three(prompt, "904417"), (b"904417", PIN))


class Letter(WindowTest):
    def test_is_shown_and_signed(self):
        page = png(1240, 1754)
        page += b"\0" * (600_000 - len(page))
        prompt = self.start()
        prompt.show(ask_to_sign(page, pages=3, not_shown=["plan.xlsx"]), page)
        prompt.key("Page_Down", "Page_Up")
        self.assertEqual(prompt.enter(PIN.decode()), PIN)

    def test_is_not_signed_before_its_page_is_whole(self):
        page = png(100, 100)
        prompt = self.start()
        prompt.show(ask())
        prompt.send(ask_to_sign(page), page[:-1])
        prompt.enter_blindly("999999")
        prompt.send_bytes(frame(b"D", page[-1:]))
        wait_until(lambda: prompt.title() == "Sign a letter with your ID card", "no letter")
        self.assertEqual(prompt.enter(PIN.decode()), PIN)

    def test_asks_for_the_pin_though_its_page_comes_late(self):
        page = png(100, 100)
        prompt = self.start()
        prompt.send(ask_to_sign(page), page[:-1])
        self.assertFalse(prompt.find_window())
        prompt.send_bytes(frame(b"D", page[-1:]))
        wait_until(prompt.find_window, "no window")
        DISPLAY.xdotool("windowfocus", "--sync", prompt.window)
        self.assertEqual(prompt.enter(PIN.decode()), PIN)

    def test_without_picture_can_be_signed(self):
        prompt = self.start()
        prompt.show(ask_to_sign(b"", not_shown=["3 pages"]))
        self.assertEqual(prompt.enter(PIN.decode()), PIN)

    def page(self, number, picture):
        return {"command": "page", "number": number, "image_size": len(picture)}

    def test_is_turned_and_magnified(self):
        first, second = png(848, 1200), png(440, 622)
        prompt = self.start()
        prompt.show(ask_to_sign(first, pages=2), first)
        prompt.key("ctrl+Prior", "ctrl+minus", "ctrl+Next")  # it begins at the first page, unmagnified
        self.assertEqual(prompt.receive(), {"event": "page", "number": 2, "width": 440})
        prompt.type("730")
        prompt.send(self.page(2, second), second)
        prompt.key("ctrl+Next", "ctrl+plus")  # there is no third
        self.assertEqual(prompt.receive(), {"event": "page", "number": 2, "width": 660})
        prompt.send(self.page(2, first), first)
        self.assertEqual(prompt.enter("516"), PIN)

    def test_is_asked_for_one_page_at_a_time(self):
        picture = png(100, 100)
        prompt = self.start()
        prompt.show(ask_to_sign(picture, pages=4), picture)
        prompt.key("ctrl+Next", "ctrl+Next", "ctrl+Next")
        self.assertEqual(prompt.receive(), {"event": "page", "number": 2, "width": 440})
        prompt.settle()
        prompt.send(self.page(2, b""))
        self.assertEqual(prompt.receive(), {"event": "page", "number": 4, "width": 440})
        prompt.send(self.page(4, picture), picture)
        self.assertEqual(prompt.enter(PIN.decode()), PIN)

    def test_with_a_false_page_ends_the_prompt(self):
        picture = png(100, 100)
        prompt = self.start()
        prompt.show(ask_to_sign(picture, pages=2), picture)
        prompt.send_bytes(json_frame(self.page(2, b"GIF89a")) + frame(b"D", b"GIF89a"))
        self.assert_told_nothing(prompt, status=1)

    def test_of_text_is_shown_and_signed(self):
        letter = ask_to_sign(b"")
        letter["document"]["text"] = "მერიას\n\nგთხოვთ…\n" * 100
        prompt = self.start()
        prompt.show(letter)
        self.assertEqual(prompt.enter(PIN.decode()), PIN)

    def test_is_a_hash_when_the_site_shows_nothing(self):
        prompt = self.start()
        prompt.show(ask_to_sign_hash())
        self.assertEqual(prompt.title(), "Sign with your ID card")
        self.assertEqual(prompt.enter(PIN.decode()), PIN)

    def test_with_a_false_picture_ends_the_prompt(self):
        for page in (b"GIF89a" + b"\0" * 100, png(1, 1)[:40], png(6000, 1)):
            prompt = self.start()
            prompt.send_bytes(json_frame(ask_to_sign(page)) + frame(b"D", page))
            self.assert_told_nothing(prompt, status=1)


class Agent(WindowTest):
    def test_closes_the_window_by_closing_the_socket(self):
        for messages in ([], [wait("card")], [ask()],
                         [ask(), {"command": "fail", "status": "NO_CARD"}]):
            prompt = self.start()
            for message in messages:
                prompt.show(message)
            prompt.agent.shutdown(1)
            self.assert_told_nothing(prompt)

    def test_closes_it_while_the_card_works(self):
        prompt = self.start()
        prompt.show(ask())
        prompt.enter(PIN.decode())
        prompt.agent.close()
        self.assertEqual(prompt.exit_status(), 0)

    def test_is_not_believed_when_it_sends_nonsense(self):
        # Each other kind is refused by the same two functions: unit.prompt-message, unit.prompt-dialog.
        nonsense = (
            b"\xff\xff\xff\xffJ", frame(b"D", b"x"), json_frame({"command": "run"}),
            json_frame(wrong_pin(2)), json_frame(ask_to_sign(b"xx")) + frame(b"D", b"xxx"),
        )
        for data in nonsense:
            with self.subTest(data=data[:60]):
                prompt = self.start()
                prompt.send_bytes(data)
                self.assert_told_nothing(prompt, status=1)
                prompt.close()

    def test_that_closes_amid_a_frame_is_an_error(self):
        prompt = self.start()
        prompt.send_bytes(json_frame(wait("card"))[:-1])
        prompt.agent.shutdown(1)
        self.assert_told_nothing(prompt, status=1)


class Start(WindowTest):
    def test_fails_without_a_display(self):
        prompt = Prompt(OPTIONS.program, None)
        self.addCleanup(prompt.close)
        self.assertEqual(prompt.exit_status(), 1)
        self.assertIn("no display", prompt.process.stderr.read())

    def test_fails_without_the_agents_descriptors(self):
        done = subprocess.run([OPTIONS.program], env=environment(DISPLAY.name), check=False,
                              stderr=subprocess.PIPE, text=True, close_fds=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("descriptors 3 to 4", done.stderr)

    def test_takes_no_arguments(self):
        done = subprocess.run([OPTIONS.program, "--help"], check=False, stderr=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 1)


def main():
    global OPTIONS
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--window-manager")
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], "--verbose", *rest])


if __name__ == "__main__":
    main()
