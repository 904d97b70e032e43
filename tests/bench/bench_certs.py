"""Tokens of 2,000 different citizens, verified in one process (parse, chain, policy, signature, revocation from memory), for
each second of CPU time; compared with the two public-key operations alone, as `openssl speed` has them in the same run,
and with what the official Java validator reached on another day. Then the same for ES256 by piradi-verifyd over HTTP,
compared with the library, and whether its memory grows. N: runs of each."""

import json
import re
import statistics
import subprocess

from report import BUILD, ROOT, NotMeasured, Report

TOKENS = 2000
# algorithm, citizen's key, authorities' keys, the names of both in `openssl speed`, tokens a second of the Java validator
TOKEN_PROFILES = (
    ("ES384", "P-384", "P-384", "ecdsap384", "ecdsap384", 134),
    ("ES256", "P-256", "P-256", "ecdsap256", "ecdsap256", 281),
    ("RS256", "RSA-2048", "RSA-4096", "rsa2048", "rsa4096", 3784),
    ("RS256", "RSA-3072", "RSA-4096", "rsa3072", "rsa4096", 3492),
)
TOKENS_OF_LIMIT_LEAST = 0.8
HTTP_OF_LIBRARY_LEAST = 0.7
HTTP_ROUNDS = 5
HTTP_GROWTH_MOST = 1.05  # of resident memory, from the first round to the last


def verifications_a_second():
    """By the names of `openssl speed`."""
    names = sorted({name for profile in TOKEN_PROFILES for name in profile[3:5]})
    told = subprocess.run(["openssl", "speed", "-seconds", "2", *names], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=True).stdout
    rates = {}
    for line in told.splitlines():
        if found := re.match(r"(rsa)\s+(\d+) bits .*\s([\d.]+)$", line):
            rates[found[1] + found[2]] = float(found[3])
        elif found := re.match(r"\s*\d+ bits ecdsa \(nistp(\d+)\) .*\s([\d.]+)$", line):
            rates["ecdsap" + found[1]] = float(found[2])
    return rates


def library_rate(algorithm, key, authority, runs):
    rates = []
    for _ in range(runs or 3):
        done = subprocess.run([BUILD / "tests/bench-certs", algorithm, key, authority, str(TOKENS)],
                              stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise NotMeasured(f"{algorithm} with {key}")
        rates.append(float(done.stdout))
    return statistics.median(rates)


def measure_http(report, library):
    done = subprocess.run([ROOT / "scripts/in-namespace", ROOT / "tests/bench/verifyd_load.py", str(TOKENS),
                           str(HTTP_ROUNDS)], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise NotMeasured("piradi-verifyd")
    rounds = json.loads(done.stdout)
    rate = statistics.median(rate for rate, _ in rounds)
    print(f"\nES256 by piradi-verifyd over HTTP: {rate:.0f} tokens in a second of its CPU time, {rounds[-1][1]} KiB")
    report.line("of the library", rate / library, HTTP_OF_LIBRARY_LEAST, False)
    report.line(f"times its memory after {HTTP_ROUNDS} times {TOKENS} tokens", rounds[-1][1] / rounds[0][1],
                HTTP_GROWTH_MOST, True)


def measure(report, runs):
    speed = verifications_a_second()
    by_algorithm = {}
    for algorithm, key, authority, key_name, authority_name, java in TOKEN_PROFILES:
        rate = library_rate(algorithm, key, authority, runs)
        by_algorithm[algorithm] = rate
        limit = 1 / (1 / speed[key_name] + 1 / speed[authority_name])
        print(f"\n{algorithm}, {key} under {authority}: {rate:.0f} tokens a CPU-second; limit {limit:.0f}")
        report.line("of the limit", rate / limit, TOKENS_OF_LIMIT_LEAST, False)
        report.line("times the Java validator's rate", rate / java, 1, False)
    measure_http(report, by_algorithm["ES256"])


def run(runs):
    report = Report()
    try:
        measure(report, runs)
    except NotMeasured as failure:
        print(f"Not measured: {failure}")
        return 1
    print("\nAll limits are reached." if report.reached else "\nNot all limits are reached.")
    return 0
