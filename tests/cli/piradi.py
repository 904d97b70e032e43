"""The program `piradi`, run for a test."""

import datetime
import json
import os
import subprocess

import person
import wire

PROGRAM = wire.BUILD / "bin/piradi"


def environment(base, **changes):
    """Messages in English unless `changes` says else."""
    return dict(base, LC_ALL="C.UTF-8", LANGUAGE="en", **changes)


def run(*words, env=None, stdin=None, cwd=None):
    return subprocess.run([PROGRAM, *words], env=environment(os.environ if env is None else env), input=stdin, cwd=cwd,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=wire.PATIENCE_S)


def run_json(*words, **options):
    """Exit status and object."""
    done = run(*words, "--json", **options)
    return done.returncode, json.loads(done.stdout)


def start(*words, agent, cwd=None):
    """For a command that asks a person, once the window's program runs; ended by its own communicate()."""
    before = agent.children().get("piradi-prompt")  # a former one may still be ending
    command = subprocess.Popen([PROGRAM, *words], env=environment(agent.environment), cwd=cwd,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    person.until(lambda: agent.children().get("piradi-prompt", before) != before, "the window's program")
    return command


def in_years(years):
    """A day on which the specimen's certificates (three years at most) are over, and their CAs' are not."""
    return (datetime.date.today() + datetime.timedelta(days=366 * years)).isoformat()
