"""Signatures by an officer's certificate: the key is kept only under the officer's passphrase.

The passphrase is asked at every signature and never kept, so neither a copy of the database nor
whoever runs the portal can sign for an officer. The signature is PAdES, which any reader of PDFs
checks without this portal.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import pem  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import SignatureCoverageLevel

from eoffice.models import SigningCertificate
from eoffice.services import trusted
from eoffice.services.refusals import Refused
from esachivalaya.accounts.models import User
from esachivalaya.common.clock import now
from esachivalaya.common.retry import on_deadlock

SHORTEST_PASSPHRASE = 8
LARGEST = 64 * 1024
# So many rounds make each guess of a passphrase dear, should the table ever be copied.
ROUNDS = 600_000
FIELD = "Signature"


@dataclass(frozen=True)
class Seen:
    """What a signature in a PDF is worth."""

    # What was signed is what stands there, to the last byte.
    intact: bool
    # The certificate leads to an authority that is trusted here, and was valid then.
    trusted: bool
    signer: str
    at: datetime | None


@on_deadlock
@transaction.atomic
def keep(*, by: User, uploaded: bytes, passphrase: str) -> SigningCertificate:
    """Keep the certificate of ``by``, in place of an earlier one, whose key is wiped.

    The key is encrypted anew under the same passphrase, whatever weak form the file had.
    """
    key, certificate, others = _opened(uploaded, passphrase)
    _refuse_unfit(key, certificate, now())
    trusted.refuse_untrusted(certificate, others)
    if len(passphrase) < SHORTEST_PASSPHRASE:
        words = _(
            "The passphrase of the key has less than 8 characters. Export it with a longer one."
        )
        raise Refused("short_passphrase", words, field="passphrase")
    lock = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(passphrase.encode())
    )
    sealed = pkcs12.serialize_key_and_certificates(b"", key, certificate, others, lock)
    remove(by=by)
    return SigningCertificate.objects.create(
        user=by,
        subject=certificate.subject.rfc4514_string()[:300],
        issuer=certificate.issuer.rfc4514_string()[:300],
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        sealed_key=sealed,
    )


def remove(*, by: User) -> None:
    """Wipe the key of ``by``; what was signed by it stays signed."""
    SigningCertificate.objects.filter(user=by, removed_at__isnull=True).update(
        sealed_key=b"", removed_at=now()
    )


def certificate_of(user: User) -> SigningCertificate | None:
    """Return the certificate by which ``user`` signs, or None."""
    return SigningCertificate.objects.filter(user=user, removed_at__isnull=True).first()


def sign(content: bytes, *, certificate: SigningCertificate, passphrase: str) -> bytes:
    """Return the PDF ``content`` with a signature that covers every byte of it."""
    sealed = bytes(certificate.sealed_key)
    key, own, others = _opened(sealed, passphrase)
    # As it is today: it may have ended, or been revoked, since it was kept.
    _refuse_unfit(key, own, now())
    trusted.refuse_untrusted(own, others)
    signer = signers.SimpleSigner.load_pkcs12_data(
        sealed, other_certs=[], passphrase=passphrase.encode()
    )
    about = signers.PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    signed: Any = signers.sign_pdf(writer, about, signer=signer)
    return bytes(signed.getvalue())


def look_at(
    content: bytes, *, roots: Iterable[bytes] | None = None, moment: datetime | None = None
) -> list[Seen]:
    """Return what each signature in a PDF is worth; [] when it has none or is none.

    ``roots`` are the certificates, in PEM, of the authorities that are trusted; without it those of
    the settings. With ``moment``, when it is known to have been signed, a certificate that ended
    since then still counts.
    """
    if roots is None:
        authorities = trusted.roots()
    else:
        authorities = [trusted.certificate_of(pem.unarmor(root)[2]) for root in roots]
    try:
        reader = PdfFileReader(io.BytesIO(content))
        return [_seen(one, authorities, moment) for one in reader.embedded_regular_signatures]
    except PdfError:
        return []


def _seen(
    signature: Any, authorities: list[asn1_x509.Certificate], moment: datetime | None
) -> Seen:
    signer = str(signature.signer_cert.subject.human_friendly)
    context = trusted.context(authorities, moment=moment)
    try:
        status = validate_pdf_signature(signature, context, key_usage_settings=trusted.USAGE)
    except (SignatureValidationError, ValueError):
        return Seen(False, False, signer, None)
    whole = status.intact and status.valid and status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    counts = whole and status.trusted
    if counts:
        counts = not trusted.is_revoked(status.validation_path, moment or now())
    return Seen(whole, counts, signer, status.signer_reported_dt)


def _opened(data: bytes, passphrase: str) -> tuple[Any, x509.Certificate, list[x509.Certificate]]:
    if len(data) > LARGEST:
        raise Refused("certificate", _("This is not a certificate with its key."), field="file")
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, passphrase.encode())
    except ValueError as problem:
        words = _("The passphrase is wrong, or the file is not a certificate (.p12, .pfx).")
        raise Refused("passphrase", words, field="passphrase") from problem
    if key is None or certificate is None:
        words = _("The file has no key. Export the certificate together with its key.")
        raise Refused("certificate", words, field="file")
    return key, certificate, list(others)


def _refuse_unfit(key: Any, certificate: x509.Certificate, moment: datetime) -> None:
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        raise Refused("expired", _("The certificate is not valid today."), field="file")
    strong = isinstance(key, ec.EllipticCurvePrivateKey) or (
        isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048
    )
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        may_sign = usage.digital_signature or usage.content_commitment
    except x509.ExtensionNotFound:
        may_sign = True
    if not (strong and may_sign):
        words = _("This certificate is not made for signing letters.")
        raise Refused("certificate", words, field="file")
