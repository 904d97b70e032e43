#!/usr/bin/python3
"""What needs no agent and no card: help, both languages, exit statuses, files that cannot be used."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import piradi
import wire

COMMANDS = ["certificates", "config", "doctor", "extend", "login", "pin", "sign", "status", "verify", "verify-token"]
CLI = wire.TOP / "agent/cli"
USAGE, NO_AGENT, UNREADABLE, FORMAT, NO_TRUST, CONFIG = 2, 3, 4, 7, 8, 19


class UsageTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cli-", dir="/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.env = dict(os.environ, XDG_RUNTIME_DIR=folder.name, PIRADI_CONFIG_DIR=folder.name)

    def test_help_names_each_command(self):
        told = piradi.run("--help")
        self.assertEqual(told.returncode, 0)
        self.assertEqual(re.findall(r"^  ([a-z-]+)  +\S", told.stdout, re.MULTILINE), COMMANDS)
        for command in COMMANDS:
            done = piradi.run(command, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("--json", done.stdout)

    def test_help_in_georgian(self):
        done = subprocess.run([piradi.PROGRAM, "--help"], env=dict(self.env, LC_ALL="C.UTF-8", LANGUAGE="ka"),
                              stdout=subprocess.PIPE, text=True)
        self.assertIn("ბრძანებები:", done.stdout)
        self.assertNotIn("Commands", done.stdout)

    def test_version(self):
        self.assertRegex(piradi.run("--version").stdout, r"^piradi \d+\.\d+\.\d+$")

    def test_what_is_not_understood(self):
        for words in ([], ["no-such-command"], ["status", "more"], ["sign"], ["sign", "-o", "c", "a", "b"],
                      ["login", "--origin", "https://a.test"], ["verify"], ["verify", "a", "b"], ["verify-token", "a"],
                      ["pin"], ["pin", "break"], ["pin", "change", "x"], ["certificates", "x"],
                      ["verify", "a", "--at", "2026-02-30"], ["verify", "a", "--at", "yesterday"], ["status", "--no"]):
            done = piradi.run(*words)
            self.assertEqual((done.returncode, done.stdout), (USAGE, ""), words)
            self.assertTrue(done.stderr, words)

    def test_config(self):
        env = dict(self.env, XDG_CONFIG_HOME=str(self.folder))
        user = self.folder / "piradi/agent.conf"
        user.parent.mkdir()
        (self.folder / "agent.conf").write_text("[agent]\nunlisted-logins = no\nlock = unlisted-logins\n")
        user.write_text("[agent]\nunlisted-logins = yes\nremember-card = no\n")
        self.assertEqual(piradi.run("config", env=env).stdout,
                         f"[agent]\nremember-card = no  ; {user}\n"
                         f"unlisted-logins = no  ; {self.folder}/agent.conf, locked\n")
        self.assertEqual(piradi.run_json("config", env=env), (0, {"status": "OK", "config": {
            "remember-card": {"value": False, "file": str(user), "locked": False},
            "unlisted-logins": {"value": False, "file": f"{self.folder}/agent.conf", "locked": True}}}))
        user.write_text("[agent]\nremember-card = perhaps\n")
        done = piradi.run("config", env=env)
        self.assertEqual((done.returncode, done.stdout), (CONFIG, ""))
        self.assertIn(f"{user}:2:", done.stderr)

    def test_no_agent(self):
        letter = self.folder / "letter.pdf"
        letter.write_bytes(b"%PDF-1.7\n")
        for words in (["status"], ["certificates"], ["pin", "change"], ["login", "--origin", "https://a.test", "--nonce", "n" * 44], ["sign", str(letter)]):
            done = piradi.run(*words, env=self.env)
            self.assertEqual(done.returncode, NO_AGENT, words)
            self.assertIn("systemctl --user start piradi-agent", done.stderr)
        self.assertEqual(piradi.run_json("status", env=self.env), (NO_AGENT, {"status": "AGENT_UNAVAILABLE"}))
        self.assertEqual([path.name for path in self.folder.glob("*.pdf")], ["letter.pdf"])
        self.assertEqual([path.name for path in self.folder.glob(".piradi-*")], [])

    def test_files_that_cannot_be_used(self):
        other = self.folder / "letter.asice"
        other.write_bytes(b"PK\3\4")
        token = self.folder / "token"
        token.write_text("{}{}")
        verify_token = ["--origin", "https://a.test", "--nonce", "n" * 44, "--trust", str(self.folder)]
        for words, status, code in (
                (["verify", "/no/such"], UNREADABLE, "FILE_UNREADABLE"),
                (["verify", str(self.folder)], UNREADABLE, "FILE_UNREADABLE"),
                (["verify", str(other)], FORMAT, "FORMAT_UNSUPPORTED"),
                (["verify-token", "/no/such", *verify_token], UNREADABLE, "FILE_UNREADABLE"),
                (["verify-token", str(token), *verify_token], 50, "BAD_REQUEST")):
            self.assertEqual(piradi.run_json(*words, env=self.env), (status, {"status": code}), words)
            self.assertEqual(piradi.run(*words, env=self.env).returncode, status)

    def test_no_trust(self):
        letter = self.folder / "letter.pdf"
        letter.write_bytes(b"%PDF-1.7\n")
        status, answer = piradi.run_json("verify", str(letter), env=self.env)
        self.assertEqual((status, answer["status"]), (NO_TRUST, "TRUST_UNAVAILABLE"))

    def test_exit_statuses_are_distinct_and_documented(self):
        source = (CLI / "outcome.c").read_text()
        table = dict(re.findall(r"\[STATUS_(\w+)\] = (\d+)", source))
        header = (CLI / "outcome.h").read_text()
        numbers = dict(re.findall(r"(FAULT_\w+) = (\d+)", header))
        table.update({code: numbers[fault] for fault, code in re.findall(r"\{(FAULT_\w+), \"(\w+)\"", source)})
        statuses = re.findall(r"X\((\w+), \d+\)", (wire.TOP / "base/status.h").read_text())
        self.assertEqual(set(statuses) - set(table), set())
        self.assertEqual(len(set(table.values())), len(table))
        page = (CLI / "piradi.1").read_text()
        documented = dict(re.findall(r"^(\d+)\n\.B (\w+)$", page.replace("\\&", ""), re.MULTILINE))
        self.assertEqual({code: number for number, code in documented.items()}, table)

    def test_each_command_is_documented(self):
        page = (CLI / "piradi.1").read_text().replace("\\-", "-")
        completion = (CLI / "piradi.bash").read_text()
        for command in COMMANDS:
            self.assertRegex(page, rf"(?m)^\.SS {command}$")
            options = re.findall(r"^ +(?:-\w, +)?(--[a-z]+)", piradi.run(command, "--help").stdout, re.MULTILINE)
            self.assertIn("--json", options)
            for option in options:
                self.assertIn(option, page, command)
                self.assertIn(option, completion, command)

    def test_completion(self):
        script = f"""
            source {CLI}/piradi.bash
            complete_words() {{
                COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
                _piradi piradi "${{!#}}" "${{COMP_WORDS[COMP_CWORD - 1]}}"
                echo "${{COMPREPLY[@]}}"
            }}
            complete_words piradi ''
            complete_words piradi veri
            complete_words piradi sign --o
            complete_words piradi pin un
            complete_words piradi pin --s
            cd {self.folder}
            complete_words piradi verify let
        """
        (self.folder / "letter.pdf").touch()
        done = subprocess.run(["bash", "--norc", "-c", script], stdout=subprocess.PIPE, text=True, check=True)
        self.assertEqual(done.stdout.splitlines(),
                         [" ".join(COMMANDS) + " --help --version", "verify verify-token", "--output", "unblock", "--signature",
                          "letter.pdf"])

    def test_man_page_is_well_formed(self):
        done = subprocess.run(["man", "--warnings", "-l", "-Tutf8", CLI / "piradi.1"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
