#!/usr/bin/python3
"""The table: certificates, OCSP responses and CRLs, each with its expected status, judged by certs/ and, wherever it
can express the rule, by OpenSSL's own programs. A case where OpenSSL is content and we are not says so."""

import pathlib
import subprocess
import tempfile
import unittest

import pki
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from pki import DAY, HOUR, NO_CHECK, NOW, SHA1, Party, Purpose, answer, crl, der, issue, scope, sign_again
from stage import Responder, Web, judge, openssl

LEAST = 120
LOGIN, SIGN = ("digital_signature",), ("content_commitment",)
NOT_FOR, EXPIRED, UNTRUSTED, REVOKED, UNKNOWN = (
    f"CERTIFICATE_{word}" if word != "UNKNOWN" else "REVOCATION_UNKNOWN"
    for word in ("NOT_FOR_THIS_USE", "EXPIRED", "UNTRUSTED", "REVOKED", "UNKNOWN"))
OFF, PREFER = ("--rule", "need=2"), ("--rule", "need=1")
LEAF_ONLY = ("--rule", "whole_chain=0")
OCSP_TYPE = "application/ocsp-response"
HOLD, COMPROMISED = x509.ReasonFlags.certificate_hold, x509.ReasonFlags.key_compromise
BLANK = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.1"), b"\x05\x00")


def seconds(when):
    return str(int((when - pki.datetime.datetime(1970, 1, 1)).total_seconds()))


class Cases(unittest.TestCase):
    """One test for each kind of case; how many there were is counted at the end."""

    done = 0

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="certs-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.web = Web()
        cls.addClassCleanup(cls.web.end)
        cls.files, cls.responders = 0, []
        cls.root = issue(None, "SPECIMEN Root", ca=True)
        root_list = cls.web.put(pki.der_of(crl(cls.root)))
        cls.ca = issue(cls.root, "SPECIMEN CA", ca=True, lists=[root_list])
        cls.stranger = issue(None, "SPECIMEN Root", ca=True)
        cls.trust = cls.folder / "trust"
        cls.trust.mkdir()
        (cls.trust / "root.pem").write_bytes(cls.root.pem)
        (cls.trust / "ca.pem").write_bytes(cls.ca.pem)
        cls.signer = cls.responder_of(cls.ca)
        cls.responder = cls.start("main", cls.signer)

    @classmethod
    def tearDownClass(cls):
        if Cases.done < LEAST:
            raise AssertionError(f"only {Cases.done} cases")
        print(f"{Cases.done} cases")

    # Tools of the cases.

    @classmethod
    def responder_of(cls, issuer, purposes=(Purpose.OCSP_SIGNING,), more=(NO_CHECK,), **what):
        return issue(issuer, "SPECIMEN Responder", purposes=purposes, more=more, number=None, **what)

    @classmethod
    def start(cls, name, signer, *options, authority=None):
        responder = Responder(cls.folder, name, authority or cls.ca, signer, *options)
        cls.addClassCleanup(responder.end)
        cls.responders.append(responder)
        return responder

    def file(self, content):
        Cases.files += 1
        path = self.folder / f"file-{Cases.files}"
        path.write_bytes(content if isinstance(content, bytes) else content.public_bytes(pki.DER))
        return path

    def pems(self, *parties):
        return self.file(b"".join(party.pem for party in parties))

    def judged(self, what, expected, *options, **told):
        """what: a party or DER."""
        for responder in self.responders:
            responder.run()
        Cases.done += 1
        content = what.der if isinstance(what, Party) else what
        found = judge(self.trust, self.file(content), *options)
        self.assertEqual(found["status"], expected, found)
        for key, value in told.items():
            self.assertEqual(found[key], value, found)
        return found

    # Chains.

    def chain(self, name, what, expected, *options, others=(), agrees=True, at=None):
        """Without revocation. agrees: whether `openssl verify` thinks of the chain as we do."""
        with self.subTest(name):
            words = [*options, *OFF]
            if others:
                words += ["--others", self.pems(*others)]
            if at is not None:
                words += ["--at", at]
            self.judged(what, expected, *words)
            if agrees is not None:
                theirs = self.openssl_verifies(what, others, at)
                self.assertEqual(theirs == (expected in ("OK", NOT_FOR)), agrees, theirs)

    def openssl_verifies(self, what, others, at, *more):
        content = what.der if isinstance(what, Party) else what
        words = ["-CAfile", self.trust / "root.pem", "-untrusted", self.pems(self.ca, *others)]
        code, _ = openssl("verify", "-auth_level", "2", "-no-CApath", "-no-CAstore", *words,
                          *(["-attime", at] if at else []), *more, self.file(content))
        return code == 0

    def test_uses(self):
        client, server = Purpose.CLIENT_AUTH, Purpose.SERVER_AUTH
        for name, usages, purposes, login, sign in (
                ("a login certificate", LOGIN, [client], "OK", NOT_FOR),
                ("without extended key usage", LOGIN, [], "OK", NOT_FOR),
                ("for servers and clients", LOGIN, [server, client], "OK", NOT_FOR),
                ("for servers alone", LOGIN, [server], NOT_FOR, NOT_FOR),
                ("for any purpose, which is not a login's", LOGIN, [Purpose.ANY_EXTENDED_KEY_USAGE], NOT_FOR, NOT_FOR),
                ("a signing certificate", SIGN, [], NOT_FOR, "OK"),
                ("for mail", SIGN, [Purpose.EMAIL_PROTECTION], NOT_FOR, "OK"),
                ("for both", LOGIN + SIGN, [client], "OK", "OK"),
                ("for key agreement", ("key_agreement",), [client], NOT_FOR, NOT_FOR),
                ("without key usage", (), [client], NOT_FOR, NOT_FOR)):
            party = issue(self.ca, "x", usages=usages, purposes=purposes)
            self.chain(name + ", login", party, login)
            self.chain(name + ", signing", party, sign, "--sign")
        self.chain("an authority's own", self.ca, NOT_FOR)

    def test_times(self):
        begin, end = NOW - 10 * DAY, NOW + 10 * DAY
        party = issue(self.ca, "x", begin=begin, end=end)
        for name, when, expected in (("first second", begin, "OK"), ("last second", end - DAY / 86400, "OK"),
                                     ("a second early", begin - DAY / 86400, UNTRUSTED),
                                     ("its end", end, EXPIRED)):
            self.chain(name, party, expected, at=seconds(when))
        self.chain("expired", issue(self.ca, "x", begin=NOW - 9 * DAY, end=NOW - DAY), EXPIRED)
        self.chain("from tomorrow", issue(self.ca, "x", begin=NOW + DAY), UNTRUSTED)
        old = issue(self.root, "SPECIMEN Old CA", ca=True, begin=NOW - 9 * DAY, end=NOW - DAY)
        self.chain("under an authority that is over", issue(old, "x"), UNTRUSTED, others=[old])
        self.chain("which was not, then", issue(old, "x", begin=NOW - 9 * DAY), "OK", others=[old],
                   at=seconds(NOW - 2 * DAY))

    def test_issuers(self):
        self.chain("by a stranger of the root's name", issue(self.stranger, "x"), UNTRUSTED)
        double = issue(self.stranger, "SPECIMEN CA", ca=True)
        self.chain("by a stranger's authority of the same name", issue(double, "x"), UNTRUSTED, others=[double])
        self.chain("by itself", issue(None, "x"), UNTRUSTED)
        self.chain("by a citizen", issue(issue(self.ca, "y"), "x"), UNTRUSTED)
        citizen = issue(self.ca, "y")
        self.chain("by a citizen who comes along", issue(citizen, "x"), UNTRUSTED, others=[citizen])
        middle = issue(self.ca, "SPECIMEN Middle", ca=True)
        leaf = issue(middle, "x")
        self.chain("intermediate missing", leaf, UNTRUSTED)
        self.chain("intermediate along", leaf, "OK", others=[middle])
        self.chain("with strangers along", leaf, "OK", others=[self.stranger, citizen, middle])
        self.chain("too many along", leaf, UNTRUSTED, others=[middle] * 17, agrees=False)
        no_sign = issue(self.ca, "SPECIMEN No", ca=True, usages=("crl_sign",))
        self.chain("by one who may sign only CRLs", issue(no_sign, "x"), UNTRUSTED, others=[no_sign])
        short = issue(self.root, "SPECIMEN Short", ca=True, path_length=0)
        below = issue(short, "SPECIMEN Below", ca=True)
        self.chain("at the end of the path length", issue(short, "x"), "OK", others=[short])
        self.chain("beyond the path length", issue(below, "x"), UNTRUSTED, others=[short, below])
        one = Party(None, pki.new_key(), None)
        other = issue(None, "SPECIMEN Loop B", ca=True)
        one = issue(other, "SPECIMEN Loop A", ca=True)
        other = issue(one, "SPECIMEN Loop B", ca=True, key=other.key)
        self.chain("a loop of intermediates", issue(one, "x"), UNTRUSTED, others=[one, other])
        deep, line = self.ca, []
        for depth in range(10):
            deep = issue(deep, f"SPECIMEN Deep {depth}", ca=True)
            line.append(deep)
        self.chain("too deep", issue(deep, "x"), UNTRUSTED, others=line, agrees=False)

    def test_constraints_and_extensions(self):
        georgia = x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "GE")]))
        for name, permitted, excluded, inside, outside in (
                ("permitted", [georgia], None, "OK", UNTRUSTED), ("excluded", None, [georgia], UNTRUSTED, "OK")):
            bound = issue(self.root, "SPECIMEN Bound", ca=True, more=[(x509.NameConstraints(permitted, excluded), True)])
            self.chain(f"names {name}: inside", issue(bound, "x"), inside, others=[bound])
            self.chain(f"names {name}: outside", issue(bound, "x", country="XX"), outside, others=[bound])
        self.chain("an unknown critical extension", issue(self.ca, "x", more=[(BLANK, True)]), UNTRUSTED)
        self.chain("an unknown extension", issue(self.ca, "x", more=[(BLANK, False)]), "OK")
        odd = issue(self.root, "SPECIMEN Odd", ca=True, more=[(BLANK, True)])
        self.chain("an authority with one", issue(odd, "x"), UNTRUSTED, others=[odd])

    def test_keys(self):
        for kind, expected, agrees in (
                ("RSA-1024", UNTRUSTED, True), ("RSA-2048", "OK", True), ("RSA-3072", "OK", True),
                ("RSA-2048/3", UNTRUSTED, False), ("P-224", UNTRUSTED, False), ("P-256", "OK", True),
                ("P-384", "OK", True), ("P-521", "OK", True), ("P-256K", UNTRUSTED, False),
                ("BP-256", UNTRUSTED, False), ("Ed25519", UNTRUSTED, False)):
            self.chain(f"a key of {kind}", issue(self.ca, "x", key=kind), expected, agrees=agrees)
        weak = issue(self.root, "SPECIMEN Weak", ca=True, key="RSA-1024")
        self.chain("an authority of RSA-1024", issue(weak, "x"), UNTRUSTED, others=[weak])
        self.chain("a ROCA key", issue(self.ca, "x", key=RocaKey()), UNTRUSTED, agrees=False)
        self.chain("SHA-1", issue(self.ca, "x", digest=SHA1), UNTRUSTED)
        self.chain("SHA-384", issue(self.ca, "x", digest=hashes.SHA384()), "OK")
        sha1 = issue(self.root, "SPECIMEN SHA-1", ca=True, digest=SHA1)
        self.chain("an authority by SHA-1", issue(sha1, "x"), UNTRUSTED, others=[sha1])

    def test_shapes(self):
        party = issue(self.ca, "x", serial=0x1234567890)
        flipped = bytearray(party.der)
        flipped[-1] ^= 1
        self.chain("a flipped bit of the signature", bytes(flipped), UNTRUSTED)
        flipped = bytearray(party.der)
        flipped[party.der.index(b"01001012345")] ^= 1
        self.chain("a flipped bit of the name", bytes(flipped), UNTRUSTED)
        for name, size, serial in (("negative", 5, b"\xff\x34\x56\x78\x90"), ("zero", 5, b"\0")):
            old, new = der.tlv(2, bytes.fromhex("1234567890")), der.tlv(2, serial)
            changed = sign_again(party.certificate, self.ca.key, lambda tbs, old=old, new=new: resized(tbs, old, new))
            self.chain(f"a {name} serial number", changed, UNTRUSTED, agrees=False)
            self.assertEqual(size, len(bytes.fromhex("1234567890")))
        long = sign_again(party.certificate, self.ca.key, lambda tbs: resized(
            tbs, der.tlv(2, bytes.fromhex("1234567890")), der.tlv(2, b"\x01" * 21)))
        self.chain("a serial number of 21 octets", long, UNTRUSTED, agrees=False)
        names = x509.SubjectAlternativeName([x509.DNSName(f"host-{i}.test") for i in range(10000)])
        self.judged(issue(self.ca, "x", more=[(names, False)]), "UNREADABLE")
        self.judged(party.der + b"\0", "UNREADABLE")
        self.judged(party.der[:-1], "UNREADABLE")
        self.judged(b"\x30\x84\xff\xff\xff\xff", "UNREADABLE")
        bad = sign_again(issue(self.ca, "abcd").certificate, self.ca.key, lambda tbs: tbs.replace(b"abcd", b"a\xff\xfed"))
        self.judged(bad, "UNREADABLE")

    def test_intermediates_by_address(self):
        middle = issue(self.ca, "SPECIMEN Far", ca=True)
        lower = issue(middle, "SPECIMEN Farther", ca=True, above=[self.web.put(middle.der)])
        bundle = subprocess.run(["openssl", "crl2pkcs7", "-nocrl", "-certfile", self.pems(middle), "-outform", "DER"],
                                stdout=subprocess.PIPE, check=True).stdout
        fetch = ("--fetch", "--aia", "--rule", "timeout=700")
        for name, issuer, place, options, expected in (
                ("there", middle, self.web.put(middle.der), fetch, "OK"),
                ("in a bundle", middle, self.web.put(bundle), fetch, "OK"),
                ("two steps up", lower, self.web.put(lower.der), fetch, "OK"),
                ("not asked for", middle, self.web.put(middle.der), ("--fetch",), UNTRUSTED),
                ("offline", middle, self.web.put(middle.der), ("--aia",), UNTRUSTED),
                ("another's", middle, self.web.put(self.stranger.der), fetch, UNTRUSTED),
                ("not there", middle, self.web.url("/nothing"), fetch, UNTRUSTED),
                ("nobody there", middle, "http://127.0.0.1:1/", fetch, UNTRUSTED),
                ("huge", middle, self.web.put(self.web.huge), fetch, UNTRUSTED),
                ("slow", middle, self.web.put(self.web.slow), fetch, UNTRUSTED),
                ("moved", middle, self.web.put(self.web.moved), fetch, UNTRUSTED),
                ("no certificate", middle, self.web.put(b"hello"), fetch, UNTRUSTED),
                ("a file of this computer", middle, "file:///etc/passwd", fetch, UNTRUSTED)):
            self.chain(f"intermediate {name}", issue(issuer, "x", above=[place]), expected, *options, agrees=None)
        asked = len(self.web.asked)
        self.chain("private addresses are not asked", issue(middle, "x", above=[self.web.put(middle.der)]), UNTRUSTED,
                   "--fetch-public", "--aia", agrees=None)
        self.assertEqual(len(self.web.asked), asked)
        place, cache = self.web.put(middle.der), self.folder / "aia-cache"
        for _ in range(2):
            self.chain("intermediate from the cache", issue(middle, "x", above=[place]), "OK", *fetch, "--cache", cache,
                       agrees=None)
            self.web.replace(place, None)

    # OCSP.

    def ocsp(self, name, party, expected, *options, agrees=True, url=None, file=None, **told):
        """agrees: whether `openssl ocsp` thinks of the certificate as we do, when it asks the same."""
        with self.subTest(name):
            words = ["--fetch", *LEAF_ONLY, "--rule", "timeout=700", *options]
            found = self.judged(party, expected, *(words if file is None else [*LEAF_ONLY, "--ocsp", file, *options]),
                                **told)
            if agrees is not None:
                theirs = self.openssl_ocsp(party, url, file)
                ours = found["verdict"]
                self.assertEqual(theirs == ours, agrees, (theirs, found))

    def openssl_ocsp(self, party, url, file):
        source = ["-url", url, "-timeout", "2"] if file is None else ["-no_nonce", "-respin", file]
        _, told = openssl("ocsp", "-issuer", self.pems(self.ca), "-cert", self.pems(party), "-CAfile",
                          self.pems(self.root, self.ca), "-no-CApath", "-no-CAstore", *source)
        if "Response verify OK" not in told or "WARNING" in told:
            return "unknown"
        for verdict in ("good", "revoked"):
            if f": {verdict}\n" in told:
                return verdict
        return "unknown"

    def test_the_real_responder(self):
        main = self.responder
        for name, revoked, reason, expected in (
                ("good", None, None, "OK"), ("revoked", NOW - DAY, None, REVOKED),
                ("key compromised", NOW - DAY, "key_compromise", REVOKED),
                ("on hold", NOW - DAY, "certificate_hold", REVOKED)):
            party = main.knows(issue(self.ca, "x", responders=[main.url]), revoked, reason)
            self.ocsp(name, party, expected, url=main.url, source="ocsp")
        self.ocsp("not known", issue(self.ca, "x", responders=[main.url]), UNKNOWN, url=main.url)
        self.ocsp("not known, by a lenient policy", issue(self.ca, "x", responders=[main.url]), "OK", *PREFER, url=main.url,
                  verdict="unknown")
        party = main.knows(issue(self.ca, "x", responders=[main.url]))
        self.ocsp("with a nonce as required", party, "OK", "--rule", "nonce_required=1", url=main.url)
        self.ocsp("private addresses are not asked", party, UNKNOWN, "--fetch-public", agrees=None)
        party = main.knows(issue(self.ca, "x", responders=["http://127.0.0.1:1/", main.url]))
        self.ocsp("the first of two is down", party, "OK", agrees=None)
        revoked = main.knows(issue(self.ca, "x", responders=[main.url]), NOW - DAY)
        before, after = seconds(NOW - 2 * DAY), seconds(NOW - HOUR)
        self.ocsp("not revoked yet, then", revoked, "OK", "--at", before, agrees=None)
        self.ocsp("revoked, then", revoked, REVOKED, "--at", after, agrees=None)

    def test_other_real_responders(self):
        foreign = self.responder_of(self.stranger)
        for name, signer, options, expected, agrees in (
                ("the issuer itself", self.ca, [], "OK", True),
                ("the issuer itself, no certificates", self.ca, ["-resp_no_certs"], "OK", True),
                ("named by its key", self.signer, ["-resp_key_id"], "OK", True),
                ("without its certificate", self.signer, ["-resp_no_certs"], UNKNOWN, True),
                ("not for OCSP", self.responder_of(self.ca, purposes=[Purpose.CLIENT_AUTH]), [], UNKNOWN, True),
                ("without purposes", self.responder_of(self.ca, purposes=[]), [], UNKNOWN, True),
                ("a stranger's", foreign, [], UNKNOWN, True),
                ("of the root, not of the issuer", self.responder_of(self.root), [], UNKNOWN, True),
                ("expired", self.responder_of(self.ca, begin=NOW - 9 * DAY, end=NOW - DAY), [], UNKNOWN, True),
                ("that could be revoked itself", self.responder_of(self.ca, more=()), [], UNKNOWN, False),
                ("with a weak key", self.responder_of(self.ca, key="RSA-1024"), [], UNKNOWN, False),
                ("signing with SHA-1", self.signer, ["-rmd", "sha1"], UNKNOWN, False)):
            responder = self.start(name.replace(" ", "-"), signer, *options)
            party = responder.knows(issue(self.ca, "x", responders=[responder.url]))
            self.ocsp(f"a responder {name}", party, expected, url=responder.url, agrees=agrees)

    def test_answers_that_are_none(self):
        good = issue(self.ca, "y")
        for name, thing, media_type in (
                ("slow", self.web.slow, OCSP_TYPE), ("huge", self.web.huge, OCSP_TYPE), ("moved", self.web.moved, None),
                ("an error", self.web.broken, None), ("not DER", b"<html>", OCSP_TYPE), ("empty", b"", OCSP_TYPE),
                ("try later", der.sequence(der.enumerated(3)), OCSP_TYPE),
                ("unauthorized", der.sequence(der.enumerated(6)), OCSP_TYPE),
                ("about another", answer(good, self.ca), OCSP_TYPE)):
            party = issue(self.ca, "x", responders=[self.web.put(thing, media_type)])
            self.ocsp(f"an answer {name}", party, UNKNOWN, agrees=None)
        place = self.web.put(b"")
        party = issue(self.ca, "x", responders=[place])
        replay = {"no nonce": (None, OCSP_TYPE, (), "OK"),
                  "no nonce, which is required": (None, OCSP_TYPE, ("--rule", "nonce_required=1"), UNKNOWN),
                  "replayed": (b"n" * 32, OCSP_TYPE, (), UNKNOWN), "of another type": (None, "text/html", (), UNKNOWN)}
        for name, (nonce, media_type, options, expected) in replay.items():
            self.web.replace(place, answer(party, self.ca, nonce=nonce), media_type)
            self.ocsp(name, party, expected, *options, agrees=None)
        nobody = issue(self.ca, "x", responders=["http://127.0.0.1:1/"])
        self.ocsp("nobody answers", nobody, UNKNOWN, agrees=None)
        self.ocsp("nobody answers, by a lenient policy", nobody, "OK", *PREFER, agrees=None, verdict="unknown")
        self.ocsp("no service named", issue(self.ca, "x"), UNKNOWN, agrees=None)

    def test_answers_that_come_along(self):
        party = issue(self.ca, "x")
        critical = [(BLANK, True)]
        late, long_ago = NOW - 3 * DAY, NOW - 2 * DAY
        for name, how, expected, agrees in (
                ("good", {}, "OK", True), ("by SHA-256 names", {"name_hash": hashes.SHA256()}, "OK", None),
                ("without an end", {"after": None}, "OK", True),
                ("revoked", {"status": "REVOKED", "when": NOW - DAY}, REVOKED, True),
                ("unknown", {"status": "UNKNOWN"}, UNKNOWN, True),
                ("over", {"this": NOW - 3 * HOUR, "after": NOW - 2 * HOUR}, UNKNOWN, True),
                ("over, within the skew", {"this": NOW - HOUR, "after": NOW - HOUR / 6}, "OK", None),
                ("old, without an end", {"this": late, "after": None}, UNKNOWN, False),
                ("old, with a far end", {"this": late, "after": NOW + 9 * DAY}, UNKNOWN, False),
                ("from the future", {"this": NOW + HOUR, "after": NOW + 2 * HOUR}, UNKNOWN, True),
                ("from a clock slightly ahead", {"this": NOW + HOUR / 6}, "OK", None),
                ("revoked, long ago", {"this": late, "after": long_ago, "status": "REVOKED", "when": late}, REVOKED, None),
                ("on hold, long ago", {"this": late, "after": long_ago, "status": "REVOKED", "when": late,
                                       "reason": HOLD}, UNKNOWN, None),
                ("with a critical extension", {"more": critical}, UNKNOWN, False)):
            self.ocsp(f"along: {name}", party, expected, file=self.file(answer(party, self.ca, **how)), agrees=agrees)
        damaged = bytearray(answer(party, self.ca))
        damaged[-4] ^= 1
        self.ocsp("along: damaged", party, UNKNOWN, file=self.file(bytes(damaged)))
        self.ocsp("along: by a citizen", party, UNKNOWN, file=self.file(answer(party, issue(self.ca, "y"))))
        self.ocsp("along: about another", party, UNKNOWN, file=self.file(answer(issue(self.ca, "y"), self.ca)), agrees=None)
        twin = Party(party.certificate, party.key, self.stranger)
        self.ocsp("along: the same number, another issuer", party, UNKNOWN, file=self.file(answer(twin, self.ca)),
                  agrees=None)
        over = issue(self.ca, "x", begin=NOW - 90 * DAY, end=NOW - 2 * DAY)
        then = ("--at", seconds(NOW - 3 * DAY))
        self.ocsp("along: made when it was over", over, UNKNOWN, *then, file=self.file(answer(over, self.ca)), agrees=None)
        cutoff = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.48.1.6"),
                                            der.tlv(0x18, (NOW - 99 * DAY).strftime("%Y%m%d%H%M%SZ").encode()))
        self.assertIsNotNone(cutoff)
        made = answer(over, self.ca, this=NOW - 3 * DAY + HOUR, after=NOW)
        self.ocsp("along: made in time", over, "OK", *then, file=self.file(made), agrees=None, used=1)

    def test_cache_and_grace(self):
        main, cache = self.responder, self.folder / "cache"
        party = main.knows(issue(self.ca, "x", responders=[main.url]))
        kept = ("--cache", cache)
        self.ocsp("asked", party, "OK", *kept, agrees=None)
        entries = list(cache.iterdir())
        self.assertEqual([entry.stat().st_mode & 0o777 for entry in entries], [0o600])
        offline = ("--fetch-public", *kept)
        self.ocsp("from the cache", party, "OK", *offline, agrees=None, source="ocsp")
        self.ocsp("the service is down", party, "OK", *offline, "--rule", "reuse=-1", agrees=None)
        good = entries[0].read_bytes()
        entries[0].write_bytes(answer(party, issue(self.ca, "y")))
        self.ocsp("a cache that somebody wrote to", party, UNKNOWN, *offline, agrees=None)
        entries[0].write_bytes(good[:-1])
        self.ocsp("a cache with half a file", party, UNKNOWN, *offline, agrees=None)
        entries[0].write_bytes(answer(party, self.ca, this=NOW - 4 * HOUR, after=NOW - 3 * HOUR))
        self.ocsp("a stale one", party, UNKNOWN, *offline, agrees=None, in_grace=False)
        self.ocsp("in the grace period", party, "OK", *offline, "--rule", "grace=14400", agrees=None, in_grace=True)
        self.ocsp("after the grace period", party, UNKNOWN, *offline, "--rule", "grace=3600", agrees=None)
        entries[0].write_bytes(answer(party, self.ca, this=NOW - 4 * HOUR, after=NOW - 3 * HOUR, status="REVOKED", when=NOW - DAY))
        self.ocsp("no grace for what is revoked", party, REVOKED, *offline, "--rule", "grace=14400", agrees=None)

    # CRLs.

    def crls(self, name, party, expected, *options, lists=(), agrees=True, **told):
        """lists: those that come along. agrees: whether `openssl verify -crl_check` thinks as we do."""
        with self.subTest(name):
            words = [*LEAF_ONLY, *options]
            for one in lists:
                words += ["--crl", self.file(one)]
            found = self.judged(party, expected, *words, **told)
            if agrees is not None:
                pem = self.file(b"".join(one.public_bytes(pki.PEM) for one in lists))
                theirs = self.openssl_verifies(party, [], None, "-crl_check", "-use_deltas", "-CRLfile", pem)
                self.assertEqual(theirs == (found["status"] == "OK"), agrees, found)

    def test_lists_along(self):
        ca, party = self.ca, issue(self.ca, "x", deltas=["http://127.0.0.1:1/"])
        gone = (party, NOW - DAY, None)
        odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.2"), b"\x05\x00")
        full = [x509.UniformResourceIdentifier("http://elsewhere.test/crl")]
        for name, one, expected, agrees in (
                ("not on it", crl(ca), "OK", True),
                ("on it", crl(ca, [gone]), REVOKED, True),
                ("another on it", crl(ca, [(issue(ca, "y"), NOW - DAY, None)]), "OK", True),
                ("on hold", crl(ca, [(party, NOW - DAY, HOLD)]), REVOKED, True),
                ("over", crl(ca, begin=NOW - 3 * DAY, end=NOW - 2 * DAY), UNKNOWN, True),
                ("over, yet on it", crl(ca, [(party, NOW - 4 * DAY, COMPROMISED)], begin=NOW - 3 * DAY, end=NOW - 2 * DAY),
                 REVOKED, None),
                ("too old for the rules", crl(ca, begin=NOW - 60 * DAY, end=NOW + 60 * DAY), UNKNOWN, False),
                ("from the future", crl(ca, begin=NOW + HOUR), UNKNOWN, True),
                ("another issuer's", crl(self.root), UNKNOWN, True),
                ("signed by another", crl(ca, key=self.stranger.key), UNKNOWN, True),
                ("by SHA-1", crl(ca, digest=SHA1), UNKNOWN, False),
                ("for citizens", crl(ca, more=[(scope(only_contains_user_certs=True), True)]), "OK", True),
                ("for authorities", crl(ca, more=[(scope(only_contains_ca_certs=True), True)]), UNKNOWN, True),
                ("for attributes", crl(ca, more=[(scope(only_contains_attribute_certs=True), True)]), UNKNOWN, True),
                ("for some reasons", crl(ca, more=[(scope(only_some_reasons=frozenset([COMPROMISED])), True)]), UNKNOWN,
                 True),
                ("of another place", crl(ca, more=[(scope(full_name=full), True)]), UNKNOWN, True),
                ("indirect", crl(ca, more=[(scope(indirect_crl=True), True)]), UNKNOWN, True),
                ("with an unknown critical extension", crl(ca, more=[(BLANK, True)]), UNKNOWN, True),
                ("an entry with one", crl(ca, [(issue(ca, "y"), NOW - DAY, None, (odd, True))]), UNKNOWN, True),
                # OpenSSL 3.0.20 takes it, 3.0.22 does not
                ("a delta alone", crl(ca, number=11, base=10), UNKNOWN, None)):
            self.crls(f"CRL: {name}", party, expected, lists=[one], agrees=agrees, source="crl")
        damaged = bytearray(pki.der_of(crl(ca)))
        damaged[-4] ^= 1
        self.crls("CRL: damaged", party, UNKNOWN, "--crl", self.file(bytes(damaged)), agrees=None)
        base, held = crl(ca), (party, NOW - DAY, HOLD)
        lifted = (party, NOW, x509.ReasonFlags.remove_from_crl)
        for name, lists, expected in (
                ("revoked by the delta", [base, crl(ca, [gone], number=11, base=10)], REVOKED),
                ("lifted by the delta", [crl(ca, [held]), crl(ca, [lifted], number=11, base=10)], "OK"),
                ("a delta to a later base", [base, crl(ca, [gone], number=13, base=12)], "OK"),
                ("a delta of a stranger", [base, crl(ca, [gone], number=11, base=10, key=self.stranger.key)], UNKNOWN)):
            self.crls(f"CRL: {name}", party, expected, lists=lists, agrees=True)
        revoked = [crl(ca, [(party, NOW - DAY, None)])]
        self.crls("CRL: not revoked yet, then", party, "OK", "--at", seconds(NOW - 2 * DAY), lists=revoked, agrees=None)
        self.crls("CRL: revoked, then", party, REVOKED, "--at", seconds(NOW - HOUR), lists=revoked, agrees=None)
        mute = issue(self.root, "SPECIMEN Mute", ca=True, usages=("key_cert_sign",))
        self.crls("CRL: by one who may sign none", issue(mute, "x"), UNKNOWN, "--others", self.pems(mute),
                  lists=[crl(mute)], agrees=None)
        self.crls("revoked by the CRL, good by OCSP", party, REVOKED, "--ocsp", self.file(answer(party, ca)),
                  lists=revoked, agrees=None)

    def test_lists_fetched(self):
        ca, web, fetch = self.ca, self.web, ("--fetch", "--rule", "timeout=700")
        clean = pki.der_of(crl(ca))
        down = "http://127.0.0.1:1/"
        for name, thing, expected in (
                ("there", clean, "OK"), ("not there", None, UNKNOWN), ("slow", web.slow, UNKNOWN),
                ("huge", web.huge, UNKNOWN), ("no CRL", b"hello", UNKNOWN), ("an answer to OCSP", answer(ca, self.root), UNKNOWN),
                ("cut off", clean[:-1], UNKNOWN), ("longer than it says", clean + b"\0", UNKNOWN)):
            self.crls(f"CRL fetched: {name}", issue(ca, "x", lists=[web.put(thing)]), expected, *fetch, agrees=None)
        place = web.put(clean)
        self.crls("OCSP is down, the CRL is there", issue(ca, "x", responders=[down], lists=[place]), "OK", *fetch,
                  agrees=None, source="crl")
        party = self.responder.knows(issue(ca, "x", responders=[self.responder.url], lists=[place]))
        self.crls("the CRL first", party, "OK", *fetch, "--rule", "crl_first=1", agrees=None, source="crl")
        self.crls("OCSP first", party, "OK", *fetch, agrees=None, source="ocsp")
        place = web.put(clean)
        party = issue(ca, "x", responders=[down], lists=[place])
        web.replace(place, pki.der_of(crl(ca, [(party, NOW - DAY, None)])))
        self.crls("OCSP is down, the CRL has it", party, REVOKED, *fetch, agrees=None)
        place, delta = web.put(clean), web.put(b"")
        party = issue(ca, "x", lists=[place], deltas=[delta])
        self.crls("the delta is down", party, "OK", *fetch, agrees=None)
        web.replace(delta, pki.der_of(crl(ca, [(party, NOW, None)], number=11, base=10)))
        self.crls("the delta has it", party, REVOKED, *fetch, agrees=None)
        cache = ("--cache", self.folder / "crl-cache")
        self.crls("the delta has it, to be cached", party, REVOKED, *fetch, *cache, agrees=None)
        web.replace(delta, None)
        web.replace(place, None)
        self.crls("both from the cache", party, REVOKED, *cache, agrees=None)

    def test_subjects(self):
        def statement(oid, *info):
            return der.sequence(der.oid(f"0.4.0.1862.1.{oid}"), *info)

        def subject_of(statements, **what):
            more = [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), statements), False)]
            return self.judged(issue(self.ca, "ქეთევან წერეთელი-ყიფიანი", more=more, **what), "OK", *OFF)["subject"]

        found = subject_of(der.sequence(
            statement(1), statement(4), statement(6, der.sequence(der.oid("0.4.0.1862.1.6.1"))),
            statement(7, der.sequence(der.text("GE", 0x13))), statement(9, der.null())), number="PNOGE-01001012345")
        self.assertEqual(found, {
            "name": "ქეთევან წერეთელი-ყიფიანი", "latin": "Ketevan Tsereteli-Qipiani", "personal_number": "01001012345",
            "document_number": "", "compliance": True, "secure_device": True, "types": 1, "legislation": "GE"})
        found = subject_of(der.sequence(), number="IDCGE-19AB12345")
        self.assertEqual((found["document_number"], found["personal_number"]), ("19AB12345", ""))
        self.assertEqual((found["compliance"], found["types"], found["legislation"]), (False, 0, ""))
        for wrong in (b"", der.null(), der.sequence(der.null()), der.sequence(der.sequence()), der.sequence() + b"\0",
                      der.sequence(statement(6)), der.sequence(statement(6, der.sequence(der.null()))),
                      der.sequence(statement(7, der.sequence(der.text("ge", 0x13)))),
                      der.sequence(statement(7, der.sequence(*[der.text("GE", 0x13)] * 5))),
                      der.sequence(*[statement(1)] * 33)):
            self.assertIsNone(subject_of(wrong), wrong)

    def test_the_whole_chain(self):
        place = self.web.put(b"")
        middle = issue(self.root, "SPECIMEN Middle", ca=True, lists=[place])
        mine = self.web.put(pki.der_of(crl(middle)))
        party, along = issue(middle, "x", lists=[mine]), ("--fetch", "--others", self.pems(middle))
        self.web.replace(place, pki.der_of(crl(self.root)))
        self.judged(party, "OK", *along, used=2, chain=3, depth=0)
        self.web.replace(place, pki.der_of(crl(self.root, [(middle, NOW - DAY, COMPROMISED)])))
        self.judged(party, UNTRUSTED, *along, depth=1, verdict="revoked")
        self.judged(party, "OK", *along, *LEAF_ONLY, used=1)
        self.web.replace(place, None)
        self.judged(party, UNKNOWN, *along, depth=1)
        self.judged(party, "OK", *along, *PREFER)


def resized(tbs, old, new):
    """The to-be-signed bytes with an element of another length."""
    assert tbs[:2] == b"\x30\x82" and tbs.count(old) == 1
    content = tbs[4:].replace(old, new)
    return b"\x30\x82" + len(content).to_bytes(2, "big") + content


class RocaKey:
    """Stands for a key of the ROCA library: a modulus whose residues all lie in the group of 65537. Nobody has to
    sign with it, so it need not be the product of two primes."""

    def public_key(self):
        primes = [3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
                  107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167]
        product = 2
        for prime in primes:
            product *= prime
        residue = pow(65537, 12345, product // 2)
        residue += 0 if residue % 2 else product // 2
        return rsa.RSAPublicNumbers(65537, residue + product * ((1 << 2047) // product + 1)).public_key()


if __name__ == "__main__":
    unittest.main()
