"""Specimen certificates in a folder: a root that is trusted, and a citizen who signs."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

USAGES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
          "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")


def name_of(common_name, *more):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name), *more])


def issue(subject, key, issuer, issuer_key, usage, is_ca=False):
    now = datetime.datetime.utcnow()
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(is_ca, None), True)
            .add_extension(x509.KeyUsage(**{one: one == usage for one in USAGES}), True)
            .sign(issuer_key, hashes.SHA256()))


class Specimen:
    """trust/root.pem, citizen.pem, citizen.key in a folder that exists."""

    def __init__(self, folder):
        self.trust = folder / "trust"
        self.root = self.trust / "root.pem"
        self.certificate = folder / "citizen.pem"
        self.key = folder / "citizen.key"
        root_key = rsa.generate_private_key(65537, 2048)
        key = rsa.generate_private_key(65537, 2048)
        root_name = name_of("Piradi specimen root")
        subject = name_of("ნინო ბერიძე", x509.NameAttribute(NameOID.SERIAL_NUMBER, "01001012345"),
                          x509.NameAttribute(NameOID.COUNTRY_NAME, "GE"))
        self.trust.mkdir()
        pem = serialization.Encoding.PEM
        self.root.write_bytes(issue(root_name, root_key, root_name, root_key, "key_cert_sign", True).public_bytes(pem))
        self.certificate.write_bytes(issue(subject, key, root_name, root_key, "content_commitment").public_bytes(pem))
        self.key.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
