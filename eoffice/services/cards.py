"""The digest of a decision card: it goes into the entry that sends the card up with its file."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from eoffice.models import DecisionCard, Holding

# What the digest covers: whose card it is, of which stay, and its words as they are stored.
CARD = ("file_id", "holding_id", "desk_id", "by_id", "matter", "rule", "options", "money")


def digest_from(row: Sequence[Any]) -> str:
    """Return the digest of a card of which the columns :data:`CARD` are ``row``."""
    told = dict(zip(CARD, row, strict=True))
    words = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(words.encode()).hexdigest()


def going_up(holding: Holding) -> dict[str, Any] | None:
    """Return number and digest of the card that was written in this stay, None without one.

    The caller holds the lock of the file, so that nobody writes the card any more.
    """
    found = DecisionCard.objects.filter(holding=holding).values_list("pk", *CARD).first()
    if found is None:
        return None
    pk, *row = found
    return {"card": pk, "sha256": digest_from(row)}
