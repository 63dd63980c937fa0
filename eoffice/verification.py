"""Finding what was tampered with in the ledger of movements and in the notes that it sealed.

The hash covers the bytes as they are stored; names of desks and people are not in it. A chain that
was forged as a whole is found by the daily seal outside the database (audit/anchors.py).
Source: domain rules of e-Office, invariants 3 and 4.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from django.db import connection

from eoffice.models import Flag, Issue, Note, Question
from eoffice.services.ledger import GENESIS
from eoffice.services.notes import FLAG, NOTE, digest_from
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


# What an entry fixed, by its key: the item, the number of the entry, the digest.
Told = dict[int, tuple[int, int, str]]


@dataclass
class _Fixed:
    """What the entries of all chains fixed beside themselves."""

    notes: Told = field(default_factory=dict)
    letters: Told = field(default_factory=dict)
    questions: Told = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """One row that is not as it was written: which, and what is wrong with it."""

    item: int
    seq: int
    problem: str

    def __str__(self) -> str:
        return f"item {self.item}, entry {self.seq}: {self.problem}"


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


def findings() -> Iterator[Finding]:
    """Check every chain, naming for each the first bad row; then what the entries fixed.

    Sealed notes, issued letters and questions to other desks are held against their entries.
    """
    fixed = _Fixed()
    yield from _chains(fixed)
    yield from _notes(fixed.notes)
    yield from _letters(fixed.letters)
    yield from _questions(fixed.questions)


def _chains(fixed: "_Fixed") -> Iterator[Finding]:
    """Walk all chains in chunks; collect what each entry fixed."""
    item, seq, previous, bad = 0, 0, GENESIS, False
    place = (0, 0)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_ROWS, [*place, CHUNK])
            rows = cursor.fetchall()
        for row in rows:
            if row[0] != item:
                item, seq, previous, bad = row[0], 0, GENESIS, False
            problem = "" if bad else _problem(row, seq, previous)
            if problem:
                bad = True
                yield Finding(row[0], row[1], problem)
            _collect(fixed, row[0], row[1], row[9])
            seq, previous = row[1], row[11]
        if len(rows) < CHUNK:
            return
        place = (rows[-1][0], rows[-1][1])


def _problem(row: tuple[Any, ...], seq: int, previous: str) -> str:
    number, at, act, from_desk, to_desk, by, charge, words = row[1:9]
    payload, its_previous, its_hash = row[9:]
    if number != seq + 1:
        return f"entry {seq + 1} is missing before it"
    if its_previous != previous:
        return "it does not follow from the entry before it"
    if its_hash != hashlib.sha256(f"{previous}\n{payload}".encode()).hexdigest():
        return "it was changed after it was written"
    told = json.loads(payload)
    shown = {
        "item": row[0],
        "seq": number,
        "at": at.astimezone(UTC).isoformat(),
        "act": act,
        "from": from_desk,
        "to": to_desk,
        "by": by,
        "charge": charge,
        "words": words,
    }
    if any(told.get(name) != value for name, value in shown.items()):
        return "what lists show of it is not what was written"
    return ""


def _collect(fixed: "_Fixed", item: int, seq: int, payload: str) -> None:
    # Most entries fix nothing more, and are not worth reading twice.
    if 'sha256"' not in payload:
        return
    more = json.loads(payload)["more"]
    for note in more.get("notes", []):
        fixed.notes[note["note"]] = (item, seq, note["sha256"])
    if "issue" in more:
        fixed.letters[more["issue"]] = (item, seq, f"{more['number']} {more['sha256']}")
    if "words_sha256" in more:
        fixed.questions[more["question"]] = (item, seq, more["words_sha256"])


def _letters(told: Told) -> Iterator[Finding]:
    """Hold the issued letters, with the bytes that are kept of them, against their entries."""
    missing = set(told)
    rows = Issue.objects.values_list(
        "pk", "draft__file_id", "number", "sha256", "stored__sha256"
    ).iterator(2000)
    for pk, file, number, sha256, stored in rows:
        missing.discard(pk)
        entry = told.get(pk)
        if entry is None:
            yield Finding(file, 0, f"letter {number} is issued by no entry")
        elif entry[2] != f"{number} {sha256}" or stored != sha256:
            yield Finding(entry[0], entry[1], f"letter {number} is not what was issued")
    for pk in sorted(missing):
        yield Finding(told[pk][0], told[pk][1], "a letter that it issued is gone")


def _questions(told: Told) -> Iterator[Finding]:
    """Hold the questions against the entries that asked them, and answers against their notes."""
    missing = set(told)
    rows = Question.objects.values_list("pk", "item_id", "words", "answer", "note__text")
    for pk, item, words, answer, noted in rows.iterator(2000):
        missing.discard(pk)
        entry = told.get(pk)
        if entry is None:
            yield Finding(item, 0, f"question {pk} is asked by no entry")
        elif entry[2] != hashlib.sha256(words.encode()).hexdigest():
            yield Finding(entry[0], entry[1], f"question {pk} is not what was asked")
        elif answer != (noted or ""):
            yield Finding(entry[0], entry[1], f"the answer to question {pk} is not what was noted")
    for pk in sorted(missing):
        yield Finding(told[pk][0], told[pk][1], "a question that it asked is gone")


def _notes(sealed: Told) -> Iterator[Finding]:
    """Hold the sealed notes against the entries that sealed them, both ways."""
    missing = set(sealed)
    for pk, row, flags in _sealed_notes():
        file, number = row[0], row[1]
        told = sealed.get(pk)
        missing.discard(pk)
        if told is None:
            yield Finding(file, 0, f"note {number} is sealed by no entry")
        elif told[2] != digest_from(flags, row):
            yield Finding(told[0], told[1], f"note {number} is not what was sealed")
    for pk in sorted(missing):
        item, seq, _digest = sealed[pk]
        yield Finding(item, seq, "a note that it sealed is gone")


def _sealed_notes() -> Iterator[tuple[int, Sequence[Any], Sequence[Sequence[Any]]]]:
    """Give number, columns and flags of every sealed note: as columns, since they are very many."""
    notes = Note.objects.filter(status=Note.Status.SEALED).order_by("pk")
    last = 0
    while chunk := list(notes.filter(pk__gt=last).values_list("pk", *NOTE)[:CHUNK]):
        flags: dict[int, list[Sequence[Any]]] = defaultdict(list)
        there = Flag.objects.filter(note__gt=last, note__lte=chunk[-1][0])
        for note, *flag in there.values_list("note_id", *FLAG):
            flags[note].append(flag)
        for pk, *row in chunk:
            yield pk, row, flags.get(pk, ())
        last = chunk[-1][0]
