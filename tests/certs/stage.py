"""The world that the cases play in: an http server, the real `openssl ocsp` responders, and the two programs that
judge: ours (validate.c) and OpenSSL's."""

import http.server
import itertools
import json
import os
import pathlib
import subprocess
import threading

TOOL = pathlib.Path(os.environ["PIRADI_BUILD"]) / "tests/certs-validate"
HOST = "127.0.0.1"
REASONS = {"key_compromise": "keyCompromise", "certificate_hold": "certificateHold"}


class Web:
    """Paths and what lies there: bytes, with a media type, or a function of the request handler."""

    def __init__(self):
        self.things, self.asked, self.over = {}, [], threading.Event()
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def serve(self):
                web.asked.append(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                thing, media_type = web.things.get(self.path, (None, None))
                if callable(thing):
                    thing = thing(self, body)
                    if thing is None:
                        return
                self.send_response(200 if thing is not None else 404)
                self.send_header("Content-Type", media_type or "application/octet-stream")
                self.send_header("Content-Length", str(len(thing or b"")))
                self.end_headers()
                self.wfile.write(thing or b"")

            do_GET = do_POST = serve

            def log_message(self, *words):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                """Our program hangs up on what is too long or too slow: that is no error."""

        self.server = Server((HOST, 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.numbers = itertools.count()

    def url(self, path):
        return f"http://{HOST}:{self.server.server_port}{path}"

    def put(self, thing, media_type=None, path=None):
        path = path or f"/{next(self.numbers)}"
        self.things[path] = (thing, media_type)
        return self.url(path)

    def replace(self, url, thing, media_type=None):
        self.things[url[len(self.url("")):]] = (thing, media_type)

    def end(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    # What may lie somewhere.

    def slow(self, handler, _):
        """A byte, and then nothing."""
        handler.send_response(200)
        handler.send_header("Content-Type", "application/ocsp-response")
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"\x30")
        self.over.wait()

    @staticmethod
    def huge(handler, _):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/ocsp-response")
        handler.end_headers()
        while True:  # until the other side has enough
            handler.wfile.write(bytes(1 << 20))

    @staticmethod
    def moved(handler, _):
        handler.send_response(302)
        handler.send_header("Location", "http://127.0.0.1:1/")
        handler.end_headers()

    @staticmethod
    def broken(handler, _):
        handler.send_response(500)
        handler.send_header("Content-Type", "application/ocsp-response")
        handler.end_headers()


class Responder:
    """`openssl ocsp` over an index as `openssl ca` keeps it. It reads that once, so it starts when it is needed."""

    ports = itertools.count(24001)  # of our own network

    def __init__(self, folder, name, authority, signer, *options):
        self.folder, self.name, self.options = folder, name, options
        self.lines, self.program = [], None
        self.port = next(self.ports)
        self.url = f"http://{HOST}:{self.port}/"
        for suffix, content in ((".ca", authority.pem), (".pem", signer.pem), (".key", signer.key_pem())):
            (folder / (name + suffix)).write_bytes(content)

    def knows(self, party, revoked=None, reason=None):
        text = "%y%m%d%H%M%SZ"
        when = revoked.strftime(text) + (f",{REASONS[reason]}" if reason else "") if revoked else ""
        serial = f"{party.serial:X}"
        serial = "0" * (len(serial) % 2) + serial
        self.lines.append("\t".join(["R" if revoked else "V", party.certificate.not_valid_after.strftime(text), when,
                                     serial, "unknown", f"/CN={serial}"]) + "\n")
        self.end()
        return party

    def run(self):
        if self.program:
            return
        own = self.folder / self.name
        own.with_suffix(".index").write_text("".join(self.lines))
        self.program = subprocess.Popen(
            ["openssl", "ocsp", "-index", own.with_suffix(".index"), "-port", str(self.port), "-CA",
             own.with_suffix(".ca"), "-rsigner", own.with_suffix(".pem"), "-rkey", own.with_suffix(".key"), "-nmin",
             "60", *self.options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.program.stdout.readline()
        while not line.startswith("ACCEPT"):
            if not line:
                raise RuntimeError("openssl ocsp does not run")
            line = self.program.stdout.readline()

    def end(self):
        if self.program:
            self.program.kill()
            self.program.wait()
            self.program.stdout.close()
            self.program = None


def judge(trust, certificate, *options):
    """What certs/validation.h says."""
    done = subprocess.run([TOOL, "--trust", trust, *options, certificate], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"{TOOL.name}: {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def openssl(*words):
    done = subprocess.run(["openssl", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, timeout=60)
    return done.returncode, done.stdout
