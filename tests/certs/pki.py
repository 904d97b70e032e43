"""Certificates, OCSP responses and CRLs of every shape, made in memory, all of them specimens."""

import datetime
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import NameOID

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "card"))
import der  # noqa: E402

DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
NOW = datetime.datetime.utcnow().replace(microsecond=0)
PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
NO_CHECK = (x509.OCSPNoCheck(), False)
SHA256, SHA1 = hashes.SHA256(), hashes.SHA1()
USAGES = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
          "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]


def new_key(kind="P-256"):
    if kind.startswith("RSA-"):
        bits, _, exponent = kind[4:].partition("/")
        return rsa.generate_private_key(int(exponent or 65537), int(bits))
    curves = {"P-224": ec.SECP224R1, "P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1,
              "P-256K": ec.SECP256K1, "BP-256": ec.BrainpoolP256R1}
    return ed25519.Ed25519PrivateKey.generate() if kind == "Ed25519" else ec.generate_private_key(curves[kind]())


def usage(*names):
    return x509.KeyUsage(**{name: name in names for name in USAGES})


def name_of(text, country="GE", number=None):
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, country), x509.NameAttribute(NameOID.COMMON_NAME, text)]
    if number:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, number))
    return x509.Name(parts)


def points(*urls):
    return [x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None) for url in urls]


def der_of(thing):
    return thing.public_bytes(DER)


def sign_again(signed, key, change):
    """The same structure with its to-be-signed bytes changed, signed with ECDSA and SHA-256 by key."""
    to_be_signed = change(signed.tbs_certificate_bytes if hasattr(signed, "tbs_certificate_bytes")
                          else signed.tbs_certlist_bytes)
    algorithm = der.sequence(der.oid("1.2.840.10045.4.3.2"))
    signature = key.sign(to_be_signed, ec.ECDSA(SHA256))
    return der.sequence(to_be_signed, algorithm, der.tlv(0x03, b"\0", signature))


class Party:
    """Somebody with a key and a certificate."""

    def __init__(self, certificate, key, issuer):
        self.certificate, self.key, self.issuer = certificate, key, issuer or self

    @property
    def der(self):
        return der_of(self.certificate)

    @property
    def pem(self):
        return self.certificate.public_bytes(PEM)

    @property
    def serial(self):
        return self.certificate.serial_number

    def key_pem(self):
        return self.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def issue(issuer, name, *, key="P-256", begin=NOW - 30 * DAY, end=NOW + 900 * DAY, usages=("digital_signature",),
          purposes=(Purpose.CLIENT_AUTH,), ca=None, path_length=None, digest=SHA256, serial=None, responders=(),
          lists=(), deltas=(), above=(), more=(), country="GE", number="01001012345"):
    """ca: None for none; otherwise whether basicConstraints says CA. more: (extension, critical)."""
    key = new_key(key) if isinstance(key, str) else key
    authority = ca is not None
    if authority and usages == ("digital_signature",):
        usages, purposes = ("key_cert_sign", "crl_sign"), ()
    subject = name_of(name, country, None if authority else number)
    builder = (x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
               .issuer_name(issuer.certificate.subject if issuer else subject)
               .serial_number(serial or x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
    extensions = [(x509.BasicConstraints(bool(ca), path_length if ca else None), True)]
    if issuer:
        extensions.append((x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False))
    if usages:
        extensions.append((usage(*usages), True))
    if purposes:
        extensions.append((x509.ExtendedKeyUsage(list(purposes)), False))
    places = [(Access.OCSP, url) for url in responders] + [(Access.CA_ISSUERS, url) for url in above]
    if places:
        extensions.append((x509.AuthorityInformationAccess(
            [x509.AccessDescription(kind, x509.UniformResourceIdentifier(url)) for kind, url in places]), False))
    if lists:
        extensions.append((x509.CRLDistributionPoints(points(*lists)), False))
    if deltas:
        extensions.append((x509.FreshestCRL(points(*deltas)), False))
    for extension, critical in [*extensions, *more]:
        builder = builder.add_extension(extension, critical)
    signer = issuer.key if issuer else key
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else digest
    return Party(builder.sign(signer, digest), key, issuer)


def crl(issuer, revoked=(), *, begin=NOW - HOUR, end=NOW + DAY, digest=SHA256, number=10, base=None, more=(), key=None,
        name=None):
    """revoked: (party, time, reason, further entry extensions)."""
    builder = (x509.CertificateRevocationListBuilder().issuer_name(name or issuer.certificate.subject)
               .last_update(begin).next_update(end).add_extension(x509.CRLNumber(number), False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False))
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), True)
    for extension, critical in more:
        builder = builder.add_extension(extension, critical)
    for party, when, reason, *extensions in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(party.serial).revocation_date(when)
        if reason:
            entry = entry.add_extension(x509.CRLReason(reason), False)
        for extension, critical in extensions:
            entry = entry.add_extension(extension, critical)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key or issuer.key, digest)


def scope(**what):
    fields = dict(full_name=None, relative_name=None, only_contains_user_certs=False, only_contains_ca_certs=False,
                  only_some_reasons=None, indirect_crl=False, only_contains_attribute_certs=False)
    return x509.IssuingDistributionPoint(**{**fields, **what})


def answer(party, signer, *, status="GOOD", this=NOW, after=NOW + HOUR, when=None, reason=None, certificates=(),
           digest=SHA256, name_hash=hashes.SHA1(), by_name=True, nonce=None, more=()):
    """An OCSP response of our own making, where the real responder would not give it."""
    coding = ocsp.OCSPResponderEncoding.NAME if by_name else ocsp.OCSPResponderEncoding.HASH
    builder = ocsp.OCSPResponseBuilder().add_response(
        party.certificate, party.issuer.certificate, name_hash, getattr(ocsp.OCSPCertStatus, status), this, after,
        when, reason).responder_id(coding, signer.certificate)
    if certificates:
        builder = builder.certificates([other.certificate for other in certificates])
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), False)
    for extension, critical in more:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer.key, digest).public_bytes(DER)
