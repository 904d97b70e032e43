"""The whole stack as scripts/with-card and scripts/with-portal started it: its processes, and a citizen's browser that is
no browser but says what one says, to portal and bridge."""

import contextlib
import http.client
import json
import os
import pathlib
import queue
import ssl
import sys
import threading

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(TOP / "tests/agent"), str(TOP / "tests/bridge")]
import harness  # noqa: E402
import person  # noqa: E402
import running_agent  # noqa: E402

ORIGIN = os.environ["PORTAL_ORIGIN"]
STATE = pathlib.Path(os.environ["PORTAL_STATE"])
CHILDREN = ("piradi-prompt", "piradi-worker", "piradi-document")


class Agent:
    """Of scripts/with-portal; for person.Person."""

    class process:
        pid = int(os.environ["AGENT_PID"])

    def children(self):
        return running_agent.RunningAgent.children(self)


AGENT = Agent()


def processes():
    """Every process of ours that runs now: its id by its name."""
    children = {name: pid for name, pid in AGENT.children().items() if name in CHILDREN}
    return {"piradi-agent": AGENT.process.pid, "piradi-bridge": int(os.environ["BRIDGE_PID"]),
            "piradi-portal": int(os.environ["PORTAL_PID"]), **children}


class Portal:
    """A citizen's session."""

    def __init__(self):
        self.context = ssl.create_default_context(cafile=STATE / "portal.crt")
        self.context.check_hostname = False  # reached by its address
        self.host, self.port = os.environ["PORTAL_ADDRESS"].split(":")
        self.cookie = self.csrf = None
        self.csrf = self.json("GET", "/api/session")["csrf"]

    def call(self, method, path, body=None, kind="application/json"):
        headers = {"Host": ORIGIN.removeprefix("https://"), "Origin": ORIGIN}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if self.csrf:
            headers["X-CSRF-Token"] = self.csrf
        if body is not None:
            headers["Content-Type"] = kind
        elif method == "POST":
            headers["Content-Length"] = "0"
        connection = http.client.HTTPSConnection(self.host, int(self.port), context=self.context, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            content = reply.read()
        assert reply.status < 300, (path, reply.status, content)
        if reply.getheader("Set-Cookie"):
            self.cookie = reply.getheader("Set-Cookie").split(";")[0]
        return content

    def json(self, method, path, value=None):
        return json.loads(self.call(method, path, None if value is None else json.dumps(value)))

    def nonce(self):
        return self.json("POST", "/api/nonce")["nonce"]

    def log_in(self, token):
        session = self.json("POST", "/api/login", {"token": token})
        self.csrf = session["csrf"]
        return session["citizen"]

    def compose(self):
        """A draft: its id and its PDF."""
        body = self.json("GET", "/api/bodies")["bodies"][0]["id"]
        letter = self.json("POST", "/api/letters", {"body": body, "subject": "განათება", "text": "აღადგინეთ."})
        return letter["id"], self.call("GET", f"/api/letters/{letter['id']}/draft.pdf")

    def send(self, letter, signed):
        return json.loads(self.call("POST", f"/api/letters/{letter}/signed", signed, "application/pdf"))


class Asked:
    """A request to the bridge that waits for the person."""

    def __init__(self, path, value):
        self.replies = queue.Queue()
        threading.Thread(target=self.ask, args=(path, value), daemon=True).start()

    def ask(self, path, value):
        try:
            self.replies.put(harness.post_json(path, value))
        except (ConnectionError, OSError) as error:
            self.replies.put(error)

    def reply(self):
        reply = self.replies.get(timeout=harness.TEST_LIMIT_S)
        if isinstance(reply, Exception):
            raise reply
        return reply


def ask(path, value):
    """Returns once the person is being asked; nobody is before that."""
    asked = Asked(path, value)
    person.until(lambda: "piradi-prompt" in AGENT.children(), "the prompt")
    return asked


def log_in(nonce):
    return ask("/v1/authenticate", {"nonce": nonce})


def sign(content):
    reply = harness.upload(content)
    assert reply.status == 201, reply.body
    return ask("/v1/sign", {"document": reply.json["document"], "name": "letter.pdf", "format": "pades", "level": "B"})


def citizen():
    return person.Person(AGENT)
