#!/usr/bin/python3
"""Rule A8 on the programs as they run: while a person is asked to sign, each has its seccomp filter, can gain no
privileges, leaves no core, and keeps its memory from other programs of the same user; the document process keeps its
limits."""

import pathlib
import unittest

import stack  # and where the next one is
import letter

EVERYBODY = {"piradi-agent", "piradi-bridge", "piradi-portal", "piradi-prompt", "piradi-worker", "piradi-document"}

CAP_SYS_PTRACE = 19


def lines(pid, name):
    return pathlib.Path(f"/proc/{pid}/{name}").read_text(encoding="ascii").splitlines()


def status(pid):
    return dict(line.split(":\t", 1) for line in lines(pid, "status") if ":\t" in line)


def limits(pid):
    """Soft and hard, by the names of proc(5)."""
    return {line[:26].strip(): line[26:].split()[:2] for line in lines(pid, "limits")[1:]}


class Running(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.asked = stack.sign(letter.make_letter())
        stack.citizen().reads("0 digits typed")
        cls.processes = stack.processes()

    @classmethod
    def tearDownClass(cls):
        stack.citizen().presses("Escape")
        assert cls.asked.reply().json["code"] == "USER_CANCELLED"

    def test_all_are_here(self):
        self.assertEqual(set(self.processes), EVERYBODY)

    def test_each_has_a_filter_and_no_way_back(self):
        for name, pid in self.processes.items():
            seen = status(pid)
            self.assertEqual(seen["Seccomp"].strip(), "2", name)  # SECCOMP_MODE_FILTER, seccomp(2)
            self.assertEqual(seen["NoNewPrivs"].strip(), "1", name)

    def test_each_thread_has_the_filter(self):
        for name, pid in self.processes.items():
            for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
                seen = status(f"{pid}/task/{thread.name}")
                self.assertEqual(seen["Seccomp"].strip(), "2", (name, seen["Name"]))

    def test_no_cores(self):
        for name, pid in self.processes.items():
            self.assertEqual(limits(pid)["Max core file size"], ["0", "0"], name)

    def test_memory_is_closed_to_the_same_user(self):
        if int(status("self")["CapEff"], 16) >> CAP_SYS_PTRACE & 1:
            self.skipTest("root reads everybody's memory")
        for name, pid in self.processes.items():
            with self.assertRaises(PermissionError, msg=name):
                open(f"/proc/{pid}/mem", "rb").close()

    def test_a_document_has_its_limits(self):
        seen = limits(self.processes["piradi-document"])
        for limit in ("Max cpu time", "Max file size", "Max open files"):
            self.assertNotEqual(seen[limit][1], "unlimited", limit)


if __name__ == "__main__":
    unittest.main(verbosity=2)
