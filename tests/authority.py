"""An authority that the tests make themselves, and officers' certificates from it."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs12,
)
from cryptography.x509.oid import NameOID

PASSPHRASE = "Chandigarh-Sector-1"


@cache
def authority(name: str = "Test Authority") -> tuple[Any, x509.Certificate]:
    """The key and certificate of an authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key, _certificate(name, key, name, key, ca=True)


def root_pem(name: str = "Test Authority") -> bytes:
    """The authority's certificate as a file that is trusted."""
    return authority(name)[1].public_bytes(Encoding.PEM)


def officer_p12(
    name: str = "Ramesh Kumar",
    *,
    passphrase: str = PASSPHRASE,
    issuer: str = "Test Authority",
    days: int = 365,
    began: int = -700,
    signs: bool = True,
) -> bytes:
    """A certificate with its key, as an officer has it in a file.

    It is valid from ``began`` to ``days`` days from now; unless it ``signs``, it is made for
    encrypting.
    """
    issuer_key, issuer_certificate = authority(issuer)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(name, key, issuer, issuer_key, days=days, began=began, signs=signs)
    lock = BestAvailableEncryption(passphrase.encode())
    return pkcs12.serialize_key_and_certificates(b"", key, certificate, [issuer_certificate], lock)


def certificate_in(p12: bytes, passphrase: str = PASSPHRASE) -> x509.Certificate:
    """The certificate in an officer's file."""
    found = pkcs12.load_key_and_certificates(p12, passphrase.encode())[1]
    assert found is not None
    return found


def revoked_pem(
    *certificates: x509.Certificate, issuer: str = "Test Authority", days: int = 1
) -> bytes:
    """The authority's list of what it took back, good until so many days from now."""
    key, own = authority(issuer)
    today = datetime.now(UTC)
    crl = x509.CertificateRevocationListBuilder().issuer_name(own.subject)
    crl = crl.last_update(today - timedelta(days=7)).next_update(today + timedelta(days=days))
    for one in certificates:
        row = x509.RevokedCertificateBuilder().serial_number(one.serial_number)
        crl = crl.add_revoked_certificate(row.revocation_date(today - timedelta(hours=1)).build())
    return crl.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _certificate(
    name: str,
    key: Any,
    issuer: str,
    issuer_key: Any,
    *,
    ca: bool = False,
    days: int = 365,
    began: int = -700,
    signs: bool = True,
) -> x509.Certificate:
    today = datetime.now(UTC)

    def called(words: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])

    usage = x509.KeyUsage(
        digital_signature=signs and not ca,
        content_commitment=signs and not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        key_encipherment=not signs,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(called(name))
        .issuer_name(called(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today + timedelta(days=began))
        .not_valid_after(today + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
