"""What changed between two versions of a draft, word by word."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from eoffice.models import DraftVersion

_PIECES = re.compile(r"\s+|[^\s]+")
SAME, GONE, NEW = "same", "del", "ins"


@dataclass(frozen=True)
class Piece:
    """Some words that stayed (``same``), went (``del``) or came (``ins``)."""

    kind: str
    text: str


def between(old: DraftVersion, new: DraftVersion) -> dict[str, list[Piece]]:
    """Return the pieces of subject and body that lead from ``old`` to ``new``, in their order.

    Those that stayed and went together are the old words; those that stayed and came, the new.
    """
    return {
        "subject": list(_pieces(old.subject, new.subject)),
        "body": list(_pieces(old.body, new.body)),
    }


def _pieces(old: str, new: str) -> Iterator[Piece]:
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    # Without its guess at junk: in a long letter frequent words would count as such.
    found = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for act, a, b, c, d in found.get_opcodes():
        if act == "equal":
            yield Piece(SAME, "".join(before[a:b]))
            continue
        if a < b:
            yield Piece(GONE, "".join(before[a:b]))
        if c < d:
            yield Piece(NEW, "".join(after[c:d]))
