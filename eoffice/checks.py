"""What signatures need from the settings."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.utils import timezone

from eoffice.services import trusted


def authorities(**_more: Any) -> list[checks.CheckMessage]:
    """The authorities whose certificates count are named, and their files can be read."""
    if not settings.SIGNATURE_ROOTS:
        return [
            checks.Warning(
                "SIGNATURE_ROOTS is not set: a certificate of any authority is taken.",
                hint="Name a PEM file or a directory with the certificates of the authorities "
                "(in India those under the Controller of Certifying Authorities).",
                id="eoffice.W001",
            )
        ]
    try:
        trusted.roots()
    except (trusted.Unreadable, OSError) as problem:
        return [
            checks.Error(
                f"SIGNATURE_ROOTS cannot be read: {problem}",
                hint="Name a PEM file or a directory that holds nothing but certificates.",
                id="eoffice.E001",
            )
        ]
    return []


def revocations(**_more: Any) -> list[checks.CheckMessage]:
    """The lists of revoked certificates can be read, and are not out of date."""
    try:
        found = trusted.crls()
    except (trusted.Unreadable, OSError) as problem:
        return [
            checks.Error(
                f"SIGNATURE_CRLS cannot be read: {problem}",
                hint="Name a file or a directory that holds nothing but such lists.",
                id="eoffice.E002",
            )
        ]
    # The machine's clock: what starts is checked before there is a database to ask.
    moment = timezone.now()
    late = [
        one for one in found if one.next_update_utc is not None and one.next_update_utc < moment
    ]
    if not late:
        return []
    return [
        checks.Warning(
            f"{len(late)} of {len(found)} lists in SIGNATURE_CRLS are out of date: what was "
            "revoked since then is not known.",
            hint="Fetch them anew, by a timer of the machine.",
            id="eoffice.W002",
        )
    ]


def register_all() -> None:
    """Add these checks to those of Django; a machine that only develops needs no authority."""
    checks.register(authorities, deploy=not settings.SIGNATURE_ROOTS)
    checks.register(revocations)
