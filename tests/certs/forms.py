"""Login tokens (Web eID 1.0): good ones, and every way that we know of in which one can be bad. Each form is a name, the
token's bytes, the origin and nonce that the verifier has, and the expected status."""

import base64
import hashlib
import hmac
import json
from collections import namedtuple

import pki
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from pki import DAY, NOW, issue

ORIGIN = "https://portal.piradi.test"
NONCE = base64.b64encode(bytes(range(32))).decode()
BAD, VERSION, SIGNATURE = "BAD_REQUEST", "VERSION_UNSUPPORTED", "SIGNATURE_INVALID"
SIZES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
KINDS = {"RS256": "RSA-2048", "PS256": "RSA-3072", "ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}

Form = namedtuple("Form", "name token origin nonce status")


def b64(data):
    return base64.b64encode(data).decode()


def message(algorithm, origin=ORIGIN, nonce=NONCE):
    size = f"sha{algorithm[2:]}"
    parts = [part if isinstance(part, bytes) else part.encode() for part in (origin, nonce)]
    return b"".join(hashlib.new(size, part).digest() for part in parts)


def raw(signature, key):
    size = (key.curve.key_size + 7) // 8
    return b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(signature))


def sign(key, algorithm, data, salt=None):
    digest = SIZES[algorithm[2:]]
    if algorithm.startswith("ES"):
        return raw(key.sign(data, ec.ECDSA(digest)), key)
    if algorithm.startswith("RS"):
        return key.sign(data, padding.PKCS1v15(), digest)
    return key.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size if salt is None else salt), digest)


def fields(citizen, algorithm, signature, **changes):
    return {"unverifiedCertificate": b64(citizen.der), "algorithm": algorithm, "signature": b64(signature),
            "format": "web-eid:1.0", "appVersion": "https://piradi.test/0.1.0", **changes}


def token_of(citizen, algorithm, origin=ORIGIN, nonce=NONCE, **changes):
    return fields(citizen, algorithm, sign(citizen.key, algorithm, message(algorithm, origin, nonce)), **changes)


def short_values(citizen):
    """Signatures whose r, and whose s, begins with a zero byte: one in 256 does."""
    data, found = message("ES256"), {}
    while len(found) < 2:
        signature = sign(citizen.key, "ES256", data)
        for name, at in (("r", 0), ("s", 32)):
            if signature[at] == 0:
                found[name] = signature
    return found


class Forms:
    def __init__(self, authority, stranger):
        self.citizens = {algorithm: issue(authority, "ნინო ბერიძე", key=kind) for algorithm, kind in KINDS.items()}
        self.authority, self.stranger = authority, stranger
        self.forms = []

    def add(self, name, token, status, origin=ORIGIN, nonce=NONCE):
        data = token if isinstance(token, bytes) else json.dumps(token).encode()
        self.forms.append(Form(name, data, origin, nonce, status))

    def all(self):
        self.good()
        self.origins_and_nonces()
        self.algorithms()
        self.signatures()
        self.certificates()
        self.shapes()
        self.flips()
        return self.forms

    def good(self):
        for algorithm, citizen in self.citizens.items():
            self.add(algorithm, token_of(citizen, algorithm), "OK")
        for algorithm in ("RS384", "RS512", "PS384", "PS512"):
            self.add(algorithm, token_of(self.citizens["RS256"], algorithm), "OK")
        citizen = self.citizens["ES256"]
        for name, signature in short_values(citizen).items():
            self.add(f"{name} begins with a zero byte", fields(citizen, "ES256", signature), "OK")
        less = token_of(citizen, "ES256")
        del less["appVersion"]
        self.add("no appVersion", less, "OK")

    def origins_and_nonces(self):
        citizen = self.citizens["ES256"]
        for name, origin in (
                ("another", "https://evil.test"), ("trailing slash", ORIGIN + "/"), ("upper-case host", "https://Portal.piradi.test"),
                ("upper-case scheme", "HTTPS://portal.piradi.test"), ("http", "http://portal.piradi.test"),
                ("explicit port", ORIGIN + ":443"), ("another port", ORIGIN + ":8443"), ("a path", ORIGIN + "/login"),
                ("trailing dot", ORIGIN + "."), ("subdomain", "https://a.portal.piradi.test"),
                ("longer", ORIGIN + ".evil.test"), ("a space", ORIGIN + " "), ("null", "null"), ("empty", "")):
            self.add(f"origin: {name}", token_of(citizen, "ES256", origin=origin), SIGNATURE)
        unicode, punycode = "https://პორტალი.test", "https://" + "პორტალი".encode("idna").decode() + ".test"
        self.add("origin: in letters for punycode", token_of(citizen, "ES256", origin=unicode), SIGNATURE, origin=punycode)
        self.add("origin: punycode", token_of(citizen, "ES256", origin=punycode), "OK", origin=punycode)
        other = b64(bytes(32))
        self.add("nonce: another", token_of(citizen, "ES256", nonce=other), SIGNATURE)
        self.add("nonce: decoded", token_of(citizen, "ES256", nonce=base64.b64decode(NONCE)), SIGNATURE)
        self.add("nonce: in another alphabet", token_of(citizen, "ES256", nonce=NONCE.lower()), SIGNATURE)
        short, long = NONCE[:43], "n" * 129
        self.add("nonce: too short", token_of(citizen, "ES256", nonce=short), "NONCE_TOO_SHORT", nonce=short)
        self.add("nonce: too long", token_of(citizen, "ES256", nonce=long), BAD, nonce=long)

    def algorithms(self):
        es, rs, ps, es384 = (self.citizens[name] for name in ("ES256", "RS256", "PS256", "ES384"))
        token = token_of(es, "ES256")
        for name in ("none", "NONE", "", "es256", "ES256K", "EdDSA", "HS256", "RS1", "ES256 "):
            self.add(f"algorithm: {name!r}", dict(token, algorithm=name), BAD)
        self.add("algorithm: none, no signature", dict(token, algorithm="none", signature=""), BAD)
        public = rs.key.public_key().public_bytes(pki.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        mac = hmac.new(public, message("RS256"), "sha256").digest()
        self.add("algorithm: a MAC with the public key", fields(rs, "HS256", mac), BAD)
        self.add("algorithm: of another curve", dict(token_of(es384, "ES384"), algorithm="ES256"), BAD)
        self.add("algorithm: of another kind of key", dict(token_of(rs, "RS256"), algorithm="ES256"), BAD)
        self.add("algorithm: RS for EC", dict(token, algorithm="RS256"), BAD)
        self.add("algorithm: PS for RS", dict(token_of(rs, "RS256"), algorithm="PS256"), SIGNATURE)
        self.add("algorithm: RS for PS", dict(token_of(ps, "PS256"), algorithm="RS256"), SIGNATURE)
        self.add("algorithm: another hash", dict(token_of(rs, "RS256"), algorithm="RS384"), SIGNATURE)
        for salt in (0, 20, 200):
            signature = sign(ps.key, "PS256", message("PS256"), salt)
            self.add(f"algorithm: a salt of {salt}", fields(ps, "PS256", signature), SIGNATURE)

    def signatures(self):
        citizen, data = self.citizens["ES256"], message("ES256")
        good = sign(citizen.key, "ES256", data)
        zero, most = bytes(32), ORDER.to_bytes(32, "big")
        for name, signature, status in (
                ("DER, not raw", citizen.key.sign(data, ec.ECDSA(hashes.SHA256())), SIGNATURE),
                ("zeros", zero + zero, SIGNATURE), ("r is zero", zero + good[32:], SIGNATURE),
                ("s is zero", good[:32] + zero, SIGNATURE), ("r is the order", most + good[32:], SIGNATURE),
                ("s is the order", good[:32] + most, SIGNATURE), ("r and s swapped", good[32:] + good[:32], SIGNATURE),
                ("a zero byte more", b"\0" + good, SIGNATURE), ("a byte less", good[1:], SIGNATURE),
                ("wider halves", b"\0" * 16 + good[:32] + b"\0" * 16 + good[32:], SIGNATURE),
                ("half of it", good[:32], SIGNATURE), ("huge", b"\1" * 2000, BAD), ("empty", b"", BAD),
                ("over nonce and origin", sign(citizen.key, "ES256", message("ES256", NONCE, ORIGIN)), SIGNATURE),
                ("over the nonce alone", sign(citizen.key, "ES256", hashlib.sha256(NONCE.encode()).digest()), SIGNATURE),
                ("over both unhashed", sign(citizen.key, "ES256", (ORIGIN + NONCE).encode()), SIGNATURE)):
            self.add(f"signature: {name}", fields(citizen, "ES256", signature), status)
        rsa = self.citizens["RS256"]
        longer = b"\0" + sign(rsa.key, "RS256", message("RS256"))
        self.add("signature: RSA, a zero byte more", fields(rsa, "RS256", longer), SIGNATURE)
        text = b64(good)
        for name, changed in (("base64url", text.replace("+", "-").replace("/", "_").rstrip("=")), ("a line break", text + "\n"),
                              ("no padding", text.rstrip("=")), ("a space inside", text[:8] + " " + text[8:]),
                              ("hexadecimal", good.hex() + "!")):
            self.add(f"signature: {name}", dict(fields(citizen, "ES256", good), signature=changed), BAD)

    def certificates(self):
        citizen, not_for = self.citizens["ES256"], "CERTIFICATE_NOT_FOR_THIS_USE"
        token = token_of(citizen, "ES256")
        for name, other, status in (
                ("swapped for another's", issue(self.authority, "გიორგი კაპანაძე", number="01001054321"), SIGNATURE),
                ("of the signature key", issue(self.authority, "x", usages=("content_commitment",), purposes=()), not_for),
                ("of a server", issue(self.authority, "x", purposes=[pki.Purpose.SERVER_AUTH]), not_for),
                ("of nobody", issue(self.authority, "x", number=None), not_for),
                ("of a number that is none", issue(self.authority, "x", number="0100101234X"), not_for),
                ("of a citizen of elsewhere", issue(self.authority, "x", number="PNOEE-38001085718"), not_for),
                ("that is over", issue(self.authority, "x", begin=NOW - 9 * DAY, end=NOW - DAY), "CERTIFICATE_EXPIRED"),
                ("from tomorrow", issue(self.authority, "x", begin=NOW + DAY), "CERTIFICATE_UNTRUSTED"),
                ("by a stranger", issue(self.stranger, "x"), "CERTIFICATE_UNTRUSTED"),
                ("by itself", issue(None, "x"), "CERTIFICATE_UNTRUSTED"), ("of the authority", self.authority, not_for)):
            self.add(f"certificate: {name}", token_of(other, "ES256") if status != SIGNATURE else
                     dict(token, unverifiedCertificate=b64(other.der)), status)
        for name, text in (("PEM", citizen.pem.decode()), ("with more behind it", b64(citizen.der + b"\0")),
                           ("cut off", b64(citizen.der[:-1])), ("no DER", b64(b"hello")), ("empty", ""),
                           ("huge", b64(bytes(17000)))):
            self.add(f"certificate: {name}", dict(token, unverifiedCertificate=text), BAD)

    def shapes(self):
        token = token_of(self.citizens["ES256"], "ES256")
        for field in ("unverifiedCertificate", "algorithm", "signature", "format"):
            self.add(f"without {field}", {key: value for key, value in token.items() if key != field}, BAD)
        for field in token:
            self.add(f"{field} is null", dict(token, **{field: None}), BAD)
            self.add(f"{field} is a list", dict(token, **{field: [token[field]]}), BAD)
        self.add("a field more", dict(token, origin=ORIGIN), BAD)
        for version in ("web-eid:1.1", "web-eid:2", "web-eid:1", "web-eid:1.0 ", "WEB-EID:1.0", ""):
            self.add(f"format {version!r}", dict(token, format=version), VERSION)
        text = json.dumps(token).encode()
        for name, data in (("a field twice", text[:-1] + b', "algorithm": "ES256"}'), ("a list", b"[" + text + b"]"),
                           ("two tokens", text + text), ("cut off", text[:-1]), ("empty", b""), ("no JSON", b"token"),
                           ("a NUL in a text", text.replace(b"web-eid:1.0", b"web-eid:1.0\\u0000")), ("UTF-16", text.decode().encode("utf-16")),
                           ("a byte order mark", b"\xef\xbb\xbf" + text), ("huge", text + b" " * 40000),
                           ("too deep", b"[" * 20000), ("a number", b"1"), ("comments", b"/**/" + text)):
            self.add(f"JSON: {name}", data, BAD)

    def flips(self):
        """A bit of each field's bytes, at places spread over it; whatever is said, it is not OK."""
        citizen = self.citizens["RS256"]
        token = token_of(citizen, "RS256")
        for field in ("unverifiedCertificate", "signature"):
            data = base64.b64decode(token[field])
            for at in range(0, len(data), max(1, len(data) // 12)):
                changed = bytearray(data)
                changed[at] ^= 1 << at % 8
                self.add(f"{field}: bit of byte {at}", dict(token, **{field: b64(bytes(changed))}), None)
