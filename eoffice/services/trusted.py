"""The authorities whose certificates count here, and what they took back.

Both are files that whoever runs the portal lays down: ``SIGNATURE_ROOTS`` and ``SIGNATURE_CRLS``,
each a file or a directory. Nothing is ever fetched: a check must neither depend on an outside
server nor tell it who signs what. They are read at every use, so that a new list counts at once.
"""

import asyncio
import itertools
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import pem  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    ExpiredError,
    InvalidCertificateError,
    NotYetValidError,
    PathError,
    ValidationError,
)
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, CertRevTrustPolicy

from eoffice.services.refusals import Refused
from esachivalaya.common.clock import now

# What a certificate must be made for; one of the two is enough.
SIGNING = {"digital_signature", "non_repudiation"}
# Revocation is judged by :func:`is_revoked`, from lists that lie here.
_OWN_LISTS = CertRevTrustPolicy(revocation_checking_policy=NO_REVOCATION)
USAGE = KeyUsageConstraints(key_usage=SIGNING, match_all_key_usages=False)
UNREADABLE = _("The list of trusted authorities cannot be read. Tell who runs the portal.")


class Unreadable(Exception):
    """A setting names something that is no certificate, or no list of what was taken back."""


def roots() -> list[asn1_x509.Certificate]:
    """Return the authorities that are trusted; [] where none were set. May raise Unreadable."""
    found = [certificate_of(data) for data in _pieces(settings.SIGNATURE_ROOTS)]
    if settings.SIGNATURE_ROOTS and not found:
        raise Unreadable("There is no certificate there.")
    return found


def crls() -> list[x509.CertificateRevocationList]:
    """Return the lists of what authorities took back; [] where none were set."""
    try:
        return [x509.load_der_x509_crl(data) for data in _pieces(settings.SIGNATURE_CRLS)]
    except ValueError as problem:
        raise Unreadable(str(problem)) from problem


def is_revoked(path: Any, moment: datetime) -> bool:
    """Whether one of the certificates of a validated path had been taken back by ``moment``.

    A list counts when the authority above signed it. Certificates need not name where their list
    is found: what lies here is looked at.
    """
    chain = [
        x509.load_der_x509_certificate(one.dump()) for one in path.iter_certs(include_root=True)
    ]
    lists = crls()
    for above, one in itertools.pairwise(chain):
        for crl in lists:
            row = crl.get_revoked_certificate_by_serial_number(one.serial_number)
            if row is None or crl.issuer != above.subject:
                continue
            key: Any = above.public_key()
            if crl.is_signature_valid(key) and row.revocation_date_utc <= moment:
                return True
    return False


def certificate_of(data: bytes) -> asn1_x509.Certificate:
    """Return a certificate from its bytes. May raise Unreadable."""
    try:
        x509.load_der_x509_certificate(data)
    except ValueError as problem:
        raise Unreadable(str(problem)) from problem
    return asn1_x509.Certificate.load(data)


def context(
    trusted: Iterable[asn1_x509.Certificate], *, moment: datetime | None = None
) -> ValidationContext:
    """Return what a signature or certificate is held against, as of ``moment``, else of now."""
    return ValidationContext(
        trust_roots=trusted, moment=moment, allow_fetching=False, revinfo_policy=_OWN_LISTS
    )


def refuse_untrusted(certificate: x509.Certificate, others: Iterable[x509.Certificate]) -> None:
    """Refuse a certificate that leads to no trusted authority, or was taken back by it.

    Where no authority is set nobody can be held against one; a check of the system says so.
    """
    try:
        trusted = roots()
        if not trusted:
            return
        held = context(trusted)
        crls()
    except (Unreadable, OSError) as problem:
        raise Refused("roots", UNREADABLE) from problem
    own, *between = [
        asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in (certificate, *others)
    ]
    validator = CertificateValidator(own, intermediate_certs=between, validation_context=held)
    rule, words = "", None
    try:
        path = asyncio.run(validator.async_validate_path())
        if is_revoked(path, now()):
            rule, words = "revoked", _("This certificate was revoked by its authority.")
    except (ExpiredError, NotYetValidError):
        rule, words = "expired", _("The certificate is not valid today.")
    except InvalidCertificateError:
        rule, words = "certificate", _("This certificate is not made for signing letters.")
    except (PathError, ValidationError):
        rule, words = "untrusted", _("The authority of this certificate is not trusted here.")
    if rule:
        raise Refused(rule, words, field="file")


def _pieces(place: str) -> list[bytes]:
    """Return every certificate or list in a file, or in all files of a directory, as DER."""
    if not place:
        return []
    path = Path(place)
    files = sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    found: list[bytes] = []
    for file in files:
        data = file.read_bytes()
        try:
            several = list(pem.unarmor(data, multiple=True)) if pem.detect(data) else []
        except ValueError as problem:
            raise Unreadable(f"{file.name}: {problem}") from problem
        found += [piece for _name, _headers, piece in several] if several else [data]
    return found
