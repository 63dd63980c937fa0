"""Writing the record of an act, in the transaction of the act."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from django.db import connection, models

from esachivalaya.audit.models import Detail, Entry
from esachivalaya.common.typed import without_numbers

GENESIS = "0" * 64


@dataclass(frozen=True)
class Act:
    """One act to be recorded. ``new`` says that the subject has no entry yet (saves a query)."""

    subject_kind: str
    subject_id: str
    act: str
    actor_id: int | None = None
    post_code: str = ""
    data: Mapping[str, Any] | None = None
    new: bool = False


def subject_of(row: models.Model) -> tuple[str, str]:
    """Return the kind and id under which acts on ``row`` are chained."""
    return row._meta.label_lower, str(row.pk)


def digest(salt: str, data: Mapping[str, Any]) -> str:
    """Return the salted digest of an entry's words, as the chain holds it."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


def chain_hash(entry: Entry) -> str:
    """Return the hash that links ``entry`` to the one before it."""
    parts = [
        entry.previous,
        entry.subject_kind,
        entry.subject_id,
        str(entry.seq),
        entry.at.isoformat(),
        entry.act,
        str(entry.actor_id or ""),
        entry.post_code,
        entry.detail_digest,
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def record(
    row: models.Model,
    act: str,
    *,
    at: datetime,
    by: models.Model | None = None,
    post_code: str = "",
    data: Mapping[str, Any] | None = None,
    new: bool = False,
) -> Entry:
    """Append one act on ``row`` to its chain.

    ``at`` is the database's time as the caller read it, ``by`` the signed-in person or None for
    the portal itself, ``data`` what changed (values that JSON can hold). The caller holds the
    subject's row lock or has just made it; without that, of two writers one fails whole.
    """
    kind, subject_id = subject_of(row)
    actor_id = cast("int | None", by.pk if by else None)
    return record_all([Act(kind, subject_id, act, actor_id, post_code, data, new)], at=at)[0]


def forget_words(kind: str, subject_ids: Iterable[str]) -> int:
    """Erase the words of every entry on these subjects; the chain stays whole. Returns how many.

    For subjects whose person is erased: that something was done, by whom and when, is kept.
    """
    words = Detail.objects.filter(entry__subject_kind=kind, entry__subject_id__in=list(subject_ids))
    removed, _by_model = words.delete()
    return removed


def record_all(acts: Iterable[Act], *, at: datetime) -> list[Entry]:
    """Append several acts, each to its subject's chain, in at most two statements.

    The entries are returned as written, without their ids.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An act is recorded in the transaction that does it.")
    acts = list(acts)
    # The hash covers the moment as text: one spelling of it, whatever zone the caller thinks in.
    at = at.astimezone(UTC)
    heads = _heads(act for act in acts if not act.new)
    entries: list[Entry] = []
    details: list[tuple[str, str]] = []
    for act in acts:
        subject = (act.subject_kind, act.subject_id)
        seq, previous = heads.get(subject, (0, GENESIS))
        salt = secrets.token_hex(16)
        text = json.dumps(_without_numbers(dict(act.data or {})), default=str)
        entry = Entry(
            subject_kind=act.subject_kind,
            subject_id=act.subject_id,
            seq=seq + 1,
            at=at,
            act=act.act,
            actor_id=act.actor_id,
            post_code=act.post_code,
            # Over what is read again, not over what was given: moments are texts by then.
            detail_digest=digest(salt, json.loads(text)),
            previous=previous,
        )
        entry.hash = chain_hash(entry)
        heads[subject] = (entry.seq, entry.hash)
        entries.append(entry)
        details.append((salt, text))
    _insert(entries, details)
    return entries


def _without_numbers(data: Any) -> Any:
    """Return ``data`` with the numbers masked that the portal keeps nowhere (common/typed.py).

    A digest or an id is no text that anybody typed, and stays.
    """
    if isinstance(data, Mapping):
        return {key: _without_numbers(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_without_numbers(value) for value in data]
    if isinstance(data, str) and not _DIGEST.fullmatch(data):
        return without_numbers(data)
    return data


_DIGEST = re.compile(r"[0-9a-f-]{16,}")
_COLUMNS = (
    "subject_kind subject_id seq at act actor_id post_code detail_digest previous hash".split()
)
_INSERT = """
WITH given AS (
    SELECT * FROM unnest(
        %s::text[], %s::text[], %s::int[], %s::timestamptz[], %s::text[], %s::bigint[],
        %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::jsonb[]
    ) AS given (subject_kind, subject_id, seq, at, act, actor_id,
                post_code, detail_digest, previous, hash, salt, data)
), written AS (
    INSERT INTO audit_entry (subject_kind, subject_id, seq, at, act, actor_id,
                             post_code, detail_digest, previous, hash)
    SELECT subject_kind, subject_id, seq, at, act, actor_id,
           post_code, detail_digest, previous, hash FROM given
    RETURNING id, subject_kind, subject_id, seq
)
INSERT INTO audit_detail (entry_id, salt, data)
SELECT written.id, given.salt, given.data
  FROM written JOIN given USING (subject_kind, subject_id, seq)
"""


def _insert(entries: list[Entry], details: list[tuple[str, str]]) -> None:
    """Write entries and their details in one statement: every act of the portal ends here."""
    if not entries:
        return
    columns = [[getattr(entry, name) for entry in entries] for name in _COLUMNS]
    salts, data = zip(*details, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*columns, list(salts), list(data)])


def _heads(acts: Iterable[Act]) -> dict[tuple[str, str], tuple[int, str]]:
    subjects: dict[str, set[str]] = {}
    for act in acts:
        subjects.setdefault(act.subject_kind, set()).add(act.subject_id)
    heads: dict[tuple[str, str], tuple[int, str]] = {}
    for kind, ids in subjects.items():
        last = (
            Entry.objects.filter(subject_kind=kind, subject_id__in=ids)
            .order_by("subject_id", "-seq")
            .distinct("subject_id")
            .values_list("subject_id", "seq", "hash")
        )
        for subject_id, seq, hash_ in last:
            heads[(kind, subject_id)] = (seq, hash_)
    return heads
