#!/usr/bin/python3
"""Letters raised to T, LT and LTA by the real `openssl ts -reply` and `openssl ocsp`, and judged by others."""

import json
import os
import pathlib
import re
import resource
import subprocess
import tempfile
import unittest

from asn1crypto import cms, ocsp, tsp
from cryptography import x509
from letter_pdf import make_letter
import stage
from pki import Purpose, issue
from stage import Responder, Web

stage.HOST = "198.51.100.1"  # tests/letters/CMakeLists.txt
NOBODY = f"http://{stage.HOST}:9/"

PIRADI = os.path.join(os.environ["PIRADI_BUILD"], "bin", "piradi")
CONFIGURATION = """[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/trust/root.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
ess_cert_id_chain = no
"""


def run(*words):
    return subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          timeout=60)


class Authority:
    """`openssl ts -reply` behind a path of the web."""

    def __init__(self, folder, web, root, responders):
        self.folder = folder
        party = issue(root, "Specimen time-stamps", purposes=(), responders=responders,
                      more=((x509.ExtendedKeyUsage([Purpose.TIME_STAMPING]), True),))
        (folder / "tsa.pem").write_bytes(party.pem)
        (folder / "tsa.key").write_bytes(party.key_pem())
        (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
        (folder / "serial").write_text("01\n")
        self.party = party
        self.asked = 0
        self.url = web.put(self.reply, "application/timestamp-reply")

    def reply(self, _, query):
        self.asked += 1
        (self.folder / "query").write_bytes(query)
        done = run("openssl", "ts", "-reply", "-config", self.folder / "tsa.cnf", "-queryfile", self.folder / "query",
                   "-out", self.folder / "reply")
        assert done.returncode == 0, done.stdout
        return (self.folder / "reply").read_bytes()


class LevelsTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="levels-", dir="/tmp")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.web = Web()
        self.addCleanup(self.web.end)
        self.root = issue(None, "Specimen root", ca=True)
        self.trust = self.folder / "trust"
        self.trust.mkdir()
        (self.trust / "root.pem").write_bytes(self.root.pem)
        self.responder = Responder(self.folder, "ocsp", self.root, self.root)
        self.addCleanup(self.responder.end)
        self.citizen = self.responder.knows(self.issue_citizen())
        self.authority = Authority(self.folder, self.web, self.root, [self.responder.url])
        self.responder.knows(self.authority.party)
        self.responder.run()
        self.letter = self.folder / "letter.pdf"
        self.letter.write_bytes(make_letter())

    def issue_citizen(self, responders=None):
        return issue(self.root, "ნინო ბერიძე", key="RSA-2048", usages=("content_commitment",), purposes=(),
                     responders=[self.responder.url] if responders is None else responders)

    def sign(self, name, citizen=None):
        citizen = citizen or self.citizen
        made = self.folder / name
        (self.folder / "citizen.pem").write_bytes(citizen.pem)
        (self.folder / "citizen.key").write_bytes(citizen.key_pem())
        done = run(os.environ["SIGN_LETTER"], self.letter, made, self.folder / "citizen.pem", self.folder / "citizen.key",
                   self.trust / "root.pem")
        self.assertEqual(done.returncode, 0, done.stdout)
        return made

    def extend(self, level, letter, *urls, **options):
        """What `piradi extend` says; its output, if there is one, takes the letter's place."""
        made = self.folder / "extended.pdf"
        authorities = [f"--tsa={url}" for url in urls or (self.authority.url,)]
        done = subprocess.run([PIRADI, "extend", "--json", f"--level={level}", *authorities, f"--trust={self.trust}",
                               f"--output={made}", letter], stdout=subprocess.PIPE, timeout=60, check=False, **options)
        told = json.loads(done.stdout)
        self.assertEqual((done.returncode == 0, made.exists()), (told["status"] == "OK",) * 2, told)
        self.assertEqual(list(self.folder.glob(".piradi*")), [])
        if made.exists():
            made.rename(letter)
        return told["status"]

    def verify(self, letter):
        return json.loads(run(PIRADI, "verify", letter, "--trust", self.trust, "--json").stdout)

    def check(self, letter, level, persons=1):
        """By us, by poppler and by qpdf."""
        told = self.verify(letter)
        self.assertEqual((told["status"], told["verdict"]), ("OK", "TOTAL-PASSED"), told)
        self.assertEqual([one["level"] for one in told["signatures"] if "level" in one], [level] * persons, told)
        self.assertEqual(run("pdfsig", "-nocert", letter).stdout.count(b"Signature is Valid"), persons)
        done = run("qpdf", "--check", letter)
        self.assertEqual(done.returncode, 0, done.stdout)
        return told

    @staticmethod
    def contents(letter):
        """Of each signature, in the order of the file."""
        return [bytes.fromhex(found.decode()) for found in re.findall(rb"/Contents <([0-9a-f]+)>", letter.read_bytes())]

    def token_of(self, letter):
        signer = cms.ContentInfo.load(self.contents(letter)[0])["content"]["signer_infos"][0]
        tokens = [one["values"][0] for one in signer["unsigned_attrs"] if one["type"].native == "signature_time_stamp_token"]
        return tokens[0], signer["signature"].native

    def test_b(self):
        told = self.check(self.sign("b.pdf"), "B")
        self.assertNotIn("proven_time", told["signatures"][0])

    def test_t(self):
        letter = self.sign("t.pdf")
        before = letter.read_bytes()
        self.assertEqual(self.extend("T", letter), "OK")
        self.assertEqual(len(before), letter.stat().st_size)
        told = self.check(letter, "T")
        self.assertIn("proven_time", told["signatures"][0])
        token, value = self.token_of(letter)
        (self.folder / "token").write_bytes(token.dump())
        (self.folder / "value").write_bytes(value)
        done = run("openssl", "ts", "-verify", "-data", self.folder / "value", "-in", self.folder / "token", "-token_in",
                   "-CAfile", self.trust / "root.pem")
        self.assertIn(b"Verification: OK", done.stdout)
        self.assertEqual(self.extend("T", letter), "OK")
        self.assertEqual(self.authority.asked, 1)

    def test_lt(self):
        letter = self.sign("lt.pdf")
        self.assertEqual(self.extend("LT", letter), "OK")
        told = self.check(letter, "LT")
        self.assertEqual(len(told["signatures"]), 1)
        plain = run("qpdf", "--qdf", "--object-streams=disable", letter, "-").stdout
        for word in (b"/DSS", b"/Certs", b"/OCSPs"):
            self.assertIn(word, plain)
        self.check_order(letter)
        self.responder.end()
        self.check(letter, "LT")

    def check_order(self, letter):
        """Sign, time-stamp, and only then ask about revocation."""
        token, _ = self.token_of(letter)
        stamped = tsp.TSTInfo.load(token["content"]["encap_content_info"]["content"].parsed.dump())["gen_time"].native
        streams = re.findall(rb"stream\n(.*?)\nendstream", letter.read_bytes(), re.DOTALL)
        answers = []
        for stream in streams:
            try:
                answers.append(ocsp.OCSPResponse.load(stream, strict=True).basic_ocsp_response["tbs_response_data"]
                               ["produced_at"].native)
            except (ValueError, TypeError):
                continue
        self.assertEqual(len(answers), 2)
        self.assertTrue(all(answer >= stamped for answer in answers))

    def test_lta_again_and_again(self):
        letter = self.sign("lta.pdf")
        for times in (1, 2):
            self.assertEqual(self.extend("LTA", letter), "OK")
            told = self.check(letter, "LTA")
            self.assertEqual([one["is_timestamp"] for one in told["signatures"]], [False] + [True] * times)
            self.assertEqual({one["status"] for one in told["signatures"]}, {"OK"})
        whole = letter.read_bytes()
        changed = self.folder / "changed.pdf"
        at = whole.rindex(b"/DSS")
        changed.write_bytes(whole[:at] + b"/DST" + whole[at + 4:])
        self.assertNotEqual([one["status"] for one in self.verify(changed)["signatures"]][-1], "OK")

    def test_a_later_signer_and_levels(self):
        letter = self.sign("first.pdf")
        self.assertEqual(self.extend("LT", letter), "OK")
        self.letter = letter
        again = self.sign("second.pdf")
        self.assertEqual(self.extend("LTA", again), "OK")
        self.check(again, "LTA", persons=2)

    def test_what_cannot_be_reached_is_an_error(self):
        for level in ("T", "LT", "LTA"):
            letter = self.sign(f"{level}-without-time.pdf")
            before = letter.read_bytes()
            self.assertEqual(self.extend(level, letter, NOBODY), "TIMESTAMP_UNAVAILABLE")
            self.assertEqual(letter.read_bytes(), before)
        self.assertEqual(self.extend("T", self.sign("second-authority.pdf"), NOBODY, self.authority.url), "OK")
        for citizen in (self.issue_citizen(()), self.issue_citizen([NOBODY])):
            letter = self.sign(f"{citizen.serial}.pdf", citizen)
            self.assertEqual(self.extend("LT", letter), "REVOCATION_UNKNOWN")
            self.check(letter, "B")
        private = self.authority.url.replace(stage.HOST, "127.0.0.1")
        self.assertEqual(self.extend("T", self.sign("private.pdf"), private), "TIMESTAMP_UNAVAILABLE")

    def test_a_full_disk(self):
        """RLIMIT_FSIZE stands in for it: the letter is untouched, and nothing else is there."""
        letter = self.sign("full.pdf")
        before = letter.read_bytes()

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, len(before) + 100))

        self.assertEqual(self.extend("LT", letter, preexec_fn=limit, restore_signals=False), "DISK_FULL")
        self.assertEqual(letter.read_bytes(), before)

    def test_a_revoked_certificate(self):
        begin = self.citizen.certificate.not_valid_before
        revoked = self.responder.knows(self.issue_citizen(), revoked=begin)
        self.responder.run()
        self.assertEqual(self.extend("LT", self.sign("revoked.pdf", revoked)), "CERTIFICATE_REVOKED")

    def test_a_bad_signature_is_not_raised(self):
        letter = self.sign("bad.pdf")
        whole = bytearray(letter.read_bytes())
        whole[whole.index(b"A letter")] ^= 1
        letter.write_bytes(whole)
        self.assertEqual(self.extend("T", letter), "SIGNATURE_INVALID")
        self.assertEqual(self.extend("T", self.letter), "SIGNATURE_INVALID")
        self.assertEqual(self.authority.asked, 0)


if __name__ == "__main__":
    unittest.main()
