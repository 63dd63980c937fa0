"""What the audit record needs from the settings."""

from typing import Any

from django.conf import settings
from django.core import checks


def own_key(**_more: Any) -> list[checks.CheckMessage]:
    """The seals' key is its own: seals must outlive a change of SECRET_KEY."""
    if settings.AUDIT_ANCHOR_KEY != settings.SECRET_KEY:
        return []
    return [
        checks.Warning(
            "AUDIT_ANCHOR_KEY is not set: SECRET_KEY signs the seals of the audit record.",
            hint="Give it 50 or more random characters; keep it out of the database and for good.",
            id="audit.W001",
        )
    ]
