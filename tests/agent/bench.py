#!/usr/bin/python3
"""Run by scripts/bench agent inside scripts/with-display and scripts/with-card --log: how fast and how small the agent is.
Prints each number beside the limit that we set ourselves.

    bench.py RUNS
"""

import os
import pathlib
import statistics
import subprocess
import sys
import time

import person
import running_agent
import wire
from letter_pdf import make_letter
from running_agent import ORIGIN, receive_after_pin

RUNS = int(sys.argv[1])
LOG = pathlib.Path(os.environ["CARD_LOG"])
IDLE_S = 20


def say(what, number, unit, limit=None):
    print(f"{what:46} {number:8.1f} {unit:6}" + (f" at most {limit}" if limit is not None else ""))


def ms_until(look, begin):
    while not look():
        pass
    return (time.monotonic() - begin) * 1000


def median_ms(measure):
    return statistics.median(measure() for _ in range(RUNS))


def commands():
    """Sent to the card so far; what else happens to it is a lower-case word."""
    return sum(1 for line in LOG.read_text().splitlines() if not line.split()[1].islower())


def status_field(pid, name):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{name}:")))


def bare_window():
    begin = time.monotonic()
    with subprocess.Popen([wire.BUILD / "tests/bench-bare-window"], env=dict(os.environ, GSK_RENDERER="cairo")) as bare:
        search = ["xdotool", "search", "--onlyvisible", "--pid", str(bare.pid)]
        took = ms_until(lambda: subprocess.run(search, capture_output=True).stdout, begin)
        bare.kill()
    return took


def start_to_ready():
    begin = time.monotonic()
    agent = running_agent.RunningAgent()
    took = (time.monotonic() - begin) * 1000
    agent.end()
    agent.remove()
    return took


def ask(agent, **request):
    client = agent.connect()
    client.send(**request)
    return client


def log_in(agent):
    return ask(agent, command="authenticate", origin=ORIGIN, nonce="n" * 44)


def request_to_window(agent):
    begin = time.monotonic()
    with log_in(agent):
        took = ms_until(person.windows, begin)
        person.until(lambda: len(agent.children()) >= 2, "the worker")
    person.until(lambda: not person.windows(), "the window to close")
    return took


def warm_request_to_window(agent):
    with agent.connect() as watcher:
        watcher.send(command="watch")
        person.until(lambda: "piradi-prompt" in agent.children(), "the prompt")
        pid = agent.children()["piradi-prompt"]
        person.until(lambda: is_idle(pid), "the prompt to be ready")
        return request_to_window(agent)


def is_idle(pid):
    """It used no processor time for a while."""
    used = processor_time(pid)
    time.sleep(0.3)
    return processor_time(pid) == used


def processor_time(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def measure_commands(agent, citizen, name, client, pin, limits):
    before = commands()
    while client.receive() != {"event": "waiting", "for": "pin"}:
        pass
    citizen.reads("0 digits typed")
    asked = commands()
    children = agent.children()
    say(f"{name}: card commands before the prompt", asked - before, "", limits[0])
    sizes = {who: status_field(pid, "VmRSS") / 1024 for who, pid in children.items()}
    citizen.enters(pin)
    answer = receive_after_pin(client)
    assert answer["status"] == "OK", answer
    say(f"{name}: card commands after the PIN", commands() - asked, "", limits[1])
    return sizes


def switches(pid):
    return sum(status_field(f"{pid}/task/{task.name}", "voluntary_ctxt_switches")
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


def main():
    say("start to ready", median_ms(start_to_ready), "ms", 50)
    agent = running_agent.RunningAgent()
    citizen = person.Person(agent)
    before = switches(agent.process.pid)
    time.sleep(IDLE_S)
    say(f"times it woke in {IDLE_S} idle seconds", switches(agent.process.pid) - before, "", 0)
    bare = median_ms(bare_window)
    cold = median_ms(lambda: request_to_window(agent))
    warm = median_ms(lambda: warm_request_to_window(agent))
    say("a bare GTK 4 window, from exec to shown", bare, "ms")
    say("request to window, nothing ready", cold, "ms")
    say("request to window, while a page watches", warm, "ms", f"{0.6 * bare:.0f}")
    sizes = measure_commands(agent, citizen, "login", log_in(agent), os.environ["SPECIMEN_PIN_AUTH"], (14, 4))
    content = make_letter()
    client = ask(agent, command="sign", origin=ORIGIN, name="a.pdf", media_type="application/pdf", size=len(content))
    client.send_data(content)
    measure_commands(agent, citizen, "letter", client, os.environ["SPECIMEN_PIN_SIGN"], (14, 5))
    say("resident: the agent", status_field(agent.process.pid, "VmRSS") / 1024, "MB", 15)
    say("resident: the worker", sizes["piradi-worker"], "MB", 15)
    agent.end()
    agent.remove()


main()
