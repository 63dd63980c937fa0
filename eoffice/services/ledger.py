"""The ledger of movements: dense and chained by hash per item, over the bytes as they are stored.

Numbers and ids stand in it, never names or letterheads: renaming a section raises no alarm.
Source: domain rules of e-Office, invariants 3 and 4.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from eoffice.models import Desk, Item, Movement
from eoffice.permissions import Seat

GENESIS = "0" * 64


def hash_of(previous: str, payload: str) -> str:
    """Return the hash that binds ``payload`` to the entry before it."""
    return hashlib.sha256(f"{previous}\n{payload}".encode()).hexdigest()


def payload_of(row: Movement, more: Mapping[str, Any]) -> str:
    """Return what the hash covers: every column of ``row``, and what else the act fixed."""
    told = {
        "item": row.item_id,
        "seq": row.seq,
        "at": row.at.astimezone(UTC).isoformat(),
        "act": str(row.act),
        "from": row.from_desk_id,
        "to": row.to_desk_id,
        "by": row.by_id,
        "charge": row.charge_kind,
        "words": row.words,
        "more": dict(more),
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def append(
    item: Item,
    act: str,
    *,
    seat: Seat,
    at: datetime,
    to_desk: Desk | None = None,
    words: str = "",
    more: Mapping[str, Any] | None = None,
) -> Movement:
    """Write the next entry of ``item``'s ledger; the caller holds the item's row lock.

    ``more`` is what else the act fixed (numbers and digests of sealed notes, a file's number),
    in values that JSON can hold. Without the lock, of two writers one fails whole.
    """
    return _written(
        Movement(
            item=item,
            at=at,
            act=act,
            from_desk=seat.desk,
            to_desk=to_desk,
            by=seat.charge.user,
            charge_kind=str(seat.charge.kind),
            words=words,
        ),
        more or {},
    )


def append_silence(item: Item, *, at: datetime, to_desk: Desk, more: Mapping[str, Any]) -> Movement:
    """Write that the closing date passed without a view of ``to_desk``: an entry of nobody.

    The portal notes it, at no desk and in no charge; the caller holds the item's row lock.
    """
    return _written(Movement(item=item, at=at, act=Movement.Act.SILENT, to_desk=to_desk), more)


def _written(row: Movement, more: Mapping[str, Any]) -> Movement:
    """Give ``row`` its place in the chain of its item, and write it."""
    if not connection.in_atomic_block:
        raise RuntimeError("A movement is written in the transaction that makes it.")
    last = Movement.objects.filter(item=row.item_id).order_by("-seq").values_list("seq", "hash")
    seq, row.previous = last.first() or (0, GENESIS)
    row.seq = seq + 1
    row.payload = payload_of(row, more)
    row.hash = hash_of(row.previous, row.payload)
    row.save(force_insert=True)
    return row
