"""piradi-verifyd, run for a test, and a client that checks each answer against openapi.yaml."""

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess

import jsonschema
import yaml

BUILD = pathlib.Path(os.environ["PIRADI_BUILD"])
TOP = pathlib.Path(__file__).resolve().parents[2]
OPENAPI = yaml.safe_load((TOP / "portal/verifyd/openapi.yaml").read_text(encoding="utf-8"))


class Verifyd:
    """Listens on a port of the system's choice. settings: KEY = VALUE of [revocation]; more: of [verifyd]."""

    def __init__(self, folder, trust, name="verifyd", settings=None, more=None):
        config = folder / f"{name}.conf"
        service = {"listen": "127.0.0.1:0", "trust": trust, "cache": folder / f"{name}-cache", **(more or {})}
        sections = {"verifyd": service, "revocation": settings or {}}
        config.write_text("".join(f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
                                  for section, keys in sections.items()))
        self.log = ""
        self.program = subprocess.Popen([BUILD / "bin/piradi-verifyd", "--config", config], stderr=subprocess.PIPE,
                                        text=True)
        for line in self.program.stderr:
            self.log += line
            if found := re.search(r"serving on port (\d+)", line):
                self.port = int(found[1])
                self.url = f"http://127.0.0.1:{self.port}"
                return
        self.end()
        raise RuntimeError(f"piradi-verifyd does not serve: {self.log}")

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method, path, body=None, headers=None, connection=None):
        """HTTP status and the answer: JSON where it is, else text. Unless told, a connection of its own."""
        own = connection or self.connect()
        own.request(method, path, body, headers or ({"Content-Type": "application/json"} if body is not None else {}))
        response = own.getresponse()
        text = response.read().decode()
        media_type = response.headers["Content-Type"]
        if connection is None:
            own.close()
        answer = json.loads(text) if "json" in media_type else text
        check(method, path, response.status, media_type, answer)
        return response.status, answer

    def verify(self, token, origin, nonce, connection=None):
        """token: bytes of JSON. The status as a word."""
        question = json.dumps({"nonce": nonce, "origin": origin}).encode()[:-1] + b', "token": ' + token + b"}"
        http_status, answer = self.ask("POST", "/v1/tokens", question, connection=connection)
        return ("OK" if http_status == 200 else answer["code"]), answer

    def counters(self):
        return dict(re.findall(r"^(piradi_\S+) (\d+)$", self.ask("GET", "/v1/metrics")[1], re.MULTILINE))

    def end(self):
        """Its exit status."""
        if self.program.poll() is None:
            self.program.send_signal(signal.SIGTERM)
        self.log += self.program.communicate(timeout=60)[1]
        return self.program.returncode


def check(method, path, status, media_type, answer):
    """Raises where openapi.yaml promises something else."""
    path = path.partition("?")[0]
    if path in OPENAPI["paths"] and method.lower() in OPENAPI["paths"][path]:
        responses = OPENAPI["paths"][path][method.lower()]["responses"]
        response = responses.get(str(status), responses["default"])
        if "$ref" in response:
            response = OPENAPI["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    else:
        response = OPENAPI["components"]["responses"]["Problem"]
    schema = {**response["content"][media_type]["schema"], "components": OPENAPI["components"],
              "$schema": "https://json-schema.org/draft/2020-12/schema"}
    jsonschema.Draft202012Validator(schema).validate(answer)
