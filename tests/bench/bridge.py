#!/usr/bin/python3
"""Run by `scripts/bench bridge` inside a network namespace of its own: measures the real bridge, beside a bare
libmicrohttpd server and beside `openssl dgst`, in turns, and prints the ratios of medians with their limits.

    bridge.py RUNS

Where other programs take the processors, times tell little: the processor time that the servers themselves spent is
printed too, and what that alone would give.
"""

import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.setdefault("PIRADI_BUILD", str(ROOT / "build"))).resolve()
sys.path.insert(0, str(ROOT / "tests/bridge"))

import harness  # noqa: E402  it needs PIRADI_BUILD

HELLO_PORT = 27311
CONNECTIONS = 32
SECONDS = 2
STREAMS = 1000
UPLOAD_BYTES = 1 << 30


class Bench(harness.BridgeTest):
    """Borrows the tests' bridge, agent and clean-up."""

    def __init__(self):
        super().__init__("measure")

    def measure(self):
        pass

    @staticmethod
    def cpu_s(pid):
        """Of that process so far."""
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def load(self, port, request, pid):
        before = self.cpu_s(pid)
        result = subprocess.run(
            [BUILD / "tests/bridge-load", str(port), str(CONNECTIONS), str(SECONDS), request],
            stdout=subprocess.PIPE, text=True, check=True)
        rate, p50, p99 = map(int, result.stdout.split())
        cpu_us = (self.cpu_s(pid) - before) * 1e6 / (rate * SECONDS)
        return {"rate": rate, "p50_us": p50, "p99_us": p99, "cpu_us": cpu_us}

    def requests(self, runs):
        """The bridge and the bare server in turns."""
        bridge_request, hello_request = self.home / "bridge-request", self.home / "hello-request"
        bridge_request.write_bytes(harness.call_bytes("GET", "/v1/status"))
        hello_request.write_bytes(bridge_request.read_bytes())  # the same bytes
        with subprocess.Popen([BUILD / "tests/bridge-hello", str(HELLO_PORT)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as hello:
            hello.stdout.readline()
            measured = [{"other": self.load(HELLO_PORT, hello_request, hello.pid),
                         "bridge": self.load(harness.PORT, bridge_request, self.bridge.pid)} for _ in range(runs)]
            hello.stdin.close()
        return measured

    def resident_kb(self, kind="VmRSS"):
        with open(f"/proc/{self.bridge.pid}/status", encoding="ascii") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(kind + ":"))

    def streams(self):
        """Memory while that many event streams are open, each of which has had its first event."""
        clients = []
        for _ in range(STREAMS):
            client = harness.connect()
            client.sendall(harness.call_bytes("GET", "/v1/events"))
            clients.append(client)
        for client in clients:
            seen = b""
            while b"event: readers" not in seen:
                seen += client.recv(65536)
        resident = self.resident_kb()
        for client in clients:
            client.close()
        return resident

    def upload(self):
        """Seconds for a gibibyte from the first byte to the answer."""
        piece = bytes(1 << 20)
        request = harness.call_bytes("POST", "/v1/documents", b"x", "application/pdf")[:-1]
        request = request.replace(b"Content-Length: 1\r\n", b"Content-Length: %d\r\n" % UPLOAD_BYTES)
        with harness.connect() as client, client.makefile("rb") as stream:
            began = time.monotonic()
            client.sendall(request)
            for _ in range(UPLOAD_BYTES // len(piece)):
                client.sendall(piece)
            reply = harness.Reply(stream)
        elapsed = time.monotonic() - began
        if reply.status != 201:
            raise RuntimeError(reply.body)
        self.assertEqual(harness.post_json("/v1/sign", {
            "document": reply.json["document"], "name": "a", "format": "pades", "level": "B"}).status, 409)
        return elapsed

    def openssl(self, path):
        began, cpu = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(["openssl", "dgst", "-sha256", path], stdout=subprocess.DEVNULL, check=True)
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {"s": time.monotonic() - began,
                "cpu_s": spent.ru_utime + spent.ru_stime - cpu.ru_utime - cpu.ru_stime}

    def bridge_upload(self):
        cpu = self.cpu_s(self.bridge.pid)
        elapsed = self.upload()
        return {"s": elapsed, "cpu_s": self.cpu_s(self.bridge.pid) - cpu}

    def uploads(self, runs):
        """In turns with openssl, whose file lies where the bridge puts uploads, and in memory by then."""
        def cancel(conversation, _request):
            conversation.say({"status": "USER_CANCELLED"})
            conversation.wait_for_close()

        self.agent.on("sign", cancel)
        path = self.home / "gibibyte"
        with open(path, "wb") as file:
            for _ in range(UPLOAD_BYTES >> 20):
                file.write(bytes(1 << 20))
        self.openssl(path)
        measured = [{"other": self.openssl(path), "bridge": self.bridge_upload()} for _ in range(runs)]
        path.unlink()
        return measured

    def renew(self):
        self.stop_bridge()
        self.start_bridge()


def median(runs, who, what):
    return statistics.median(run[who][what] for run in runs)


def line(what, value, limit, most):
    """`most`: the limit is the highest value allowed; otherwise the lowest."""
    good = value <= limit if most else value >= limit
    print(f"  {what:<66} {value:>8.3g}   {'≤' if most else '≥'} {limit:<4g} {'reached' if good else 'MISSED'}")


def report_requests(runs):
    for who, name in (("other", "bare libmicrohttpd"), ("bridge", "the bridge, GET /v1/status")):
        print(f"  {name:<30} {median(runs, who, 'rate'):8.0f} a second, p50 {median(runs, who, 'p50_us'):.0f} us, "
              f"p99 {median(runs, who, 'p99_us'):.0f} us; {median(runs, who, 'cpu_us'):.2f} us of processor each")
    line("requests a second, of the bare server's", median(runs, "bridge", "rate") / median(runs, "other", "rate"), 0.8, False)
    line("the same, by processor time", median(runs, "other", "cpu_us") / median(runs, "bridge", "cpu_us"), 0.8, False)
    line("p99, of the bare server's", median(runs, "bridge", "p99_us") / median(runs, "other", "p99_us"), 2, True)


def report_uploads(runs, resident_kb):
    for who, name in (("other", "openssl dgst -sha256, 1 GiB"), ("bridge", "uploaded, hashed and stored, 1 GiB")):
        print(f"  {name:<40} {median(runs, who, 's'):6.2f} s, {median(runs, who, 'cpu_s'):.2f} s of processor")
    line("rate, of openssl's", median(runs, "other", "s") / median(runs, "bridge", "s"), 0.5, False)
    line("the same, by processor time", median(runs, "other", "cpu_s") / median(runs, "bridge", "cpu_s"), 0.5, False)
    line("most that was resident meanwhile, MB", resident_kb / 1024, 32, True)


def main():
    runs = int(sys.argv[1])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    bench = Bench()
    bench.setUp()
    try:
        print(f"\n{CONNECTIONS} connections, {runs} runs of {SECONDS} s of each in turns")
        report_requests(bench.requests(runs))
        bench.renew()
        print(f"\nOne document, {runs} times each in turns")
        report_uploads(bench.uploads(runs), bench.resident_kb("VmHWM"))
        bench.renew()
        print(f"\n{STREAMS} idle event streams")
        line("resident, MB", bench.streams() / 1024, 40, True)
    finally:
        bench.doCleanups()


if __name__ == "__main__":
    main()
