"""A specimen PKI and specimen citizens, made anew for each run; keys are in files of the run's folder."""
import base64
import datetime
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.datetime.utcnow().replace(microsecond=0)
DAY = datetime.timedelta(days=1)


def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def name_of(common_name, **more):
    oids = {"given_name": NameOID.GIVEN_NAME, "surname": NameOID.SURNAME,
            "serial_number": NameOID.SERIAL_NUMBER}
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, "GE")]
    parts += [x509.NameAttribute(oids[key], value) for key, value in more.items()]
    parts.append(x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    return x509.Name(parts)


def key_usage(*names):
    every = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
             "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{each: each in names for each in every})


def certificate(subject, public_key, issuer, issuer_key, *, ca, usage, until, eku=None, names=None):
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
               .public_key(public_key).serial_number(x509.random_serial_number())
               .not_valid_before(NOW - 30 * DAY).not_valid_after(until)
               .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
               .add_extension(usage, critical=True)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                   issuer_key.public_key()), critical=False))
    if eku is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([eku]), critical=False)
    if names is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def pem(certificate_or_key):
    if hasattr(certificate_or_key, "private_bytes"):
        return certificate_or_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption())
    return certificate_or_key.public_bytes(serialization.Encoding.PEM)


class Authority:
    """A root and below it a CA for one purpose."""

    def __init__(self, label):
        self.root_key = new_key()
        self.key = new_key()
        root = name_of(f"SPECIMEN {label} Root CA")
        self.name = name_of(f"SPECIMEN {label} CA")
        ca_usage = key_usage("key_cert_sign", "crl_sign")
        self.root = certificate(root, self.root_key.public_key(), root, self.root_key, ca=True,
                                usage=ca_usage, until=NOW + 3650 * DAY)
        self.certificate = certificate(self.name, self.key.public_key(), root, self.root_key,
                                       ca=True, usage=ca_usage, until=NOW + 1825 * DAY)


class Identity:
    """A key with its certificate, of one citizen for one purpose."""

    def __init__(self, authority, purpose, citizen, key, until=NOW + 900 * DAY):
        given, surname, number = citizen
        usage = key_usage("digital_signature" if purpose == "login" else "content_commitment")
        subject = name_of(f"{given} {surname}", given_name=given, surname=surname,
                          serial_number=number)
        self.key = key
        self.issuer = authority.certificate
        self.certificate = certificate(
            subject, key.public_key(), authority.name, authority.key, ca=False, usage=usage,
            until=until, eku=ExtendedKeyUsageOID.CLIENT_AUTH if purpose == "login" else None)

    def token(self, origin, nonce):
        """A Web eID token, version 1, as the card of this identity would give it."""
        message = hashlib.sha256(origin.encode()).digest() + hashlib.sha256(nonce.encode()).digest()
        signature = self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        return {"unverifiedCertificate": base64.b64encode(der).decode(), "algorithm": "RS256",
                "signature": base64.b64encode(signature).decode(), "format": "web-eid:1.0",
                "appVersion": "https://piradi.test/specimen"}


class Specimen:
    """Everybody who appears in the tests."""

    NINO = ("ნინო", "ნიმუშაძე", "01001012345")
    GIORGI = ("გიორგი", "სანიმუშო", "01001054321")

    def __init__(self):
        trusted, foreign = Authority("GEO"), Authority("FOREIGN")
        key, other_key = new_key(), new_key()
        self.roots = [trusted.root, trusted.certificate]
        self.login = Identity(trusted, "login", self.NINO, key)
        self.sign = Identity(trusted, "sign", self.NINO, key)
        self.other_login = Identity(trusted, "login", self.GIORGI, other_key)
        self.other_sign = Identity(trusted, "sign", self.GIORGI, other_key)
        self.expired_login = Identity(trusted, "login", self.NINO, key, until=NOW - DAY)
        self.expired_sign = Identity(trusted, "sign", self.NINO, key, until=NOW - DAY)
        self.foreign_login = Identity(foreign, "login", self.NINO, key)
        self.foreign_sign = Identity(foreign, "sign", self.NINO, key)


def server_certificate(host):
    """A self-signed certificate and its key for the portal itself."""
    key = new_key()
    name = name_of(host)
    return certificate(name, key.public_key(), name, key, ca=False,
                       usage=key_usage("digital_signature"), until=NOW + 30 * DAY,
                       eku=ExtendedKeyUsageOID.SERVER_AUTH, names=[x509.DNSName(host)]), key
