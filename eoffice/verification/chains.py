"""Walking the chains of all items in chunks, and the ends of them for the daily seal."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC
from operator import itemgetter
from typing import Any

from django.db import connection

from eoffice.services.ledger import GENESIS
from eoffice.verification.fixed import UNREADABLE, Finding, Fixed, Hashing
from eoffice.verification.papers import scans
from esachivalaya.common.registry import Chains

CHUNK = 20_000
KIND = "eoffice.item"

_ROWS = """
SELECT item_id, seq, at, act, from_desk_id, to_desk_id, by_id, charge_kind, words,
       payload, previous, hash
  FROM eoffice_movement
 WHERE (item_id, seq) > (%s, %s)
 ORDER BY item_id, seq
 LIMIT %s
"""
_HEADS = "SELECT DISTINCT ON (item_id) item_id, seq, hash FROM eoffice_movement ORDER BY 1, 2 DESC"
_HASHES = """
SELECT item_id, seq, hash FROM eoffice_movement
 WHERE (item_id, seq) IN (SELECT * FROM unnest(%s::bigint[], %s::int[]))
"""
# The columns of an entry as its payload names them, in the order of the statement above.
_COLUMNS = ("item", "seq", "at", "act", "from", "to", "by", "charge", "words")
_SHOWN = itemgetter(*_COLUMNS)
_NAMES = frozenset(_COLUMNS)
_raw_decode = json.JSONDecoder().raw_decode


def chains() -> Chains:
    """Tell the daily seal of the ledger's chains."""
    return Chains(KIND, heads, hashes)


def heads() -> dict[str, tuple[int, str]]:
    """Return the last entry of every item's chain; they go into the daily seal."""
    with connection.cursor() as cursor:
        cursor.execute(_HEADS)
        return {str(item): (seq, hash_) for item, seq, hash_ in cursor.fetchall()}


def hashes(wanted: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Return the hashes of these entries (item, number), without those that are gone."""
    items = [int(item) for item, _seq in wanted]
    with connection.cursor() as cursor:
        cursor.execute(_HASHES, [items, [seq for _item, seq in wanted]])
        return {(str(item), seq): hash_ for item, seq, hash_ in cursor.fetchall()}


def walk(fixed: Fixed, hashing: Hashing) -> Iterator[Finding]:
    """Check every chain, naming for each the first bad row; collect what each entry fixed."""
    item, seq, previous, bad = 0, 0, GENESIS, False
    place = (0, 0)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_ROWS, [*place, CHUNK])
            rows = cursor.fetchall()
        digests = hashing.digests([f"{row[10]}\n{row[9]}" for row in rows])
        for row, digest in zip(rows, digests, strict=True):
            if row[0] != item:
                item, seq, previous, bad = row[0], 0, GENESIS, False
            told = _read(row[9])
            problem = "" if bad else _problem(row, told, seq, previous, digest)
            try:
                fixed.collect(told, row[0], row[1], row[2])
            except UNREADABLE:
                # Only what was tampered with reads so, and its chain says it by itself.
                problem = problem or ("" if bad else "what it fixed cannot be read")
            if problem:
                bad = True
                yield Finding(row[0], row[1], problem)
            seq, previous = row[1], row[11]
        yield from scans(fixed)
        if len(rows) < CHUNK:
            return
        place = (rows[-1][0], rows[-1][1])


def _read(payload: str) -> dict[str, Any]:
    """Return what an entry says; {} for what no entry reads like."""
    try:
        told, end = _raw_decode(payload)
    except (ValueError, RecursionError):
        return {}
    whole = end == len(payload) and isinstance(told, dict) and told.keys() >= _NAMES
    return told if whole else {}


def _problem(
    row: tuple[Any, ...], told: dict[str, Any], seq: int, previous: str, digest: str
) -> str:
    number, at = row[1:3]
    its_previous, its_hash = row[10:]
    if number != seq + 1:
        return f"entry {seq + 1} is missing before it"
    if its_previous != previous:
        return "it does not follow from the entry before it"
    if its_hash != digest:
        return "it was changed after it was written"
    shown = (row[0], number, at.astimezone(UTC).isoformat(), *row[3:9])
    if not told or _SHOWN(told) != shown:
        return "what lists show of it is not what was written"
    return ""
