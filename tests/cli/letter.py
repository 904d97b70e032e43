#!/usr/bin/python3
"""`piradi sign` and `piradi verify`, one after the other."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

import person
import piradi
import running_agent
from letter_pdf import make_letter

PIN = os.environ["SPECIMEN_PIN_SIGN"]
TRUST = os.environ["SPECIMEN_TRUST"]


class LetterTest(unittest.TestCase):
    def setUp(self):
        self.agent = running_agent.RunningAgent()
        self.addCleanup(self.agent.remove)
        self.addCleanup(self.agent.end)
        self.person = person.Person(self.agent)
        folder = tempfile.TemporaryDirectory(prefix="letters-", dir="/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.letter = self.folder / "წერილი.pdf"
        self.letter.write_bytes(make_letter())

    def files(self):
        return sorted(path.name for path in self.folder.iterdir())

    def begin(self, *words):
        return piradi.start("sign", *words, agent=self.agent, cwd=self.folder)

    def sign(self, *words):
        command = self.begin(*words)
        self.person.reads("This computer")
        self.person.enters(PIN)
        told, errors = command.communicate()
        self.assertEqual((command.returncode, errors), (0, ""))
        person.sees_no_window()
        return told

    def verify(self, path, *words):
        return piradi.run_json("verify", str(path), "--trust", TRUST, *words)

    def test_signed_and_verified(self):
        told = self.sign("წერილი.pdf")
        self.assertIn("წერილი.signed.pdf", told)
        signed = self.folder / "წერილი.signed.pdf"
        self.assertEqual(self.files(), ["წერილი.pdf", "წერილი.signed.pdf"])
        self.assertEqual(self.letter.read_bytes(), make_letter())
        self.assertEqual(signed.stat().st_mode & 0o777, self.letter.stat().st_mode & 0o777)
        exit_status, answer = self.verify(signed)
        self.assertEqual((exit_status, answer["status"]), (0, "OK"), answer)
        self.assertEqual([one["status"] for one in answer["signatures"]], ["OK"])
        self.assertIn(answer["signatures"][0]["signer"]["name"], told)
        done = piradi.run("verify", str(signed), "--trust", TRUST)
        self.assertIn("Signature 1: valid\n", done.stdout)
        shown = subprocess.run(["pdfsig", signed], stdout=subprocess.PIPE, text=True).stdout
        self.assertIn("Total document signed", shown)

    def test_changes_are_found(self):
        self.sign("-o", "b.pdf", "წერილი.pdf")
        whole = (self.folder / "b.pdf").read_bytes()
        changed = bytearray(whole)
        changed[whole.index(b"A letter")] ^= 1
        for content, code in ((bytes(changed), "SIGNATURE_INVALID"), (whole + b"\n%more\n", "SIGNATURE_INVALID"),
                              (make_letter(), "SIGNATURE_INVALID"), (whole[:300], "DOCUMENT_DAMAGED")):
            (self.folder / "c.pdf").write_bytes(content)
            exit_status, answer = self.verify(self.folder / "c.pdf")
            self.assertEqual(answer["status"], code, answer)
            self.assertEqual(exit_status, {"SIGNATURE_INVALID": 64, "DOCUMENT_DAMAGED": 61}[code])
        self.assertEqual(self.verify(self.folder / "b.pdf", "--at", piradi.in_years(3))[1]["status"], "CERTIFICATE_EXPIRED")

    def test_nothing_is_overwritten_unasked(self):
        (self.folder / "b.pdf").write_text("precious")
        for words, exit_status in ((["-o", "b.pdf", "წერილი.pdf"], 6), (["-f", "-o", "წერილი.pdf", "წერილი.pdf"], 9)):
            done = piradi.run("sign", *words, env=self.agent.environment, cwd=self.folder)
            self.assertEqual(done.returncode, exit_status, done)
            self.assertIn(words[-2], done.stderr)
        self.assertEqual((self.folder / "b.pdf").read_text(), "precious")
        self.assertEqual(self.letter.read_bytes(), make_letter())
        self.sign("--force", "-o", "b.pdf", "წერილი.pdf")
        self.assertEqual(self.verify(self.folder / "b.pdf")[0], 0)

    def test_a_folder_that_cannot_be_written(self):
        done = piradi.run("sign", "-o", "/proc/b.pdf", "წერილი.pdf", env=self.agent.environment, cwd=self.folder)
        self.assertEqual(done.returncode, 5)
        self.assertEqual(person.windows(), [])

    def test_several_letters_each_with_its_own_question(self):
        (self.folder / "a.pdf").write_bytes(make_letter())
        command = self.begin("--json", "a.pdf", "წერილი.pdf")
        for name in ("a.pdf", "წერილი.pdf"):
            self.person.reads(name)
            prompt = self.agent.children()["piradi-prompt"]
            self.person.enters(PIN)
            person.has_ended(prompt)
            if name == "a.pdf":
                person.until(lambda: self.agent.children().get("piradi-prompt", prompt) != prompt, "the second window")
        told, _ = command.communicate()
        self.assertEqual(command.returncode, 0, told)
        self.assertEqual([one["output"] for one in json.loads(told)["files"]], ["a.signed.pdf", "წერილი.signed.pdf"])

    def test_the_first_failure_ends_it(self):
        (self.folder / "a.pdf").write_bytes(b"%PDF-1.7 and no more")
        exit_status, answer = piradi.run_json("sign", "a.pdf", "წერილი.pdf", env=self.agent.environment,
                                              cwd=self.folder)
        self.assertEqual(exit_status, 61)
        self.assertEqual([one["status"] for one in answer["files"]], ["DOCUMENT_DAMAGED"])
        self.assertEqual(self.files(), ["a.pdf", "წერილი.pdf"])

    def test_interrupted_leaves_nothing_behind(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            command = self.begin("წერილი.pdf")
            self.person.reads("This computer")
            command.send_signal(number)
            command.communicate()
            self.assertEqual(command.returncode, 130)
            self.assertEqual(self.files(), ["წერილი.pdf"])
            person.sees_no_window()


if __name__ == "__main__":
    unittest.main()
